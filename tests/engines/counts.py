"""How many interviews ran, for the report at the end of a test run."""

from __future__ import annotations

from collections import Counter


class Counts:
    def __init__(self) -> None:
        self.held: Counter[str] = Counter()
        self.complete: Counter[str] = Counter()
        self.forms: dict[str, list[str]] = {}  # of others: what became of them, with the reason

    def add(self, engine: str, *, complete: bool) -> None:
        self.held[engine] += 1
        self.complete[engine] += complete

    def say(self, outcome: str, form: str, reason: str = "") -> None:
        words = " ".join(reason.split())
        self.forms.setdefault(outcome, []).append(f"{form}: {words}" if words else form)

    def complete_share(self, engine: str) -> float:
        return self.complete[engine] / self.held[engine]

    def lines(self) -> list[str]:
        interviews = [
            f"{engine}: {held} interviews, {self.complete[engine]} of them complete by its own judgement"
            for engine, held in sorted(self.held.items())
        ]
        return interviews + [
            line
            for outcome, forms in sorted(self.forms.items())
            for line in (f"public forms, {outcome}: {len(forms)}", *(f"  {form}" for form in sorted(forms)))
        ]


COUNTS = Counts()
