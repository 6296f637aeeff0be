"""The marks of a child's page: where they stand, what joins them, where a line breaks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from homeward.web.cases.drawing import Point, draw


def point(day: date, value: str | None, respondent: str = "child", **changes: object) -> Point:
    facts: dict[str, object] = {
        "day": day,
        "respondent": respondent,
        "value": None if value is None else Decimal(value),
        "answered": 10,
        "applicable": 12,
        "enough": value is not None,
        "reason": "",
        "instrument": "child-12-14",
        "version": "1.0",
        "band": "12-14",
        "weight_set": "equal",
    }
    return Point(**{**facts, **changes})  # type: ignore[arg-type]


JAN, MAR, JUN, SEP = date(2025, 1, 10), date(2025, 3, 10), date(2025, 6, 10), date(2025, 9, 10)


class TestDrawing:
    def test_child_and_caregiver_are_two_series_and_never_one(self) -> None:
        plot = draw(
            "social",
            [point(JAN, "0.2"), point(JAN, "0.8", "caregiver"), point(JUN, "0.4"), point(JUN, "0.6", "caregiver")],
        )
        assert [line.respondent for line in plot.lines] == ["child", "caregiver"]
        assert [each.value for each in plot.latest] == [Decimal("0.4"), Decimal("0.6")]
        assert {mark.up for mark in plot.marks} == {20, 80, 40, 60}

    def test_the_child_stands_first_whatever_the_alphabet_says(self) -> None:
        plot = draw("social", [point(JAN, "0.8", "caregiver"), point(JAN, "0.2"), point(JAN, "0.5", "adult")])
        assert [each.respondent for each in plot.latest] == ["child", "adult", "caregiver"]

    def test_time_runs_by_the_day_of_the_interview_not_by_its_number(self) -> None:
        plot = draw("economic", [point(JAN, "0.5"), point(MAR, "0.5"), point(SEP, "0.5")])
        first, second, third = (mark.at for mark in plot.marks)
        assert (first, third) == (4, 96)
        assert second - first < third - second

    def test_the_axis_begins_at_the_return(self) -> None:
        plot = draw("economic", [point(JUN, "0.5"), point(SEP, "0.5")], start=JAN)
        assert plot.ticks[0].day == JAN
        assert plot.marks[0].at > 50

    def test_a_new_version_breaks_the_line_and_says_so(self) -> None:
        plot = draw(
            "social",
            [point(JAN, "0.2"), point(MAR, "0.3"), point(JUN, "0.4", version="2.0"), point(SEP, "0.4", version="2.0")],
        )
        assert len(plot.lines) == 2
        assert [each.reasons for each in plot.breaks] == [("version",)]

    def test_growing_into_the_next_band_breaks_the_line(self) -> None:
        plot = draw("social", [point(JAN, "0.2"), point(JUN, "0.4", instrument="child-15-17", band="15-17")])
        assert plot.lines == ()
        assert plot.breaks[0].reasons == ("band", "instrument")

    def test_other_weights_are_a_break_too(self) -> None:
        plot = draw("social", [point(JAN, "0.2"), point(JUN, "0.4", weight_set="children")])
        assert plot.breaks[0].reasons == ("weights",)

    def test_an_interview_with_too_few_answers_leaves_a_gap(self) -> None:
        plot = draw("social", [point(JAN, "0.2"), point(MAR, None), point(JUN, "0.4"), point(SEP, "0.5")])
        assert len(plot.lines) == 1
        assert plot.lines[0].points.count(",") == 2
        assert plot.marks[1].up == 0

    def test_a_marked_number_below_the_minimum_is_not_joined(self) -> None:
        plot = draw("social", [point(JAN, "0.2"), point(MAR, "0.3", enough=False), point(JUN, "0.4")])
        assert plot.lines == ()

    def test_one_interview_stands_in_the_middle_without_a_line(self) -> None:
        plot = draw("social", [point(JAN, "0.25")])
        assert (plot.marks[0].at, plot.marks[0].up, plot.lines, len(plot.ticks)) == (50, 25, (), 1)

    def test_nothing_asked_draws_nothing(self) -> None:
        assert draw("social", []).marks == ()

    def test_places_are_whole_per_cents_inside_the_field(self) -> None:
        days = [date(2025, 1, 1), date(2025, 1, 2), date(2026, 12, 31)]
        plot = draw("social", [point(day, "0.999999") for day in days])
        assert all(0 <= mark.at <= 100 and 0 <= mark.up <= 100 for mark in plot.marks)
