"""What one submission says: what may lie coded, what is sealed, and everything about it that cannot be right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from homeward.apps.surveys.definitions import Definition
from homeward.domain.instruments import About, Answer, Missing
from homeward.domain.problems import Problem, Where
from homeward.formats.exports.ages import EARLIEST_INTERVIEW
from homeward.formats.safe_xml import Element
from homeward.formats.xform.answers import Answers, Row, answers
from homeward.formats.xform.evaluate import Evaluation, evaluate
from homeward.formats.xform.rules import UNSETTLED

GROUP_FAMILIES = frozenset({"fgd", "kii"})
TOLERATED = frozenset({"answer.required", "answer.unexpected", "answer.repeated"})  # told, but no reason to wait
FURTHEST_EAST = timedelta(hours=14)
MOST_PROBLEMS = 100
DATE_MISSING, DATE_IMPOSSIBLE = "interview.date_missing", "interview.date_impossible"
UNDATED = frozenset({DATE_MISSING, DATE_IMPOSSIBLE})
OUTSIDE_AGES = "age.outside_instrument"
DATE_ACTION = "Find out when the interview took place and correct the date; until then it has no age and no score."


@dataclass(frozen=True)
class Reading:
    answers: Mapping[str, Answer]  # what is scored: without answers that break a rule
    flagged: Mapping[str, Answer]  # what raises flags: all that was answered
    coded: dict[str, Any]
    texts: dict[str, Any]  # sealed: what somebody wrote, and any answer that may not lie coded
    problems: tuple[Problem, ...]
    typed_child: str
    interviewed_on: date | None
    respondent: str
    needs_child: bool

    @property
    def invalid(self) -> bool:
        return any(problem.severity == "error" for problem in self.problems)


def read(definition: Definition, root: Element, now: datetime) -> Reading:
    """`now` bounds what `today()` may have been where the interview took place: the latest date on earth."""
    evaluation = evaluate(definition.form, root, today=(now + FURTHEST_EAST).date())
    try:
        return _reading(definition, evaluation)
    finally:
        evaluation.interview.answered.let_go()


def _reading(definition: Definition, evaluation: Evaluation) -> Reading:
    found = answers(definition.form, evaluation)
    about = definition.instrument.about
    broken = {problem.where.field for problem in evaluation.violations if problem.code not in TOLERATED}
    top = {**found.coded, **found.calculated, **found.texts}
    day = _date(top.get(about.date_question))
    told = sorted(_problems(evaluation), key=lambda each: each.severity != "error")
    if day is None:
        told.insert(0, no_date(definition, asked=top.get(about.date_question) is not Missing.NOT_ASKED))
    return Reading(
        answers=_without(broken, found.coded) if evaluation.settled else {},
        flagged=found.coded,
        coded=coded_record(definition, found),
        texts=text_record(definition, found),
        problems=tuple(told[:MOST_PROBLEMS]),
        typed_child=_text(top.get(about.child_question)),
        interviewed_on=day,
        respondent=_respondent(definition, found),
        needs_child=about.family not in GROUP_FAMILIES and about.child_question in definition.names,
    )


def no_date(definition: Definition, *, asked: bool = True) -> Problem:
    """Where the form asks for the day of the interview, no other day may stand in for it."""
    name = definition.instrument.about.date_question
    if asked and name in definition.names:
        return date_missing(Where(field=name))
    return Problem(
        "interview.date_not_asked",
        "The form did not ask when the interview took place; the day on which it arrived was taken.",
        "Look whether this was the day of the interview.",
        severity="warning",
    )


def date_missing(where: Where) -> Problem:
    return Problem(DATE_MISSING, "The date of the interview is missing.", DATE_ACTION, where)


def impossible_day(
    about: About, day: date | None, born: date | None, arrived: datetime | None = None
) -> Iterator[Problem]:
    """A slip of the finger or of a phone's clock. Such a day says as little as none: no age, no score. `arrived`: no
    interview is held after that, wherever on earth.
    """
    if day is not None and arrived is not None and day > (arrived + FURTHEST_EAST).date():
        yield Problem(
            DATE_IMPOSSIBLE,
            "The date of the interview cannot be right: it lies after the day on which it arrived.",
            DATE_ACTION,
            Where(field=about.date_question),
        )
    if day is not None and day < max(EARLIEST_INTERVIEW, born or EARLIEST_INTERVIEW):
        yield Problem(
            DATE_IMPOSSIBLE,
            "The date of the interview cannot be right: it is long past, or before the child was born.",
            DATE_ACTION,
            Where(field=about.date_question),
        )


def other_ages(about: About, age: int | None) -> Problem | None:
    """The form is not made for a child of this age."""
    if age is None or ((about.min_age or 0) <= age and (about.max_age is None or age <= about.max_age)):
        return None
    return Problem(
        OUTSIDE_AGES,
        "At the interview the child was {age}; this form is for other ages.",
        "Check the child, the date and the form; the answers stay.",
        params={"age": age},
        severity="warning",
    )


def undated(codes: Iterable[str]) -> bool:
    """Without its day there is no age, and without an age no score. By the codes of an interview's problems."""
    return not UNDATED.isdisjoint(codes)


