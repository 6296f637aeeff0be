"""The diagram and the tables of docs/case.md, written from the table of steps and the list of reasons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from homeward.domain.closing import CLOSING_REASONS
from homeward.domain.lifecycle import EVIDENCE, OPEN_STEPS, TRANSITIONS, Step, Transition

STARTS, ENDS = "<!-- {name}: written from the code, run `make docs` -->", "<!-- /{name} -->"


def diagram() -> str:
    """People's ways; those of files would hide them. What leads out of every open step is drawn once."""
    people = [way for way in TRANSITIONS.values() if not way.house]
    inside = [way for way in people if way.target in OPEN_STEPS and set(way.sources) < set(OPEN_STEPS)]
    drawn = [f"    {line}" for way in inside for line in _arrows(way)]
    others = [line for way in people if way not in inside for line in _arrows(way)]
    frame = ["```mermaid", "stateDiagram-v2", f"    [*] --> {Step.IDENTIFICATION}", "    state open {"]
    return "\n".join([*frame, *drawn, "    }", *others, "```"])


def _arrows(way: Transition) -> list[str]:
    rest = [source for source in way.sources if source not in OPEN_STEPS]
    sources = ["open", *rest] if set(OPEN_STEPS) <= set(way.sources) else list(way.sources)
    return [f"    {source} --> {way.target}: {_label(way)}" for source in sources]


def _label(way: Transition) -> str:
    words = way.name.replace("_", " ")
    return f"{words} (two people)" if way.second else words


def ways() -> str:
    return "\n".join(
        [
            "| way | from | to | who | needs | a second person | a reason |",
            "|---|---|---|---|---|---|---|",
            *(_row(way) for way in TRANSITIONS.values()),
        ]
    )


def _row(way: Transition) -> str:
    who = "the house: a file, or the end of a record" if way.house else f"`{way.may}`"
    needs = ", ".join(f"`{code}`" for code in way.evidence) or "nothing"
    sources = ", ".join(str(source) for source in way.sources)
    second = f"`{way.second}`" if way.second else "no"
    return f"| {way.name} | {sources} | {way.target} | {who} | {needs} | {second} | {'yes' if way.reason else 'no'} |"


def evidence() -> str:
    rows = (f"| `{code}` | {problem.message} | {problem.action} |" for code, problem in EVIDENCE.items())
    return "\n".join(["| evidence | said where it is missing | what to do |", "|---|---|---|", *rows])


def reasons() -> str:
    return "\n".join(["| reason | meaning | notes |", "|---|---|---|", *_reasons()])


def _reasons() -> Iterator[str]:
    for each in CLOSING_REASONS.values():
        notes = {
            "nobody can have prepared it": each.sudden,
            "never asked why it is early": not each.early,
            "the child need not be told first": not each.tell,
            "cannot be given yet": each.code == "stable",
        }
        yield f"| `{each.code}` | {each.meaning} | {'; '.join(note for note, holds in notes.items() if holds)} |"


PARTS: dict[str, Callable[[], str]] = {
    "diagram": diagram,
    "ways": ways,
    "evidence": evidence,
    "reasons": reasons,
}


def page(text: str) -> str:
    """The same page with its generated parts as the code is now."""
    for name, make in PARTS.items():
        start, end = STARTS.format(name=name), ENDS.format(name=name)
        pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"the page has no part {name}")
        made = f"{start}\n\n{make()}\n\n{end}"
        text = pattern.sub(lambda _match, made=made: made, text)
    return text
