"""What `homeward health` prints, once Django is set up."""

from __future__ import annotations

from homeward.apps.operations.findings import Grade
from homeward.apps.operations.health import house_findings, worst
from homeward.cli.main import print_json, problem_values
from homeward.cli.standing import require_house

MARKS = {Grade.WELL: "well", Grade.WARNING: "warning", Grade.ALARM: "ALARM"}


def tell(*, as_json: bool) -> int:
    require_house()
    findings = house_findings()
    grade = worst(findings)
    if as_json:
        rows = [{"what": each.name, "grade": each.grade.name.lower()} | _words(each.said) for each in findings]
        print_json({"grade": grade.name.lower(), "findings": rows})
        return int(grade)
    for each in findings:
        said = _words(each.said)
        print(f"{MARKS[each.grade]:8}{each.name:12}{said['message']}")
        if said["action"]:
            print(f"{'':20}{said['action']}")
    return int(grade)


def _words(problem: object) -> dict[str, object]:
    values = problem_values(problem)  # type: ignore[arg-type]
    return {"message": values["message"], "action": values["action"]}
