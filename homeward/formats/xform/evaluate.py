"""The server's own view of a submission: what was asked, what was answered, what breaks a rule of the form.

Expressions see what the collecting apps see: an element that is not relevant is not there, dates are dates, and
`today()` is the submission's own day. Nothing is corrected here; the raw answers stay as they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache

from homeward.domain.problems import Problem, ProblemError
from homeward.formats.safe_xml import Element
from homeward.formats.xform import options, rules
from homeward.formats.xform.compiler import compile_text
from homeward.formats.xform.dependencies import relevance_order
from homeward.formats.xform.model import FALSE, TRUE, Form
from homeward.formats.xform.rules import Calculated
from homeward.formats.xform.scope import Scope, TooMuchWorkError
from homeward.formats.xform.submission import Answered, lay_over, parse_submission
from homeward.formats.xform.tree import Node, from_rows
from homeward.formats.xform.values import Atom, Moment, moment_of

MAX_STEPS = 1_000_000  # nodes that the expressions of one submission may visit: about a second
LETTERS = 7  # a long text costs a step for each 2 ** 7 letters, whenever it is read
Rows = Iterable[Mapping[str, str]] | Node


@dataclass(frozen=True)
class Evaluation:
    """By path, with a position for each repeat: `/data/person[2]/age`."""

    interview: Interview
    hidden: tuple[str, ...]  # answered, though the skip logic hides the question: left out of `values`
    violations: tuple[Problem, ...]
    calculated: tuple[Calculated, ...]  # calculations whose submitted value differs from ours

    @cached_property
    def relevant(self) -> Mapping[str, bool]:
        return {self.interview.place(node): shown for node, shown in self.interview.laid_out()}

    @cached_property
    def values(self) -> Mapping[str, str]:
        """What is relevant and answered."""
        place = self.interview.place
        return {
            place(node): node.text
            for node, shown in self.interview.laid_out()
            if shown and node.text and not node.info.children
        }

    @property
    def settled(self) -> bool:
        """Whether it is known of each question if it was asked. If not, all count as asked, and none may be scored."""
        return self.interview.settled

    @property
    def accepted(self) -> bool:
        """Whether the form's own rules would have let the collecting app send this."""
        return not self.violations and not self.hidden and not self.calculated


def evaluate(
    form: Form,
    submission: bytes | Element,
    today: date | None = None,
    external: Mapping[str, Rows] | None = None,
    language: str = "",
) -> Evaluation:
    """`today` may carry a time, for `now()`. `external`: rows of the form's media files by file name; the options of
    a list whose file is not given are not checked. Raises a ProblemError for XML that is no submission of this form.
    Rules that take too much work are stopped, and a violation says so.
    """
    answered = lay_over(form, parse_submission(submission))
    interview = Interview(form, answered, today, external or {}, language)
    hidden = tuple(interview.place(node) for node in interview.answered_though_hidden())
    violations, calculated = rules.check(interview)
    return Evaluation(interview, hidden, violations, calculated)


_order = lru_cache(maxsize=128)(relevance_order)


