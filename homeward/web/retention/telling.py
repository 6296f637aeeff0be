"""What is held about a child in plain sentences, in the language that is in force: to the child as "you", to a guardian
about "the child". What no sentence says stands behind them as it is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeward.apps.cases.models import Population, RelationKind, Sex, Status
from homeward.apps.retention.copies import COPY, Copy, Received, Told
from homeward.apps.retention.holding import LeftOut, Whom
from homeward.domain.codes import display_code
from homeward.web.retention.words import CLOCKS
from homeward.web.ui import labels
from homeward.web.ui.words import colon, in_language, language_name, two_decimals

WHY_LEFT_OUT: Mapping[LeftOut, Any] = {
    LeftOut.SEALED: gettext_lazy(
        "What was told in confidence is closed to everybody but focal points. Ask one of them."
    ),
    LeftOut.PROTECTION: gettext_lazy("Whether somebody acts to protect a child is said by a focal point, in person."),
    LeftOut.ACCOUNT: gettext_lazy(
        "Why a record was held, kept longer or opened in an emergency is said by a focal point, in person."
    ),
    LeftOut.CONFIDENTIAL: gettext_lazy(
        "What a child said in interviews is the child's own and not in a guardian's copy."
    ),
    LeftOut.NO_CONTENT: gettext_lazy("Keys, and checks of what is stored, hold nothing that anybody could read."),
    LeftOut.INTERNAL: gettext_lazy("Numbers of rows and times of work say nothing about the child."),
    LeftOut.FILES: gettext_lazy(
        "Pictures and sounds, and interviews as they were sent, can be seen on a screen: ask us."
    ),
}
TAKEN: Mapping[str, Any] = {
    "children.download": gettext_lazy("A list of children was taken out {times} times, the last time on {last}."),
    "scores.download": gettext_lazy("A list of scores was taken out {times} times, the last time on {last}."),
    "answers.download": gettext_lazy("A list of coded answers was taken out {times} times, the last time on {last}."),
    "download_list": gettext_lazy("Another list was taken out {times} times, the last time on {last}."),
    "referred": gettext_lazy("On {last} something was passed to another service, to help."),
    "reported": gettext_lazy("On {last} something was reported to an authority."),
}
CHILD_SAYS: Mapping[str, Any] = {
    "code": gettext_lazy("Your code here is {value}. Lists show the code and not your name."),
    "name": gettext_lazy("We know you by the name {value}."),
    "initials": gettext_lazy("Lists show your initials: {value}."),
    "birth_date": gettext_lazy("You were born on {value}."),
    "birth_estimated": gettext_lazy("The day of your birth is an estimate: {value}."),
    "age_band": gettext_lazy("Your age group is {value}."),
    "age_changes_on": gettext_lazy("Your age group changes on {value}."),
    "sex": gettext_lazy("You are recorded as: {value}."),
    "population": gettext_lazy("You belong to the group: {value}."),
    "return_date": gettext_lazy("You came back on {value}."),
    "place": gettext_lazy("You live in {value}."),
    "language": gettext_lazy("We speak with you in {value}."),
    "status": gettext_lazy("Your record is: {value}."),
    "ended_on": gettext_lazy("Your record was ended on {value}."),
    "external_id": gettext_lazy("Another case system knows you by the number {value}."),
}
GUARDIAN_HEARS: Mapping[str, Any] = {
    "code": gettext_lazy("The code of the child here is {value}. Lists show the code and not the name."),
    "name": gettext_lazy("We know the child by the name {value}."),
    "initials": gettext_lazy("Lists show the child's initials: {value}."),
    "birth_date": gettext_lazy("The child was born on {value}."),
    "birth_estimated": gettext_lazy("The day of the child's birth is an estimate: {value}."),
    "age_band": gettext_lazy("The child's age group is {value}."),
    "age_changes_on": gettext_lazy("The child's age group changes on {value}."),
    "sex": gettext_lazy("The child is recorded as: {value}."),
    "population": gettext_lazy("The child belongs to the group: {value}."),
    "return_date": gettext_lazy("The child came back on {value}."),
    "place": gettext_lazy("The child lives in {value}."),
    "language": gettext_lazy("We speak with the child in {value}."),
    "status": gettext_lazy("The child's record is: {value}."),
    "ended_on": gettext_lazy("The child's record was ended on {value}."),
    "external_id": gettext_lazy("Another case system knows the child by the number {value}."),
}


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aloud:
    title: str
    lede: str
    parts: tuple[Part, ...]
    stored: tuple[tuple[str, str], ...] = field(default=())


def told_aloud(copy: Copy) -> Aloud:
    own = copy.whom is Whom.CHILD
    title = _("What we hold about you") if own else _("What we hold about the child")
    lede = _("{organisation}, {day}").format(organisation=copy.organisation, day=_day(localtime().date()))
    parts = [
        Part(_("Who you are") if own else _("Who the child is"), tuple(_who(copy))),
        Part(_("Your interviews"), tuple(_interviews(copy))),
        Part(_("Who works with you") if own else _("Who works with the child"), tuple(_people(copy))),
        Part(_("Who received something"), tuple(_received(copy.received))),
        Part(_("How long we keep it"), tuple(_until(copy))),
        Part(_("What is not in here, and why"), tuple(str(WHY_LEFT_OUT[why]) for why in copy.left_out)),
        Part(_("What you can ask for"), _rights()),
    ]
    stored = tuple((each.field, each.value) for each in copy.stored if each.value)
    return Aloud(title, lede, tuple(part for part in parts if part.lines), stored)


def as_text(aloud: Aloud) -> str:
    """For a terminal or a printer, a paragraph a line."""
    lines = [aloud.title, aloud.lede, ""]
    for part in aloud.parts:
        lines += [part.title, *(f"  {line}" for line in part.lines), ""]
    if aloud.stored:
        lines += [_("Everything else, as it is stored"), *(f"  {name}: {value}" for name, value in aloud.stored), ""]
    return "\n".join(lines)


def _who(copy: Copy) -> Iterator[str]:
    sentences = CHILD_SAYS if copy.whom is Whom.CHILD else GUARDIAN_HEARS
    for name, value in copy.child.items():
        said = _spoken(name, value)
        if said:
            yield str(sentences[name]).format(value=said)
    for relation in copy.relations:
        yield _relation(relation)


def _relation(values: Mapping[str, Any]) -> str:
    kind = str(RelationKind(values["kind"]).label)
    since, until = _day(values["since"]), _day(values["until"])
    words = f"{kind}{colon()}{values['name']}" if values.get("name") else kind
    if values.get("other_child") is not None:
        words = _("{words}, who is a child here too").format(words=words)
    if values.get("is_caregiver"):
        words = _("{words}, who looks after the child").format(words=words)
    if until:
        return _("{words}. From {since} until {until}.").format(words=words, since=since, until=until)
    return _("{words}. Since {since}.").format(words=words, since=since)


def _spoken(name: str, value: Any) -> str:
    """A value as one says it; empty where there is nothing to say."""
    if value in (None, "", False):
        return ""
    closed = {"sex": Sex, "population": Population, "status": Status}
    if name in closed:
        return str(closed[name](value).label)
    if isinstance(value, date) or name == "birth_date":
        return _day(value if isinstance(value, date) else date.fromisoformat(value))
    ways = {"code": display_code, "language": language_name}
    return ways[name](str(value)) if name in ways else _("yes") if value is True else str(value)


def _interviews(copy: Copy) -> Iterator[str]:
    for told in copy.interviews:
        yield from _interview(told, copy.language)


def _interview(told: Told, language: str) -> Iterator[str]:
    title = in_language(told.row.titles, language) or told.row.instrument_id
    day = _day(told.row.day) or _("a day that nobody knows")
    if not told.own:
        who = labels.RESPONDENTS.get(told.row.respondent, told.row.respondent)
        words = _("On {day} somebody else answered about you: {who}, “{title}”. Those words are also that person's.")
        yield words.format(day=day, who=who, title=title)
    else:
        yield _("On {day} you answered “{title}”.").format(day=day, title=title)
        for row in told.answers:
            yield f"{row.label}{colon()}{row.answer or labels.MISSING.get(row.missing, row.missing)}"
        if told.reason:
            yield _("A person noted: {reason}").format(reason=told.reason)
    for dimension, value, answered, applicable in told.scores:
        yield _score(dimension, value, answered, applicable)
    for kind, severity in told.flags:
        words = _("We marked that somebody must look: {kind} ({severity}).")
        yield words.format(kind=labels.FLAGS.get(kind, kind), severity=labels.SEVERITY.get(severity, severity))
    if told.files:
        yield _("Pictures or sounds that came with it: {count}.").format(count=told.files)


def _score(dimension: str, value: Any, answered: int, applicable: int) -> str:
    name = labels.DIMENSIONS.get(dimension, dimension)
    if value is None:
        words = _("{dimension}: no number, with {answered} of {applicable} questions answered.")
        return words.format(dimension=name, answered=answered, applicable=applicable)
    words = _("{dimension}: {value} of 1, from {answered} of {applicable} questions.")
    return words.format(dimension=name, value=two_decimals(value), answered=answered, applicable=applicable)


def _people(copy: Copy) -> Iterator[str]:
    for name, since, until in copy.people:
        who = name or _("A phone of ours")
        if until is None:
            yield _("{who}, since {since}.").format(who=who, since=_day(since))
        else:
            yield _("{who}, from {since} until {until}.").format(who=who, since=_day(since), until=_day(until))


def _received(rows: Iterable[Received]) -> Iterator[str]:
    for row in rows:
        last = _day(localtime(row.last).date())
        if row.verb == COPY:
            whom = _("the child") if row.whom == Whom.CHILD else _("a guardian")
            yield _("On {day} a copy like this one was handed over, made for {whom}.").format(day=last, whom=whom)
        elif row.verb in TAKEN:
            yield str(TAKEN[row.verb]).format(times=row.times, last=last)
    yield _("A list that was taken out may have held this code. No list holds a name.")


def _until(copy: Copy) -> Iterator[str]:
    for each in copy.clocks:
        until = _("until {day}").format(day=_day(each.limit))
        yield f"{CLOCKS[each.clock]}{colon()}{until}"
    if copy.held:
        yield _("Nothing ends at present, because the record is held for the law.")


def _rights() -> tuple[str, ...]:
    return (
        _("You can ask us to correct what is wrong, to stop, or to erase everything. Two of us decide."),
        _("You can complain to a person who did not work with you. Ask us who that is."),
    )


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""
