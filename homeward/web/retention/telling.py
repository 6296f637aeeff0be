"""What is held about a child in sentences to be read aloud, in the language that is in force: to the child as "you", to
a guardian about "the child". What no sentence says stands behind them as it is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeward.apps.cases.models import Population, RelationKind, ReturnBasis, SaidNo, Sex, Status
from homeward.apps.cases.record_models import SaidBy
from homeward.apps.retention.copies import COPY, Copy, Received
from homeward.apps.retention.holding import LeftOut, Whom
from homeward.domain.codes import display_code
from homeward.web.cases.record_words import TITLES, row_words
from homeward.web.retention import widened
from homeward.web.retention.followed import agreements_aloud, followed_aloud
from homeward.web.retention.handed import HANDED, handed, helped
from homeward.web.retention.interviews import heading, in_full, in_numbers, long_day
from homeward.web.retention.meetings import meetings_aloud
from homeward.web.retention.planned import case_lines
from homeward.web.retention.visits import how_to_reach, visits_in_words
from homeward.web.ui.words import apart, colon, comma, language_name

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
    LeftOut.REPEATS: gettext_lazy("What is worked out from other facts is not said twice."),
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
    "name": gettext_lazy("We know you by the name {value}."),
    "code": gettext_lazy("Your code here is {value}. Lists show the code and not your name."),
    "initials": gettext_lazy("Lists show your initials: {value}."),
    "birth_date": gettext_lazy("You were born on {value}."),
    "birth_estimated": gettext_lazy("The day of your birth is an estimate: {value}."),
    "age_band": gettext_lazy("You belong to the age group of {value} years."),
    "age_changes_on": gettext_lazy("Your age group changes on {value}."),
    "sex": gettext_lazy("Girl or boy? Written here is: {value}."),
    "population": gettext_lazy("You belong to the group: {value}."),
    "return_date": gettext_lazy("You came back on {value}."),
    "return_date_basis": gettext_lazy("How sure is the day on which you came back? {value}."),
    "not_counted_since": gettext_lazy("Since {value} your answers are in no figures and leave in no list."),
    "withdrew": gettext_lazy("The agreement to ask you questions was taken back."),
    "said_no": gettext_lazy("What was refused or taken back: {value}."),
    "place": gettext_lazy("You live in {value}."),
    "language": gettext_lazy("We speak with you in {value}."),
    "status": gettext_lazy("Your record is: {value}."),
    "ended_on": gettext_lazy("Your record was ended on {value}."),
    "external_id": gettext_lazy("Another case system knows you by the number {value}."),
}
CHILD_KEPT: Mapping[str, Any] = {
    "monitoring": gettext_lazy("We keep your name, birth date and contacts until {day}."),
    "silence": gettext_lazy("If we hear nothing more of you, we keep your name, birth date and contacts until {day}."),
    "record": gettext_lazy("We keep what people wrote about you until {day}."),
}
GUARDIAN_KEPT: Mapping[str, Any] = {
    "monitoring": gettext_lazy("We keep the child's name, birth date and contacts until {day}."),
    "silence": gettext_lazy("If we hear nothing more, we keep the child's name, birth date and contacts until {day}."),
    "record": gettext_lazy("We keep what people wrote about the child until {day}."),
}
GUARDIAN_HEARS: Mapping[str, Any] = {
    "name": gettext_lazy("We know the child by the name {value}."),
    "code": gettext_lazy("The code of the child here is {value}. Lists show the code and not the name."),
    "initials": gettext_lazy("Lists show the child's initials: {value}."),
    "birth_date": gettext_lazy("The child was born on {value}."),
    "birth_estimated": gettext_lazy("The day of the child's birth is an estimate: {value}."),
    "age_band": gettext_lazy("The child belongs to the age group of {value} years."),
    "age_changes_on": gettext_lazy("The child's age group changes on {value}."),
    "sex": gettext_lazy("Girl or boy? Written here is: {value}."),
    "population": gettext_lazy("The child belongs to the group: {value}."),
    "return_date": gettext_lazy("The child came back on {value}."),
    "return_date_basis": gettext_lazy("How sure is the day on which the child came back? {value}."),
    "language": gettext_lazy("We speak with the child in {value}."),
    "status": gettext_lazy("The child's record is: {value}."),
    "ended_on": gettext_lazy("The child's record was ended on {value}."),
    "external_id": gettext_lazy("Another case system knows the child by the number {value}."),
}


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    lines: tuple[str, ...]
    folded: bool = False  # read aloud when somebody asks how


@dataclass(frozen=True, slots=True)
class Aloud:
    title: str
    lede: str
    parts: tuple[Part, ...]
    stored: tuple[tuple[str, str], ...] = field(default=())


def told_aloud(copy: Copy) -> Aloud:
    own = copy.whom is Whom.CHILD
    title = _("What we hold about you") if own else _("What we hold about the child")
    lede = _("{organisation}, {day}").format(organisation=apart(copy.organisation), day=long_day(localtime().date()))
    parts = [
        Part(_("For whom this copy is"), tuple(widened.for_whom(copy))),
        Part(_("Who you are") if own else _("Who the child is"), tuple(_who(copy))),
        Part(_("Your case and your plan"), tuple(case_lines(copy.case))),
        Part(_("Who agreed to what"), tuple(agreements_aloud(copy.followed))),
        Part(_("What people recorded about you"), tuple(_entries(copy))),
        Part(_("How we followed how you are"), tuple(followed_aloud(copy.followed))),
        *_interviews(copy),
        Part(_("How we may reach you"), tuple(how_to_reach(copy.visits))),
        Part(_("Visits to you"), tuple(visits_in_words(copy.visits))),
        Part(_("Meetings about your plan"), tuple(meetings_aloud(copy.meetings))),
        *(Part(title, lines) for title, lines in helped(copy)),
        Part(_("Who works with you") if own else _("Who works with the child"), tuple(_people(copy))),
        Part(_("Who received something"), tuple(_all_received(copy))),
        Part(_("How long we keep it"), tuple(_until(copy))),
        Part(_("What is not in here, and why"), tuple(_left_out(copy))),
        Part(_("What you can ask for"), _rights()),
        Part(_("How the numbers were worked out"), tuple(_numbers(copy)), folded=True),
    ]
    stored = tuple((each.field, each.value) for each in copy.stored if each.value)
    return Aloud(title, lede, tuple(part for part in parts if part.lines), stored)


def _interviews(copy: Copy) -> Iterator[Part]:
    for told in copy.interviews:
        if copy.whom is Whom.CHILD:
            yield Part(heading(told), tuple(in_full(told, copy.language)))
        else:
            yield Part(widened.heading(told), tuple(widened.lines(told, copy.language)))


def _all_received(copy: Copy) -> Iterator[str]:
    yield from _received(copy.received)
    yield from widened.told_of_guardians(copy.overridden)


def _left_out(copy: Copy) -> Iterator[str]:
    for why in copy.left_out:
        wider = copy.parts and why is LeftOut.CONFIDENTIAL
        yield _("What else a child said in interviews is the child's own.") if wider else str(WHY_LEFT_OUT[why])


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
    for name, words in sentences.items():
        said = _spoken(name, copy.child[name]) if name in copy.child else ""
        if said:
            yield str(words).format(value=apart(said))
    for relation in copy.relations:
        yield _relation(relation, own=copy.whom is Whom.CHILD)


def _entries(copy: Copy) -> Iterator[str]:
    """In the words of the page, and who said it; what was struck out too."""
    for row, name in copy.entries:
        said = " · ".join(part for part in (apart(name), row_words(row)) if part) or _("recorded")
        words = f"{TITLES[row.topic]}{colon()}{said}. {long_day(row.day)}"
        words += f" – {long_day(row.until)}" if row.until else ""
        words += f" · {SaidBy(row.said_by).label}" if row.said_by != SaidBy.UNKNOWN else ""
        yield f"{words}{comma()}{_('struck out')}." if row.struck_reason else f"{words}."
    for recipient, code in copy.codes:
        words = _("For {recipient} your code is {code}.")
        yield words.format(recipient=apart(recipient), code=apart(display_code(code)))
    if copy.merged:
        yield _("Another record of you was put together with this one.")


def _relation(values: Mapping[str, Any], *, own: bool) -> str:
    kind = str(RelationKind(values["kind"]).label)
    since, until = long_day(values["since"]), long_day(values["until"])
    words = f"{kind}{colon()}{apart(values['name'])}" if values.get("name") else kind
    if values.get("other_child") is not None:
        words = _("{words}, who is a child here too").format(words=words)
    if values.get("is_caregiver"):
        after = _("{words}, who looks after you") if own else _("{words}, who looks after the child")
        words = after.format(words=words)
    if values.get("struck_on"):
        return _("{words}. That was written by mistake, and was struck out.").format(words=words)
    if not since:
        runs, ended = (
            _("{words}. When this began was not said."),
            _("{words}. Until {until}; when this began was not said."),
        )
        return (ended if until else runs).format(words=words, until=until)
    if until:
        return _("{words}. From {since} until {until}.").format(words=words, since=since, until=until)
    return _("{words}. Since {since}.").format(words=words, since=since)


def _spoken(name: str, value: Any) -> str:
    """A value as one says it; empty where there is nothing to say."""
    if value in (None, "", False):
        return ""
    closed = {
        "sex": Sex,
        "population": Population,
        "status": Status,
        "return_date_basis": ReturnBasis,
        "said_no": SaidNo,
    }
    if name in closed:
        return str(closed[name](value).label)
    if isinstance(value, date) or name == "birth_date":
        return long_day(value if isinstance(value, date) else date.fromisoformat(value))
    ways = {"code": display_code, "language": language_name, "age_band": _ages}
    return ways[name](str(value)) if name in ways else _("yes") if value is True else str(value)


def _ages(band: str) -> str:
    low, dash, high = band.partition("-")
    return _("{low} to {high}").format(low=low, high=high) if dash else band


def _numbers(copy: Copy) -> Iterator[str]:
    """What each answer counted is for the child alone."""
    for told in copy.interviews if copy.whom is Whom.CHILD else ():
        yield from in_numbers(told, copy.language)


def _people(copy: Copy) -> Iterator[str]:
    for name, since, until in copy.people:
        who = apart(name) or _("A phone of ours")
        if until is None:
            yield _("{who}, since {since}.").format(who=who, since=long_day(since))
        else:
            yield _("{who}, from {since} until {until}.").format(who=who, since=long_day(since), until=long_day(until))


def _received(rows: Iterable[Received]) -> Iterator[str]:
    for row in rows:
        last = long_day(localtime(row.last).date())
        if row.verb == COPY:
            whom = _("the child") if row.whom == Whom.CHILD else _("a guardian")
            yield _("On {day} a copy like this one was handed over, made for {whom}.").format(day=last, whom=whom)
        elif row.verb in HANDED:
            yield handed(row)
        elif row.verb in TAKEN:
            yield str(TAKEN[row.verb]).format(times=row.times, last=last)
    yield _("A list that was taken out may have held this code. No list holds a name.")


def _until(copy: Copy) -> Iterator[str]:
    sentences = CHILD_KEPT if copy.whom is Whom.CHILD else GUARDIAN_KEPT
    for each in copy.clocks:
        yield str(sentences[each.clock]).format(day=long_day(each.limit))
    if copy.held:
        yield _("Nothing ends at present, because the record is held for the law.")


def _rights() -> tuple[str, ...]:
    return (
        _("You can ask us to correct what is wrong, to stop, or to erase everything. Two of us decide."),
        _("You can complain to a person who did not work with you. Ask us who that is."),
    )
