"""The adult survey's scoring as a table: item, dimension, weight in the dimension, weight in the composite."""

from __future__ import annotations

from decimal import Decimal

from homeward.domain.instruments import About, Choice, ChoiceList, Component, How, Instrument, MissingRule, Question

ITEMS = """
1 economic .15 .05 | 2 economic .12 .08 | 3 economic .08 .02 | 4 economic .10 .02 | 5 economic .08 .04
6 economic .13 .03 | 7 economic .10 .03 | 8 economic .11 .03 | 9 economic .13 .03
10 social .10 .03 | 11 social .12 .03 | 12 social .11 .03 | 13 social .07 .02 | 14 social .12 .04 | 15 social .05 .05
16 social 0 0 | 17 social 0 0 | 18 social .20 .06 | 19 social .15 .03
21 psychosocial .12 .04 | 22 psychosocial .05 .03 | 23 psychosocial .15 .04 | 24 psychosocial .10 .05
25 psychosocial .12 .01 | 26 psychosocial .11 0 | 27 psychosocial .10 .04 | 28 psychosocial .10 .03
"""
ACCESS = ("rss10", "rss12", "rss14", "rss16", "rss17", "rss18")


def make_rss() -> Instrument:
    rows = [row.split() for line in ITEMS.strip().splitlines() for row in line.split("|")]
    components = [
        _component(f"rss{int(item):02d}", How.ITEM, (f"rss{int(item):02d}",), dimension, inside, composite)
        for item, dimension, inside, composite in rows
    ]
    components.append(_component("rss20", How.MEAN, ACCESS, "social", ".08", ".04"))
    components.append(_component("rss29_30", How.MAX, ("rss29", "rss30"), "psychosocial", ".15", ".10"))
    yes_no = ChoiceList("scale", (Choice("good", {}, score=Decimal(1)), Choice("bad", {}, score=Decimal(0))))
    names = [f"rss{item:02d}" for item in range(1, 31) if item != 20]
    about = About(
        "rss",
        "1",
        {},
        dimensions=("economic", "social", "psychosocial"),
        below_minimum="mark",
        dimension_weights="dimension",
        composite_weights="composite",
        subject="caregiver",
    )
    return Instrument(
        about, tuple(Question(n, "select_one", "scale") for n in names), {"scale": yes_no}, tuple(components)
    )


def _component(name: str, how: How, of: tuple[str, ...], dimension: str, inside: str, composite: str) -> Component:
    weights = {"dimension": Decimal(inside), "composite": Decimal(composite)}
    return Component(
        name,
        how,
        of,
        dimension=dimension,
        weights=weights,
        missing_rule=MissingRule.VALUE,
        missing_value=Decimal("0.5"),
    )
