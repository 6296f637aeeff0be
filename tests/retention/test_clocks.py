"""P-10: ten years by a clock of our own. Nothing is kept past its limit and a day, nothing ends early, holds hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from homeward.apps.access.models import Membership, Organisation
from homeward.apps.access.registry import fields_of
from homeward.apps.audit.models import Event
from homeward.apps.cases.facts import ChildFacts, facts_of
from homeward.apps.cases.models import Child, ChildName, HouseholdStay, RecipientCode, Return, SpokenLanguage
from homeward.apps.cases.queries import names_of
from homeward.apps.cases.services import change_child, register_child
from homeward.apps.retention import carrying_out
from homeward.apps.retention.deciding import let_end, lift_hold, place_hold, prolong, set_period
from homeward.apps.retention.models import Ending, Hold
from homeward.apps.retention.running_out import run_out
from homeward.apps.safeguarding.models import Escalation
from homeward.apps.surveys.answers import answers_behind
from homeward.apps.surveys.inbox import link_submission
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Quarantined, Score, Submission
from homeward.apps.surveys.sealing import texts_of
from homeward.apps.surveys.timeline import timeline
from homeward.domain.privacy import Level, Storage
from homeward.domain.problems import ProblemError
from homeward.domain.retention import CLOCKS, NOTICE, Period, limit_of
from homeward.domain.rounds import add_months
from tests.durability.servers import trials
from tests.interviews import interview
from tests.keys.test_ending import sent
from tests.retention.lives import FORM, end_case, in_the_database, lived
from tests.world import House, World

pytestmark = pytest.mark.database
WHY = "The family has asked for more time."
START = date.today()
YEARS = 10
FULL = trials(1, least=0) == 1


@pytest.fixture(autouse=True)
def emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log of the key store cannot be emptied inside a test's transaction."""
    monkeypatch.setattr(carrying_out, "empty_log", lambda: True)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def registered(house: House, number: int) -> Child:
    facts = ChildFacts(population="host_peer", name=f"Child {number}", age=12, team_id=house.teams[0])
    return Child.objects.get(pk=register_child(house.system(), facts).id)


def closed(house: House, child: Child) -> None:
    change_child(house.system(), child.pk, replace(facts_of(child), status="closed"))


class Decade:
    """Children whose cases end on different days, one prolonged, one held for a while, some never ended."""

    def __init__(self, house: House) -> None:
        self.house = house
        Membership.objects.update(until=None)
        with time_machine.travel(noon(START), tick=False):
            self.children = [registered(house, number) for number in range(14)]
            Child.objects.exclude(pk__in=[each.pk for each in self.children]).update(created_at=noon(START))
        self.ended, self.never = self.children[:10], self.children[10:]
        self.prolonged, self.held = self.children[1], self.children[2]
        self.closing = {START + timedelta(days=37 * number + 3): each for number, each in enumerate(self.ended)}
        self.closed_on = {child.pk: day for day, child in self.closing.items()}
        self.held_until = START + timedelta(days=5 * 365)
        self.seen: dict[object, dict[str, date]] = {each.pk: {} for each in self.children}

    def live(self, day: date) -> None:
        with time_machine.travel(noon(day), tick=False):
            self.people_act(day)
            if FULL or not day.toordinal() % 9 or _near(day, self.closing):
                run_out()
                self.look(day)

    def people_act(self, day: date) -> None:
        if day in self.closing:
            closed(self.house, self.closing[day])
        if day == START + timedelta(days=600):
            until = add_months(limit_of(self.closed_on[self.prolonged.pk], Period(24)), 6)
            prolong(self.house.actor("supervisor"), self.prolonged.code, "monitoring", until, WHY)
            soon = day + timedelta(days=90)
            place_hold(self.house.actor("supervisor"), self.held.code, "court", WHY, soon)
        if day == self.held_until:
            lift_hold(self.house.actor("supervisor"), self.held.code)

    def look(self, day: date) -> None:
        for row in Child.objects.filter(pk__in=self.seen):
            for name in ("identity_ended_on", "record_ended_on"):
                if getattr(row, name) is not None:
                    self.seen[row.pk].setdefault(name, day)

    def last_days(self, child: Child) -> tuple[date, date]:
        """The limits by hand: of who it is, of what was written."""
        if child in self.never:  # silent for three years, and five years after that
            identity = add_months(START, 36)
            return identity, add_months(identity + timedelta(days=1), 60)
        first = self.closed_on[child.pk]
        identity, record = add_months(first, 30 if child == self.prolonged else 24), add_months(first, 60)
        if child == self.held:
            identity = self.held_until - timedelta(days=1)
            record = max(record, identity)
        return identity, record


