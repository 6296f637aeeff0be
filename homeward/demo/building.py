"""A whole programme, built through the services that people use. Every step may be repeated: nothing is made twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from random import Random
from types import MappingProxyType
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils import timezone

from homeward.apps.access.actors import Actor, actor_of_device_id, actor_of_person_id, system_actor
from homeward.apps.access.services import EnrolledDevice, enrol_device
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.services import add_relation, assign_child, register_child
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.form_queries import published_forms
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.surveys.intake import receive
from homeward.demo.answering import Answerer, Use, uses_of
from homeward.demo.cast import House, Team
from homeward.demo.filling import fill
from homeward.demo.lives import Interview, Life, draw_life, interviews, overheard, wishing
from homeward.demo.tables import Programme
from homeward.demo.truth import answer_level
from homeward.domain.ages import completed_years
from homeward.domain.instruments import Instrument
from homeward.domain.permissions import Role
from homeward.domain.problems import ProblemError
from homeward.formats.xform.model import Form
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.xform_building import to_xform

EVENING = time(15)  # UTC
PUBLISHED = (
    "child-6-11",
    "child-12-14",
    "child-15-17",
    "caregiver",
    "visit-reflection",
    "community-observation",
    "fgd",
    "kii",
    "case-study",
    "child-drawings",
    "disclosure",
)
SURVEYS = PUBLISHED[:4]
FIRST = 5  # children before it have been given other parts in the demo
OTHERS_LISTEN: Mapping[str, str] = MappingProxyType({"in_private": "no"})
WISHES: Mapping[str, str] = MappingProxyType({"want_to_talk": "yes"})  # to be called back
ESTIMATED, UNKNOWN = 12, 30  # of how many children the day of return is an estimate, or not known, for one


@dataclass(frozen=True)
class Survey:
    instrument: Instrument
    form: Form
    uses: Mapping[str, Use]


def publish_library(house: House) -> None:
    """The monitoring officer proposes, the manager publishes. What an earlier start published stays as it is."""
    officer, manager = actor_of_person_id(house.me_officer), actor_of_person_id(house.manager)
    published = {form.instrument_id for form in published_forms(officer)}
    for instrument_id in (each for each in PUBLISHED if each not in published):
        form_id = load_from_library(officer, instrument_id)
        propose_publication(officer, form_id)
        publish(manager, form_id)


def surveys() -> Mapping[str, Survey]:
    library = Library()
    found = {}
    for instrument_id in SURVEYS:
        loaded = library.load(instrument_id)
        found[instrument_id] = Survey(loaded.instrument, read_form(to_xform(loaded).xml), uses_of(loaded.instrument))
    return found


def enrol_phones(house: House) -> dict[UUID, EnrolledDevice]:
    """One phone for each case worker, which carries the worker's caseload."""
    actor = system_actor()
    return {
        worker: enrol_device(
            actor,
            f"Phone {number}",
            Role.ENUMERATOR,
            team_id=team.id,
            person_id=worker,
            organisation_id=house.organisation_id,
        )
        for team in house.teams
        for number, worker in enumerate(team.case_workers, 1)
    }


def that_evening(day: date) -> datetime:
    """A phone sends when it is back where there is a network."""
    return min(datetime.combine(day, EVENING, UTC), timezone.now())


class Builder:
    """Children of one programme, one after the other. Lives, answers and ids follow from the seed and the day."""

    def __init__(
        self,
        programme: Programme,
        house: House,
        phones: Mapping[UUID, UUID],
        kept: Mapping[str, Survey],
        today: date,
        agreed: Callable[[Builder, Life], None] = lambda _builder, _life: None,
    ) -> None:
        self.agreed = agreed
        self.programme, self.house, self.surveys, self.today = programme, house, kept, today
        self.system = system_actor(house.organisation_id)
        first = [each for each in range(FIRST, programme.children) if self.who_works_with(each) == self._first()]
        self.overheard, self.wishing = overheard(programme, first, today), wishing(programme, first, today)
        self.devices = {worker: actor_of_device_id(device) for worker, device in phones.items()}

    def build(self, progress: Callable[[int], None], start: int = 0) -> None:
        for number in range(start, self.programme.children):
            self.add_child(number)
            progress(number + 1)

    def add_child(self, number: int) -> Life:
        life = draw_life(self.programme, number, self.today)
        self.register(life)
        self.agreed(self, life)
        for interview in interviews(self.programme, life, self.today):
            said = self.said_at(number, interview)
            delivery = Delivery(self.filled(life, interview, said), received_at=that_evening(interview.day))
            receive(self.phone_of(number), delivery)
        return life

    def said_at(self, number: int, interview: Interview) -> Mapping[str, str]:
        if (number, interview) == self.overheard:
            return OTHERS_LISTEN
        return WISHES if (number, interview) == self.wishing else {}

    def phone_of(self, number: int) -> Actor:
        return self.devices[self.who_works_with(number)[1]]

    def _first(self) -> tuple[Team, UUID]:
        team = self.house.teams[0]
        return team, team.case_workers[0]

    def who_works_with(self, number: int) -> tuple[Team, UUID]:
        teams = self.house.teams
        team = teams[number % len(teams)]
        return team, team.case_workers[(number // len(teams)) % len(team.case_workers)]

    def register(self, life: Life) -> None:
        team, worker = self.who_works_with(life.number)
        place = self.house.place_ids[life.number % len(self.house.place_ids)]
        unknown = not life.is_host_peer and life.number % UNKNOWN == UNKNOWN - 1
        facts = ChildFacts(
            population="host_peer" if life.is_host_peer else "returnee",
            sex=life.sex,
            name=life.name,
            birth_date=life.birth_date,
            return_date=None if unknown else life.return_date,
            return_date_basis="unknown" if unknown else "estimated" if life.number % ESTIMATED == 5 else "known",
            external_id=life.external_id,
            language=self.programme.language,
            team_id=team.id,
            place_id=place,
        )
        child_id = self._registered(life.code, facts)
        assign_child(self.system, child_id, person_id=worker, since=life.anchor)
        if life.has_caregiver and not find_child(self.system, child_id).relations:
            add_relation(
                self.system, child_id, life.caregiver_kind, life.caregiver, is_caregiver=True, since=life.anchor
            )

    def _registered(self, code: str, facts: ChildFacts) -> UUID:
        """An earlier start may have come as far as this child."""
        try:
            return register_child(self.system, facts, organisation_id=self.house.organisation_id, code=code).id
        except ProblemError as error:
            if error.first.code != "child.external_id_exists":
                raise
            return find_child(self.system, code).row.id

    def filled(self, life: Life, interview: Interview, said: Mapping[str, str] = MappingProxyType({})) -> bytes:
        survey = self.surveys[interview.instrument_id]
        seed = f"{self.programme.country} {life.number} {interview.month} {interview.respondent}"
        random = Random(f"answers {seed}")  # noqa: S311 - a synthetic world is repeatable, not secret
        answerer = Answerer(
            survey.instrument,
            survey.uses,
            lambda dimension: answer_level(random, life.truth, dimension, interview.month, interview.respondent),
            random,
            {
                "child_known": "yes",
                "child_listed": life.code,
                "interview_date": interview.day.isoformat(),
                "respondent": interview.respondent,
                "child_age_years": str(completed_years(life.birth_date, interview.day)),
                **said,
            },
        )
        questions = survey.instrument.by_name
        return fill(
            survey.form,
            lambda name: answerer.answer(questions[name]) if name in questions else "",
            uuid5(NAMESPACE_URL, f"homeward-demo {seed} {self.today}"),
            interview.day,
        )
