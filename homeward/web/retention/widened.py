"""To a guardian: what two people have added to this copy. To the child: that it happened, and when none was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeward.apps.cases.models import RelationKind
from homeward.apps.retention.copies import Copy
from homeward.apps.retention.holding import Part
from homeward.apps.retention.models import OverrideKind
from homeward.apps.retention.told import Told
from homeward.apps.retention.withheld import Overridden
from homeward.apps.surveys.answers import AnswerRow
from homeward.apps.surveys.corrections import REASONS
from homeward.web.retention.interviews import ended_sentence, long_day, of_the_form, said_in_words, score_in_words
from homeward.web.ui.words import apart, colon, comma, in_language, quoted

PARTS: Mapping[Part, Any] = {
    Part.ANSWERS: gettext_lazy("what the child chose as answers in interviews"),
    Part.WORDS: gettext_lazy("what the child said in its own words in interviews"),
    Part.SCORES: gettext_lazy("the numbers that were worked out from the child's answers"),
    Part.CORRECTIONS: gettext_lazy("why answers of the child were corrected"),
}
TO_THE_CHILD: Mapping[Part, Any] = {
    Part.ANSWERS: gettext_lazy("what you chose as answers in interviews"),
    Part.WORDS: gettext_lazy("what you said in your own words in interviews"),
    Part.SCORES: gettext_lazy("the numbers that were worked out from your answers"),
    Part.CORRECTIONS: gettext_lazy("why answers of yours were corrected"),
}
NO_ANSWER: Mapping[str, Any] = {
    "dont_know": gettext_lazy("We asked: {question} The child said that it does not know."),
    "refused": gettext_lazy("We asked: {question} The child did not want to say."),
    "not_applicable": gettext_lazy("We asked: {question} It did not apply to the child."),
    "no_answer": gettext_lazy("We asked: {question} There is no answer."),
}


def for_whom(copy: Copy) -> Iterator[str]:
    """Nothing to anybody but the guardian for whom two people decided."""
    if copy.guardian is not None:
        words = str(RelationKind(copy.guardian["kind"]).label)
        if copy.guardian.get("name"):
            words = f"{words}{colon()}{apart(copy.guardian['name'])}"
        yield _("This copy is for one person alone: {who}.").format(who=words)
        parts = comma().join(str(PARTS[part]) for part in copy.parts)
        yield _("It also holds, of interviews: {parts}.").format(parts=parts)


def heading(told: Told) -> str:
    day = long_day(told.row.day)
    return _("On {day} the child answered questions").format(day=day) if day else _("Once the child answered questions")


def lines(told: Told, language: str) -> Iterator[str]:
    title = in_language(told.row.titles, language) or told.row.instrument_id
    yield _("The questions have the name {title}.").format(title=quoted(title))
    if told.row.correction_reason:
        why = REASONS.get(told.row.correction_reason, "")
        yield _("Answers were corrected. The reason: {reason}").format(
            reason=ended_sentence(_(why) if why else _("another"))
        )
    for row in told.answers:
        yield _answer(row, told)
    if told.scores:
        yield _("From the answers we worked out numbers. 0 is the hardest, and 1 is the best.")
    for score in told.scores:
        yield score_in_words(score)


def _answer(row: AnswerRow, told: Told) -> str:
    question = quoted(row.label)
    if row.missing in NO_ANSWER:
        return str(NO_ANSWER[row.missing]).format(question=question)
    form = _("The form asks: {question} Written there: {answer}")
    words = form if of_the_form(row, told) else _("We asked: {question} The child said: {answer}")
    return words.format(question=question, answer=ended_sentence(said_in_words(row)))


def told_of_guardians(rows: Iterable[Overridden]) -> Iterator[str]:
    """For the child alone."""
    for row in rows:
        since = long_day(localtime(row.since).date())
        if row.kind == OverrideKind.WIDEN:
            who = str(RelationKind(row.relation).label) if row.relation else _("a guardian")
            parts = comma().join(str(TO_THE_CHILD[part]) for part in row.parts)
            words = _("On {day} a guardian ({who}) was given a copy that also holds: {parts}. Two of us decided so.")
            yield words.format(day=since, who=who, parts=parts)
        elif row.until is None:
            yield _("No copy was given to a guardian from {day} on.").format(day=since)
        else:
            until = long_day(localtime(row.until).date())
            yield _("No copy was given to a guardian from {day} until {until}.").format(day=since, until=until)
