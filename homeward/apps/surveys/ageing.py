"""After a birth date was corrected: ages at the child's interviews again, and scores where the age picks others.

A background job, enqueued with the correction. Run twice it changes nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import system_actor
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import age_from
from homeward.apps.cases.sealing import birth_date_of
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.forms import problem_record
from homeward.apps.surveys.models import Agreement, Score, State, Submission
from homeward.apps.surveys.reading import OUTSIDE_AGES, impossible_day, other_ages, undated
from homeward.apps.surveys.records import stored_answers
from homeward.apps.surveys.scoring import score_rows
from homeward.domain.problems import Problem


def age_again(child_id: str) -> None:
    """In one transaction, so that of an interview's age and its scores nobody sees one without the other."""
    child = Child.objects.filter(pk=UUID(child_id)).first()
    if child is None:
        return
    rows = Submission.objects.filter(child=child).select_related("form_version").order_by("pk")
    rows = rows.exclude(agreement__in=(Agreement.MISSING, Agreement.REFUSED))  # these have no scores
    now, aged, scored = timezone.now(), 0, 0
    with transaction.atomic():
        for row in list(rows.defer("raw").select_for_update(of=("self",))):
            before = row.age_years
            if undated(problem["code"] for problem in row.problems):  # it has no age, whatever the birth date
                continue
            found = _placed(row, child)
            aged += row.age_years != before
            scored += _scored_anew(row, now, dated=not undated(problem.code for problem in found))
        if aged or scored:
            detail = {"interviews": aged, "scored": scored}
            who = system_actor(child.organisation_id)
            record(who, "age_again", "child", child.pk, organisation_id=child.organisation_id, detail=detail)


def _placed(row: Submission, child: Child) -> list[Problem]:
    """As at intake. What now lies before the birth waits for a person; other decisions of people stay."""
    about = definition_of(row.form_version).instrument.about
    born = birth_date_of(child)
    row.age_years = age_from(born, row.interviewed_on)
    found = [*impossible_day(about, row.interviewed_on, born, row.received_at)]
    if (other := other_ages(about, row.age_years)) is not None:
        found.append(other)
    stay: list[Mapping[str, Any]] = [problem for problem in row.problems if problem["code"] != OUTSIDE_AGES]
    row.problems = [*stay, *(problem_record(problem) for problem in found)]
    if row.state == State.ACCEPTED and undated(problem.code for problem in found):
        row.state = State.INVALID
    row.save(update_fields=["age_years", "problems", "state"])
    return found


def _scored_anew(row: Submission, now: datetime, *, dated: bool) -> bool:
    """New rows where they say something else; earlier ones stay, no longer current."""
    definition = definition_of(row.form_version)
    before = list(Score.objects.filter(submission=row, current=True))
    after = score_rows(definition, row, stored_answers(definition, row), now) if dated else []
    if _said(before) == _said(after):
        return False
    Score.objects.filter(submission=row, current=True).update(current=False)
    Score.objects.bulk_create(after)
    return True


def _said(scores: Sequence[Score]) -> dict[tuple[str, str], tuple[object, ...]]:
    return {
        (each.dimension, each.weight_set): (each.value, each.answered, each.applicable, each.enough, each.components)
        for each in scores
    }