@pytest.mark.goal("P-10")
@pytest.mark.slow
def test_ten_years_nothing_late_nothing_early_holds_respected(world: World) -> None:
    decade = Decade(world.amani)
    for number in range(YEARS * 366):
        decade.live(START + timedelta(days=number))
    for child in decade.children:
        identity, record = (limit + timedelta(days=1) for limit in decade.last_days(child))
        assert decade.seen[child.pk] == {"identity_ended_on": identity, "record_ended_on": record}
    assert Ending.objects.exclude(state="done").count() == 0


def _near(day: date, ends: Iterable[date]) -> bool:
    """A reduced run skips days on which nothing can happen: those near no limit that any of these may have."""
    months = (24, 30, 36, 60, 96)
    starts = [*ends, START]
    return any(abs((add_months(each, more) - day).days) < 3 for each in starts for more in months)


def test_the_day_is_the_one_of_the_organisation(world: World) -> None:
    """Its last day ends at midnight where the organisation works, whatever the clock of the server or a phone says."""
    child = registered(world.amani, 1)
    closed(world.amani, child)
    zone = ZoneInfo(Organisation.objects.get(pk=world.amani.organisation_id).time_zone)
    child.refresh_from_db()
    limit = limit_of(child.ended_on or START, Period(24))
    midnight = datetime.combine(limit + timedelta(days=1), time.min, zone)
    for moment, over in ((midnight - timedelta(seconds=1), False), (midnight + timedelta(seconds=1), True)):
        with time_machine.travel(moment, tick=False):
            run_out()
        child.refresh_from_db()
        assert (child.identity_ended_on is not None) is over


def ending_day(world: World, code: str, clock: str = "monitoring") -> datetime:
    child = Child.objects.get(code=code)
    return noon(limit_of(child.ended_on or START, Period(CLOCKS[clock].months)) + timedelta(days=1))


WRITTEN = {  # what people wrote goes with the record, later than who the child is
    *(
        "card unsaid",
        "promise",
        "visit",
        "corrected visit",
        "why corrected",
        "words",
        "provider",
        "recipient",
        "child's view",
        "decided",
        "why it stays",
    ),
    *(field.name for field in fields_of(storage=Storage.SEALED, level=Level.L3) if field.app == "cases"),
}


def test_after_two_years_nobody_can_say_who_it_was_and_figures_stay(world: World) -> None:
    life = lived(world)
    end_case(life)
    Escalation.objects.update(state="closed")
    scores = list(Score.objects.order_by("pk").values_list("pk", "value", "answered"))
    coded = list(Submission.objects.order_by("pk").values_list("pk", "coded", "interviewed_on", "age_years"))
    rounds = _rounds(world, life.id)
    with time_machine.travel(ending_day(world, life.code)):
        run_out()
    child = Child.objects.get(pk=life.id)
    found = in_the_database(life.said)
    assert found.keys() <= {"text", "other text", "waits", "apart", "file", "emergency", "hold"} | WRITTEN
    assert list(Score.objects.order_by("pk").values_list("pk", "value", "answered")) == scores
    assert [
        *Submission.objects.filter(pk__in=[each[0] for each in coded])
        .order_by("pk")
        .values_list("pk", "coded", "interviewed_on", "age_years")
    ] == [each for each in coded if Submission.objects.filter(pk=each[0]).exists()]
    assert child.return_date is not None
    assert (child.return_date.day in (1, 15, 28), _rounds(world, life.id)) == (True, rounds)
    assert (child.status, child.age_changes_on, child.external_id_hash) == ("closed", None, None)
    assert [row.returned_on for row in Return.objects.filter(child=life.id)] == [child.return_date]
    assert not ChildName.objects.exists()
    assert not RecipientCode.objects.exists()
    assert not HouseholdStay.objects.filter(child=life.id).exists()
    assert SpokenLanguage.objects.filter(child=life.id).count() == 1  # coded: it stays under the code
    with pytest.raises(ProblemError, match="erased"):
        names_of(world.amani.actor("supervisor"), life.id)


