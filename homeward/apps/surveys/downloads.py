"""Tables to take away, as rows: a header, then plain values. Codes and coded values only; no name, no text.

Rows are read in portions, so that a long list costs constant memory and holds no transaction open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.vault import prefetch
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import Schedules
from homeward.apps.cases.queries import ChildFilter, current_band, filtered
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.surveys.counting import counted, leave_out
from homeward.apps.surveys.models import Flag, Score, State, Submission
from homeward.apps.surveys.portions import chosen, read_in_portions
from homeward.apps.surveys.same_child import same_child
from homeward.apps.surveys.series import breaks_among
from homeward.domain.scoring.result import share_of

SameChild = Mapping[UUID, str]
Cell = str | int | Decimal | date | None
CHILDREN_HEADER: tuple[Cell, ...] = (
    "code",
    "population",
    "sex",
    "age_band",
    "return_date",
    "place",
    "team",
    "language",
    "status",
    "same_child",
)
INTERVIEW: tuple[Cell, ...] = (
    "child_code",
    "population",
    "sex",
    "age_years",
    "interviewed_on",
    "round_months",
    "respondent",
    "instrument",
    "version",
)
SCORES_HEADER: tuple[Cell, ...] = (
    *INTERVIEW,
    "language",
    "dimension",
    "weight_set",
    "score",
    "answered",
    "applicable",
    "answered_share",
    "enough",
    "scorer_version",
    "channel",
    "row_id",
    "child_status",  # open, closed, transferred or duplicate: whoever counts children leaves duplicates out
    "same_child",  # code of the record that stays, of one that was put together with another; else its own
    "break_before",  # what changed since the score before it: not comparable across that; empty where nothing did
)
FLAGS_HEADER: tuple[Cell, ...] = (
    *INTERVIEW,
    "kind",
    "severity",
    "question",
    "channel",
    "row_id",
    "child_status",
    "same_child",
)


def children_table(actor: Actor, wanted: ChildFilter | None = None) -> Iterator[tuple[Cell, ...]]:
    """What was asked for is written down before the first row leaves."""
    _allow(actor, "children.download")
    reach = children_visible_to(actor, "children.download").filter(counted(""))
    rows = filtered(actor, wanted or ChildFilter(status="")).filter(pk__in=reach.values("pk"))
    return _children(rows, actor.today(), same_child(reach))


def _children(rows: QuerySet[Child], today: date, same: SameChild) -> Iterator[tuple[Cell, ...]]:
    yield CHILDREN_HEADER
    keys = chosen(rows.order_by("code"))
    for batch in read_in_portions(Child.objects.select_related("team", "place"), keys):
        prefetch(child.pk for child in batch if child.age_changes_on is not None and child.age_changes_on <= today)
        for child in batch:
            yield (
                child.code,
                child.population,
                child.sex,
                current_band(child, today),
                child.return_date,
                child.place.name if child.place else "",
                child.team.name if child.team else "",
                child.language,
                child.status,
                same.get(child.pk, child.code),
            )


def scores_table(actor: Actor, form_id: UUID | None = None) -> Iterator[tuple[Cell, ...]]:
    """Every current score of accepted interviews within reach, one row a dimension."""
    _allow(actor, "scores.download")
    children = children_visible_to(actor, "scores.download").filter(counted(""))
    rows = Score.objects.filter(submission__child__in=children, submission__state=State.ACCEPTED, current=True)
    rows = rows.filter(submission__form_version_id=form_id) if form_id else rows
    return _scores(rows, same_child(children))


def _scores(rows: QuerySet[Score], same: SameChild) -> Iterator[tuple[Cell, ...]]:
    yield SCORES_HEADER
    related = Score.objects.select_related("submission__child").defer(
        "submission__raw", "submission__text", "submission__coded", "components"
    )
    schedules = Schedules()
    for batch in read_in_portions(related, chosen(rows.order_by("pk"))):
        changed = breaks_among({key for score in batch if (key := score.submission.child_id) is not None})
        for score in batch:
            last = (_same(score.submission, same), " ".join(changed.get(score.pk, ())))
            yield (*_score_row(score, score.submission, schedules), *last)


def _same(row: Submission, same: SameChild) -> str:
    return same.get(row.child.pk, row.child.code) if row.child else ""


def _score_row(score: Score, row: Submission, schedules: Schedules) -> tuple[Cell, ...]:
    return (
        *_whose(row, schedules),
        score.instrument_id,
        score.instrument_version,
        score.language,
        score.dimension,
        score.weight_set,
        score.value,
        score.answered,
        score.applicable,
        share_of(score.answered, score.applicable),
        int(score.enough),
        score.scorer_version,
        row.channel,
        row.instance_id,
        row.child.status if row.child else "",
    )


def _whose(row: Submission, schedules: Schedules) -> tuple[Cell, ...]:
    """Whom an interview is about, when it was and who answered: how the tables of scores and of flags begin."""
    child = row.child
    answered = schedules.answered(child, row.interviewed_on)
    return (
        child.code if child else "",
        child.population if child else "",
        child.sex if child else "",
        row.age_years,
        row.interviewed_on,
        answered.round.months if answered else None,
        row.respondent,
    )


def flags_table(actor: Actor) -> Iterator[tuple[Cell, ...]]:
    """Every flag of accepted interviews within reach, whatever the scores."""
    _allow(actor, "answers.download")
    children = children_visible_to(actor, "answers.download").filter(counted(""))
    rows = Flag.objects.filter(submission__child__in=children, submission__state=State.ACCEPTED)
    return _flags(rows, same_child(children))


def _flags(rows: QuerySet[Flag], same: SameChild) -> Iterator[tuple[Cell, ...]]:
    yield FLAGS_HEADER
    heavy = ("raw", "text", "coded", "form_version__workbook", "form_version__xform", "form_version__report")
    related = Flag.objects.select_related("submission__child", "submission__form_version")
    related, schedules = related.defer(*(f"submission__{name}" for name in heavy)), Schedules()
    for batch in read_in_portions(related, chosen(rows.order_by("pk"))):
        for flag in batch:
            row, form = flag.submission, flag.submission.form_version
            found = (form.instrument_id, form.version, flag.kind, flag.severity, flag.question)
            status = row.child.status if row.child else ""
            yield (*_whose(row, schedules), *found, row.channel, row.instance_id, status, _same(row, same))


def _allow(actor: Actor, permission: str) -> None:
    organisation_id = guard(actor, permission)
    detail: dict[str, str | int] = {"left_out": leave_out(actor, permission)}
    record_look(actor, permission, "organisation", organisation_id, organisation_id=organisation_id, detail=detail)