class Interview:
    """The `World` of one submission."""

    def __init__(
        self,
        form: Form,
        answered: Answered,
        today: date | None,
        external: Mapping[str, Rows],
        language: str,
    ) -> None:
        self.form = form
        self.answered = answered
        self.language = language if language in form.itext else form.default_language
        self.external = external
        day = today.date() if isinstance(today, datetime) else today
        self.today: Moment | None = moment_of(day) if day else None
        self.now: Moment | None = moment_of(today) if today else None
        self.version = form.version
        self._lists: dict[str, Node | None] = {}
        self._steps = 0
        self.settled = True
        self.offered: dict[Node, bool] = {}  # whether a list that depends on other answers has the codes of this one
        self.shown: dict[Node, bool] = {}  # of every node of the form, once relevance is settled
        self._values: dict[Node, Atom] = {}
        self._settle()

    def _settle(self) -> None:
        """Relevance in the order of dependence, so that no chain of questions becomes a deep recursion."""
        shown, nodes = self.shown, self.answered.nodes
        try:
            for item in _order(self.form):
                for node in nodes.get(item.path, ()):
                    if item.relevant or node.parent not in shown:
                        self.visible(node)
                    elif node not in shown:
                        shown[node] = shown[node.parent]
        except TooMuchWorkError:
            self.settled = False
            self.shown = {node: True for nodes in self.answered.nodes.values() for node in nodes}

    def laid_out(self) -> Iterator[tuple[Node, bool]]:
        """Every node in the order of the form, and whether it is shown."""
        shown, nodes = self.shown, self.answered.nodes
        return ((node, shown[node]) for path in self.form.items for node in nodes.get(path, ()))

    def answered_though_hidden(self) -> Iterator[Node]:
        if any(not shown and node.text for node, shown in self.shown.items()):  # rarely, so seldom in order
            for node, shown in self.laid_out():
                if not shown and node.text and not node.info.children:
                    yield node

    # -- what expressions ask for

    def spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise TooMuchWorkError

    @property
    def exhausted(self) -> bool:
        return self._steps > MAX_STEPS

    def document(self) -> Node:
        return self.answered.document

    def at(self, path: str) -> Sequence[Node]:
        return self.answered.nodes.get(path, ())

    def visible(self, node: Node) -> bool:
        known = self.shown.get(node)
        if known is not None:
            return known
        self.shown[node] = True  # what depends on itself sees itself
        parent, item = node.parent, node.info
        shown = parent is None or parent.info is None or self.visible(parent)
        if shown and item.relevant:
            shown = self.holds(item.relevant, node, True)
        self.shown[node] = shown
        return shown

    def value(self, node: Node) -> Atom:
        if node.info is None:
            return node.text
        if not self.visible(node):
            return ""
        known = self._values.get(node)
        if known is None:
            known = self._values[node] = rules.typed(node.text, node.info.type)
        if (work := len(node.text) >> LETTERS) > 0:
            self.spend(work)
        return known

    def instance(self, name: str) -> Node | None:
        """A secondary instance by its id; None where its file is not given."""
        if name not in self._lists:
            self._lists[name] = self._load(name)
        return self._lists[name]

    def _load(self, name: str) -> Node | None:
        source = self.form.secondary.get(name)
        if source is None or source.root is not None:
            return source.root if source else None
        rows = self.external.get(source.file)
        return rows if rows is None or isinstance(rows, Node) else from_rows(rows)

    def reference(self, name: str) -> Atom:
        raise ProblemError(
            Problem(
                "xform.expression",
                "A rule of the form still names {name} in the XLSForm way.",
                "Convert the form again.",
                params={"name": name},
            )
        )

    def itext(self, key: str) -> str:
        return self.form.itext.get(self.language, {}).get(key, "")

    def choice_name(self, code: str, question: str, node: Node) -> str:
        return options.label(self, node, question, code)

    # -- for the rest of this package

    def holds(self, expression: str, node: Node, empty: bool) -> bool:
        """Whether a rule holds at a node; `empty` says what no rule means."""
        if not expression:
            return empty
        if expression in TRUE or expression in FALSE:
            return expression in TRUE
        scope = Scope(self, node)
        return scope.truth(compile_text(expression)(scope))

    def compute(self, expression: str, node: Node) -> Atom:
        scope = Scope(self, node)
        return scope.atom(compile_text(expression)(scope))

    def compute_in(self, language: str, expression: str, node: Node) -> Atom:
        """The same for an interview held in another language of the form."""
        held_in, self.language = self.language, language
        try:
            return self.compute(expression, node)
        finally:
            self.language = held_in

    def place(self, node: Node) -> str:
        """The path of a node, with a position for each repeat above it."""
        if not node.info.repeats:
            return str(node.info.path)
        parts = [
            f"{above.name}[{above.position}]" if above.info.is_repeat else above.name for above in node.lineage()[1:]
        ]
        return "/" + "/".join(parts)
