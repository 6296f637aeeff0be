"""Scoring again with a newer scorer: new rows, and the earlier ones stay, no longer current."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.form_queries import find_version
from homeward.apps.surveys.models import Score, Submission
from homeward.apps.surveys.records import stored_answers
from homeward.apps.surveys.scoring import score_rows
from homeward.domain.scoring import SCORER_VERSION

BATCH = 200


def rescore(actor: Actor, form_id: UUID) -> int:
    """Interviews of this version without a score of the present scorer get one. It can stop and be started again."""
    version = find_version(actor, form_id)
    guard(actor, "submissions.rescore", version.organisation_id, what=("form_version", version.pk))
    definition = definition_of(version)
    if not definition.instrument.scored:
        return 0
    scored = Score.objects.filter(submission=OuterRef("pk"))
    todo = Submission.objects.filter(  # one that waits for its child is scored when it is linked
        Exists(scored), ~Exists(scored.filter(scorer_version=SCORER_VERSION)), form_version=version
    )
    if definition.scores_sealed:  # what it would open is gone there; scores stay as they were
        todo = todo.exclude(child__identity_ended_on__isnull=False)
    todo = todo.defer("raw") if definition.scores_sealed else todo.defer("raw", "text")
    done, last = 0, UUID(int=0)
    while batch := list(todo.filter(pk__gt=last).order_by("pk")[:BATCH]):
        now = timezone.now()
        rows = [row for each in batch for row in score_rows(definition, each, stored_answers(definition, each), now)]
        with transaction.atomic():
            Score.objects.filter(submission__in=batch, current=True).update(current=False)
            Score.objects.bulk_create(rows)
            record(
                actor,
                "rescore",
                "form_version",
                version.pk,
                organisation_id=version.organisation_id,
                detail={"interviews": len(batch), "scorer": SCORER_VERSION},
            )
        done, last = done + len(batch), batch[-1].pk
    return done
