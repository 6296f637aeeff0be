"""Values that the form calculates and the file lacks: KoboToolbox leaves calculations out of some exports."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from homeward.domain.instruments import Answer, Instrument, Missing, Question
from homeward.domain.problems import ProblemError
from homeward.formats.exports.cells import CellReader
from homeward.formats.xform.expressions import Calculation, compile_calculation, is_timeless, references

CALCULATE = "calculate"


class Calculations:
    """Computed by the form's own rules, where the file has the columns that they name. Which child the interview is
    about is asked in one of several ways, so there one column is enough.
    """

    def __init__(
        self, instrument: Instrument, present: Collection[str], wanted: Collection[str], *, complete: bool
    ) -> None:
        """`complete` where the file names all its columns; else an absent one may only be empty throughout."""
        self.instrument, self.complete = instrument, complete
        self._known = set(present)
        lacking = [instrument.by_name[name] for name in wanted if name not in self._known]
        self._rules = tuple(self._found([each for each in lacking if each.type == CALCULATE and each.calculation]))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(question.name for question, *_ in self._rules)

    def _found(self, waiting: list[Question]) -> Iterator[tuple[Question, tuple[str, ...], Calculation]]:
        """One that names another comes after it."""
        while waiting:
            ready = [question for question in waiting if self._ready(question)]
            if not ready:
                return
            for question in ready:
                waiting.remove(question)
                try:
                    rule = compile_calculation(question.calculation)
                except ProblemError:  # needs more than the row; it stays without an answer
                    continue
                self._known.add(question.name)
                yield question, references(question.calculation), rule

    def _ready(self, question: Question) -> bool:
        try:
            names = references(question.calculation) if is_timeless(question.calculation) else ()
        except ProblemError:
            return False
        if question.name == self.instrument.about.child_question or not self.complete:
            return any(name in self._known for name in names)
        return bool(names) and all(name in self._known for name in names)

    def fill(self, answers: dict[str, Answer]) -> None:
        """Add the values to the answers. What was not asked stays so."""
        for question, names, rule in self._rules:
            if answers.get(question.name) is Missing.NOT_ASKED:
                continue
            values = {name: as_text(answers.get(name, Missing.NO_ANSWER)) for name in names}
            answers[question.name] = CellReader(question, None).read(rule(values))


def as_text(answer: Answer) -> str:
    """An answer as the form's expressions see it."""
    if isinstance(answer, Missing):
        return ""
    return " ".join(answer) if isinstance(answer, tuple) else str(answer)
