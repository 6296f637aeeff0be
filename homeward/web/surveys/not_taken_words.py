"""Why something that the app sent could not be taken, by the code of the refusal, and what helps."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

BY_HAND = _("Ask whoever sent it what is right, and record it on the pages.")
AGAIN_BY_HAND = _(
    "Ask whoever sent it, and ask child and caregiver again where that is needed; then record it on the pages."
)
ROLE = _("Have the role set right, and it is taken by itself; or record it on the pages.")
SERVER = _("Tell whoever runs the server. It is tried again every hour.")
UPDATE = _("Have the server or the app updated; until then ask whoever sent it.")
SAME_PERSON = _("Look whose caseload the child is in. It can be said on the page of the child.")

NOT_TAKEN = (_("It could not be taken as it is."), SERVER)
WORDS: dict[str, tuple[Any, Any]] = {
    "child.not_found": (_("The child is in another caseload by now."), SAME_PERSON),
    "follow_up.ended": (_("The record of the child is not open any more."), SAME_PERSON),
    "note.unreadable": (_("The note of the app cannot be read."), BY_HAND),
    "note.unknown": (_("The server does not know what this is."), UPDATE),
    "note.fits_nothing": (_("The note of the app fits no round of this child."), _("Say it on the page of the child.")),
    "place.not_found": (
        _("A new child: the place is not there any more."),
        _("Register the child on the pages, with a place that is there."),
    ),
    "child.return_future": (_("A new child: the day of the return is in the future."), BY_HAND),
    "child.return_missing": (_("A new child: the day of the return is missing."), BY_HAND),
    "child.return_unknown": (
        _("A new child: a day of the return is given, and it is said that it is not known."),
        BY_HAND,
    ),
    "child.return_before_birth": (_("A new child: the return lies before the birth."), BY_HAND),
    "child.birth_missing": (_("A new child: neither a birth date nor an age that can be right."), BY_HAND),
    "child.birth_impossible": (_("A new child: the birth date cannot be right."), BY_HAND),
    "child.not_listed": (_("A new child: something was chosen that is on no list."), BY_HAND),
    "child.language": (_("A new child: the language is not known."), BY_HAND),
    "child.foreign_team": (_("A new child: who sent it is in another team by now."), ROLE),
    "newcomer.name": (_("A new child: a name is too long."), BY_HAND),
    "relation.kind": (_("A new child: what the caregiver is to the child is not on the list."), BY_HAND),
    "relation.name": (_("A new child: a name is too long."), BY_HAND),
    "relation.many": (_("A new child: too many people are recorded with it."), BY_HAND),
    "record.ended": (_("The record of the child is not open any more."), SAME_PERSON),
    "record.future": (_("A new child: a day lies in the future."), BY_HAND),
    "consent.limits": (_("Agreement: what we cannot keep to ourselves was not told."), AGAIN_BY_HAND),
    "consent.not_understood": (_("Agreement: who did not understand it cannot agree."), AGAIN_BY_HAND),
    "consent.nothing": (_("Agreement: no answer is given to what we ask."), AGAIN_BY_HAND),
    "consent.answer": (_("Agreement: an answer is neither yes nor no."), AGAIN_BY_HAND),
    "consent.not_listed": (_("Agreement: something was chosen that is on no list."), AGAIN_BY_HAND),
    "consent.recipient": (_("Agreement: it is not said which organisation may be told."), AGAIN_BY_HAND),
    "consent.future": (_("Agreement: the day lies in the future."), AGAIN_BY_HAND),
    "children.too_many_searches": (
        _("Who sent it has looked for very many children today."),
        _("It is tried again every hour, and taken by itself."),
    ),
    "app.no_caseload": (_("Who sent it has no caseload any more."), ROLE),
    "access.refused": (_("Who sent it may not do this any more."), ROLE),
    "organisation.not_found": (_("Who sent it does not work here any more."), BY_HAND),
    "person.not_found": (_("The account of whoever sent it is closed."), BY_HAND),
    "team.not_found": (_("The team of whoever sent it is not there any more."), ROLE),
    "transport.other_key": (_("It was sealed to a key that is not here."), SERVER),
    "transport.damaged": (_("It does not open: it is damaged."), SERVER),
    "transport.shape": (_("It does not open: it is damaged."), SERVER),
    "transport.unreadable": (_("It opens, and is nothing that can be read."), SERVER),
    "transport.other_phone": (_("It came from another phone than the one whose code it was sent with."), SERVER),
    "vault.unreadable": (_("Something on the server could not be read."), SERVER),
}


def why(code: str) -> tuple[Any, Any]:
    """What stood against it, and what helps."""
    return WORDS.get(code, NOT_TAKEN)
