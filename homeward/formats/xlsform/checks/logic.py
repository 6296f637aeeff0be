"""Expressions: readable, with known functions, about questions that exist, and possible to fulfil."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from homeward.domain.instruments import Instrument, Question
from homeward.domain.problems import ProblemError, Where
from homeward.formats.xform.expressions import references, unsupported_functions
from homeward.formats.xform.syntax import Call, Chain, Expression, Literal, Number, Reference, parse
from homeward.formats.xlsform.checks.subject import Subject
from homeward.formats.xlsform.columns import SURVEY

EXPRESSION_COLUMNS = ("relevant", "constraint", "calculation", "choice_filter", "repeat_count", "trigger")
MAYBE_EXPRESSIONS = ("required", "read_only", "default")  # also plain words
LOOKS_COMPUTED = re.compile(r"\$\{|^[\w:-]+\(.*\)$", re.DOTALL)
PLAIN_WORD = re.compile(r"[A-Za-z]\w*")
YES_OR_NO = frozenset({"yes", "no", "true", "false"})
NAMED_IN_TEXT = re.compile(r"\$\{\s*(?:last-saved#)?([^}\s]+)\s*\}")
SELECTS_FROM_LIST = frozenset({"select_one", "select_multiple", "rank"})


def check_expressions(subject: Subject) -> None:
    for question in subject.instrument.questions:
        for column in (*EXPRESSION_COLUMNS, *MAYBE_EXPRESSIONS):
            text = subject.cell(question, column)
            if text and (column in EXPRESSION_COLUMNS or LOOKS_COMPUTED.search(text)):
                _expression(subject, text, subject.at(question.where, column))
            elif column == "required" and PLAIN_WORD.fullmatch(text) and text.lower() not in YES_OR_NO:
                _neither_yes_nor_no(subject, text, subject.at(question.where, column))
        _texts(subject, question)


def _neither_yes_nor_no(subject: Subject, text: str, where: Where) -> None:
    subject.report.add(
        "required_unclear",
        "“{text}” is neither yes nor no; devices take the answer as not required.",
        "Write yes, or leave it empty.",
        where,
        {"text": text[:40]},
        severity=subject.severity,
    )


def _expression(subject: Subject, text: str, where: Where) -> None:
    try:
        for name in unsupported_functions(text):
            subject.report.add(
                "function_unknown",
                "Our skip logic does not know the function {name}().",
                "Use another function; docs/methods/instrument-format.md lists those that are known.",
                where,
                {"name": name},
            )
        for name in references(text):
            _known(subject, name, where)
    except ProblemError as error:
        said = error.first
        subject.report.add("expression_unreadable", said.message, "Correct the expression.", where, said.params)


def _known(subject: Subject, name: str, where: Where) -> None:
    if name not in subject.instrument.by_name:
        subject.report.add(
            "reference_unknown",
            "${{{name}}} is no question of this form.",
            "Correct the name.",
            where,
            {"name": name[:64]},
        )


def _texts(subject: Subject, question: Question) -> None:
    for base, texts in (("label", question.labels), ("hint", question.hints)):
        for code, text in texts.items():
            for name in NAMED_IN_TEXT.findall(text):
                header = subject.survey.texts[base].get(code, base)
                _known(subject, name, Where(question.where.file, SURVEY, question.where.row, header))


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that must hold for a question to be asked: an answer is, is not, or contains a code."""

    question: str
    kind: str  # is | is_not | contains
    code: str


def check_skips(subject: Subject) -> None:
    instrument = subject.instrument
    own = {question.name: demands_of(question.relevant) for question in instrument.questions}
    order = {question.name: place for place, question in enumerate(instrument.questions)}
    for question in instrument.questions:
        if not question.relevant:
            continue
        where = subject.at(question.where, "relevant")
        _itself_or_later(subject, question, order, where)
        for demand in _every_comparison(question.relevant):
            _code_exists(subject, demand, where)
        clash = _contradiction(all_demands(question, instrument, own), instrument)
        if clash:
            subject.report.add(
                "skip_impossible",
                "The question can never be asked: {name} would have to be {first} and {second} at once.",
                "Correct the skip logic here or of the questions and groups it depends on.",
                where,
                {"name": clash[0].question, "first": _spoken(clash[0]), "second": _spoken(clash[1])},
                severity=subject.severity,
            )


def _spoken(demand: Demand) -> str:
    return f"≠ “{demand.code}”" if demand.kind == "is_not" else f"“{demand.code}”"


