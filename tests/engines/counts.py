"""How many interviews ran, for the report at the end of a test run."""

from __future__ import annotations

from collections import Counter


class Counts:
    def __init__(self) -> None:
        self.held: Counter[str] = Counter()
        self.complete: Counter[str] = Counter()

    def add(self, engine: str, *, complete: bool) -> None:
        self.held[engine] += 1
        self.complete[engine] += complete

    def complete_share(self, engine: str) -> float:
        return self.complete[engine] / self.held[engine]

    def lines(self) -> list[str]:
        return [
            f"{engine}: {held} interviews, {self.complete[engine]} of them complete by its own judgement"
            for engine, held in sorted(self.held.items())
        ]


COUNTS = Counts()
