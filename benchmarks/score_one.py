"""F4: one interview of 40 answers, scored on arrival. Goal: at most 100 microseconds.

python benchmarks/score_one.py
"""

from __future__ import annotations

import platform
import random
import statistics
import time
from collections.abc import Callable
from decimal import Decimal

from homeward.domain.instruments import (
    About,
    Answer,
    Choice,
    ChoiceList,
    Component,
    FlagMark,
    How,
    Instrument,
    Missing,
    Question,
)
from homeward.domain.scoring import compile_instrument

DIMENSIONS = ("economic", "social", "psychosocial")
GOAL = 100.0
FLOATS: dict[Answer, float] = {f"o{step}": step / 4 for step in range(5)}


def make_instrument(questions: int = 40) -> Instrument:
    """Five options and "don't know" a question, every tenth question can raise a flag, one construct a dimension."""
    scale = ChoiceList(
        "scale",
        tuple(Choice(f"o{step}", {}, score=Decimal(step) / 4) for step in range(5))
        + (Choice("dk", {}, missing=Missing.DONT_KNOW),),
    )
    flagged = ChoiceList(
        "flagged", (*scale.choices[1:], Choice("o0", {}, score=Decimal(0), flag=FlagMark("harm", "high")))
    )
    names = [f"q{number:02d}" for number in range(questions)]
    asked = tuple(
        Question(name, "select_one", "flagged" if at % 10 == 0 else "scale", reverse=at % 4 == 0)
        for at, name in enumerate(names)
    )
    items = tuple(Component(name, How.ITEM, (name,), dimension=DIMENSIONS[at % 3]) for at, name in enumerate(names))
    means = tuple(
        Component(f"m_{name}", How.MEAN, tuple(names[at::9]), dimension=name) for at, name in enumerate(DIMENSIONS)
    )
    about = About("forty", "1.0", {"en": "Forty"}, dimensions=DIMENSIONS, composite_weights="equal")
    return Instrument(about, asked, {"scale": scale, "flagged": flagged}, items + means)


def make_interviews(count: int, questions: int = 40) -> list[dict[str, Answer]]:
    rng = random.Random(4)
    codes = ["o0", "o1", "o2", "o3", "o4", "o2", "o3", "dk"]
    return [{f"q{number:02d}": rng.choice(codes) for number in range(questions)} for _ in range(count)]


def bare(answers: dict[str, Answer]) -> list[float]:
    sums, counts = [0.0, 0.0, 0.0], [0, 0, 0]
    for at, answer in enumerate(answers.values()):
        value = FLOATS.get(answer)
        if value is not None:
            sums[at % 3] += value
            counts[at % 3] += 1
    return [total / count for total, count in zip(sums, counts, strict=True)]


def microseconds(work: Callable[[dict[str, Answer]], object], interviews: list[dict[str, Answer]]) -> float:
    begin = time.process_time()
    for answers in interviews:
        work(answers)
    return (time.process_time() - begin) / len(interviews) * 1e6


def main() -> None:
    scorer = compile_instrument(make_instrument())
    interviews = make_interviews(2000)
    ours, least = [], []
    for _ in range(9):
        ours.append(microseconds(lambda answers: scorer.score(answers, 13), interviews))
        least.append(microseconds(bare, interviews))
    median, floor = statistics.median(ours), statistics.median(least)
    print(
        f"{platform.machine()} Python {platform.python_version()}, {len(interviews)} interviews of 40 answers, 9 runs"
    )
    print(f"one interview: median {median:.1f} microseconds, best {min(ours):.1f} (goal {GOAL:.0f})")
    print(f"bare lookup and mean: median {floor:.1f}; ratio {median / floor:.1f}")


if __name__ == "__main__":
    main()
