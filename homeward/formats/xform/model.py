"""An XForm as plain values: questions with their rules, lists of choices, languages, where answers would be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from homeward.formats.xform.tree import Node

RULES = ("relevant", "required", "constraint", "calculate", "readonly")
TRUE, FALSE = frozenset({"true()", "true", "1"}), frozenset({"", "false()", "false", "0"})


@dataclass(frozen=True, slots=True)
class Itemset:
    """Choices that come from a secondary instance, perhaps filtered."""

    nodeset: str
    value: str = "name"
    label: str = "label"


@dataclass(frozen=True, slots=True)
class Control:
    """What the form's body shows for a question: input, select1, select, rank, upload, range, trigger, secret."""

    kind: str
    appearance: str = ""
    mediatype: str = ""
    itemset: Itemset | None = None
    choices: Mapping[str, str] = field(default_factory=dict)  # inline: code -> label expression or text
    twice: tuple[str, ...] = ()  # inline codes of which only the last one counts
    low: str = ""
    high: str = ""
    step: str = ""

    @property
    def chooses(self) -> bool:
        return self.kind in ("select1", "select", "rank")


@dataclass(slots=True)
class Item:
    """One element of the primary instance: a question, a group or a repeat, with its bind and its control."""

    name: str
    path: str
    parent: Item | None = None
    type: str = "string"
    default: str = ""
    relevant: str = ""
    required: str = ""
    constraint: str = ""
    calculate: str = ""
    readonly: str = ""
    preload: str = ""
    constraint_message: str = ""
    control: Control | None = None
    is_repeat: bool = False
    count: str = ""  # of a repeat
    children: dict[str, Item] = field(default_factory=dict)
    repeats: bool = False  # stands in a repeat, or is one: known once the form is read

    @property
    def is_group(self) -> bool:
        return bool(self.children)

    @property
    def in_meta(self) -> bool:
        return "/meta/" in self.path or self.path.endswith("/meta")

    def repeat(self) -> Item | None:
        """The innermost repeat around it, itself included."""
        item: Item | None = self
        while item is not None and not item.is_repeat:
            item = item.parent
        return item


@dataclass(frozen=True, slots=True)
class SetValue:
    """An action of the form (`setvalue`): the value that an event gives to a question."""

    target: str
    event: str
    value: str


@dataclass(frozen=True, slots=True)
class Action:
    """Anything that the form does by itself: `setvalue`, or the place or a recording that is taken without asking."""

    name: str
    event: str
    in_repeat: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """How the XML is built, as far as not every app takes every build."""

    model_first: bool = True  # and in the namespace of XForms
    actions: tuple[Action, ...] = ()
    twice: tuple[str, ...] = ()  # paths of elements that stand twice under one other, no repeats
    crowded: tuple[str, ...] = ()  # paths of repeats with more than one entry written into the form
    strays: tuple[str, ...] = ()  # paths of questions that the body shows in another repeat than they stand in


@dataclass(frozen=True, slots=True)
class Secondary:
    """A list beside the answers: inside the form (`root`), or in a file that comes with it (`source`)."""

    name: str
    source: str = ""
    root: Node | None = None

    @property
    def file(self) -> str:
        """The name of the media file, for a source such as `jr://file-csv/children.csv`."""
        return self.source.rsplit("/", 1)[-1] if self.source.startswith(("jr://file", "jr://images")) else ""


@dataclass(frozen=True, eq=False)
class Form:
    """A form is itself, not its content: two readings of one text are two forms, and each can be a key."""

    id: str
    version: str
    title: str
    namespace: str
    root: Item
    items: Mapping[str, Item]  # by path, in document order
    secondary: Mapping[str, Secondary]
    itext: Mapping[str, Mapping[str, str]]  # language -> id -> text
    default_language: str = ""
    set_values: tuple[SetValue, ...] = ()
    submission_url: str = ""
    submission_method: str = ""
    public_key: str = ""
    shape: Shape = Shape()

    @cached_property
    def questions(self) -> tuple[Item, ...]:
        """Elements that hold an answer, in document order, without meta."""
        return tuple(item for item in self.items.values() if not item.is_group and not item.in_meta)

    @cached_property
    def external_files(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(source.file for source in self.secondary.values() if source.file))

    @cached_property
    def expressions(self) -> tuple[tuple[Item, str, str], ...]:
        """Every expression of the form: its element, its rule, its text."""
        found = [(item, rule, getattr(item, rule)) for item in self.items.values() for rule in RULES]
        found += [(item, "count", item.count) for item in self.items.values()]
        for item in self.items.values():
            if item.control and item.control.itemset:
                found.append((item, "choices", item.control.itemset.nodeset))
        found += [(self.items.get(action.target, self.root), "setvalue", action.value) for action in self.set_values]
        return tuple((item, rule, text) for item, rule, text in found if text.strip())
