"""At full count every file; in the fast tiers a share of each class, at least one, the same each time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from homeward.config import env

T = TypeVar("T")


def chosen(files: Iterable[T]) -> Iterator[T]:
    """Every nth, beginning in the middle of the first n, so that a short class gives one that is not its first."""
    every = max(1, math.floor(1 / float(env.read("HOMEWARD_TRIALS"))))
    some = list(files)
    step = min(every, len(some))
    return iter(some[step // 2 :: step])


def of_classes(classes: Mapping[str, Callable[[], Iterable[T]]]) -> Iterator[tuple[str, T]]:
    for kind, make in classes.items():
        for each in chosen(make()):
            yield kind, each
