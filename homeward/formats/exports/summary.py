"""One page about a scored file, for the person who has to decide whether to use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from homeward.domain.instruments import Instrument, WordingStatus
from homeward.domain.problems import Problem, escaped
from homeward.domain.scoring import SCORER_VERSION, Scorer
from homeward.formats.exports.fitting import OTHER_INSTRUMENT
from homeward.formats.exports.scored import COMPOSITE, Counts

MOST_LISTED = 12
_WORDING = {
    WordingStatus.OFFICIAL: "official wording",
    WordingStatus.OWN: "Homeward's own instrument",
    WordingStatus.PLACEHOLDER: "placeholder: the approved wording is not in it; it is scored from files only",
}


def summary_values(
    file: str, instrument: Instrument, scorer: Scorer, counts: Counts, remarks: Sequence[Problem]
) -> dict[str, Any]:
    about = instrument.about
    return {
        "file": file,
        "instrument": about.id,
        "version": about.version,
        "checksum": instrument.checksum,
        "wording": about.wording_status.value,
        "scorer_version": SCORER_VERSION,
        "dimension_weights": scorer.dimension_weights,
        "composite_weights": scorer.composite_weights,
        "minimum_share": about.minimum_share,
        "interviews": counts.interviews,
        "not_scored_rows": counts.unusable,
        "interviews_with_findings": counts.with_problems,
        "scores": {
            name: {"scored": tally.scored, "not_enough_answers": tally.not_enough, "mean": tally.mean}
            for name, tally in counts.scores.items()
            if name != COMPOSITE or scorer.composite_weights
        },
        "flags": dict(counts.flags.most_common()),
        "findings": dict(counts.problems.most_common()),
        "finding_texts": counts.texts,
        "remarks": [
            {"code": problem.code, "field": problem.where.field, "text": _words(problem)} for problem in remarks
        ],
    }


def summary_text(values: dict[str, Any], about_wording: WordingStatus, paths: Sequence[str]) -> str:
    lines = [
        *_doubted(values["remarks"]),
        f"Scores of {values['file']}",
        f"Instrument {values['instrument']} {values['version']} ({_WORDING[about_wording]})",
        f"Weights {values['dimension_weights']}"
        + (f"; composite {values['composite_weights']}" if values["composite_weights"] else "; no composite")
        + f"; minimum answered share {values['minimum_share']} %; scorer {values['scorer_version']}",
        "",
        f"{values['interviews']} interviews read, {values['interviews_with_findings']} with findings, "
        f"{values['not_scored_rows']} rows not scored because their cells are out of place.",
        "",
        f"{'score':<20}{'scored':>10}{'not enough answers':>22}{'mean':>12}",
    ]
    for name, score in values["scores"].items():
        mean = "-" if score["mean"] is None else str(score["mean"])
        lines.append(f"{name:<20}{score['scored']:>10}{score['not_enough_answers']:>22}{mean:>12}")
    lines += [
        "",
        "The mean is over interviews with enough answers. It says nothing about interviews that were not held.",
        "",
    ]
    lines += _counted("Flags raised (somebody must look at these; scores do not change):", values["flags"])
    lines += _counted("Findings in rows:", values["findings"], values["finding_texts"])
    lines += _listed(values["remarks"])
    kept = "Files (the problems repeat values of the file that was scored: keep them as you keep that):"
    lines += [kept, *(f"  {path}" for path in paths)]
    return "\n".join(map(escaped, lines)) + "\n"


def _doubted(remarks: Sequence[dict[str, str]]) -> list[str]:
    """Before anything else: the scores below may mean nothing."""
    return [line for each in remarks if each["code"] == OTHER_INSTRUMENT for line in (f"ATTENTION: {each['text']}", "")]


def _counted(title: str, found: dict[str, int], texts: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    if not found:
        return [f"{title} none", ""]
    shown = list(found.items())[:MOST_LISTED]
    rest = [f"  and {len(found) - len(shown)} other kinds"] if len(found) > len(shown) else []
    lines = [f"  {count:>8}  {code}" + (f": {texts[code]}" if code in texts else "") for code, count in shown]
    return [title, *lines, *rest, ""]


def _listed(remarks: Sequence[dict[str, str]]) -> list[str]:
    if not remarks:
        return []
    shown = [
        f"  {remark['field'] + ': ' if remark['field'] else ''}{remark['text']}" for remark in remarks[:MOST_LISTED]
    ]
    rest = [f"  and {len(remarks) - len(shown)} more in the report"] if len(remarks) > len(shown) else []
    return ["About the file:", *shown, *rest, ""]


def _words(problem: Problem) -> str:
    text = f"{problem.message} {problem.action}" if problem.code == OTHER_INSTRUMENT else problem.message
    return text.format(**problem.params)
