"""Help from others, in the demo: services, referrals that worked and that did not, gaps without a referral, cases that
were passed on, and a leave for which a colleague takes over. Everybody and everything in it is invented.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from homeward.apps.access.actors import Actor, actor_of_person_id
from homeward.apps.cases.handing_over import Wish, hand_caseload_over, planned
from homeward.apps.cases.passing_on import Offer, offer_transfer, return_transfer
from homeward.apps.cases.queries import ChildFilter, list_children
from homeward.apps.cases.referring import Wanted, make_referral, note_unmet_need, take_step
from homeward.apps.communities.directory import ServiceFacts, add_service, services
from homeward.apps.visits.services import take_over
from homeward.demo.building import Builder
from homeward.demo.cast import House
from homeward.domain.referring import Step, Taken
from homeward.domain.sharing import Agreement

SERVICES = (
    ServiceFacts("education", "District school", note="Enrols until the second week of the term; bring any paper."),
    ServiceFacts("health", "Health centre by the market", note="Children on Tuesdays and Thursdays, free of charge."),
    ServiceFacts("mhpss", "Our listening hour", is_ours=True, note="Wednesdays from two o'clock."),
    ServiceFacts("legal", "Civil registry", note="Birth certificates take six weeks."),
    ServiceFacts("livelihood", "Training workshop", is_open=False, note="Closed until it finds a new teacher."),
)
NOBODY = (("counselling", "unavailable"), ("papers", "not_referred"), ("cash", "unavailable"), ("food", "too_costly"))
# Number of the child in the first caseload, need, service, days ago, then steps: days later, step, how, reason.
REFERRALS = (
    (0, "school_place", 0, 48, ((1, "send", "in_person", ""), (6, "accept", "", ""), (20, "receive", "fully", ""))),
    (1, "school_place", 0, 40, ((1, "send", "family", ""), (9, "decline", "", "turned_away"))),
    (2, "treatment", 1, 45, ((2, "send", "phone", ""), (30, "no_answer", "", "no_answer"))),
    (3, "counselling", 2, 25, ((0, "send", "meeting", ""), (3, "accept", "", ""), (17, "receive", "partly", ""))),
    (4, "papers", 3, 20, ((1, "send", "family", ""),)),
    (0, "treatment", 1, 4, ((1, "send", "family", ""),)),
)
FROM_PAPER = "Asked on that day; keyed in from the paper form."
ON_LEAVE = 3  # children of a colleague who is on leave


def help_from_others(builder: Builder, house: House, today: date, before: House | None) -> None:
    """All or nothing, and once. `before`: of the organisation that was there first, to which cases are passed on."""
    officer = actor_of_person_id(house.me_officer)
    if services(officer) or not _caseload(house):
        return
    with transaction.atomic():
        keys = [add_service(officer, facts) for facts in SERVICES]
        for row in REFERRALS:
            _referral(builder, house, keys, today, *row)
        for at, (need, reason) in enumerate(NOBODY):
            worker, code = _nth(house, at + 1)
            note_unmet_need(worker, code, need, reason, today - timedelta(days=12 * at + 1))
        _leave(house, today)
        if before is not None:
            _pass_on(builder, house, today, before)


def _nth(house: House, number: int) -> tuple[Actor, str]:
    """Of the first caseload, as its case worker sees it; where it is small, its children come round again."""
    codes = _caseload(house)
    return actor_of_person_id(house.teams[0].case_workers[0]), codes[number % len(codes)]


def _caseload(house: House) -> list[str]:
    worker = actor_of_person_id(house.teams[0].case_workers[0])
    return [row.code for row in list_children(worker, ChildFilter(mine=True)).rows if not row.erased]


def _referral(
    builder: Builder,
    house: House,
    keys: list[UUID],
    today: date,
    number: int,
    need: str,
    service: int,
    days: int,
    steps: tuple[tuple[int, str, str, str], ...],
) -> None:
    worker, code = _nth(house, number)
    made_on, lead = today - timedelta(days=days), house.teams[0].supervisor
    keys_in = actor_of_person_id(lead) if lead is not None else builder.system  # of an earlier day, from paper
    agreed = Agreement("yes", "yes", made_on, builder.programme.language, limits_told=True, reason=FROM_PAPER)
    key = make_referral(keys_in, code, Wanted(need, "weeks", agreed, keys[service], made_on=made_on))
    for later, step, how, reason in steps:
        take_step(worker, key, Taken(Step(step), made_on + timedelta(days=later), how, reason))


def _leave(house: House, today: date) -> None:
    """A colleague of the second team is on leave, and another one looks after some of the children."""
    team = house.teams[-1]
    if team.supervisor is None or len(team.case_workers) < 2:
        return
    supervisor = actor_of_person_id(team.supervisor)
    away, covers = team.case_workers[-1], team.case_workers[0]
    all_of_them = Wish(away, (covers,), supervisor.today(), supervisor.today() + timedelta(days=14), pauses=True)
    codes = tuple(each.code for each in planned(supervisor, all_of_them).moving)[:ON_LEAVE]
    if codes:
        hand_caseload_over(supervisor, Wish(*_leave_of(all_of_them), codes=codes))


def _leave_of(wish: Wish) -> tuple[UUID, tuple[UUID, ...], date, date | None, bool]:
    return wish.from_id, wish.to_ids, wish.day, wish.until, wish.pauses


def _pass_on(builder: Builder, house: House, today: date, before: House) -> None:
    """Three families moved: one case was accepted by the other organisation, one returned, one waits for an answer."""
    here, there = house.teams[0].supervisor, before.teams[0].supervisor
    if here is None or there is None:
        return
    giver, taker = actor_of_person_id(here), actor_of_person_id(there)
    codes = [row.code for row in list_children(giver).rows if not row.erased]
    for code, answer in zip(codes[-3:], ("accept", "no_room", ""), strict=False):
        day, language = today - timedelta(days=1), builder.programme.language
        agreed = Agreement("yes", "yes", day, language, limits_told=True, reason=FROM_PAPER)
        needs, passed = ("education", "health"), ("name", "birth_date", "caregivers")
        key = offer_transfer(giver, code, Offer(agreed, before.organisation_id, needs=needs, passed=passed))
        if answer == "accept":
            take_over(taker, key)
        elif answer:
            return_transfer(taker, key, answer)
