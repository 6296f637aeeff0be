"""What the field app holds of its own caseload: codes, days and thirds of scores. No name, and nobody's words.

Set by set: as many questions for two hundred children as for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.field_app import at_work
from homeward.apps.access.queries import organisation
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Child
from homeward.apps.cases.newcomers import PERHAPS_KNOWN, REGISTERED
from homeward.apps.cases.protocols import schedule_of
from homeward.apps.cases.queries import CaseloadRow, caseload_children, caseload_row
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.sealing import is_erased
from homeward.apps.surveys.field_forms import FieldForm, field_forms
from homeward.apps.surveys.last_thirds import Thirds, last_thirds
from homeward.apps.surveys.notes import OPENED, SETTLED, became
from homeward.apps.visits.apart import apart_by_child
from homeward.apps.visits.cards import Quiet, cards_of, quiet_ahead
from homeward.apps.visits.clock import Clock, clocks, with_a_clock
from homeward.apps.visits.models import AgreedAction
from homeward.apps.visits.settling import outcomes_of, said_of
from homeward.apps.visits.voices import FAMILY as FOUR_QUESTIONS
from homeward.domain.fitting import bands_meant, is_asked_with
from homeward.domain.promising import stands
from homeward.domain.protocol import CONTACT, OPEN, Contact, FollowUp, Point, State, band_asked, follow_up
from homeward.domain.rounds import Schedule

FETCH = "caseload.fetch"
QUIET = "quiet_time"  # why nobody is asked now
WAITS = "waits"
A_MONTH = timedelta(days=31)
MOST_ACTIONS = 40  # of one child: more is no list for a visit


@dataclass(frozen=True, slots=True)
class FieldDue:
    point: str  # code of the round, or `contact`
    since: date  # from here on it is to be done
    on: date  # due
    until: date  # the last day that is in time
    state: str
    forms: tuple[UUID, ...]
    respondents: tuple[str, ...]  # still to be asked; who is asked only with the child's permission comes last
    permission: tuple[str, ...] = ()  # of these, who is asked only with it


@dataclass(frozen=True, slots=True)
class FieldAction:
    state: str  # what was last said of it; empty: nothing yet
    by_when: date  # the newest day that was given
    who: str


@dataclass(frozen=True, slots=True)
class FieldCard:
    ways: tuple[str, ...] | None  # that it allows; None: there is no card
    safe_days: tuple[str, ...]  # none: any day
    safe_parts: tuple[str, ...]
    quiet: tuple[Quiet, ...]  # that run or are to come


@dataclass(frozen=True, slots=True)
class FieldChild:
    row: CaseloadRow
    language: str
    due: tuple[FieldDue, ...]
    actions: tuple[FieldAction, ...]
    thirds: Thirds
    card: FieldCard
    why_not: str  # nobody is asked today; empty: somebody may be
    apart: date | None = None  # since when the child is to be asked apart from others


@dataclass(frozen=True, slots=True)
class FieldNewcomer:
    """Of what was sent from this person's phones to be registered: by its delivery, which the phone knows."""

    delivery: UUID
    code: str  # none where it waits, or the child is in another caseload by now
    state: str  # registered, perhaps_known; settled: a person has dealt with it; else it waits for one


@dataclass(frozen=True, slots=True)
class FieldCaseload:
    organisation_id: UUID
    organisation: str
    forms: tuple[FieldForm, ...]
    children: tuple[FieldChild, ...]
    newcomers: tuple[FieldNewcomer, ...] = ()


def field_caseload(actor: Actor) -> FieldCaseload:
    """One look with the number of children, as at a list."""
    here = at_work(actor)
    place = here.organisation_id
    assert place is not None  # noqa: S101 - `at_work` has refused whoever works nowhere
    forms = field_forms(here)
    found = tuple(_children(here, place, forms))
    record_look(here, FETCH, "children", organisation_id=place, detail={"rows": len(found)})
    return FieldCaseload(place, organisation(here).name, forms, found, tuple(_newcomers(here, place)))


def child_in_the_field(actor: Actor, code: str) -> Child | None:
    """Of the own caseload, as the app lists it."""
    return next((row for row in caseload_children(at_work(actor)) if row.code == code and not is_erased(row)), None)


