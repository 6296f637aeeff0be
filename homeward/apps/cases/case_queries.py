"""A case as plain values: where it stands, its plan with versions and variations, and dated events for a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.models import Person
from homeward.apps.access.volume import look_at_record
from homeward.apps.cases.assessments import texts_of
from homeward.apps.cases.case_rows import (
    ActionRow,
    AssessmentRow,
    CaseOf,
    CheckRow,
    EndRow,
    Event,
    GoalRow,
    OutcomeRow,
    PlanOf,
    StepRow,
    VariationRow,
    VersionRow,
)
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.documents import SEE, State, opened
from homeward.apps.cases.models import (
    Action,
    ActionOutcome,
    Assessment,
    CaseStep,
    Child,
    EndRequest,
    Goal,
    PlanVersion,
    Variation,
    VariationCheck,
)
from homeward.apps.cases.scope import permit_for
from homeward.apps.cases.steps import case_facts
from homeward.domain.closing import full_time
from homeward.domain.lifecycle import NEXT, missing, standing
from homeward.domain.planning import Line, difference, is_overdue, is_settled
from homeward.domain.written import as_written


def case_of(actor: Actor, child_id: UUID) -> CaseOf:
    child = child_to_decide(actor, child_id, SEE)
    facts = case_facts(child)
    step = standing(facts)
    way = NEXT.get(step, "")
    rows = list(CaseStep.objects.filter(child=child).order_by("number").select_related("by", "approved_by"))
    ends = EndRequest.objects.filter(child=child, state__in=(State.SUBMITTED, State.RETURNED))
    end = ends.order_by("asked_at").select_related("written_by").last()
    if end is not None and end.state == State.RETURNED and child.status != "open":
        end = None
    return CaseOf(
        step,
        child.status == "open",
        facts.ended,
        "" if facts.ended else way,
        missing(facts, way) if way else (),
        tuple(_step(row) for row in rows),
        end_row(end) if end is not None else None,
        tuple(_newest_assessments(child.pk)),
        full_time(child.return_date),
    )


def _step(row: CaseStep) -> StepRow:
    return StepRow(
        row.on,
        row.from_step,
        row.to_step,
        row.way,
        row.reason,
        opened(row, "words"),
        _name(row.by),
        _name(row.approved_by),
    )


def _name(person: Person | None) -> str:
    return person.display_name if person is not None else ""


def end_row(row: EndRequest) -> EndRow:
    return EndRow(
        row.pk,
        row.way,
        row.reason,
        row.told,
        row.early,
        row.reviewed_on,
        opened(row, "words"),
        opened(row, "early_words"),
        opened(row, "answer"),
        row.state,
        _name(row.written_by),
        (str(row.written_by_id),),
        row.asked_at,
    )


def end_of(actor: Actor, child_id: UUID, end_id: UUID) -> EndRow | None:
    child = child_to_decide(actor, child_id, SEE)
    row = EndRequest.objects.filter(pk=end_id, child=child).select_related("written_by").first()
    return end_row(row) if row is not None else None


def ends_of(actor: Actor, child_id: UUID) -> tuple[EndRow, ...]:
    """Every end that was asked for, the oldest first."""
    child = child_to_decide(actor, child_id, SEE)
    rows = EndRequest.objects.filter(child=child).select_related("written_by").order_by("asked_at")
    return tuple(end_row(row) for row in rows)


def _newest_assessments(child_id: UUID) -> Iterator[AssessmentRow]:
    newest = {row.kind: row for row in _assessments(child_id)}
    return (assessment_row(row) for row in newest.values())


def _assessments(child_id: UUID) -> Iterable[Assessment]:
    rows = Assessment.objects.filter(child=child_id).order_by("kind", "number")
    return rows.select_related("written_by", "decided_by").prefetch_related("texts")


def all_assessments(actor: Actor, child_id: UUID) -> tuple[AssessmentRow, ...]:
    """Every version, the newest first."""
    child = child_to_decide(actor, child_id, SEE)
    return tuple(assessment_row(row) for row in reversed(list(_assessments(child.pk))))


def assessment_row(row: Assessment) -> AssessmentRow:
    return AssessmentRow(
        row.pk,
        row.kind,
        row.number,
        row.state,
        row.on,
        row.occasion,
        row.levels,
        tuple(row.protective),
        tuple(row.risks),
        row.vulnerability,
        tuple(row.panel),
        texts_of(row),
        opened(row, "answer"),
        _name(row.written_by),
        _name(row.decided_by),
        tuple(row.writers),
        row.submitted_at,
    )


def plan_of(actor: Actor, child_id: UUID) -> PlanOf:
    child = child_to_decide(actor, child_id, SEE)
    today = today_in(actor, child.organisation_id)
    rows = _versions(child, today)
    last = rows[0] if rows else None
    return PlanOf(
        next((row for row in rows if row.state == State.APPROVED), None),
        next((row for row in rows if row.state == State.DRAFT), None),
        next((row for row in rows if row.state == State.SUBMITTED), None),
        last if last is not None and last.state == State.RETURNED else None,
        rows,
        tuple(_variations(child.pk, today)),
    )


def _versions(child: Child, today: date) -> tuple[VersionRow, ...]:
    outcomes: dict[UUID, list[OutcomeRow]] = {}
    for found in ActionOutcome.objects.filter(child=child).order_by("recorded_at", "pk"):
        row = OutcomeRow(found.on, found.outcome, found.because, opened(found, "words"))
        outcomes.setdefault(found.line, []).append(row)
    rows = PlanVersion.objects.filter(child=child).order_by("number").select_related("written_by", "decided_by")
    made: list[VersionRow] = []
    base: VersionRow | None = None  # what a version is compared with: the one before it that was not given back
    for version in rows.prefetch_related("goals", "actions"):
        goals = tuple(_goal(goal) for goal in version.goals.all())
        actions = tuple(_action(action, outcomes.get(action.line, []), today) for action in version.actions.all())
        made.append(_version(version, goals, actions, base))
        base = made[-1] if version.state != State.RETURNED else base
    return tuple(reversed(made))


def _goal(row: Goal) -> GoalRow:
    return GoalRow(row.line, row.dimension, row.whose, opened(row, "words"))


def _action(row: Action, outcomes: list[OutcomeRow], today: date) -> ActionRow:
    codes = [each.outcome for each in outcomes]
    return ActionRow(
        row.line,
        row.dimension,
        row.service,
        row.who,
        opened(row, "words"),
        bool(row.helper),
        row.due,
        tuple(outcomes),
        is_settled(codes),
        is_overdue(row.due, codes, today),
    )


def _version(
    row: PlanVersion, goals: tuple[GoalRow, ...], actions: tuple[ActionRow, ...], base: VersionRow | None
) -> VersionRow:
    old_goals, old_actions = (base.goals, base.actions) if base is not None else ((), ())
    changed = difference(_lines(old_goals, old_actions), _lines(goals, actions))
    return VersionRow(
        row.pk,
        row.number,
        row.state,
        row.on,
        row.agreed_on,
        row.child_view,
        row.caregiver_view,
        opened(row, "child_words"),
        opened(row, "caregiver_words"),
        opened(row, "answer"),
        _name(row.written_by),
        _name(row.decided_by),
        tuple(row.writers),
        goals,
        actions,
        changed,
        tuple(each for each in old_goals if each.line in changed.dropped),
        tuple(each for each in old_actions if each.line in changed.dropped and not each.settled),
        row.submitted_at,
    )


def _lines(goals: Iterable[GoalRow], actions: Iterable[ActionRow]) -> list[Line]:
    """What was settled needs no mention when a later version no longer lists it."""
    wanted = [Line(each.line, (each.dimension, each.whose, each.words)) for each in goals]
    return wanted + [
        Line(each.line, (each.dimension, each.service, each.who, each.words, each.due)) for each in actions
    ]


def _variations(child_id: UUID, today: date) -> Iterator[VariationRow]:
    rows = Variation.objects.filter(child=child_id).select_related("version").prefetch_related("checks")
    for row in rows.order_by("-version__number"):
        checks = tuple(CheckRow(each.on, each.found, opened(each, "words")) for each in row.checks.all())
        agreed = row.version.state == State.APPROVED
        yield VariationRow(
            row.pk,
            row.version_id,
            row.version.number,
            row.version.state,
            row.trigger,
            row.submission,
            row.on,
            opened(row, "reason"),
            row.child_view,
            opened(row, "child_words"),
            row.dimension,
            opened(row, "expected"),
            row.check_on,
            checks,
            agreed and not checks and row.check_on <= today,
        )


def open_actions_of(actor: Actor, child_id: UUID) -> tuple[ActionRow, ...]:
    """What was agreed and is not settled: what a visit begins with."""
    return plan_of(actor, child_id).open_actions


def helper_of(actor: Actor, code: str, line: UUID) -> str:
    """The name of who does it, for somebody who may see names. That it was opened is written down."""
    child = child_to_decide(actor, code, SEE)
    rows = Action.objects.filter(child=child, line=line).order_by("version__number")
    row = rows.last()
    place, team = child.organisation_id, child.team_id
    names = permit_for(actor, "names.see", child.pk, organisation_id=place, team_id=team)
    if row is None or not row.helper or not names:
        return ""
    look_at_record(actor, "names.see", child.pk, place)
    return opened(row, "helper")


def events_of(actor: Actor, child_id: UUID) -> tuple[Event, ...]:
    """Codes and days alone, the oldest first."""
    child = child_to_decide(actor, child_id, SEE)
    return tuple(sorted(_events(child), key=as_written))


def _events(child: Child) -> Iterator[Event]:
    for step in CaseStep.objects.filter(child=child).order_by("number").defer("words"):
        yield Event(step.on, "step", (step.to_step, step.reason), step.created_at)
    for done in Assessment.objects.filter(child=child, state=State.APPROVED).defer("answer"):
        yield Event(done.on, "assessment", (done.kind, str(done.number)), done.submitted_at)
    for plan in PlanVersion.objects.filter(child=child, state=State.APPROVED).defer("answer"):
        if plan.agreed_on is not None:
            yield Event(plan.agreed_on, "plan", (str(plan.number),), plan.decided_at)
    for each in ActionOutcome.objects.filter(child=child).defer("words"):
        yield Event(each.on, "outcome", (each.outcome, each.because), each.recorded_at)
    varied = Variation.objects.filter(child=child, version__state=State.APPROVED).select_related("version")
    for why in varied.defer("reason", "expected", "child_words"):
        yield Event(why.on, "variation", (why.trigger, why.dimension), why.version.submitted_at)
    for check in VariationCheck.objects.filter(child=child).defer("words"):
        yield Event(check.on, "check", (check.found,), check.recorded_at)