def _rounds(world: World, child_id: object) -> list[object]:
    return [
        point.round_months
        for series in timeline(world.amani.system(), child_id).series
        for point in series.points  # type: ignore[arg-type]
    ]


def test_after_five_years_what_was_written_goes_and_numbers_stay(world: World) -> None:
    life = lived(world)
    end_case(life)
    Escalation.objects.update(state="closed")
    with time_machine.travel(ending_day(world, life.code, "record")):
        run_out()
    found = in_the_database(life.said)
    assert found == {}
    rows = Submission.objects.filter(child=life.id)
    assert rows.count() == 2
    assert all(texts_of(row) == {} for row in rows)
    first = rows[0]
    assert first.coded["answers"]
    assert Score.objects.filter(submission__in=rows).exists()
    with time_machine.travel(ending_day(world, life.code, "record")):
        shown = answers_behind(world.amani.actor("supervisor"), first.pk)
    assert shown.rows


def test_an_open_matter_of_protection_waits_for_nobodys_calendar(world: World) -> None:
    life = lived(world)
    end_case(life)
    with time_machine.travel(ending_day(world, life.code)):
        run_out()
        assert Child.objects.get(pk=life.id).identity_ended_on is None
        Escalation.objects.update(state="closed")
        run_out()
        assert Child.objects.get(pk=life.id).identity_ended_on is not None


def test_what_matches_no_child_goes_after_a_year_and_does_not_come_back(world: World) -> None:
    life = lived(world, told=False)
    waiting = life.deliveries[-1]
    before = Submission.objects.filter(child=None).count()
    assert (before, Quarantined.objects.count()) == (1, 1)
    limit = limit_of(timezone.now().date(), Period(12))
    for days, left in ((-1, 1), (2, 0)):
        with time_machine.travel(noon(limit + timedelta(days=days)), tick=False):
            run_out()
        assert (Submission.objects.filter(child=None).count(), Quarantined.objects.count()) == (left, left)
    receipt = receive(world.amani.actor("other_case_worker"), waiting)
    assert (receipt.status, receipt.state, Submission.objects.filter(child=None).count()) == (202, "erased", 0)


def test_a_shorter_time_reaches_nobody_before_the_whole_notice(world: World) -> None:
    house = world.amani
    child = registered(house, 1)
    with time_machine.travel(noon(START), tick=False):
        closed(house, child)
    later = START + timedelta(days=300)
    with time_machine.travel(noon(later), tick=False):
        set_period(house.actor("organisation_admin"), "monitoring", 6)
        run_out()
        assert Child.objects.get(pk=child.pk).identity_ended_on is None
    for days, over in ((NOTICE.days, False), (NOTICE.days + 1, True)):
        with time_machine.travel(noon(later + timedelta(days=days)), tick=False):
            run_out()
        assert (Child.objects.get(pk=child.pk).identity_ended_on is not None) is over
    with pytest.raises(ProblemError, match="not between 6 and 60"):
        set_period(house.actor("organisation_admin"), "monitoring", 3)
    for name in ("supervisor", "focal_point", "case_worker", "system_admin"):
        with pytest.raises(ProblemError):
            set_period(house.actor(name), "monitoring", 12)


@pytest.mark.parametrize(("clock", "months"), [("unsettled", 1), ("kept_apart", 1)])
def test_a_shorter_time_for_what_matches_no_child_gives_the_whole_notice_too(
    world: World, clock: str, months: int
) -> None:
    lived(world, told=False)
    if clock == "kept_apart":
        Quarantined.objects.update(settled_at=timezone.now())
    rows = Quarantined.objects.all() if clock == "kept_apart" else Submission.objects.filter(child=None)
    later = START + timedelta(days=50)
    with time_machine.travel(noon(later), tick=False):
        set_period(world.amani.actor("organisation_admin"), clock, months)
    for days, left in ((0, 1), (NOTICE.days, 1), (NOTICE.days + 1, 0)):
        with time_machine.travel(noon(later + timedelta(days=days)), tick=False):
            run_out()
        assert rows.count() == left, days