def _children(actor: Actor, place: UUID, forms: Sequence[FieldForm]) -> Iterator[FieldChild]:
    rows = [row for row in caseload_children(actor) if not is_erased(row)]
    keys, today = [row.pk for row in rows], today_in(actor, place)
    due, actions, thirds = _due(keys, schedule_of(place), forms), open_actions(keys, today), last_thirds(actor, rows)
    cards, quiet, apart = cards_of(keys), quiet_ahead(keys, today), apart_by_child(actor)
    for row in rows:
        card, still, alone = cards.get(row.pk), quiet.get(row.pk, ()), apart.get(row.pk)
        yield FieldChild(
            caseload_row(row, today),
            row.language,
            due.get(row.pk, ()),
            actions.get(row.pk, ())[:MOST_ACTIONS],
            thirds.get(row.pk, {}),
            FieldCard(
                tuple(card.channels) if card else None,
                tuple(card.safe_days) if card else (),
                tuple(card.safe_parts) if card else (),
                still,
            ),
            QUIET if any(each.since <= today for each in still) else "",
            alone.on if alone is not None else None,
        )


def _newcomers(actor: Actor, place: UUID) -> Iterator[FieldNewcomer]:
    if actor.person_id is None:
        return
    sent = became(actor.person_id, place, timezone.now() - A_MONTH)
    seen = children_visible_to(actor, "interviews.fill")
    codes = dict(seen.filter(pk__in=[each.key for each in sent]).values_list("pk", "code"))
    for each in sent:
        if each.state != OPENED:
            yield FieldNewcomer(each.delivery, "", SETTLED if each.state == SETTLED else WAITS)
        elif each.code in (REGISTERED, PERHAPS_KNOWN):
            yield FieldNewcomer(each.delivery, codes.get(each.key, ""), each.code)


def open_actions(keys: Iterable[UUID], today: date) -> dict[UUID, tuple[FieldAction, ...]]:
    """What was agreed and is not settled, the earliest first: without the words."""
    rows = list(AgreedAction.objects.filter(child__in=list(keys), struck_at=None).defer("promise"))
    said = outcomes_of(row.pk for row in rows)
    found: dict[UUID, list[FieldAction]] = {}
    for row in rows:
        now = stands(row.by_when, said_of(said[row.pk]), today)
        if not now.settled:
            found.setdefault(row.child_id, []).append(FieldAction(now.kept, now.due, row.who))
    return {key: tuple(sorted(some, key=lambda each: (each.by_when, each.who))) for key, some in found.items()}


def _due(keys: list[UUID], schedule: Schedule, forms: Sequence[FieldForm]) -> Mapping[UUID, tuple[FieldDue, ...]]:
    found = clocks(with_a_clock(Child.objects.filter(pk__in=keys)), few=keys)
    return {row.child_id: tuple(_of_clock(row, schedule, forms)) for row in found}


def _of_clock(row: Clock, schedule: Schedule, forms: Sequence[FieldForm]) -> Iterator[FieldDue]:
    """What is open on this day, and the round after it: the phone may be away when that begins."""
    now = follow_up(schedule, row.facts, row.day)
    if now.paused_since is not None:
        return
    if now.current is not None and now.current.state in OPEN:
        yield _round(now.current, now, row, forms)
    if now.contact is not None and now.contact.state in OPEN and now.contact.due is not None:
        yield _contact(now.contact, now.contact.due, now, row, schedule, forms)
    following = next((each for each in now.points if each.state is State.NOT_YET), None)
    if following is not None:
        yield _round(following, now, row, forms)


def _round(point: Point, now: FollowUp, row: Clock, forms: Sequence[FieldForm]) -> FieldDue:
    due, facts = point.due or point.round.due, row.facts
    band = band_asked(facts.band, facts.band_changes_on, facts.eighteen, due)
    done = {who for who, _day in point.answered} | point.not_again
    voices = [voice for voice in point.round.protocol.asked(point.round.code, band) if voice.respondent not in done]
    voices.sort(key=lambda voice: not voice.required)
    asked = [form for form in forms if any(is_asked_with(form.instrument.about, voice, band) for voice in voices)]
    return FieldDue(
        point.round.code,
        point.round.opens,
        due,
        due + timedelta(days=point.round.rule.tolerance(now.risk)),
        str(point.state),
        tuple(form.published.id for form in asked),
        tuple(voice.respondent for voice in voices),
        tuple(voice.respondent for voice in voices if not voice.required),
    )


def _contact(
    contact: Contact, due: date, now: FollowUp, row: Clock, schedule: Schedule, forms: Sequence[FieldForm]
) -> FieldDue:
    """Between the rounds: nobody has to be asked; the four questions may be."""
    rule = schedule.on(row.day).contacts[now.risk]
    fitting = [
        form.published.id
        for form in forms
        if form.published.family == FOUR_QUESTIONS and row.facts.band in bands_meant(form.instrument.about)
    ]
    return FieldDue(CONTACT, due, due, due + timedelta(days=rule.after), str(contact.state), tuple(fitting), ())
