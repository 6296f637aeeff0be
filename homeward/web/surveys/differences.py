"""What changed from one version of an instrument to the next, in words that a person can check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homeward.domain.instruments import Choice, Component, Instrument, Question

QUESTION_FIELDS = ("type", "labels", "hints", "relevant", "constraint", "required", "privacy", "reverse", "list_name")
CHOICE_FIELDS = ("labels", "score", "missing", "exclusive", "flag")
COMPONENT_FIELDS = (
    "how",
    "of",
    "bands",
    "when",
    "dimension",
    "weights",
    "missing_rule",
    "missing_value",
    "minimum_share",
)


@dataclass(frozen=True, slots=True)
class Difference:
    part: str  # question, option, component
    name: str
    change: str  # added, removed, changed
    fields: tuple[str, ...] = ()
    breaks: bool = False  # scores of both versions stand on different ground


def differences(old: Instrument, new: Instrument) -> list[Difference]:
    return [
        *_compare("question", dict(old.by_name), dict(new.by_name), QUESTION_FIELDS, {"type", "reverse", "list_name"}),
        *_compare("option", _options(old), _options(new), CHOICE_FIELDS, {"score", "missing"}),
        *_compare("component", _components(old), _components(new), COMPONENT_FIELDS, set(COMPONENT_FIELDS)),
    ]


def _options(instrument: Instrument) -> dict[str, Choice]:
    lists = instrument.choice_lists.items()
    return {f"{name} / {choice.code}": choice for name, listed in lists for choice in listed.choices}


def _components(instrument: Instrument) -> dict[str, Component]:
    found: dict[str, Component] = {}
    for component in instrument.components:
        number = sum(name.split(" / ")[0] == component.name for name in found)
        found[f"{component.name} / {number + 1}" if number else component.name] = component
    return found


def _compare(
    part: str,
    old: Mapping[str, Question | Choice | Component],
    new: Mapping[str, Question | Choice | Component],
    fields: tuple[str, ...],
    breaking: set[str],
) -> Iterator[Difference]:
    for name in old.keys() - new.keys():
        yield Difference(part, name, "removed", breaks=True)
    for name, after in new.items():
        before = old.get(name)
        if before is None:
            yield Difference(part, name, "added", breaks=part != "option")
            continue
        changed = tuple(field for field in fields if _value(before, field) != _value(after, field))
        if changed:
            yield Difference(part, name, "changed", changed, bool(breaking & set(changed)))


def _value(thing: Any, field: str) -> Any:
    value = getattr(thing, field)
    return dict(value) if isinstance(value, Mapping) else value
