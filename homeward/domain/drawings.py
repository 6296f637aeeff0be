"""What a child drew, and who may see it: never without the child's own words, and only as far as the child allowed.

A drawing is a question of type `image` on which somebody draws (`draw`), or a picture with a scope beside it: a photo
of a drawing on paper. What belongs to it stands beside it under its own name, `<stem>_own_words` and so on, in the same
group or row; `<stem>` is the name of the drawing without `_picture` or `_photo`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from homeward.domain.instruments import Choice, Instrument, Question

PICTURE_ENDINGS = ("_picture", "_photo")
WORDS, VOICE, SCOPE, NOTES = "own_words", "own_voice", "scope", "facilitator_notes"
LIFELINE, PEOPLE = "hw-lifeline", "hw-people"  # beside `draw`: a prepared sheet in the browser; Collect ignores them
METHODS = frozenset({"draw", LIFELINE, PEOPLE})
SCOPES = ("keep_private", "team", "community", "report", "training")  # from the narrowest
REFUSALS = frozenset({"skip", "refused", "prefer_not", "prefer_not_to_say", "no_answer"})


class Viewer(StrEnum):
    """In the order of how near somebody is to the child."""

    MADE_WITH = "made_with"  # held the interview: was there
    HELPS = "helps"  # works with this child, and sees names
    COUNTS = "counts"  # sees codes and no names
    OUTSIDE = "outside"


class Why(StrEnum):
    """Why a drawing is not shown; empty: it is."""

    SHOWN = ""
    NO_WORDS = "no_words"
    NO_SCOPE = "no_scope"
    NOT_ALLOWED = "not_allowed"


# Who is meant by what the child said. "The community" and "readers of a report" are no readers of pages: the first
# includes those who help, since they show it there; the second see it without a name, which a child's page never is.
ALLOWED: dict[str, frozenset[Viewer]] = {
    "keep_private": frozenset({Viewer.MADE_WITH}),
    "team": frozenset({Viewer.MADE_WITH, Viewer.HELPS}),
    "community": frozenset({Viewer.MADE_WITH, Viewer.HELPS}),
    "report": frozenset({Viewer.MADE_WITH, Viewer.COUNTS}),
    "training": frozenset({Viewer.MADE_WITH}),
}
LEAVES_IN_REPORTS = "report"  # the one scope with which a drawing may be taken away


@dataclass(frozen=True, slots=True)
class Said:
    """What came with one drawing. `voice`: a recording that has arrived."""

    words: str = ""
    voice: bool = False
    scopes: tuple[str, ...] = ()

    @property
    def explained(self) -> bool:
        return bool(self.words.strip()) or self.voice


def why_not(said: Said, viewer: Viewer) -> Why:
    """What is kept private stays so, whatever else was ticked with it; a code that nobody knows allows nothing."""
    if not said.explained:
        return Why.NO_WORDS
    known = [code for code in said.scopes if code in ALLOWED]
    if not known:
        return Why.NO_SCOPE
    allowed = known if "keep_private" not in known else ["keep_private"]
    return Why.SHOWN if any(viewer in ALLOWED[code] for code in allowed) else Why.NOT_ALLOWED


def may_leave(said: Said) -> bool:
    """Whether it may stand in a report or a table to take away, without a name."""
    private = "keep_private" in said.scopes
    return said.explained and LEAVES_IN_REPORTS in said.scopes and not private


def stem_of(name: str) -> str:
    return next((name.removesuffix(ending) for ending in PICTURE_ENDINGS if name.endswith(ending)), name)


def beside(name: str, part: str) -> str:
    """`group/x_picture`, `own_words` -> `group/x_own_words`."""
    return f"{stem_of(name)}_{part}"


def is_drawn(question: Question) -> bool:
    return question.type == "image" and not METHODS.isdisjoint(question.appearance.split())


def is_drawing(question: Question, instrument: Instrument) -> bool:
    return is_drawn(question) or (question.type == "image" and beside(question.name, SCOPE) in instrument.by_name)


def drawing_names(instrument: Instrument) -> frozenset[str]:
    return frozenset(question.name for question in instrument.questions if is_drawing(question, instrument))


@dataclass(frozen=True, slots=True)
class Lack:
    """What a form that asks for a drawing does not ask. `field`: the column in which it shows."""

    code: str
    drawing: Question
    part: str
    at: Question
    field: str
    choice: Choice | None = None


def lacks(instrument: Instrument) -> Iterable[Lack]:
    for question in instrument.questions:
        if is_drawn(question):
            yield from _lacks(question, instrument)


def _lacks(drawing: Question, instrument: Instrument) -> Iterable[Lack]:
    words = _near(drawing, WORDS, {"text"}, instrument) or _near(drawing, VOICE, {"audio"}, instrument)
    if words is None:
        yield Lack("drawing_without_words", drawing, WORDS, drawing, "name")
    scope = _near(drawing, SCOPE, {"select_one", "select_multiple"}, instrument)
    if scope is None:
        yield Lack("drawing_without_scope", drawing, SCOPE, drawing, "name")
        return
    options = instrument.choices_of(scope)
    choices = options.choices if options else ()
    unknown = [each for each in choices if not (each.code in ALLOWED or each.missing or each.code in REFUSALS)]
    for choice in unknown:
        yield Lack("drawing_scope_unknown", drawing, SCOPE, scope, "name", choice)
    if not any(choice.code in ALLOWED for choice in choices):
        yield Lack("drawing_without_scope", drawing, SCOPE, scope, "type")


def _near(drawing: Question, part: str, types: Collection[str], instrument: Instrument) -> Question | None:
    """In the same group or row, and after it: it is asked at once."""
    found = instrument.by_name.get(beside(drawing.name, part))
    if found is None or found.type not in types or found.path != drawing.path:
        return None
    order = {each.name: place for place, each in enumerate(instrument.questions)}
    return found if order[found.name] > order[drawing.name] else None
