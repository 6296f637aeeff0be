"""Codes of the two rules in words, and rows of visits as pages say them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from homeward.apps.visits import choices as of
from homeward.apps.visits.cards import Card, Quiet
from homeward.apps.visits.contacts import AttemptRow
from homeward.apps.visits.queries import ActionRow, VisitRow
from homeward.domain.contacting import Reach
from homeward.domain.visiting import NO_VISIT

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
    "never_alone": _("Go in twos, to a place that you know, and tell somebody where and until when."),
    "caregiver_first": _("Agree on the visit with the caregiver first, and advise nobody in front of the child."),
}
STATES = {
    "blocked": (_("No visit"), "bad", "stop"),
    "planned": (_("Planned"), "", "clock"),
    "held": (_("Held"), "good", "check"),
    "not_held": (_("Did not take place"), "warn", "warning"),
}
REACHES = {
    "none": _("No attempt yet."),
    "in_contact": _("In contact."),
    "trying": _("Not reached since."),
    "refused": _("They want no contact. Try nothing further; they know how to reach you."),
    "lost": _("Lost to contact."),
}
STEPS = {
    "second_contact": _("Ask the second contact, who was agreed on beforehand."),
    "community": _("Ask through the community, without saying why."),
    "no_second": _("No second contact is recorded: ask through the community, without saying why."),
    "go_on": _("This step was taken. Go on trying in the ways that the card allows, on other days."),
    "supervisor": _("Every step was tried: the supervisor decides."),
}
ASKED_FOR = [
    ("", _("Nothing else")),
    *((mode.value, mode.label) for mode in of.Ways),
    (NO_VISIT, _("That nobody comes")),
]


def visit_words(row: VisitRow) -> dict[str, Any]:
    label, kind, icon = STATES[row.state]
    goes = row.who if row.goes == of.Goes.STAFF and row.who else of.Goes(row.goes).label
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
    }


def action_words(row: ActionRow) -> dict[str, Any]:
    kept = of.Kept(row.kept).label if row.kept else ""
    return {"row": row, "who": of.Promiser(row.who).label, "kept": kept}


def card_words(card: Card) -> dict[str, Any]:
    return {
        "card": card,
        "channels": [of.Channels(each).label for each in card.channels],
        "never": [each.label for each in of.ON_CARD if each not in card.channels],
        "days": [of.Days(each).label for each in card.safe_days],
        "parts": [of.DayPart(each).label for each in card.safe_parts],
    }


def quiet_words(quiet: Quiet) -> dict[str, Any]:
    return {"quiet": quiet, "reason": of.QuietReason(quiet.reason).label}


def attempt_words(row: AttemptRow) -> dict[str, Any]:
    return {
        "row": row,
        "channel": of.Channels(row.channel).label,
        "outcome": of.Outcome(row.outcome).label,
        "part": of.DayPart(row.day_part).label if row.day_part else "",
        "next": of.NextStep(row.next_step).label if row.next_step else "",
    }


def reach_words(reach: Reach, attempts: Sequence[AttemptRow], *, second: bool) -> dict[str, Any]:
    return {"reach": reach, "state": REACHES[reach.state], "step": step_words(reach, attempts, second=second)}


def step_words(reach: Reach, attempts: Sequence[AttemptRow], *, second: bool) -> Any:
    """The step that is due; where it was taken, or cannot be taken, the one after it. Only the table and a person say
    when every step was tried.
    """
    tried = {each.channel for each in attempts if reach.since is not None and each.on >= reach.since}
    step = reach.step
    if step == "second_contact" and (of.Channels.SECOND_CONTACT in tried or not second):
        step = "community" if second else "no_second"
    if step in ("community", "no_second") and of.Channels.COMMUNITY in tried:
        step = "go_on"
    return STEPS.get(step, step)


# Why a visit that was planned is not made.
SHUT: dict[str, Any] = {
    "quiet_time": _("Nobody goes: a time without contact. Plan it anew afterwards."),
    "card": _("Nobody goes in this way: the safe-contact card does not allow it. Plan it anew."),
}
