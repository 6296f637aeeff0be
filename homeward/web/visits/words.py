"""Codes of the two rules in words, and rows of visits as pages say them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from homeward.apps.cases.models import Need
from homeward.apps.cases.record_models import StruckReason
from homeward.apps.communities.models import Sector
from homeward.apps.visits import choices as of
from homeward.apps.visits.cards import Card, Quiet
from homeward.apps.visits.contacts import AttemptRow, FactRow
from homeward.apps.visits.queries import ActionRow, OutcomeRow, VisitRow
from homeward.apps.visits.versions import Before, SaidBefore, VersionRow
from homeward.domain.contacting import Left, Reach
from homeward.domain.promising import OFTEN
from homeward.domain.visiting import NO_VISIT
from homeward.web.cases.help_words import REASONS
from homeward.web.cases.record_words import label_of
from homeward.web.ui.words import colon, comma
from homeward.web.visits.promised import promised_words

QUESTIONS = {
    "attention": _("Could the visit draw the attention of neighbours, others at school, or people who must not know?"),
    "resentment": _("Could others resent that this child or family gets help?"),
    "danger": _("Could the visit put the child, the family or you in danger?"),
    "undermines": _("Could the visit weaken the caregiver in front of the child or others?"),
}
SHORT = {
    "attention": _("Attention"),
    "resentment": _("Resentment"),
    "danger": _("Danger"),
    "undermines": _("Caregiver weakened"),
}
BLOCKED = {
    "danger": _("The visit could put somebody in danger."),
    "asked_not_to": _("The child or the family asked that nobody comes."),
    "quiet_time": _("The day lies in a time without contact."),
    "nothing_fits": _("No way is left that the check, the card and the family's wish all allow."),
}
INSTEAD = {
    "pass_on": _("If somebody is in danger, pass it on now."),
    "ask_supervisor": _("Ask your supervisor, who may allow another way."),
    "leave_the_door_open": _("Let them know, in a way that is safe, how they reach you."),
    "ask_again_later": _("Ask again at the next point of the follow-up."),
    "wait_until": _("Plan the visit for a day after that time."),
    "ask_for_a_safe_way": _("Ask the child or the family for a way that is safe, and put it on the card."),
}
ADVICE = {
    "no_signs": _("Come without a badge, vest or marked car, and not always on the same day."),
    "with_others": _("See several children of the place, and hand nothing over in sight of others."),
    "apart": _("See this child without other children, and hand nothing over in sight of others."),
    "never_alone": _("Go in twos, to a place that you know, and tell somebody where and until when."),
    "caregiver_first": _("Agree on the visit with the caregiver first, and advise nobody in front of the child."),
}
SHUT_BECAUSE: Mapping[str, Any] = {  # what shuts a way
    "no_second": _("no second contact is recorded"),
    "card": _("not on the safe-contact card"),
    "quiet_time": _("a time without contact"),
    "attention": _("it could draw attention"),
    "resentment": _("others could resent it"),
    "danger": _("it could be dangerous"),
    "undermines": _("it could weaken the caregiver"),
    "asked_for": _("the child or the family asked for another way"),
    "in_stead": _("there is danger, or a doubt of one"),
}
STATES = {
    "blocked": (_("No visit"), "bad", "stop"),
    "planned": (_("Planned"), "", "clock"),
    "held": (_("Held"), "good", "check"),
    "not_held": (_("Did not take place"), "warn", "warning"),
    "taken_back": (_("Taken back"), "", "stop"),
}
REACHES = {
    "none": _("No attempt yet."),
    "in_contact": _("In contact."),
    "trying": _("Tried, and not reached."),
    "refused": _("They want no contact. Try nothing further; they know how to reach you."),
    "lost": _("Lost to contact."),
    "heard": _("Somebody said where the child is. Nobody has reached it yet."),
}
STEPS = {
    "second_contact": _("Ask the second contact, who was agreed on beforehand."),
    "community": _("Ask through the community, without saying why."),
    "no_second": _("No second contact is recorded: ask through the community, without saying why."),
    "go_on": _("Go on trying in the ways that the card allows, on other days."),
    "go_on_without_card": _("Go on trying in other ways, on other days."),
    "supervisor": _("Every step was tried: the supervisor decides."),
}
ASKED_FOR = [
    ("", _("Nothing else")),
    *((mode.value, mode.label) for mode in of.Ways),
    (NO_VISIT, _("That nobody comes")),
]


def visit_words(row: VisitRow) -> dict[str, Any]:
    label, kind, icon = STATES[row.state]
    kind_of_person = row.went or row.goes
    goes = row.who if kind_of_person == of.Goes.STAFF and row.who else of.Goes(kind_of_person).label
    return {
        "row": row,
        "state": label,
        "kind": "bad" if row.late else kind,
        "icon": icon,
        "mode": of.Ways(row.mode).label if row.mode else "",
        "goes": goes,
        "why": [BLOCKED[each] for each in row.blocked] if row.state == "blocked" else [],
        "not_held": of.NotHeld(row.not_held).label if row.not_held else "",
        "harm": [of.Harm(each).label for each in row.harm or ()],
        "in_stead": of.Goes(row.went).label if row.went in of.IN_STEAD else "",
        "taken_back": of.Corrected(row.taken_back).label if row.taken_back else "",
    }


def action_words(row: ActionRow) -> dict[str, Any]:
    moved = ngettext("moved once", "moved %(count)d times", row.moves) % {"count": row.moves}
    return {
        "row": row,
        "who": promised_words(row.who, row.due)[0],
        "kept": of.Kept(row.kept).label if row.kept else "",
        "moved": moved if row.moves else "",
        "often": row.moves >= OFTEN,
        "because": because_words(row.kept, row.because),
        "told": of.ToldBy(row.told).label if row.told else "",
        "ledger": [outcome_words(each) for each in reversed(row.ledger)],
    }


def outcome_words(row: OutcomeRow) -> dict[str, Any]:
    return {
        "row": row,
        "kept": of.Kept(row.kept).label,
        "because": because_words(row.kept, row.because),
        "told": of.ToldBy(row.told).label if row.told else "",
        "need": label_of(Need, row.need) if row.need else "",
    }


def because_words(kept: str, because: str) -> Any:
    known: Any = of.MovedReason if kept == of.Kept.MOVED else of.NotComing
    return known(because).label if because else ""


def version_words(row: VersionRow) -> dict[str, Any]:
    voices = row.before.voices if row.before else ()
    answers = [{"id": key, "who": of.Voice(who).label} for who, _skipped, key in voices if key]
    facts = before_words(row.before)
    return {"row": row, "reason": of.Corrected(row.reason).label, "facts": facts, "answers": answers}


def before_words(before: Before | None) -> list[tuple[Any, Any]]:
    """What the record said, label and value; empty values are left out."""
    if before is None:
        return []
    seen = {True: _now("Yes"), False: _now("No"), None: ""}
    rows = [
        (_now("Day"), date_format(before.held_on, "DATE_FORMAT")),
        (_now("How was it made?"), label_of(of.Ways, before.held_mode)),
        (_now("Who went?"), label_of(of.Goes, before.went)),
        (_now("Child seen in person"), seen[before.child_seen]),
        (_now("Alone"), label_of(of.Alone, before.alone) if before.child_seen else ""),
        (_now("Caregiver seen"), seen[before.caregiver_seen]),
        (_now("Brought back"), _listed(of.Observed, before.observed)),
        (_now("Plan on track"), label_of(of.OnTrack, before.on_track)),
        *((label_of(Sector, sector), REASONS[reason]) for sector, reason in before.gaps),
        *(
            (label_of(of.Promiser, who), f"{what} ({date_format(day, 'DATE_FORMAT')})")
            for who, day, what in before.agreed
        ),
        *((f"{label_of(of.Promiser, row.who)}{colon()}{row.what}", said_words(row)) for row in before.kept),
        *(
            (f"{_now('What they say of the help')}{colon()}{of.Voice(who).label}", asked_words(skipped))
            for who, skipped, _key in before.voices
        ),
        (_now("Harm, or a sign of any"), _listed(of.Harm, before.harm)),
        (_now("What was done about it?"), label_of(of.HarmDone, before.harm_done)),
        (_now("Next visit"), date_format(before.next_on, "DATE_FORMAT") if before.next_on else ""),
        (_now("Note of the visit"), before.words),
    ]
    return [(label, value) for label, value in rows if value]


def said_words(row: SaidBefore) -> str:
    days = [date_format(day, "DATE_FORMAT") if day else "" for day in (row.on, row.new_day)]
    parts = [
        *(days[0], label_of(of.Kept, row.kept), days[1], because_words(row.kept, row.because)),
        f"{_now('What the child lacks')}{colon()}{label_of(Need, row.need)}" if row.need else "",
        f"{_now('Family told')}{colon()}{of.ToldBy(row.told).label}" if row.told else "",
    ]
    return comma().join(str(each) for each in parts if each)


def asked_words(skipped: str) -> str:
    return f"{_now('Not asked')}{colon()}{of.Skipped(skipped).label}" if skipped else _now("asked")


def _listed(choices: Any, codes: Sequence[str]) -> str:
    return comma().join(str(choices(each).label) for each in codes)


def ways_words(ways: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each way of a visit that is not made, and why it is closed."""
    return [{"way": of.Ways(mode).label, "why": SHUT_BECAUSE.get(why, "")} for mode, why in ways.items()]


