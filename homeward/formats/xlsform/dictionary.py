"""The data dictionary: one row a column of answers, with what each code means and how it is protected."""

from __future__ import annotations

from dataclasses import dataclass

from homeward.domain.instruments import Choice, Component, Instrument, Question, Text
from homeward.formats.xlsform.checks.subject import CONTAINER_TYPES, SILENT_TYPES


@dataclass(frozen=True, slots=True)
class DictionaryRow:
    name: str
    group: str
    type: str
    text: str
    options: str
    required: bool
    asked_when: str
    privacy: str
    guardian_visible: bool
    indicator: str
    concept: str
    anchor: str
    dimensions: str
    consultation: str


HEADER = tuple(DictionaryRow.__dataclass_fields__)


def data_dictionary(instrument: Instrument, language: str = "") -> tuple[DictionaryRow, ...]:
    """Questions that hold answers and calculations, in the order of the form."""
    wanted = language or instrument.about.default_language
    dimensions = dimensions_of_questions(instrument)
    metadata = SILENT_TYPES - {"calculate", "hidden"}
    return tuple(
        _row(instrument, question, wanted, dimensions)
        for question in instrument.questions
        if question.type not in CONTAINER_TYPES | metadata | {"note"}
    )


def _row(
    instrument: Instrument, question: Question, language: str, dimensions: dict[str, tuple[str, ...]]
) -> DictionaryRow:
    options = instrument.choices_of(question)
    return DictionaryRow(
        name=question.name,
        group="/".join(question.path),
        type=question.type,
        text=text_in(question.labels, language),
        options="; ".join(option_text(choice, language) for choice in options.choices)
        if options
        else question.list_name,
        required=question.required,
        asked_when=question.relevant,
        privacy=question.privacy.name,
        guardian_visible=question.guardian_visible,
        indicator=question.indicator,
        concept=question.concept,
        anchor=question.anchor,
        dimensions=" ".join(dimensions.get(question.name, ())),
        consultation=question.consultation,
    )


def option_text(choice: Choice, language: str) -> str:
    """`never = Never (0.25)`; `refused = I prefer not to say (refused)`."""
    value = str(choice.score) if choice.score is not None else (choice.missing.value if choice.missing else "")
    return f"{choice.code} = {text_in(choice.labels, language)}" + (f" ({value})" if value else "")


def text_in(texts: Text, language: str) -> str:
    """The text in a language; else in English; else in whichever there is."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def dimensions_of_questions(instrument: Instrument) -> dict[str, tuple[str, ...]]:
    """Question -> dimensions that it feeds, directly or through other components."""
    feeds: dict[str, set[str]] = {}
    by_name: dict[str, list[Component]] = {}
    for component in instrument.components:
        by_name.setdefault(component.name, []).append(component)
    for component in instrument.components:
        if component.dimension:
            for question in _questions_under(component, by_name, set()):
                feeds.setdefault(question, set()).add(component.dimension)
    return {name: tuple(sorted(found)) for name, found in feeds.items()}


def _questions_under(component: Component, by_name: dict[str, list[Component]], seen: set[str]) -> set[str]:
    found: set[str] = set()
    for name in component.of:
        if name in by_name and name != component.name:
            for inner in by_name[name] if name not in seen else ():
                found |= _questions_under(inner, by_name, seen | {name})
        else:
            found.add(name)
    return found
