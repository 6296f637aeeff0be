"""Who some of the synthetic children are: names in another script, papers, school, household and care over time, a
second return, brothers and sisters in one household and in two, and one child that was registered twice.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from anyascii import anyascii

from homeward.apps.access.actors import actor_of_person_id, system_actor
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.family import join_household, link_siblings
from homeward.apps.cases.merging import merge_children
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.record_queries import record_of
from homeward.apps.cases.recording import add_entry
from homeward.apps.cases.saying_same import say_same
from homeward.apps.cases.services import assign_child, register_child
from homeward.demo.building import Builder
from homeward.demo.cast import House
from homeward.demo.lives import Life, draw_life
from homeward.demo.plants import KEPT_APART
from homeward.domain.ages import completed_years
from homeward.domain.functioning import DIFFICULTY, FORMS, NO_DIFFICULTY, NOT_DETERMINED, form_at
from homeward.domain.problems import ProblemError

TOLD = 24  # children of a programme of whom more is recorded
FIRST = 5  # before it stand those that other plants are about
AGAIN, TWICE = 6, 8  # returned a second time; registered twice
FROM = ("LY", "DZ", "SA", "DE", "US", "TR")
BY_COUNTRY = {"NG": ("en", "ha"), "ET": ("am", "om"), "HN": ("es",), "IQ": ("ar", "ckb"), "GE": ("ka", "hy")}
A_SPELLING = {"NG": "سلامة", "HN": "ሰላም"}  # where names are written in Latin letters: learnt on the way
MONTH = timedelta(days=30)


def record_more(builder: Builder, house: House, today: date) -> None:
    """Again it adds nothing: a child of whom something is recorded is left as it is."""
    last = min(FIRST + TOLD, builder.programme.children - KEPT_APART)
    for number in range(FIRST, last):
        life = draw_life(builder.programme, number, today)
        system = system_actor(house.organisation_id)
        child = find_child(system, life.code)
        if child.row.status == "open" and not any(record_of(system, child.row.id).entries.values()):
            _Teller(builder, life, child.row.id, today).tell()
    for number in range(FIRST, last - 2 * len(house.teams), 3 * len(house.teams)):
        with suppress(ProblemError):  # one of them is not open
            _siblings(builder, house, number, today)
    if last > TWICE:
        _registered_twice(builder, house, TWICE, today)


class _Teller:
    """What is recorded of one child in the first weeks, and what changed since."""

    def __init__(self, builder: Builder, life: Life, child_id: UUID, today: date) -> None:
        self.country, self.life, self.child, self.today = builder.programme.country, life, child_id, today
        self.actor = system_actor(builder.house.organisation_id)
        self.random = Random(f"record {self.country} {life.number}")  # noqa: S311 - repeatable, not secret
        self.begun = min(life.anchor + timedelta(days=10), today)

    def add(self, topic: str, values: dict[str, Any], said_by: str = "caregiver", day: date | None = None) -> None:
        add_entry(self.actor, self.child, topic, values, said_by=said_by, told_on=day or self.begun)

    def tell(self) -> None:
        spelt = A_SPELLING.get(self.country) or anyascii(self.life.name).title()
        self.add("names", {"kind": "spelling", "name": spelt})
        for language in BY_COUNTRY.get(self.country, ("en",)):
            self.add("languages", {"language": language}, "child")
        self.add("birth", {"basis": self.random.choice(("document", "caregiver", "caregiver", "estimated"))})
        self._papers()
        self._school()
        self._functioning()
        self._home()
        if self.life.return_date is not None:
            self._returns()

    def _papers(self) -> None:
        has = self.random.choice(("has", "none"))
        self.add("documents", {"kind": "birth_certificate", "state": has})
        if has == "none" and self.begun + 4 * MONTH < self.today:
            applied = {"kind": "birth_certificate", "state": "applied"}
            self.add("documents", applied, "paper", self.begun + 4 * MONTH)
        self.add("documents", {"kind": "school_papers", "state": self.random.choice(("has", "none", "unknown"))})

    def _school(self) -> None:
        years = completed_years(self.life.birth_date, self.begun)
        if years < 6:
            return
        level = "primary" if years < 12 else "lower_secondary" if years < 15 else "vocational"
        leaves = self.random.random() < 0.4 and self.begun + 5 * MONTH < self.today
        until = self.begun + 3 * MONTH if leaves else None
        left = self.random.choice(("refused", "cost", "papers")) if leaves else ""
        attending = self.random.choice(("regularly", "sometimes"))
        self.add(
            "schooling",
            {"level": level, "attending": attending, "since": self.begun, "until": until, "left_reason": left},
        )
        if leaves:
            since = self.begun + 5 * MONTH
            self.add("schooling", {"level": "non_formal", "attending": "regularly", "since": since}, "child", since)

    def _functioning(self) -> None:
        form = form_at(completed_years(self.life.birth_date, self.begun))
        if not form:
            return
        odds = (NO_DIFFICULTY,) * 30 + (DIFFICULTY, NOT_DETERMINED)
        results = {domain: self.random.choice(odds) for domain in FORMS[form]}
        self.add("functioning", {"form": form, "results": results})

    def _home(self) -> None:
        kind = {"grandparent": "kinship", "relative": "kinship"}.get(self.life.caregiver_kind, "parents")
        arrangement = kind if self.life.has_caregiver else "independent"
        self.add("care", {"arrangement": arrangement, "since": self.begun})
        if self.random.random() < 0.3 and self.begun + 6 * MONTH < self.today:
            changed = {"arrangement": "kinship" if arrangement == "parents" else "parents", "reason": "poverty"}
            self.add("care", {**changed, "since": self.begun + 6 * MONTH}, "caregiver", self.begun + 6 * MONTH)
        members = self.random.randint(3, 9)
        join_household(self.actor, self.child, self.begun, members=members, children=members // 2, said_by="caregiver")

    def _returns(self) -> None:
        away = self.random.randint(5, 70)
        came = self.random.choice(("family", "family", "part_of_family", "separated", "unaccompanied"))
        alone = came in ("separated", "unaccompanied")
        episode = {
            "returned_on": self.life.return_date,
            "from_country": self.random.choice(FROM),
            "months_away": away,
            "born_abroad": self.random.random() < 0.15,
            "kind": self.random.choice(("voluntary_assisted", "spontaneous", "forced", "evacuated")),
            "notice": self.random.choice(("none", "days", "weeks", "months")),
            "came_with": came,
            "family_traced": self.random.choice(("yes", "under_way")) if alone else "not_needed",
        }
        if self.life.number == AGAIN:  # an earlier return, of which the family tells later
            earlier = self.life.anchor - timedelta(days=400)
            if earlier > self.life.birth_date:
                self.add(
                    "returns", {"returned_on": earlier, "basis": "estimated", "kind": "forced"}, "child", self.begun
                )
        self.add("returns", episode)


def _siblings(builder: Builder, house: House, number: int, today: date) -> None:
    """Three of one team: two in one household, the third in another."""
    actor, step = system_actor(house.organisation_id), len(house.teams)
    first, second, third = (draw_life(builder.programme, number + each * step, today).code for each in range(3))
    keys = [find_child(actor, code).row.id for code in (first, second, third)]
    if record_of(actor, keys[0]).lives_with:
        return
    for code in (second, third):
        link_siblings(actor, keys[0], code, since=today - 2 * MONTH)
    link_siblings(actor, keys[1], third)  # since when, nobody said
    join_household(actor, keys[1], today, with_code=first, said_by="caregiver")


def _registered_twice(builder: Builder, house: House, number: int, today: date) -> None:
    """By two colleagues, in two spellings: one pair waits, and one was put together."""
    actor, life = system_actor(house.organisation_id), draw_life(builder.programme, number, today)
    team, worker = builder.who_works_with(number)
    for turn in (1, 2):
        name = anyascii(life.name).title() if turn == 1 else life.name
        facts = ChildFacts(
            population="host_peer" if life.is_host_peer else "returnee",
            sex=life.sex,
            name=name,
            birth_date=life.birth_date,
            return_date=life.return_date,
            external_id=f"{builder.programme.country}-TWICE-{turn}",
            team_id=team.id,
        )
        with suppress(ProblemError):  # registered at an earlier start
            again = register_child(actor, facts, organisation_id=house.organisation_id)
            assign_child(actor, again.id, person_id=worker)
            if turn == 1:
                say_same(actor_of_person_id(worker), again.code, life.code)
            else:
                merge_children(actor, again.code, life.code)