def card_words(card: Card) -> dict[str, Any]:
    return {
        "card": card,
        "channels": [of.OnCard(each).label for each in card.channels],
        "never": [each.label for each in of.ON_CARD if each not in card.channels],
        "days": [of.Days(each).label for each in card.safe_days],
        "parts": [of.DayPart(each).label for each in card.safe_parts],
    }


def days_words(days: Sequence[str]) -> str:
    """Beside a day that is chosen: the safe days, where the card names some."""
    said = " · ".join(str(of.Days(each).label) for each in days)
    return "" if len(days) == len(of.Days) else _now("Safe days on the card: {days}.").format(days=said)


def parts_words(parts: Sequence[str]) -> str:
    return " · ".join(str(of.DayPart(each).label) for each in parts)


def quiet_words(quiet: Quiet) -> dict[str, Any]:
    return {"quiet": quiet, "reason": of.QuietReason(quiet.reason).label}


def attempt_words(row: AttemptRow) -> dict[str, Any]:
    return {
        "row": row,
        "channel": of.Channels(row.channel).label,
        "outcome": of.Outcome(row.outcome).label,
        "part": of.DayPart(row.day_part).label if row.day_part else "",
        "next": of.NextStep(row.next_step).label if row.next_step else "",
        "struck": StruckReason(row.struck).label if row.struck else "",
    }


