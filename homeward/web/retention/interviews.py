"""One interview after the other, as one tells it: what was asked and said, what came of it, and by which numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from homeward.apps.retention.told import Told
from homeward.apps.surveys.answers import AnswerRow
from homeward.apps.surveys.corrections import REASONS
from homeward.apps.surveys.models import Score
from homeward.domain.codes import display_code, is_valid_code
from homeward.domain.privacy import Level
from homeward.web.surveys.remarks import for_people, label_of, said_about
from homeward.web.ui import labels
from homeward.web.ui.words import apart, comma, in_language, language_name, quoted, spoken_now, two_decimals

CAME: Mapping[str, Any] = {
    "collect": gettext_lazy("The answers were typed into a phone."),
    "browser": gettext_lazy("The answers were typed into a computer or tablet."),
    "paper": gettext_lazy("The answers were written on paper, and copied from there."),
    "import": gettext_lazy("The answers came from another system."),
    "link": gettext_lazy("The answers were given alone, on a page that a link opened."),
}
SILENCE: Mapping[str, Any] = {
    "dont_know": gettext_lazy("We asked: {question} You said that you do not know."),
    "refused": gettext_lazy("We asked: {question} You did not want to say."),
    "not_applicable": gettext_lazy("We asked: {question} It did not apply to you."),
    "no_answer": gettext_lazy("We asked: {question} There is no answer."),
}
NOT_ASKED = "not_asked"


def long_day(day: date | None) -> str:
    """The month in letters: it is read aloud."""
    return date_format(day, "j F Y" if spoken_now() == "en" else "DATE_FORMAT") if day else ""


def heading(told: Told) -> str:
    day = long_day(told.row.day)
    if told.own:
        return _("On {day} you answered questions").format(day=day) if day else _("Once you answered questions")
    if not day:
        return _("Once somebody else answered questions about you")
    return _("On {day} somebody else answered questions about you").format(day=day)


def in_full(told: Told, language: str) -> Iterator[str]:
    title = in_language(told.row.titles, language) or told.row.instrument_id
    yield _("The questions have the name {title}.").format(title=quoted(title))
    if told.own:
        yield from _circumstances(told)
        yield from _answers(told)
        yield from _remarks(told, language)
    else:
        who = str(labels.RESPONDENTS.get(told.row.respondent, told.row.respondent))
        yield _("Who answered: {who}. Those words are also that person's, so they are not read out here.").format(
            who=who
        )
    yield from _scores(told)
    for kind, severity, question in told.flags:
        words = _("We marked that somebody must look after this: {kind}. How urgent it is: {severity}.")
        yield words.format(kind=labels.FLAGS.get(kind, kind), severity=labels.SEVERITY.get(severity, severity))
        label = label_of(told.instrument, question, language) if told.own else ""
        if label:
            yield _("The mark comes from your answer to: {question}").format(question=quoted(label))
    if told.files:
        words = ngettext(
            "{count} picture or sound came with it.", "{count} pictures or sounds came with it.", told.files
        )
        yield words.format(count=told.files)


def _circumstances(told: Told) -> Iterator[str]:
    age = told.age_years
    if age is not None:
        yield ngettext("You were {count} year old.", "You were {count} years old.", age).format(count=age)
    if told.language:
        yield _("The questions were asked in {language}.").format(language=language_name(told.language))
    if told.row.channel in CAME:
        yield str(CAME[told.row.channel])
    if told.typed_child:
        yield _("The code that was typed for you is {code}.").format(code=_shown_code(told.typed_child))
    if told.row.correction_reason:
        why = REASONS.get(told.row.correction_reason, "")
        yield _("Answers were corrected. The reason: {reason}").format(
            reason=ended_sentence(_(why) if why else _("another"))
        )


def _answers(told: Told) -> Iterator[str]:
    not_asked = 0
    for row in told.answers:
        if row.missing == NOT_ASKED:
            not_asked += 1
        else:
            yield _answer(row, told)
    if not_asked:
        words = ngettext(
            "{count} question did not fit, and was not asked.",
            "{count} questions did not fit, and were not asked.",
            not_asked,
        )
        yield words.format(count=not_asked)


def _answer(row: AnswerRow, told: Told) -> str:
    question = quoted(row.label)
    if row.missing in SILENCE:
        return str(SILENCE[row.missing]).format(question=question)
    if row.kind == "media":
        return _("We asked: {question} The answer is a picture or a sound.").format(question=question)
    if row.kind == "withheld":
        return _("We asked: {question} Only a focal point can open the answer.").format(question=question)
    form = _("The form asks: {question} Written there: {answer}")
    words = form if of_the_form(row, told) else _("We asked: {question} You said: {answer}")
    return words.format(question=question, answer=ended_sentence(said_in_words(row)))


def of_the_form(row: AnswerRow, told: Told) -> bool:
    """Whoever asks fills these in: nobody asked the child which child it is."""
    about = told.instrument.about
    known = (about.date_question, about.respondent_question, about.child_question)
    level = told.instrument.level_of(row.question)
    return row.question in known or level <= Level.L1 or is_valid_code(row.answer)


def said_in_words(row: AnswerRow) -> str:
    if row.kind == "date":
        with suppress(ValueError):
            return long_day(date.fromisoformat(row.answer))
    if row.kind == "choice":
        return comma().join(row.answer.split(" \u00b7 "))
    return _shown_code(row.answer)


def _shown_code(text: str) -> str:
    return display_code(text) if is_valid_code(text) else text


def ended_sentence(text: str) -> str:
    """A sentence ends with its mark, and with one."""
    text, isolated = text.rstrip(), apart(text.rstrip())
    return isolated if text.endswith((".", "!", "?", "…", "؟", "。")) else f"{isolated}."


def _remarks(told: Told, language: str) -> Iterator[str]:
    for record in for_people(told.remarks):
        said = said_about(record, told.instrument, language)
        about = _("About the question {question}:").format(question=quoted(said.where)) if said.where else ""
        yield f"{about} {said.message}".strip()
    if told.reason:
        yield _("A person noted: {reason}").format(reason=apart(told.reason))
    for words in told.apart:
        yield _("Something was kept apart, and then settled. A person noted: {reason}").format(reason=apart(words))


def _scores(told: Told) -> Iterator[str]:
    current = [score for score in told.scores if score.current]
    if current:
        yield _("From the answers we worked out numbers. 0 is the hardest, and 1 is the best.")
    for score in current:
        yield score_in_words(score)


def score_in_words(score: Score) -> str:
    params = {
        "dimension": labels.DIMENSIONS.get(score.dimension, score.dimension),
        "answered": score.answered,
        "applicable": score.applicable,
    }
    if score.value is None:
        words = _("{dimension}: no number, as {answered} of {applicable} questions were answered.")
        return words.format(**params)
    words = _("{dimension}: {value}, from {answered} of {applicable} questions.")
    return words.format(value=two_decimals(score.value), **params)


def in_numbers(told: Told, language: str) -> Iterator[str]:
    """How each number came about. What each answer of somebody else counted would tell that person's words."""
    for score in told.scores:
        day = long_day(told.row.day) or _("a day that nobody knows")
        yield _("{day}. {score}").format(day=day, score=score_in_words(score))
        if not score.current:
            yield _("This is an earlier number. Another has taken its place.")
        if score.numerator:
            yield _("Exactly it is {part} divided by {whole}.").format(part=score.numerator, whole=score.denominator)
        if not score.enough:
            yield _("Too few questions were answered.")
        yield from _parts(told, score, language)
        yield _method(score)


def _parts(told: Told, score: Score, language: str) -> Iterator[str]:
    for part in score.components if told.own else ():
        label = _label(told, str(part["name"]), language)
        if label and "value" in part:
            yield _("{question} counts {value}.").format(question=quoted(label), value=two_decimals(part["value"]))
        elif label:
            yield _("{question} does not count.").format(question=quoted(label))


def _label(told: Told, name: str, language: str) -> str:
    """A part has no words of its own; the first question that it reads has."""
    reads = [question for each in told.instrument.components if each.name == name for question in each.of]
    found = (label_of(told.instrument, question, language) for question in reads)
    return next((label for label in found if label), name.replace("_", " "))


def _method(score: Score) -> str:
    weights = _("Every answer counts the same.")
    if score.weight_set != "equal":
        weights = _("The answers count by the list {name}.").format(name=quoted(score.weight_set))
    words = _("{weights} The questions are {instrument}, version {version}; the way of counting is version {scorer}.")
    return words.format(
        weights=weights,
        instrument=quoted(score.instrument_id),
        version=score.instrument_version,
        scorer=score.scorer_version,
    )
