"""How answers are protected where a form does not say: by the type of the question, and on the cautious side.

Whatever somebody writes, says, draws or points to on a map may name a person, and so may a number or a date (telephone,
identity card, birth). Only closed lists, and what the form itself shows to be a measure, are taken for plain answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from homeward.domain.instruments import About, Component, Instrument, Question
from homeward.domain.privacy import Level, narrowest

CLOSED = frozenset(
    {"select_one", "select_multiple", "select_one_external", "rank", "range", "acknowledge", "trigger", "time"}
    | {"start", "end", "today", "note", "begin_group", "begin_repeat"}
)
MEASURES = frozenset({"integer", "decimal"})
DAYS = frozenset({"date", "datetime"})


def with_levels(questions: tuple[Question, ...], about: About, components: Iterable[Component]) -> tuple[Question, ...]:
    """A declaration stands as it is. A group that declares one declares it for the questions inside that do not."""
    if all(question.privacy_declared for question in questions):
        return questions
    declared = Instrument(about, tuple(each for each in questions if each.privacy_declared), {}, tuple(components))
    return tuple(
        question if question.privacy_declared else replace(question, privacy=_level(question, declared))
        for question in questions
    )


def _level(question: Question, declared: Instrument) -> Level:
    around = [declared.levels[name] for name in question.path if name in declared.levels]
    return narrowest((*around, _by_type(question, declared)))


def _by_type(question: Question, declared: Instrument) -> Level:
    if question.name == declared.about.child_question:
        return Level.L2
    measured = question.type in MEASURES and question.name in declared.scored_names
    held_on = question.type in DAYS and question.name == declared.about.date_question
    return Level.L3 if question.type in CLOSED or measured or held_on else Level.L2