def decision_words(row: FactRow) -> dict[str, Any]:
    """Lost to contact, or found again, in the list of attempts."""
    lost = row.kind == of.ContactKind.LOST
    more = of.LostReason(row.why).label if row.why else of.FoundHow(row.how).label if row.how else ""
    return {"row": row, "label": of.ContactKind(row.kind).label, "more": more, "lost": lost}


def reach_words(reach: Reach, attempts: Sequence[AttemptRow], card: Card | None) -> dict[str, Any]:
    step = step_words(reach, attempts, card)
    taken, left = list(steps_taken(reach, attempts)), left_words(reach.left) if reach.left else ""
    return {"reach": reach, "state": REACHES[reach.state], "step": step, "steps": taken, "left": left}


def left_words(left: Left) -> str:
    """How often, and until when, before a supervisor may decide."""
    more = ngettext("{count} more attempt", "{count} more attempts", left.attempts).format(count=left.attempts)
    ways = ngettext("in {count} way more", "in {count} ways more", left.channels).format(count=left.channels)
    day = _("not before {day}").format(day=date_format(left.not_before, "DATE_FORMAT"))
    return " · ".join(each for each in (more, ways if left.channels else "", day) if each)


def steps_taken(reach: Reach, attempts: Sequence[AttemptRow]) -> Iterator[tuple[Any, date | None]]:
    """Each step by its name, and the day on which it was last taken; none while nothing asks for steps."""
    if not reach.step:
        return
    for channel in (of.Channels.SECOND_CONTACT, of.Channels.COMMUNITY):
        days = [each.on for each in attempts if each.channel == channel and reach.since and each.on >= reach.since]
        yield channel.label, max(days, default=None)


def step_words(reach: Reach, attempts: Sequence[AttemptRow], card: Card | None) -> Any:
    """The step that is due; where it was taken, or cannot be taken, the one after it. Only the table and a person say
    when every step was tried.
    """
    tried = {each.channel for each in attempts if reach.since is not None and each.on >= reach.since}
    step, second = reach.step, card is not None and card.has_second
    if step == "second_contact" and (of.Channels.SECOND_CONTACT in tried or not second):
        step = "community" if second else "no_second"
    if step in ("community", "no_second") and of.Channels.COMMUNITY in tried:
        step = "go_on" if card is not None else "go_on_without_card"
    return STEPS.get(step, step)


# Why a visit that was planned is not made.
SHUT: dict[str, Any] = {
    "quiet_time": _("Nobody goes: a time without contact. Plan it anew afterwards."),
    "card": _("Nobody goes in this way: the safe-contact card does not allow it. Plan it anew."),
    "day": _("Nobody goes on this day: it is not a safe day on the card. Plan it anew."),
}
