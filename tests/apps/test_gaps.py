"""One ledger of gaps in services: from referrals, visits, promises and plans; who reads which count, and what stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from homeward.apps.access.models import Person
from homeward.apps.audit.models import Event
from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.ending import end_words_of, forget_child
from homeward.apps.cases.gaps import Gap, counts_now, gaps_from, leave_gap, meet_gap, note_gap, note_met, service_gaps
from homeward.apps.cases.models import Child, ServiceGap
from homeward.apps.cases.plans import ActionFacts, GoalFacts, Views, add_action, add_goal, decide_plan, record_outcome
from homeward.apps.cases.plans import send_plan as send
from homeward.apps.cases.referring import note_unmet_need
from homeward.apps.cases.steps import move
from homeward.apps.communities.models import Sector
from homeward.apps.retention.copies import hand_over
from homeward.apps.retention.holding import Whom
from homeward.apps.visits.ending import forget_visits
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.promise_models import AgreedAction
from homeward.apps.visits.queries import look_at_visit
from homeward.apps.visits.recording import Held, NewAction, hold_visit
from homeward.domain.consent import MONITORING
from homeward.domain.gaps import FEW, REASONS, Source, whole_quarters
from homeward.domain.problems import ProblemError
from homeward.domain.sectors import SECTORS
from homeward.domain.visiting import Answer, Check
from homeward.web.cases.help_words import REASONS as WORDS
from homeward.web.retention.visits import visits_in_words
from tests.apps.migrating import a_database, migrated, rows
from tests.world import House, World, day_of

pytestmark = pytest.mark.database
SAFE = Check(*[Answer.NO] * 4)


def code(house: House) -> str:
    assert house.child is not None
    return house.child.code


def refused(call: Any) -> str:
    with pytest.raises(ProblemError) as caught:
        call()
    return caught.value.first.code


def visited(house: House, *gaps: tuple[str, str]) -> Any:
    worker = house.actor("case_worker")
    (key,) = plan_visit(worker, [code(house)], SAFE, Plan(day_of(house.organisation_id), "home"))
    hold_visit(worker, key, Held(True, True, "partly", (), alone="yes", gaps=gaps))
    return key


def promised(house: House) -> Any:
    """The key of something that was agreed at a visit."""
    worker, day = house.actor("case_worker"), day_of(house.organisation_id)
    (key,) = plan_visit(worker, [code(house)], SAFE, Plan(day, "home"))
    agreed = (NewAction("service", day, "A paper"),)
    hold_visit(worker, key, Held(True, True, "partly", (), alone="yes", actions=agreed))
    return AgreedAction.objects.get(visit=key).pk


def planned_action(house: House, service: str) -> Any:
    worker, supervisor = house.actor("case_worker"), house.actor("supervisor")
    move(worker, code(house), "assess")
    add_goal(worker, code(house), GoalFacts("social", "child", "To learn"))
    line = add_action(worker, code(house), ActionFacts("social", service, "other_agency", "Ask there"))
    version = send(worker, code(house), Views("agrees", "agrees"))
    decide_plan(supervisor, code(house), version, agreed=True)
    return line


def counted(house: House, who: str = "me_officer", also: str = "") -> list[tuple[Any, ...]]:
    today = day_of(house.organisation_id)
    found = service_gaps(house.actor(who), today, today, also)
    return [(row.sector, row.reason or row.source or row.month, row.gaps, row.met_later) for row in found]


@pytest.mark.django_db
class TestTheLedger:
    def test_the_lists_of_pages_and_of_the_domain_are_one(self) -> None:
        assert tuple(Sector.values) == SECTORS
        assert set(REASONS) <= set(WORDS)

    def test_who_took_back_to_be_counted_is_in_no_count_while_that_holds(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        note_unmet_need(worker, code(house), "treatment", "unavailable")
        unlinked = ServiceGap.objects.create(
            organisation_id=house.organisation_id,
            source="referral",
            sector="food",
            reason="unavailable",
            day=day_of(house.organisation_id),
        )
        assert {row[0] for row in counted(house)} == {"health", "food"}
        withdraw(worker, code(house), "child", (MONITORING,))
        note_unmet_need(worker, code(house), "papers", "unavailable")
        assert counts_now(house.child.id) is False  # type: ignore[union-attr]
        for who in ("me_officer", "supervisor"):
            for also in ("", "reason", "source", "month"):
                assert [row[0] for row in counted(house, who, also)] == [unlinked.sector]
        record_agreement(worker, code(house), Asked("child", {MONITORING: "agrees"}, limits_told=True))
        assert {row[0] for row in counted(house)} == {"health", "food", "legal"}

    def test_four_ways_lead_into_one_count(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        note_unmet_need(worker, code(house), "treatment", "unavailable")
        key = visited(house, ("health", "too_far"), ("education", "not_known"))
        note_gap(worker, code(house), Gap(Source.PROMISE, promised(house), "health", "not_coming"))
        line = planned_action(house, "health")
        record_outcome(worker, code(house), line, "not_done", because="waiting_list")
        assert counted(house) == [("health", None, 4, 0), ("education", None, 1, 0)]
        assert {row[1] for row in counted(house, also="source")} == {"referral", "visit", "promise", "plan"}
        reasons = {row[1] for row in counted(house, also="reason")}
        assert reasons == {"unavailable", "too_far", "not_known", "not_coming", "full"}
        month = day_of(house.organisation_id).replace(day=1)
        assert counted(house, also="month") == [("health", month, 4, 0), ("education", month, 1, 0)]
        assert gaps_from(Source.VISIT, key) == (("education", "not_known"), ("health", "too_far"))
        assert look_at_visit(worker, key).gaps == gaps_from(Source.VISIT, key)
        assert refused(lambda: service_gaps(worker, month, month)) == "access.refused"
        assert refused(lambda: counted(house, also="child")) == "case.also"

    def test_said_again_it_counts_once_and_help_that_came_is_said(self, world: World) -> None:
        house, worker, key = world.amani, world.amani.actor("case_worker"), promised(world.amani)
        for reason in ("not_coming", "not_coming", "unavailable"):
            note_gap(worker, code(house), Gap(Source.PROMISE, key, "legal", reason))
        assert counted(house, also="reason") == [("legal", "unavailable", 1, 0)]
        note_met(worker, code(house), Source.PROMISE, key)
        note_met(worker, code(house), Source.PROMISE, promised(house))  # nothing was missing there
        assert counted(house) == [("legal", None, 1, 1)]
        events = Event.objects.filter(verb="note_gap", object_id=house.child.id)  # type: ignore[union-attr]
        assert [event.detail["source"] for event in events] == ["promise"] * 4

    def test_an_action_that_was_done_after_all_meets_its_gap_and_one_that_nobody_wanted_leaves_none(
        self, world: World
    ) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        line = planned_action(house, "documents")
        record_outcome(worker, code(house), line, "not_done", because="not_wanted")
        assert counted(house) == []
        record_outcome(worker, code(house), line, "not_done", because="too_dear")
        assert counted(house, also="reason") == [("legal", "too_costly", 1, 0)]
        record_outcome(worker, code(house), line, "done")
        assert counted(house) == [("legal", None, 1, 1)]
        record_outcome(worker, code(house), line, "not_done", because="too_far")
        record_outcome(worker, code(house), line, "not_done", because="not_wanted")  # that is why, after all
        assert counted(house) == []

    @pytest.mark.parametrize("source", list(Source))
    def test_nobody_writes_on_the_gap_of_another_child_or_house(self, world: World, source: Source) -> None:
        house, other = world.amani, world.baraka
        assert other.child is not None
        foreign, day = uuid4(), day_of(other.organisation_id)
        leave_gap(Child.objects.get(pk=other.child.id), Gap(source, foreign, "health", "too_costly"), day)
        before = list(ServiceGap.objects.values())
        worker = house.actor("case_worker")
        for key in (foreign, uuid4(), visited(other)):
            gap = Gap(source, key, "health", "turned_away")
            assert refused(lambda gap=gap: note_gap(worker, code(house), gap)) == "case.came_from"
            assert refused(lambda key=key: note_met(worker, code(house), source, key)) == "case.came_from"
        assert list(ServiceGap.objects.values()) == before
        mine = Child.objects.get(code=code(house))
        meet_gap(source, foreign, day, mine)
        with pytest.raises(IntegrityError), transaction.atomic():
            leave_gap(mine, Gap(source, foreign, "health", "turned_away"), day)
        assert list(ServiceGap.objects.values()) == before

    def test_what_is_wrong_or_out_of_reach_is_refused(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        tomorrow = day_of(house.organisation_id) + timedelta(days=1)
        good = Gap(Source.PROMISE, promised(house), "health", "not_coming")
        for changed, problem in (
            (("sports", "not_coming", None), "case.sector"),
            (("health", "laziness", None), "case.reason"),
            (("health", "not_coming", tomorrow), "case.day"),
        ):
            gap = Gap(Source.PROMISE, uuid4(), *changed)
            assert refused(lambda gap=gap: note_gap(worker, code(house), gap)) == problem
        for who in ("other_case_worker", "programme_manager"):
            assert refused(lambda who=who: note_gap(house.actor(who), code(house), good)) == "child.not_found"
        for who in ("me_officer", "focal_point"):
            assert refused(lambda who=who: note_gap(house.actor(who), code(house), good)) == "access.refused"
            assert Event.objects.filter(allowed=False, actor_id=house.people[who]).exists()
        assert refused(lambda: note_gap(world.baraka.actor("case_worker"), code(house), good)) == "child.not_found"
        Child.objects.filter(code=code(house)).update(status="closed", ended_on=day_of(house.organisation_id))
        assert refused(lambda: note_gap(worker, code(house), good)) == "case.not_open"
        assert not ServiceGap.objects.exists()

    def test_whoever_sees_no_child_works_out_no_small_count(self, world: World) -> None:
        house = world.amani
        for number in range(FEW + 2):
            note_unmet_need(
                house.actor("case_worker"), code(house), "food", "too_costly" if number < 2 else "unavailable"
            )
        assert counted(house, "programme_manager") == [("social_protection", None, FEW + 2, 0)]
        for also in ("reason", "source"):
            rows = counted(house, "programme_manager", also)
            assert [row[2] for row in rows] == [FEW + 2]
            assert rows[0][1] == (None if also == "reason" else "referral")  # not split, for two are of one reason
        assert {row[2] for row in counted(house, also="reason")} == {2, FEW}
        worker, gap = house.actor("case_worker"), ServiceGap.objects.first()
        assert gap is not None
        note_met(worker, code(house), Source.REFERRAL, gap.came_from)  # type: ignore[arg-type]
        assert counted(house, "programme_manager") == [("social_protection", None, FEW + 2, None)]
        assert counted(house) == [("social_protection", None, FEW + 2, 1)]

    @pytest.mark.parametrize("seed", range(4))
    def test_no_answer_less_another_leaves_a_small_count(self, world: World, seed: int) -> None:
        """Whatever is asked: each quarter is told alike, so answers of several times add nothing to one another; a cell
        of a quarter is told whole, or in parts of five and more. Nothing else is told.
        """
        chance, house = Random(seed), world.amani
        child, reader = Child.objects.get(code=code(house)), house.actor("programme_manager")
        for month in range(1, 10):
            for _ in range(chance.randrange(13)):
                day = date(2026, month, chance.randrange(1, 29))
                source, reason = chance.choice(list(Source)), chance.choice(("too_far", "full"))
                leave_gap(child, Gap(source, uuid4(), chance.choice(("health", "legal")), reason, day), day)
        times = [
            (date(2026, a, chance.randrange(1, 29)), date(2026, b, 28)) for a in range(1, 10) for b in range(a, 10)
        ]
        for also in ("", "reason", "source", "month"):
            told: dict[tuple[Any, ...], set[Any]] = {}
            for since, until in times:
                rows = service_gaps(reader, since, until, also)
                for cell in {(row.quarter, row.sector) for row in rows}:
                    said = frozenset(row for row in rows if (row.quarter, row.sector) == cell)
                    told.setdefault(cell, set()).add(said)
            assert len(told) >= 5
            for (quarter, sector), answers in told.items():
                assert len(answers) == 1, "two times that are asked tell different things of one quarter"
                (rows,) = answers
                day, last = whole_quarters(quarter, quarter)
                held = ServiceGap.objects.filter(sector=sector, day__gte=day, day__lte=last)
                assert all(row.gaps is None or row.gaps >= FEW for row in rows)
                if held.count() < FEW:
                    assert [row.gaps for row in rows] == [None]
                    assert not any(row.reason or row.source or row.month for row in rows)
                else:
                    assert sum(row.gaps for row in rows) == held.count()
                for row in rows:
                    small = row.met_later is not None and row.gaps - row.met_later
                    assert not small or small >= FEW

    def test_two_times_that_overlap_tell_no_month_apart(self, world: World) -> None:
        house = world.amani
        child, reader = Child.objects.get(code=code(house)), house.actor("programme_manager")
        for day, many in ((date(2026, 1, 10), 9), (date(2026, 2, 10), 3)):
            for _ in range(many):
                leave_gap(child, Gap(Source.VISIT, uuid4(), "health", "too_far", day), day)
        for until in (date(2026, 1, 31), date(2026, 2, 28)):
            for also in ("", "month"):
                (row,) = service_gaps(reader, date(2026, 1, 1), until, also)
                assert (row.gaps, row.month, row.quarter) == (12, None, date(2026, 1, 1))

    def test_the_page_says_which_quarter_and_what_is_not_split(self, world: World, client: Client) -> None:
        house = world.amani
        child = Child.objects.get(code=code(house))
        for month, many in ((1, 9), (2, 3), (5, 2)):
            for _ in range(many):
                gap = Gap(Source.VISIT, uuid4(), "health", "too_far", date(2026, month, 10))
                leave_gap(child, gap, date(2026, month, 10))
        client.force_login(Person.objects.get(pk=house.people["programme_manager"]))
        page = client.get("/gaps?since=2026-02-01&until=2026-04-30&also=month").content.decode()
        assert page.index("April 2026 – June 2026") < page.index("January 2026 – March 2026")
        assert page.count("not shown") >= 2
        assert "fewer than 5" in page
        assert ">12<" in page
        assert not [each for each in (">9<", ">3<", "February 2026") if each in page]

    def test_an_erasure_leaves_counts_that_lead_nowhere_whatever_they_came_from(self, world: World) -> None:
        house, child = world.amani, world.amani.child
        assert child is not None
        visited(house, ("shelter", "unavailable"))
        gap = Gap(Source.PROMISE, promised(house), "legal", "not_coming")
        note_gap(house.actor("case_worker"), code(house), gap)
        told = " ".join(visits_in_words(hand_over(house.actor("supervisor"), code(house), Whom.CHILD).visits))
        assert "Shelter: There is no such service here" in told
        assert "help was missing: Legal help and documents. It was promised, and does not come." in told
        assert hand_over(house.actor("supervisor"), code(house), Whom.GUARDIAN).visits.gaps == ()
        end_words_of(child.id, day_of(house.organisation_id))
        assert not ServiceGap.objects.exclude(child=None, came_from=None, day__day=1).exists()
        assert ServiceGap.objects.count() == 2
        assert not hand_over(house.actor("supervisor"), code(house), Whom.CHILD).visits.gaps
        forget_visits(child.id)
        forget_child(child.id)
        assert {gap.sector for gap in ServiceGap.objects.all()} == {"shelter", "legal"}


BEFORE = [("cases", "0015_what_was_refused"), ("visits", "0005_another_organisation_before")]
DAY = {"return_date": date(2025, 1, 1)}
NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
AFTER = [("cases", "0016_one_ledger_of_gaps"), ("visits", "0006_gaps_into_one_ledger")]


@pytest.mark.django_db
def test_gaps_of_both_kinds_are_kept_when_they_become_one(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any
) -> None:
    with a_database(request, tmp_path, django_db_blocker):
        old = migrated(BEFORE)
        before = _as_they_were(old)
        ledger = rows(migrated(AFTER), "cases.ServiceGap")
        found = {
            (row.source, row.came_from, row.child_id, row.sector, row.reason, str(row.day), row.place_id, row.pk)
            for row in ledger.all()
        }
        assert found == before
        assert ledger.filter(met_on=date(2026, 3, 1), need="school_place").count() == 1
        assert ledger.filter(need="").count() == len(OLD_SECTORS) + 1


OLD_SECTORS = {
    "education": ("education", "not_available", "unavailable"),
    "health": ("health", "not_accessible", "too_far"),
    "mental_health": ("mhpss", "refused", "turned_away"),
    "protection": ("protection", "too_costly", "too_costly"),
    "livelihood": ("livelihood", "unknown", "not_known"),
    "food": ("social_protection", "not_available", "unavailable"),
    "housing": ("shelter", "not_available", "unavailable"),
    "documents": ("legal", "not_available", "unavailable"),
    "other": ("other", "not_available", "unavailable"),
}


def _as_they_were(old: Any) -> set[tuple[Any, ...]]:
    """Rows of the two tables, and what they are to be afterwards."""
    house = rows(old, "access.Organisation").create(name="Amani").pk
    district = _place(old, "district", "Vale", house)
    village = _place(old, "community", "Mill", house, district)
    child = _child(old, house, village, "100000000")
    ended = _child(old, house, None, "200000000", record_ended_on=date(2026, 5, 1))
    referral = rows(old, "cases.Referral").create(
        child_id=child, code="300000000", sector="education", need="school_place", dimension="social", urgency="weeks",
        made_on=date(2026, 1, 5), answer_by=date(2026, 1, 20), standing="declined",
    )  # fmt: skip
    gaps, common = (
        rows(old, "cases.ServiceGap"),
        {"organisation_id": house, "sector": "education", "need": "school_place"},
    )
    one = gaps.create(
        **common,
        referral_id=referral.pk,
        reason="full",
        day=date(2026, 1, 9),
        met_on=date(2026, 3, 1),
        place_id=district,
    )
    two = gaps.create(**{**common, "need": "learning_help"}, reason="too_far", day=date(2025, 7, 1))
    expected = {
        ("referral", referral.pk, child, "education", "full", "2026-01-09", district, one.pk),
        ("referral", None, None, "education", "too_far", "2025-07-01", None, two.pk),
    }
    visit, of_ended = (_visit(old, each, date(2026, 2, 17)) for each in (child, ended))
    for sector, (now, reason, reason_now) in OLD_SECTORS.items():
        row = rows(old, "visits.ServiceGap").create(visit_id=visit, sector=sector, reason=reason)
        expected.add(("visit", visit, child, now, reason_now, "2026-02-17", district, row.pk))
    row = rows(old, "visits.ServiceGap").create(visit_id=of_ended, sector="food", reason="refused")
    expected.add(("visit", None, None, "social_protection", "turned_away", "2026-02-01", None, row.pk))
    return expected


def _place(old: Any, level: str, name: str, house: Any, parent: Any = None) -> Any:
    places = rows(old, "communities.Place")
    if parent is None:
        parent = places.create(level="country", name="Sunda", country_code="SU").pk
    return places.create(organisation_id=house, level=level, name=name, country_code="SU", parent_id=parent).pk


def _child(old: Any, house: Any, place: Any, code: str, **more: Any) -> Any:
    return (
        rows(old, "cases.Child")
        .create(code=code, organisation_id=house, place_id=place, population="returnee", sex="female", **DAY, **more)
        .pk
    )


def _visit(old: Any, child: Any, day: date) -> Any:
    answers = dict.fromkeys(("attention", "resentment", "danger", "undermines"), "no")
    return rows(old, "visits.Visit").create(child_id=child, checked_at=NOON, planned_on=day, held_on=day, **answers).pk