def day_of(interviewed_on: date, received_at: datetime, problems: Iterable[Mapping[str, Any]]) -> date | None:
    """The day of an interview where it is known: not the day of arrival that stands in for it, nor one after that."""
    if undated(problem["code"] for problem in problems) or interviewed_on > (received_at + FURTHEST_EAST).date():
        return None
    return interviewed_on


def _without(broken: set[str], answers: dict[str, Answer]) -> dict[str, Answer]:
    return answers | dict.fromkeys(broken & answers.keys(), Missing.NO_ANSWER)


def _text(answer: object) -> str:
    return answer if isinstance(answer, str) and not isinstance(answer, Missing) else ""


def _respondent(definition: Definition, found: Answers) -> str:
    """It stands in a column of its own, not sealed, so only where its question lets it."""
    name = definition.instrument.about.respondent_question
    return _text(found.coded.get(name))[:16] if name in definition.open_names else ""


def _date(answer: object) -> date | None:
    try:
        return date.fromisoformat(_text(answer)[:10])
    except ValueError:
        return None


def _problems(evaluation: Evaluation) -> Iterable[Problem]:
    for problem in evaluation.violations:
        yield replace(problem, severity="warning") if problem.code in TOLERATED else problem
    for path in evaluation.hidden:
        yield Problem(
            "answer.hidden",
            "The answer to {path} belongs to a question that the form's rules do not ask here; it is left out.",
            "Look whether the questions before it were answered as meant.",
            Where(field=path.rsplit("/", 1)[-1]),
            {"path": path},
            severity="warning",
        )
    for each in evaluation.calculated:
        yield Problem(
            "answer.calculated",
            "The form calculated {path} otherwise than the server does; the value sent is kept.",
            "Check which version of the form was used.",
            Where(field=each.path.rsplit("/", 1)[-1]),
            {"path": each.path},
            severity="warning",
        )


def coded_record(definition: Definition, found: Answers) -> dict[str, Any]:
    """Closed lists, numbers and dates that may lie coded. A repeat's rows stand beside, in order."""
    record: dict[str, Any] = {"answers": _coded_row(definition, found)}
    if found.repeats:
        record["repeats"] = [
            {"repeat": row.repeat, "path": row.path, "answers": _coded_row(definition, row)} for row in found.repeats
        ]
    return record


def text_record(definition: Definition, found: Answers) -> dict[str, Any]:
    """All else, by kind; under `sealed`, with their type, closed lists, numbers and dates of level L2 or L4."""
    record: dict[str, Any] = _text_row(definition, found)
    if found.repeats:
        record["repeats"] = [
            {"repeat": row.repeat, "path": row.path, **_text_row(definition, row)} for row in found.repeats
        ]
    return record


def _coded_row(definition: Definition, row: Row) -> dict[str, Any]:
    closed = _closed(definition, row)
    return {
        name: answer if type(answer) is str else encode(answer)  # a chosen code, as nearly all are
        for name, answer in row.coded.items()
        if name not in closed
    }


def _text_row(definition: Definition, row: Row) -> dict[str, Any]:
    texts, sealed = dict(row.texts), {}
    for name in sorted(_closed(definition, row)):
        answer = row.coded[name]
        if bare(name) in definition.from_file and not isinstance(answer, Missing):
            texts[name] = " ".join(answer) if isinstance(answer, tuple) else str(answer)
        else:
            sealed[name] = encode(answer)
    kinds = {"texts": texts, "media": row.media, "calculated": row.calculated, "sealed": sealed}
    return {kind: values for kind, values in kinds.items() if values}


def _closed(definition: Definition, row: Row) -> set[str]:
    """What may not lie coded. Most forms have little of it, so the whole row is looked at in one step."""
    return {name for name in row.coded.keys() - definition.open_names if bare(name) not in definition.open_names}


def bare(name: str) -> str:
    """The question's own name: one that comes twice in a form is kept as `group/name` the second time."""
    return name.rsplit("/", 1)[-1]


def encode(answer: Answer) -> Any:
    """A code or date is text, ticked codes a list, a number and a missing answer say what they are."""
    if isinstance(answer, Missing):
        return {"missing": str(answer)}
    if isinstance(answer, Decimal):
        return {"number": str(answer)}
    return list(answer) if isinstance(answer, tuple) else answer


def decode(value: Any) -> Answer:
    if isinstance(value, dict):
        return Missing(value["missing"]) if "missing" in value else Decimal(value["number"])
    return tuple(value) if isinstance(value, list) else str(value)


def answers_of(
    coded: Mapping[str, Any], texts: Mapping[str, Any], problems: Iterable[Mapping[str, Any]]
) -> dict[str, Answer]:
    """From what is kept: the answers to score, without those that an error names. None where nobody knows which of
    them were asked for.
    """
    told = list(problems)
    if any(problem["code"] == UNSETTLED for problem in told):
        return {}
    broken = {problem["field"] for problem in told if problem.get("severity") == "error"}
    kept = {**coded.get("answers", {}), **texts.get("sealed", {})}
    return _without(broken, {name: decode(value) for name, value in kept.items()})
