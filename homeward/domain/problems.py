"""One way to say what is wrong: a code, what, where, why and what to do.

Messages are English texts with named placeholders; pages, JSON and OpenRosa answers translate and render them.
A message holds no answer and no name, because problems are logged and shown in lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from unicodedata import category

OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # Unicode categories
JOINERS = frozenset("\u200c\u200d")  # without which some scripts cannot be read
Severity = Literal["error", "warning"]


def escaped(text: str) -> str:
    """Text from outside on one line, its control and direction marks spelt out: a terminal would obey them."""
    return text if text.isprintable() else "".join(map(_spelt, text))


def _spelt(character: str) -> str:
    obeyed = category(character) in OBEYED and character not in JOINERS
    return character.encode("unicode_escape").decode() if obeyed else character


@dataclass(frozen=True, slots=True)
class Where:
    """A place in something a person can open: file, sheet, row (counted from 1, header included), field."""

    file: str = ""
    sheet: str = ""
    row: int | None = None
    field: str = ""

    def __str__(self) -> str:
        parts = [self.file, self.sheet and f"sheet {self.sheet}", f"row {self.row}" if self.row else "", self.field]
        return ", ".join(escaped(part) for part in parts if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is stable and dotted (`instrument.label_missing`); tests and programs go by it, people by the message."""

    code: str
    message: str
    action: str = ""
    where: Where = Where()
    params: Mapping[str, str | int] = field(default_factory=dict)
    severity: Severity = "error"
    status: int = 400

    def __str__(self) -> str:
        place = f"{self.where}: " if str(self.where) else ""
        action = f" {self.action.format(**self.params)}" if self.action else ""
        return f"{place}{escaped(self.message.format(**self.params))}{escaped(action)}"


class ProblemError(Exception):
    """Raised where work cannot go on; carries one or more problems."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))

    @property
    def first(self) -> Problem:
        return self.problems[0]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something is allowed and, if not, why: the same words on a disabled button and in a refusal."""

    allowed: bool
    problem: Problem | None = None

    @classmethod
    def yes(cls) -> Decision:
        return cls(True)

    @classmethod
    def no(cls, problem: Problem) -> Decision:
        return cls(False, problem)

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> None:
        """Raise the problem unless allowed."""
        if self.problem is not None:
            raise ProblemError(self.problem)


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(problem for problem in problems if problem.severity == "error")
