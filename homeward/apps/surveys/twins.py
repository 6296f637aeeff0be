"""The same interview filled in twice: one child, one form, one respondent, one day, the same answers, another id.

A phone that lost what it had sent, or two people who keyed in one sheet. The first counts; whatever is like it waits
for a person. Of two at once a unique constraint decides which is the first: equal interviews have equal hashes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from homeward.apps.access import vault
from homeward.apps.surveys.forms import problem_record
from homeward.apps.surveys.models import Submission
from homeward.domain.problems import Problem

TWICE = "interview.twice"
SAID = ("texts", "sealed")  # neither names of files nor what the form computed: those differ from time to time


def likeness(
    child_id: UUID, form_id: UUID, respondent: str, day: date, coded: Mapping[str, Any], texts: Mapping[str, Any]
) -> bytes:
    """Whoever does not hold the server's key learns nothing from it."""
    rows = [{kind: row[kind] for kind in SAID if kind in row} for row in (texts, *texts.get("repeats", ()))]
    said = [str(form_id), respondent, day.isoformat(), coded, rows]
    return vault.keyed_hash("interview", child_id, json.dumps(said, sort_keys=True, ensure_ascii=False))


def first_of(alike: bytes) -> Submission | None:
    return Submission.objects.filter(alike=alike).only("id", "instance_id").first()


def twice(first: Submission) -> Problem:
    return Problem(
        TWICE,
        "An interview of the same day with the same child, respondent and answers is here already.",
        "Ask who held it: keep both if there were two interviews, else say that it is the same one.",
        params={"first": first.instance_id},
    )


def claim(row: Submission, alike: bytes) -> bool:
    """For one that counts from now on: whether it is the first of its kind. Else the remark is still to be saved."""
    try:
        with transaction.atomic():
            Submission.objects.filter(pk=row.pk).update(alike=alike)
    except IntegrityError:
        first = first_of(alike)
        if first is None:
            raise
        row.problems = [*row.problems, problem_record(twice(first))]
        return False
    return True


def without_twice(problems: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [problem for problem in problems if problem["code"] != TWICE]


def first_id(problems: tuple[Mapping[str, Any], ...]) -> str:
    """Of the interview that came before."""
    found = (str(problem.get("params", {}).get("first", "")) for problem in problems if problem["code"] == TWICE)
    return next(found, "")