def test_people_decide_with_a_reason_and_within_limits(world: World) -> None:
    house = world.amani
    child = registered(house, 1)
    closed(house, child)
    child.refresh_from_db()
    supervisor, limit = house.actor("supervisor"), limit_of(child.ended_on or START, Period(24))
    with pytest.raises(ProblemError, match="not due"):
        let_end(supervisor, child.code, "monitoring")
    with pytest.raises(ProblemError, match="too short"):
        prolong(supervisor, child.code, "monitoring", add_months(limit, 3), "because")
    for until in (limit, add_months(limit, 13)):
        with pytest.raises(ProblemError, match="This day is not after"):
            prolong(supervisor, child.code, "monitoring", until, WHY)
    with pytest.raises(ProblemError, match="does not run"):
        prolong(supervisor, child.code, "silence", add_months(limit, 1), WHY)
    prolong(supervisor, child.code, "monitoring", add_months(limit, 12), WHY)
    for name, status in (("case_worker", 403), ("other_supervisor", 404), ("organisation_admin", 404)):
        with pytest.raises(ProblemError) as error:
            prolong(house.actor(name), child.code, "monitoring", add_months(limit, 13), WHY)
        assert error.value.first.status in (status, 404), name
    with pytest.raises(ProblemError):
        prolong(world.baraka.actor("supervisor"), child.code, "monitoring", add_months(limit, 13), WHY)
    assert Event.objects.filter(verb="review_retention", child_id=child.pk).count() == 1


def test_a_hold_has_one_reason_one_day_to_look_again_and_holds_until_it_is_lifted(world: World) -> None:
    house = world.amani
    child = registered(house, 1)
    closed(house, child)
    supervisor, today = house.actor("supervisor"), timezone.now().date()
    for reason, day in (("", today + timedelta(days=5)), ("court", today), ("court", today + timedelta(days=200))):
        with pytest.raises(ProblemError):
            place_hold(supervisor, child.code, reason, WHY, day)
    place_hold(supervisor, child.code, "court", WHY, today + timedelta(days=30))
    with pytest.raises(ProblemError, match="held already"):
        place_hold(supervisor, child.code, "court", WHY, today + timedelta(days=30))
    kept = [str(detail) for detail in Event.objects.filter(verb="place_hold").values_list("detail", flat=True)]
    assert len(kept) == 1
    assert "court" not in kept[0]  # administrators take the trace away; why a record is held is not theirs
    with time_machine.travel(noon(today + timedelta(days=9 * 365))):
        run_out()
    assert Child.objects.get(pk=child.pk).identity_ended_on is None
    lift_hold(supervisor, child.code)
    assert Hold.objects.filter(lifted_at=None).count() == 0


def test_opening_a_case_again_stops_its_clock(world: World) -> None:
    child = registered(world.amani, 1)
    closed(world.amani, child)
    assert Child.objects.get(pk=child.pk).ended_on is not None
    change_child(world.amani.system(), child.pk, replace(facts_of(Child.objects.get(pk=child.pk)), status="open"))
    assert Child.objects.get(pk=child.pk).ended_on is None


@pytest.mark.goal("R-8")
def test_an_interview_of_a_phone_with_a_wrong_clock_moves_no_limit(world: World) -> None:
    """Its day is what the phone says; the silence is counted from the day on which it arrived."""
    assert world.amani.child
    Child.objects.filter(pk=world.amani.child.id).update(created_at=noon(START))
    sent(world, world.amani.child.code)
    Submission.objects.update(interviewed_on=START - timedelta(days=4000))
    with time_machine.travel(noon(limit_of(START, Period(36)) - timedelta(days=1))):
        run_out()
    assert Child.objects.get(pk=world.amani.child.id).identity_ended_on is None


def test_nothing_more_is_added_to_a_child_that_nobody_can_name(world: World) -> None:
    life = lived(world, told=False)
    waiting = Submission.objects.get(child=None)
    end_case(life)
    with time_machine.travel(ending_day(world, life.code)):
        run_out()
    assert not Submission.objects.filter(pk=waiting.pk).exists()  # its year was over first
    came = receive(world.amani.actor("supervisor"), replace(life.deliveries[0], xml=interview(FORM, life.code)))
    assert (came.state, Submission.objects.get(pk=came.submission_id).child_id) == ("unmatched", None)
    with pytest.raises(ProblemError, match="erased"):
        link_submission(world.amani.actor("supervisor"), came.submission_id, life.code, "Hers", all_the_same=True)  # type: ignore[arg-type]
