"""The scoring sheet -> components."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from homeward.domain.instruments import Band, Component, Condition, How, MissingRule
from homeward.domain.problems import Where
from homeward.formats.tables.sheets import Row, Sheet
from homeward.formats.xlsform.cells import Report, decimal_cell, integer_cell, kind_cell
from homeward.formats.xlsform.columns import SCORING, canonical

COLUMNS = frozenset(
    ["component", "how", "of", "bands", "when", "dimension", "weight", "missing", "minimum_share", "ages"]
)
NUMBER = r"[0-9]+(?:\.[0-9]+)?"
BAND = re.compile(
    rf"(?:(?P<low>{NUMBER})?(?P<to>-)(?P<high>{NUMBER})|(?P<from>{NUMBER})\+|(?P<only>{NUMBER})):(?P<value>{NUMBER})"
)
CONDITION = re.compile(r"([A-Za-z_][\w.-]*)\s*(!?=)\s*'?([^\s'=!]+)'?")
AGES = re.compile(r"(\d{1,3})?\s*(?:(-)\s*(\d{1,3})?|\+)|(\d{1,3})")
WEIGHT_DECIMALS = 9


def weight_set(header: str, default_set: str) -> str | None:
    """`weight::composite` -> `composite`; `weight` -> the set that the dimensions use; another column -> None."""
    base, _, name = header.partition("::")
    if canonical(base) != "weight":
        return None
    return name.strip() or default_set


def read_components(sheet: Sheet | None, default_set: str, report: Report) -> tuple[Component, ...]:
    if sheet is None:
        return ()
    for header in sheet.header:
        if canonical(header) not in COLUMNS and weight_set(header, default_set) is None:
            report.add(
                "unknown_column",
                "The column “{name}” is not known on this sheet.",
                "Correct its spelling or delete it.",
                report.where(SCORING, 1, header),
                {"name": header[:60]},
            )
    return tuple(_component(row, default_set, report) for row in sheet)


def _component(row: Row, default_set: str, report: Report) -> Component:
    def at(column: str) -> Where:
        return report.where(SCORING, row.number, column)

    how = kind_cell(row.get("how"), How, How.ITEM, report, at("how"))
    rule, value = _missing_rule(row.get("missing"), report, at("missing"))
    low, high = _ages(row.get("ages"), report, at("ages"))
    if not row.get("component") or not row.get("of"):
        report.add(
            "component_incomplete",
            "A row of the scoring sheet needs a component and what it is made of.",
            "Fill in both cells.",
            at("of" if row.get("component") else "component"),
        )
    return Component(
        name=row.get("component"),
        how=how,
        of=tuple(row.get("of").split()),
        bands=_bands(row.get("bands"), report, at("bands")),
        when=_conditions(row.get("when"), report, at("when")),
        dimension=row.get("dimension"),
        weights=_weights(row, default_set, report),
        missing_rule=rule,
        missing_value=value,
        minimum_share=integer_cell(row.get("minimum_share"), report, at("minimum_share"), high=100),
        min_age=low,
        max_age=high,
        where=at(""),
    )


def _weights(row: Row, default_set: str, report: Report) -> Mapping[str, Decimal]:
    weights: dict[str, Decimal] = {}
    for header, text in row.cells.items():
        name = weight_set(header, default_set)
        if name is None:
            continue
        where = report.where(SCORING, row.number, header)
        value = decimal_cell(text, report, where)
        if value is not None and value < 0:
            report.add("bad_number", "A weight cannot be below 0.", "Correct the weight.", where)
        elif value is not None:
            weights[name] = value
    return weights


def _bands(text: str, report: Report, where: Where) -> tuple[Band, ...]:
    bands: list[Band] = []
    for part in text.split():
        match = BAND.fullmatch(part)
        value = Decimal(match["value"]) if match else Decimal(2)
        if match is None or not value <= 1 or _places(value) > 4:
            report.add(
                "bad_bands",
                "“{text}” is no band.",
                "Write bands like 0:0 1-2:0.5 3+:1, with values from 0 to 1.",
                where,
                {"text": part[:40]},
            )
            continue
        low = match["only"] or match["from"] or match["low"]
        high = match["only"] or match["high"]
        bands.append(Band(Decimal(low) if low else None, Decimal(high) if high else None, value))
    return tuple(bands)


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 99


def _conditions(text: str, report: Report, where: Where) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    for part in re.split(r"\s+and\s+", text) if text else ():
        match = CONDITION.fullmatch(part.strip())
        if match is None:
            report.add(
                "bad_condition",
                "“{text}” is no condition.",
                "Write question = code or question != code, joined by and.",
                where,
                {"text": part[:60]},
            )
            continue
        conditions.append(Condition(match[1], match[3], negated=match[2] == "!="))
    return tuple(conditions)


def _missing_rule(text: str, report: Report, where: Where) -> tuple[MissingRule, Decimal | None]:
    name, _, number = text.replace(" ", "").partition(":")
    rule = kind_cell(name, MissingRule, MissingRule.SKIP, report, where)
    value = decimal_cell(number, report, where)
    in_order = value is not None and 0 <= value <= 1 if rule == MissingRule.VALUE else not number
    if not in_order:
        report.add(
            "bad_missing_rule",
            "“{text}” is no rule for missing answers.",
            "Write skip, none, or value and a number from 0 to 1, like value:0.5.",
            where,
            {"text": text[:40]},
        )
        return MissingRule.SKIP, None
    return rule, value


def _ages(text: str, report: Report, where: Where) -> tuple[int | None, int | None]:
    if not text:
        return None, None
    match = AGES.fullmatch(text)
    if match is not None:
        low, high = (match[4], match[4]) if match[4] else (match[1], match[3])
        ages = (int(low) if low else None, int(high) if high else None)
        if ages != (None, None) and (ages[0] is None or ages[1] is None or ages[0] <= ages[1]):
            return ages
    report.add(
        "bad_ages", "“{text}” is no range of ages.", "Write ages like 6-11, 12- or -5.", where, {"text": text[:40]}
    )
    return None, None
