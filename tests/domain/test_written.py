"""Of one day things follow each other as they were written down; across days by the day that they tell of."""

from __future__ import annotations

from datetime import UTC, date, datetime

from homeward.domain.child_record import Event
from homeward.domain.written import as_written

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)


def at(hour: int, day: int = 1) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_the_day_it_tells_of_comes_before_when_it_was_written() -> None:
    late, early = Event(DAY, "b", (), at(9, 20)), Event(NEXT, "a", (), at(9, 2))
    assert sorted([early, late], key=as_written) == [late, early]


def test_of_one_day_the_first_written_is_first_whatever_its_kind() -> None:
    rows = [Event(DAY, "a", (), at(15)), Event(DAY, "c", (), at(9)), Event(DAY, "b", (), at(12))]
    assert [each.kind for each in sorted(rows, key=as_written)] == ["c", "b", "a"]


def test_what_nobody_wrote_down_begins_the_day_and_ties_go_by_kind_and_codes() -> None:
    rows = [Event(DAY, "b", ("2",), at(9)), Event(DAY, "b", ("1",), at(9)), Event(DAY, "a", (), at(9)), Event(DAY, "z")]
    assert [(each.kind, *each.codes) for each in sorted(rows, key=as_written)] == [
        ("z",),
        ("a",),
        ("b", "1"),
        ("b", "2"),
    ]
