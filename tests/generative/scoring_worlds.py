"""Random instruments and interviews for the generated tests of scoring. Every instrument made here must compile."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from homeward.domain.instruments import (
    About,
    Answer,
    Band,
    Choice,
    ChoiceList,
    Component,
    Condition,
    How,
    Instrument,
    Missing,
    MissingRule,
    Question,
)

DIMENSIONS = ("economic", "social", "psychosocial")
SETS = ("equal", "mine", "whole")
unit = st.integers(0, 10_000).map(lambda number: Decimal(number) / 10_000)
weight = st.integers(0, 500).map(lambda number: Decimal(number) / 100)
kinds_of_missing = st.sampled_from(list(Missing))


@st.composite
def choice_lists(draw: st.DrawFn, name: str) -> ChoiceList:
    scores = draw(st.lists(unit, min_size=1, max_size=6))
    choices = [Choice(f"{name}{at}", {}, score=score) for at, score in enumerate(scores)]
    choices.append(Choice("dk", {}, missing=Missing.DONT_KNOW, exclusive=True))
    choices.append(Choice("na", {}, missing=Missing.NOT_APPLICABLE))
    if draw(st.booleans()):
        choices[0] = replace(choices[0], exclusive=True)
    return ChoiceList(name, tuple(choices))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    kind = draw(st.sampled_from(["select_one", "select_one", "select_multiple", "integer"]))
    lists = "" if kind == "integer" else draw(st.sampled_from(["x", "y"]))
    return Question("", kind, lists, reverse=draw(st.booleans()))


@st.composite
def components(draw: st.DrawFn, name: str, asked: list[Question], before: list[str]) -> Component:
    how = draw(st.sampled_from(list(How)))
    readable = _readable(how, asked, before)
    if not readable:
        how, readable = How.MAX, _readable(How.MAX, asked, before)
    single = how in (How.ITEM, How.COUNT, How.BANDS)
    of = draw(st.lists(st.sampled_from(readable), min_size=1, max_size=1 if single else 7, unique=True))
    tested = draw(st.sampled_from(asked))
    condition = Condition(tested.name, "x0" if tested.list_name == "x" else "dk", draw(st.booleans()))
    if tested.type == "integer":
        condition = Condition(tested.name, "2", draw(st.booleans()))
    limit = draw(st.one_of(st.none(), st.integers(0, 18)))
    return Component(
        name=name,
        how=how,
        of=tuple(of),
        bands=_bands(draw(unit), draw(unit)) if how in (How.COUNT, How.BANDS) else (),
        when=(condition,) if draw(st.integers(0, 3)) == 0 else (),
        dimension=draw(st.sampled_from((*DIMENSIONS, ""))),
        weights={one: draw(weight) for one in SETS if draw(st.booleans())},
        missing_rule=draw(st.sampled_from(list(MissingRule))),
        missing_value=draw(unit),
        minimum_share=draw(st.one_of(st.none(), st.integers(0, 100))),
        min_age=limit if draw(st.integers(0, 3)) == 0 else None,
    )


def _readable(how: How, asked: list[Question], before: list[str]) -> list[str]:
    if how is How.BANDS:
        return [question.name for question in asked if question.type == "integer"]
    if how is How.COUNT:
        return [question.name for question in asked if question.type == "select_multiple"]
    many = how in (How.MAX, How.ANY)
    fitting = [q.name for q in asked if q.type == "select_one" or (many and q.type == "select_multiple")]
    return fitting + before


def _bands(first: Decimal, second: Decimal) -> tuple[Band, ...]:
    return Band(None, Decimal(0), first), Band(Decimal(1), Decimal(3), second), Band(Decimal(5), None, first)


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    asked = [replace(question, name=f"q{at}") for at, question in enumerate(draw(st.lists(questions(), max_size=8)))]
    asked.append(Question("q_last", "select_one", "x"))
    rows: list[Component] = []
    for at in range(draw(st.integers(0, 8))):
        before = [row.name for row in rows]
        row = draw(components(f"c{at}", asked, list(dict.fromkeys(before))))
        if draw(st.integers(0, 3)) == 0 and (row.when or row.min_age is not None):
            rows.append(row)
            row = replace(draw(components(row.name, asked, list(dict.fromkeys(before)))), dimension=row.dimension)
        rows.append(row)
    used = {"equal"}.union(*(row.weights for row in rows))
    about = About(
        "random",
        "1",
        {},
        dimensions=DIMENSIONS,
        minimum_share=draw(st.sampled_from([0, 33, 60, 100])),
        below_minimum=draw(st.sampled_from(["no_score", "mark"])),
        dimension_weights=draw(st.sampled_from(sorted(used))),
        composite_weights=draw(st.sampled_from(["", *sorted(used)])),
    )
    lists = {name: draw(choice_lists(name)) for name in ("x", "y")}
    return Instrument(about, tuple(asked), lists, tuple(rows))


@st.composite
def interviews(draw: st.DrawFn, instrument: Instrument) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for question in instrument.questions:
        choices = instrument.choices_of(question)
        codes = [choice.code for choice in choices.choices] if choices else []
        given: st.SearchStrategy[Answer]
        if question.type == "integer":
            given = st.integers(-1, 7).map(Decimal)
        elif question.type == "select_one":
            given = st.sampled_from([*codes, "unheard_of", ""])
        else:
            given = st.lists(st.sampled_from([*codes, codes[0]]), max_size=4, unique=True).map(tuple)
        answer = draw(st.one_of(given, given, given, kinds_of_missing, st.none()))
        if answer is not None:
            answers[question.name] = answer
    return answers
