"""Instrument -> one Markdown page that says everything about it: whose words, which questions, how scores are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from homeward.domain.instruments import About, Component, Example, Instrument, Missing, WordingStatus
from homeward.formats.xlsform.checks.subject import CONTAINER_TYPES, holds_answer
from homeward.formats.xlsform.dictionary import option_text, text_in
from homeward.formats.xlsform.differences import ages_text, bands_text, missing_text, when_text

WORDING = {
    WordingStatus.OFFICIAL: "official: the publisher's own wording, under the licence below",
    WordingStatus.OWN: "own: Homeward's own instrument, in its own words",
    WordingStatus.PLACEHOLDER: "placeholder: scored from imported files and in tests, never published",
}
HOW = {
    "item": "value of the chosen option",
    "mean": "mean of the values",
    "max": "highest of the values",
    "any": "highest value among the ticked options",
    "count": "number of ticked options, through bands",
    "bands": "the number, through bands",
    "worst_of": "lowest of the values; a 0 stands whatever else is missing",
}


def methods_page(instrument: Instrument) -> str:
    about = instrument.about
    language = "en" if "en" in about.titles else about.default_language
    lines = [
        f"# {text_in(about.titles, language)}",
        "",
        "<!-- Made by `homeward instrument methods`; change the instrument, not this page. -->",
        "",
        *_facts(about),
        "",
        "## Questions",
        "",
        *_questions(instrument, language),
    ]
    if instrument.scored:
        lines += ["", "## How scores are made", "", *_rules(about), "", *_components(instrument)]
    if instrument.examples:
        lines += ["", "## Worked examples", "", *_examples(instrument)]
    return "\n".join(lines) + "\n"


def _facts(about: About) -> Iterator[str]:
    ages = " to ".join(str(age) if age is not None else "…" for age in (about.min_age, about.max_age))
    languages = ", ".join(f"{code} ({status})" for code, status in about.languages.items())
    facts = {
        "Id and version": f"`{about.id}` {about.version}",
        "Kind": about.family.replace("_", " "),
        "Wording": WORDING[about.wording_status],
        "Titles": " · ".join(about.titles.values()),
        "Languages and their state": languages,
        "Answered by": ", ".join(about.respondents),
        "The score describes": f"the {about.subject}",
        "Population": ", ".join(about.population),
        "Ages of the child": ages if (about.min_age, about.max_age) != (None, None) else "any",
        "Consultation": about.consultation,
        "Source": about.source,
        "Licence": about.licence,
    }
    yield from _table(("", ""), ((name, value) for name, value in facts.items() if value))


def _questions(instrument: Instrument, language: str) -> Iterator[str]:
    rows = []
    for question in instrument.questions:
        text = text_in(question.labels, language)
        if question.type in CONTAINER_TYPES:
            rows.append((f"**{question.name}**", f"**{text}**", "", question.relevant, ""))
        elif question.type == "note":
            rows.append((question.name, f"*{text}*", "", question.relevant, ""))
        elif holds_answer(question):
            options = instrument.choices_of(question)
            shown = (
                "<br>".join(option_text(choice, language) for choice in options.choices) if options else question.type
            )
            marks = " (reversed)" if question.reverse else ""
            rows.append((question.name, text, shown + marks, question.relevant, question.privacy.name))
    yield from _table(("Name", "Text", "Options and values", "Asked when", "Protection"), rows)


def _rules(about: About) -> Iterator[str]:
    below = "no score is given" if about.below_minimum == "no_score" else "the score is given and marked"
    yield "Values run from 0 to 1, and 1 is always the good end. A reversed question counts 1 minus the option's value."
    yield f"Dimensions: {', '.join(about.dimensions)}. Weights of a dimension: `{about.dimension_weights}`."
    composite = (
        f"Composite: weights `{about.composite_weights}`." if about.composite_weights else "There is no composite."
    )
    yield f"{composite} At least {about.minimum_share} % of the applicable questions must be answered, else {below}."


def _components(instrument: Instrument) -> Iterator[str]:
    sets = tuple(dict.fromkeys(name for component in instrument.components for name in component.weights))
    header = (
        "Component",
        "Dimension",
        "How",
        "Of",
        "When",
        "Ages",
        "Missing answers",
        *(f"Weight {name}" for name in sets),
    )
    yield from _table(header, (_component_row(component, sets) for component in instrument.components))


def _component_row(component: Component, sets: Sequence[str]) -> tuple[str, ...]:
    how = HOW[component.how.value] + (f": {bands_text(component)}" if component.bands else "")
    weights = (str(component.weights[name]) if name in component.weights else "" for name in sets)
    return (
        component.name,
        component.dimension or "(serves other components)",
        how,
        " ".join(component.of),
        when_text(component),
        ages_text(component),
        missing_text(component),
        *weights,
    )


def _examples(instrument: Instrument) -> Iterator[str]:
    scores = tuple(dict.fromkeys(name for example in instrument.examples for name in example.expected))
    header = ("Case", "Age", "Answers", *scores)
    yield from _table(header, (_example_row(example, scores) for example in instrument.examples))


def _example_row(example: Example, scores: Sequence[str]) -> tuple[str, ...]:
    answers = ", ".join(f"{name} {_answer(answer)}" for name, answer in example.answers.items())
    values = []
    for name in scores:
        value = example.expected.get(name)
        values.append(str(value) if value is not None else ("no score" if name in example.expected else ""))
    return (example.name, "" if example.age is None else str(example.age), answers, *values)


def _answer(answer: object) -> str:
    if isinstance(answer, Missing):
        return "—" if answer is Missing.NOT_ASKED else "(empty)"
    return " + ".join(answer) if isinstance(answer, tuple) else str(answer)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _line(header)
    yield _line(["---"] * len(header))
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
