"""Golden cases: what a person worked out by hand must be what the scorer gives, to six decimals."""

from __future__ import annotations

from homeward.domain.instruments import Example
from homeward.domain.problems import Where
from homeward.domain.scoring import Result, check_scoring, compile_instrument
from homeward.formats.xlsform.checks.subject import Subject
from homeward.formats.xlsform.columns import EXAMPLES
from homeward.formats.xlsform.examples_sheet import EXPECT, NO_SCORE, NOT_ASKED

COMPOSITE = "composite"


def check_examples(subject: Subject) -> None:
    instrument = subject.instrument
    if not instrument.scored:
        return
    if not instrument.examples:
        subject.report.add(
            "examples_missing",
            "The instrument has scores and no example worked out by hand.",
            "Add a sheet named examples with at least a best, a worst and a mixed case.",
            subject.report.where(EXAMPLES),
            severity=subject.severity,
        )
    if check_scoring(instrument):
        return  # reported already; nothing can be computed
    scorer = compile_instrument(instrument)
    for example in instrument.examples:
        _codes_known(subject, example)
        _compare(subject, example, scorer.score(example.answers, example.age))


def _codes_known(subject: Subject, example: Example) -> None:
    for name, answer in example.answers.items():
        options = subject.instrument.choices_of(subject.instrument.by_name[name])
        if options is None:
            continue
        codes = answer if isinstance(answer, tuple) else (answer,) if type(answer) is str else ()
        for code in codes:
            if options.get(code) is None:
                subject.report.add(
                    "example_code_unknown",
                    "“{code}” is no option of {name}.",
                    "Use a code of the list {list}; write {mark} for a question that was not asked.",
                    Where(example.where.file, EXAMPLES, example.where.row, name),
                    {"code": code[:64], "name": name, "list": options.name, "mark": NOT_ASKED},
                )


def _compare(subject: Subject, example: Example, result: Result) -> None:
    for name, wanted in example.expected.items():
        score = result.composite if name == COMPOSITE else result.dimensions.get(name)
        where = Where(example.where.file, EXAMPLES, example.where.row, EXPECT + name)
        if score is None:
            subject.report.add(
                "example_score_unknown",
                "The instrument has no score named {name}.",
                "Use the name of a dimension, or composite where the about sheet names composite_weights.",
                where,
                {"name": name},
            )
        elif score.value != wanted:
            subject.report.add(
                "example_fails",
                "The case {case} expects {wanted} and the scoring sheet gives {found}.",
                "Work the case out again by hand, then correct the example or the scoring sheet.",
                where,
                {"case": example.name, "wanted": _shown(wanted), "found": _shown(score.value)},
            )


def _shown(value: object) -> str:
    return NO_SCORE if value is None else str(value)
