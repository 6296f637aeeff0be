"""How the XML of a form is built, and which builds one of the apps does not open, or opens to other answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from lxml import etree

from homeward.domain.problems import Problem, Where
from homeward.formats.safe_xml import Element
from homeward.formats.xform.model import Action, Control, Form, Item, Shape
from homeward.formats.xform.rules import FITS
from homeward.formats.xform.tree import local

XFORMS = "http://www.w3.org/2002/xforms"
TEMPLATE = "{http://openrosa.org/javarosa}template"
SILENT = frozenset({"setgeopoint", "recordaudio"})
EVENTS = frozenset({"odk-instance-load", "odk-instance-first-load", "odk-new-repeat", "xforms-value-changed"})
CHOICE_TYPES = frozenset({"string", "rank"})
NUMBER = re.compile(r"-?\d+(\.\d+)?\Z", re.ASCII)
DAY = r"\d{4}-\d{2}-\d{2}"
CLOCK = r"\d{2}:\d{2}:\d{2}(\.\d{1,3})?"
DEFAULTS = {
    "date": re.compile(DAY + r"\Z", re.ASCII),
    "time": re.compile(CLOCK + r"\Z", re.ASCII),
    "dateTime": re.compile(f"{DAY}T{CLOCK}" + r"\Z", re.ASCII),
    "decimal": NUMBER,
}


def read_shape(
    document: Element, model: Element, primary: Element, items: Mapping[str, Item], shown_in: Mapping[str, str]
) -> Shape:
    """`shown_in`: of each question in the body, the path of the repeat around it there."""
    order = [local(element) for element in document.iter() if local(element) in ("model", "body")]
    several = list(_several(primary, f"/{local(primary)}"))
    return Shape(
        model_first=etree.QName(model).namespace == XFORMS and order[0] == "model",
        actions=tuple(_actions(document)),
        twice=tuple(path for path in several if not items[path].is_repeat),
        crowded=tuple(path for path in several if items[path].is_repeat),
        strays=tuple(path for path, around in shown_in.items() if _repeat_path(items[path]) != around),
    )


def _repeat_path(item: Item) -> str:
    found = item.repeat()
    return found.path if found is not None else ""


def _several(primary: Element, path: str) -> Iterator[str]:
    """Paths of what stands more than once under one element, templates of repeats left out."""
    waiting, found = [(primary, path)], dict[str, None]()
    while waiting:
        element, above = waiting.pop()
        names = Counter(local(child) for child in element if child.get(TEMPLATE) is None)
        found.update({f"{above}/{name}": None for name, times in names.items() if times > 1})
        waiting.extend((child, f"{above}/{local(child)}") for child in element)
    yield from found


def _actions(document: Element) -> Iterator[Action]:
    for element in document.iter():
        name = local(element)
        if name == "setvalue" or name in SILENT:
            inside = any(local(above) == "repeat" for above in element.iterancestors())
            for event in str(element.get("event") or "").split():
                yield Action(name, event, inside)


def problems(form: Form) -> Iterator[Problem]:
    shape = form.shape
    if not shape.model_first:
        yield Problem(
            "xform.build",
            "The form is not built as phones and browsers need it: first the model, in the namespace of XForms.",
            "Make it again with a form tool, or upload the XLSForm.",
        )
    for path in shape.twice:
        yield Problem(
            "xform.twice",
            "{path} stands twice in the form without being a repeat.",
            "Give each question a name of its own.",
            params={"path": path},
        )
    for path in shape.strays:
        yield Problem(
            "xform.stray",
            "The form shows {path} in another repeat than its answers stand in; Collect does not open that.",
            "Move the question into its repeat.",
            where=_where(path),
            params={"path": path},
        )
    for path in shape.crowded:
        if form.items[path].count:
            yield Problem(
                "xform.crowded",
                "The repeat {path} has a number and several entries of its own; Collect alone keeps them all.",
                "Leave one entry in the form.",
                where=_where(path),
                params={"path": path},
            )
    yield from _acting(shape)
    for item in form.items.values():
        yield from _question(item)


def _where(path: str) -> Where:
    return Where(sheet="survey", field=f"{path.rpartition('/')[2]}, type")


def _acting(shape: Shape) -> Iterator[Problem]:
    for name in sorted({action.name for action in shape.actions} & SILENT):
        yield Problem(
            "xform.silent",
            "The form takes the place or a recording without asking ({action}), and only on phones.",
            "Ask a question for it.",
            params={"action": name},
        )
    for action in shape.actions:
        misplaced = action.event == "odk-new-repeat" and not action.in_repeat
        if action.event not in EVENTS or misplaced:
            yield Problem(
                "xform.event",
                "The form waits for {event}, which Collect does not know, or not in this place.",
                "Leave it out, or move what is done for each new entry into its repeat.",
                params={"event": action.event},
            )


def _question(item: Item) -> Iterator[Problem]:
    control = item.control
    if control is not None and control.kind == "range" and not _is_range(control):
        yield Problem(
            "xform.range",
            "The range of {question} lacks a number as its start, its end or its step.",
            "Write all three as numbers.",
            where=_where(item.path),
            params={"question": item.name},
        )
    if control is not None and control.chooses and item.type not in CHOICE_TYPES:
        yield Problem(
            "xform.choice_type",
            "The choices of {question} are of type {type}, which browsers do not open.",
            "Make it a plain select_one or select_multiple.",
            where=_where(item.path),
            params={"question": item.name, "type": item.type},
        )
    if item.default and not item.is_group and not _begins_well(item):
        yield Problem(
            "xform.default_type",
            "{question} begins with a value that does not fit its type; Collect and browsers read it differently.",
            "Write numbers with a point, days as 2026-05-31 and times as 14:30:00, without a time zone.",
            where=Where(sheet="survey", field=f"{item.name}, default"),
            params={"question": item.name},
        )


def _is_range(control: Control) -> bool:
    return all(NUMBER.match(end) for end in (control.low, control.high, control.step))


def _begins_well(item: Item) -> bool:
    written = DEFAULTS.get(item.type)
    if written is not None and not written.match(item.default):
        return False
    return item.type not in FITS or FITS[item.type](item.default)
