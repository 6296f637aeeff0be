"""A form as far as a table can be tested with it: the table may hold the answers to some of its questions only.

A rule that names a question without an answer here says nothing, neither for nor against; it is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from homeward.formats.xform.dependencies import reads
from homeward.formats.xform.model import Control, Form, Item

NEVER = "false()"


@dataclass(frozen=True)
class Partial:
    """`stated`: questions that the table has a column for; `known`: these, and what is calculated from them."""

    form: Form
    stated: frozenset[str]
    known: frozenset[str]

    def without(self, names: frozenset[str]) -> Partial:
        """As if the table had no column for these."""
        return Partial(self.form, self.stated - names, self.known - names)

    @cached_property
    def untested(self) -> frozenset[str]:
        """Questions of which the form alone does not say here whether they were asked."""
        return frozenset(
            item.name
            for item in self.form.questions
            if any(not self._tests(above.relevant, above) for above in _with_groups(item))
        )

    def asking(self, unasked: frozenset[str]) -> Form:
        """The form with the rules that can be tested. `unasked`: of the `untested`, those known not to be asked."""
        items: dict[str, Item] = {}
        root = self._copy(self.form.root, None, unasked, items)
        return replace(self.form, root=root, items={path: items[path] for path in self.form.items})

    def _copy(self, item: Item, parent: Item | None, unasked: frozenset[str], items: dict[str, Item]) -> Item:
        rules = {name: getattr(item, name) for name in ("relevant", "required", "constraint", "calculate")}
        rules = {name: rule if self._tests(rule, item) else "" for name, rule in rules.items()}
        if not item.children and item.name not in self.stated:
            rules["required"] = rules["calculate"] = ""
        if not item.children and item.name in unasked:
            rules["relevant"] = NEVER
        made = replace(item, parent=parent, children={}, control=self._control(item), **rules)
        items[item.path] = made
        for child in item.children.values():
            made.children[child.name] = self._copy(child, made, unasked, items)
        return made

    def _control(self, item: Item) -> Control | None:
        """A list that is narrowed by an answer that is not here counts as the whole list."""
        control = item.control
        if control is None or control.itemset is None or self._tests(control.itemset.nodeset, item):
            return control
        whole = control.itemset.nodeset.removeprefix("randomize(").partition("[")[0]
        return replace(control, itemset=replace(control.itemset, nodeset=whole))

    def _tests(self, rule: str, item: Item) -> bool:
        return all(self._knows(path) for path in reads(rule, item.path) if path != item.path)

    def _knows(self, path: str) -> bool:
        item = self.form.items.get(path)
        if item is None or item.in_meta:
            return True
        return item.repeat() is None and (item.is_group or item.name in self.known)


def _with_groups(item: Item) -> Iterator[Item]:
    above: Item | None = item
    while above is not None:
        yield above
        above = above.parent
