"""What changed between two versions of an instrument, row by row, for the person who approves the new one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from homeward.domain.instruments import Choice, Component, Instrument, Question

Kind = Literal["added", "removed", "changed"]
Part = Literal["about", "question", "option", "scoring"]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Difference:
    part: Part
    kind: Kind
    name: str  # a question; list/code; a component; a key of the about sheet
    field: str = ""  # for a change: what changed
    old: str = ""
    new: str = ""

    @property
    def breaks_series(self) -> bool:
        """Whether scores before and after may differ for the same answers."""
        if self.part == "scoring":
            return True
        if self.part == "option":
            return self.kind != "changed" or self.field in ("score", "missing")
        return self.field in ("reverse", "type", "list_name", "dimension_weights", "composite_weights", "minimum_share")


def differences(old: Instrument, new: Instrument) -> tuple[Difference, ...]:
    return (
        *_changes("about", "about", _about(old), _about(new)),
        *_compare("question", _by_name(old.questions), _by_name(new.questions), _question),
        *_compare("option", _options(old), _options(new), _option),
        *_compare("scoring", _components(old), _components(new), _component),
    )


def _compare(
    part: Part, old: Mapping[str, Item], new: Mapping[str, Item], values: Callable[[Item], Mapping[str, str]]
) -> Iterator[Difference]:
    for name, item in new.items():
        if name not in old:
            yield Difference(part, "added", name)
        else:
            yield from _changes(part, name, values(old[name]), values(item))
    for name in old:
        if name not in new:
            yield Difference(part, "removed", name)


def _changes(part: Part, name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    for field in dict.fromkeys((*old, *new)):
        before, after = old.get(field, ""), new.get(field, "")
        if before != after:
            yield Difference(part, "changed", name, field, before, after)


def _by_name(questions: tuple[Question, ...]) -> Mapping[str, Question]:
    return {question.name: question for question in questions}


def _options(instrument: Instrument) -> Mapping[str, Choice]:
    lists = instrument.choice_lists.values()
    return {f"{options.name}/{choice.code}": choice for options in lists for choice in options.choices}


def _components(instrument: Instrument) -> Mapping[str, Component]:
    """Alternatives of one name are told apart by their order."""
    found: dict[str, Component] = {}
    for component in instrument.components:
        place = sum(1 for other in found.values() if other.name == component.name) + 1
        found[component.name if place == 1 else f"{component.name} ({place})"] = component
    return found


def _texts(base: str, texts: Mapping[str, str]) -> dict[str, str]:
    return {f"{base}::{code}": text for code, text in texts.items()}


def _about(instrument: Instrument) -> Mapping[str, str]:
    about = instrument.about
    plain = {
        "version": about.version,
        "dimensions": " ".join(about.dimensions),
        "respondents": " ".join(about.respondents),
        "ages": f"{_shown(about.min_age)}-{_shown(about.max_age)}",
        "wording_status": about.wording_status.value,
        "minimum_share": str(about.minimum_share),
        "below_minimum": about.below_minimum,
        "dimension_weights": about.dimension_weights,
        "composite_weights": about.composite_weights,
        "source": about.source,
        "licence": about.licence,
    }
    return {**plain, **_texts("title", about.titles), **_texts("language", about.languages)}


def _question(question: Question) -> Mapping[str, str]:
    plain = ("type", "list_name", "relevant", "constraint", "indicator", "concept", "anchor", "consultation", "repeat")
    flags = ("required", "reverse", "guardian_visible")
    return {
        **{name: str(getattr(question, name)) for name in plain},
        **{name: "yes" if getattr(question, name) else "no" for name in flags},
        "privacy": question.privacy.name,
        "group": "/".join(question.path),
        **_texts("label", question.labels),
        **_texts("hint", question.hints),
    }


def _option(choice: Choice) -> Mapping[str, str]:
    return {
        "score": _shown(choice.score),
        "missing": choice.missing.value if choice.missing else "",
        "exclusive": "yes" if choice.exclusive else "no",
        "flag": f"{choice.flag.kind}:{choice.flag.severity}" if choice.flag else "",
        **_texts("label", choice.labels),
    }


def _component(component: Component) -> Mapping[str, str]:
    return {
        "how": component.how.value,
        "of": " ".join(component.of),
        "bands": bands_text(component),
        "when": when_text(component),
        "dimension": component.dimension,
        "missing": missing_text(component),
        "minimum_share": _shown(component.minimum_share),
        "ages": ages_text(component),
        **{f"weight::{name}": str(weight) for name, weight in component.weights.items()},
    }


def bands_text(component: Component) -> str:
    """As it is written on the scoring sheet."""
    texts = []
    for band in component.bands:
        if band.high is None:
            span = f"{_shown(band.low)}+"
        elif band.low == band.high:
            span = str(band.low)
        else:
            span = f"{_shown(band.low)}-{band.high}"
        texts.append(f"{span}:{band.value}")
    return " ".join(texts)


def when_text(component: Component) -> str:
    return " and ".join(f"{test.question} {'!=' if test.negated else '='} {test.code}" for test in component.when)


def missing_text(component: Component) -> str:
    value = component.missing_value
    return component.missing_rule.value if value is None else f"{component.missing_rule.value}:{value}"


def ages_text(component: Component) -> str:
    if component.min_age is None and component.max_age is None:
        return ""
    return f"{_shown(component.min_age)}-{_shown(component.max_age)}"


def _shown(value: object) -> str:
    return "" if value is None else str(value)
