"""The gate in front of counting: on what agreement an interview stands, and what it adds to the ledger of agreements.

An interview asks first. Its own answers become entries of the ledger in its own transaction, and count for it; what it
does not ask, the ledger must already hold on its day. Who must agree is the age table's business (`domain/consent.py`).
Where the interview's own answers are enough, as in nearly all, nothing is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from homeward.apps.access.prepared import filled
from homeward.apps.audit.ids import time_ordered_id
from homeward.apps.cases.consent_rules import questions, rules
from homeward.apps.cases.consenting import valid_until
from homeward.apps.cases.consents import band_on, entries_of
from homeward.apps.cases.models import Child, ConsentEntry
from homeward.apps.cases.sealing import CONSENT_REASON, seal_of_consent
from homeward.apps.surveys.definitions import Definition
from homeward.apps.surveys.models import Agreement, Import, State, Submission
from homeward.apps.surveys.sealing import import_agreement_of
from homeward.apps.surveys.series import is_of_self
from homeward.domain.ages import band_of_years
from homeward.domain.consent import ADULT, CHILD, MONITORING, OWN_INTERVIEW, Entry, Reply, Source, Use, Who, may
from homeward.domain.instruments import Answer as Said
from homeward.domain.instruments import Missing
from homeward.domain.problems import Problem

A_DAY = timedelta(days=1)  # a house may be east of us
LAST = 1_000_000  # what an interview says itself comes after all that was said on its day
Ledger = Callable[[], Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Own:
    """What the interview itself asked: who answered, and what."""

    who: str
    reply: str


@dataclass(frozen=True, slots=True)
class Held:
    """The interview, as far as its agreement depends on it."""

    child: Child | None
    day: date
    age_years: int | None
    respondent: str

    @property
    def judged_on(self) -> date:
        """A clock that is ahead does not make what was agreed run out."""
        return min(self.day, (timezone.now() + A_DAY).date())

    @property
    def band(self) -> str:
        """Of the child on that day; from the age that was worked out already, where it was."""
        if self.age_years is not None:
            return band_of_years(self.age_years)
        return band_on(self.child, self.day) if self.child is not None else ""

    @property
    def is_grown_up(self) -> bool:
        """The person itself answers, as an adult: nobody else agrees for it."""
        return is_of_self(self.child, self.respondent, self.age_years, self.day)


@dataclass(frozen=True, slots=True)
class Gate:
    agreement: str
    problem: Problem | None = None  # why it waits

    @property
    def waits(self) -> bool:
        return self.agreement == Agreement.MISSING

    @property
    def state(self) -> State | None:
        """Where it stands by this alone; None where it goes on."""
        return state_by_agreement(self.agreement)


UNKNOWN = Gate("")  # of whom it is about


def state_by_agreement(agreement: str) -> State | None:
    return STATES.get(agreement)


STATES = {Agreement.MISSING.value: State.NO_CONSENT, Agreement.REFUSED.value: State.REFUSED}


def own_answers(definition: Definition, answers: Mapping[str, Said], held: Held) -> tuple[Own, ...]:
    """An instrument declares them by the names of its questions (`library/lookups/consent_questions.csv`). Whoever was
    not asked has said nothing.
    """
    found, known = [], questions()
    for name in definition.consent_names:
        row, said = known[name], answers.get(name)
        who = Who.CHILD.value if held.is_grown_up else row["who"]
        if said == row["agrees"]:
            found.append(Own(who, Reply.AGREES))
        elif said == row["refuses"]:
            found.append(Own(who, Reply.REFUSES))
    return tuple(found)


def purpose_of(definition: Definition, held: Held) -> str:
    """What a caregiver says of the own situation is one thing; of somebody who came back as a child and is grown up it
    is the monitoring itself.
    """
    about_adult = definition.instrument.about.subject == "caregiver"
    return OWN_INTERVIEW if about_adult and not held.is_grown_up else MONITORING


def judge(
    definition: Definition,
    held: Held,
    answers: Mapping[str, Said],
    ledger: Ledger | None = None,
    *,
    thorough: bool = False,
) -> Gate:
    """`ledger`: what was said before, asked only where the interview's own answers are not enough, or where somebody
    ever took an agreement back, or where it has to be `thorough`.
    """
    own, child = own_answers(definition, answers, held), held.child
    if child is None:
        refused = any(each.reply == Reply.REFUSES for each in own)
        return Gate(Agreement.REFUSED if refused else Agreement.NOT_NEEDED)
    purpose, band = purpose_of(definition, held), held.band
    if _said_no(own, purpose, band, held.respondent):
        if not _answered(definition, answers):
            return Gate(Agreement.REFUSED)
        return Gate(Agreement.MISSING, _answered_all_the_same())
    yes = {CHILD if each.who == Who.CHILD else ADULT for each in own if each.reply == Reply.AGREES}
    alone = not thorough and child.withdrew is None
    if alone and yes.issuperset(rules().needed(purpose, band)):
        return Gate(Agreement.GIVEN)
    before = ledger() if ledger is not None else entries_of(child.pk)
    return _by_ledger(held.judged_on, purpose, band, own, before)


def _by_ledger(day: date, purpose: str, band: str, own: Iterable[Own], before: Sequence[Entry]) -> Gate:
    mine = [
        Entry(day, each.who, each.reply, purpose, band, source=Source.INTERVIEW, order=LAST + order)
        for order, each in enumerate(own)
    ]
    decision = may(purpose, [*before, *mine], band, day, rules())
    counts = may(MONITORING, before, band, date.max, rules(), use=Use.COUNT)  # also what was taken back afterwards
    if decision and counts:
        return Gate(Agreement.GIVEN)
    return Gate(Agreement.MISSING, decision.problem or counts.problem)


def _said_no(own: Iterable[Own], purpose: str, band: str, respondent: str) -> bool:
    """Of somebody whose no binds, or of the one who was to answer."""
    binding = rules().binding(purpose, band)
    for each in own:
        voice = CHILD if each.who == Who.CHILD else ADULT
        asked = each.who == respondent or (respondent == "adult" and voice == ADULT)
        if each.reply == Reply.REFUSES and (voice in binding or asked):
            return True
    return False


def _answered(definition: Definition, answers: Mapping[str, Said]) -> bool:
    """Whether something was asked although the answer was no, as a form without skip logic does."""
    return any(
        not isinstance(answers.get(name, Missing.NOT_ASKED), Missing) for name in definition.instrument.scored_names
    )


def _answered_all_the_same() -> Problem:
    return Problem(
        "consent.answered",
        "Somebody said no, and answers came all the same.",
        "Nobody reads them. Talk with whoever held the interview.",
        status=409,
    )


def entry_rows(
    definition: Definition, row: Submission, held: Held, answers: Mapping[str, Said], now: datetime
) -> list[ConsentEntry]:
    """Complete, to be written with the interview. None of a day that cannot be right: it would say something of it."""
    child, own = held.child, own_answers(definition, answers, held)
    if child is None or not own or held.day > (now + timedelta(days=1)).date():
        return []
    purpose, band, about = purpose_of(definition, held), held.band, definition.instrument.about
    return [
        filled(
            ConsentEntry,
            id=time_ordered_id(),
            child_id=child.pk,
            who=each.who,
            answer=each.reply,
            purpose=purpose,
            day=held.day,
            valid_until=valid_until(purpose, each.reply, held.day),
            band=band,
            language=row.language,
            text_version=f"{about.id} {about.version}"[:24],
            source=Source.INTERVIEW,
            source_id=row.pk,
            recorded_by_id=row.person_id,
            device_id=row.device_id,
            recorded_at=now,
        )
        for each in own
    ]


def said_of_file(job: Import, definition: Definition, row: Submission, held: Held, now: datetime) -> list[ConsentEntry]:
    """What whoever imported the file said of it: everybody whom the table asks had agreed, on a day before the
    interview. One entry a voice, of the day of the interview; what the file itself says of a no comes after it.
    """
    if job.agreed_on is None or held.child is None or held.day < job.agreed_on:
        return []
    purpose, reason = purpose_of(definition, held), import_agreement_of(job)
    found = []
    for voice in rules().needed(purpose, held.band):
        key = time_ordered_id()
        found.append(
            ConsentEntry(
                id=key,
                child_id=held.child.pk,
                who=Who.CHILD if voice == CHILD else Who.CAREGIVER,
                answer=Reply.AGREES,
                purpose=purpose,
                day=held.day,
                valid_until=valid_until(purpose, Reply.AGREES, held.day),
                band=held.band,
                reason=seal_of_consent(held.child.pk, key, CONSENT_REASON, f"{reason} ({job.agreed_on})"),
                source=Source.IMPORT,
                source_id=job.pk,
                recorded_by_id=row.person_id,
                recorded_at=now,
            )
        )
    return found