def _itself_or_later(subject: Subject, question: Question, order: Mapping[str, int], where: Where) -> None:
    for name in _references_of(question.relevant):
        inside = name == question.name or question.name in subject.instrument.by_name.get(name, question).path
        if inside:
            subject.report.add(
                "skip_itself",
                "Whether {name} is asked depends on its own answer, so it is never asked.",
                "Let it depend on an earlier question.",
                where,
                {"name": question.name},
                severity=subject.severity,
            )
        elif order.get(name, -1) > order[question.name]:
            subject.report.add(
                "skip_later",
                "The skip logic looks at {name}, which comes later.",
                "Move the question, or let it depend on an earlier one.",
                where,
                {"name": name},
                severity="warning",
            )


def _references_of(text: str) -> tuple[str, ...]:
    try:
        return references(text)
    except ProblemError:
        return ()  # reported by check_expressions


def _code_exists(subject: Subject, demand: Demand, where: Where) -> None:
    question = subject.instrument.by_name.get(demand.question)
    if question is None or question.type not in SELECTS_FROM_LIST or not demand.code:
        return
    options = subject.instrument.choices_of(question)
    if options is not None and options.get(demand.code) is None:
        subject.report.add(
            "skip_code_unknown",
            "The skip logic asks whether {name} is “{code}”, which is none of its options.",
            "Use a code of the list {list}.",
            where,
            {"name": demand.question, "code": demand.code[:64], "list": question.list_name},
            severity=subject.severity,
        )


def demands_of(relevant: str) -> tuple[Demand, ...]:
    """What must all hold: the parts joined by `and`. Parts joined by `or` demand nothing for certain."""
    tree = _tree(relevant)
    return tuple(filter(None, map(_demand, _conjuncts(tree)))) if tree is not None else ()


def all_demands(
    question: Question, instrument: Instrument, own: Mapping[str, tuple[Demand, ...]]
) -> tuple[Demand, ...]:
    """Also those of the groups around it, and of the questions that must have been answered for it to be asked."""
    found: dict[Demand, None] = {}
    waiting, seen = [question.name, *question.path], set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in instrument.by_name:
            continue
        seen.add(name)
        waiting += instrument.by_name[name].path
        for demand in own[name]:
            found[demand] = None
            if demand.kind != "is_not" and demand.code:
                waiting.append(demand.question)
    return tuple(found)


def _contradiction(demands: tuple[Demand, ...], instrument: Instrument) -> tuple[Demand, Demand] | None:
    for place, first in enumerate(demands):
        question = instrument.by_name.get(first.question)
        for second in demands[place + 1 :] if question and not question.repeat else ():
            if first.question == second.question and _clash(first, second):
                return first, second
    return None


def _clash(first: Demand, second: Demand) -> bool:
    kinds = {first.kind, second.kind}
    if kinds == {"is"}:
        return first.code != second.code
    return kinds == {"is", "is_not"} and first.code == second.code


def _tree(text: str) -> Expression | None:
    try:
        return parse(text.replace("${last-saved#", "${")) if text.strip() else None
    except ProblemError:
        return None  # reported by check_expressions


def _conjuncts(tree: Expression) -> Iterator[Expression]:
    if isinstance(tree, Chain) and all(operator == "and" for operator, _ in tree.rest):
        for part in (tree.first, *(operand for _, operand in tree.rest)):
            yield from _conjuncts(part)
    else:
        yield tree


def _every_comparison(relevant: str) -> Iterator[Demand]:
    """Also those inside `or` and `not()`: a code that does not exist is wrong wherever it stands."""
    tree = _tree(relevant)
    waiting = [tree] if tree is not None else []
    while waiting:
        part = waiting.pop()
        demand = _demand(part)
        if demand is not None:
            yield demand
        elif isinstance(part, Chain):
            waiting += [part.first, *(operand for _, operand in part.rest)]
        elif isinstance(part, Call):
            waiting += part.arguments


def _demand(part: Expression) -> Demand | None:
    if isinstance(part, Call) and part.name == "selected" and len(part.arguments) == 2:
        return _between(part.arguments[0], part.arguments[1], "contains")
    if isinstance(part, Chain) and len(part.rest) == 1 and part.rest[0][0] in ("=", "!="):
        operator, other = part.rest[0]
        kind = "is" if operator == "=" else "is_not"
        return _between(part.first, other, kind) or _between(other, part.first, kind)
    return None


def _between(reference: Expression, value: Expression, kind: str) -> Demand | None:
    if not isinstance(reference, Reference):
        return None
    if isinstance(value, Literal):
        return Demand(reference.name, kind, value.value)
    if isinstance(value, Number):
        return Demand(reference.name, kind, f"{value.value:g}")
    return None
