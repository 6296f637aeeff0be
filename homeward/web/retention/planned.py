"""A child's case and plan, as one tells them to the child. What a caregiver said is that person's too: it is named, and
not read out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from homeward.apps.cases.case_rows import ActionRow, AssessmentRow, EndRow, StepRow, VariationRow, VersionRow
from homeward.apps.retention.planned import CaseTold
from homeward.domain.planning import DIMENSIONS
from homeward.web.cases import plan_words as known
from homeward.web.retention.interviews import long_day
from homeward.web.ui.labels import DIMENSIONS as DIMENSION_LABELS
from homeward.web.ui.words import apart, colon, comma

HELD_BACK = "caregiver_view"


def case_lines(told: CaseTold | None) -> Iterator[str]:
    if told is None:
        return
    for step in told.case.steps:
        yield from _step(step)
    for assessment in reversed(told.assessments):
        yield from _assessment(assessment)
    for version in reversed(told.plan.versions):
        yield from _version(version, told)
    for variation in reversed(told.plan.variations):
        yield from _variation(variation)
    for end in told.ends:
        yield from _end(end)


def _line(label: Any, value: Any) -> Iterator[str]:
    """Nothing where there is nothing to say."""
    if value not in (None, ""):
        yield f"{label}{colon()}{apart(str(value))}"


def _listed(label: Any, values: Iterable[Any]) -> Iterator[str]:
    yield from _line(label, comma().join(str(value) for value in values))


def _step(row: StepRow) -> Iterator[str]:
    words = _("On {day} your case went on from “{before}” to “{step}”.")
    yield words.format(day=long_day(row.day), before=known.STEPS[row.from_step], step=known.STEPS[row.to_step])
    yield from _line(_("Why"), known.reason_words(row.reason) if row.reason else "")
    yield from _line(_("A note"), row.note)


def _assessment(row: AssessmentRow) -> Iterator[str]:
    words = _("On {day} somebody wrote “{kind}” about you, number {number} ({state}).")
    yield words.format(
        day=long_day(row.on), kind=known.KINDS[row.kind], number=row.number, state=known.STATES[row.state]
    )
    yield from _line(_("Why now?"), known.OCCASIONS[row.occasion])
    for name in DIMENSIONS:
        if name in row.levels:
            yield from _line(DIMENSION_LABELS[name], known.LEVELS[row.levels[name]])
    yield from _listed(_("What protects you"), (known.PROTECTIVE[each] for each in row.protective))
    yield from _listed(_("What endangers you"), (known.RISKS[each] for each in row.risks))
    yield from _line(_("How vulnerable we think you are, all in all"), known.VULNERABLE.get(row.vulnerability, ""))
    yield from _listed(_("Who decided together"), (known.PANEL[each] for each in row.panel))
    for topic, text in row.texts.items():
        yield from _line(known.TOPICS[topic], _not_read_out() if topic == HELD_BACK else text)
    yield from _line(_("Answer of the second person"), row.answer)


def _not_read_out() -> str:
    return _("those words are also that person's, so they are not read out here.")


def _version(row: VersionRow, told: CaseTold) -> Iterator[str]:
    words = _("On {day} somebody wrote version {number} of your plan ({state}).")
    yield words.format(day=long_day(row.on), number=row.number, state=known.STATES[row.state])
    yield from _line(_("Agreed on"), long_day(row.agreed_on))
    for goal in row.goals:
        label = f"{_('A goal')}{comma()}{DIMENSION_LABELS[goal.dimension]}{comma()}{known.WHOSE[goal.whose]}"
        yield from _line(label, _not_read_out() if goal.whose == "caregiver" else goal.words)
    for action in row.actions:
        yield from _action(action, told.helpers.get(action.line, ""))
    view = known.VIEWS.get(row.child_view, "")
    yield from _line(_("What you thought of it"), " ".join(str(part) for part in (view, row.child_words) if part))
    if row.caregiver_view:
        yield from _line(_("What does the caregiver think of it?"), _not_read_out())
    yield from _line(_("Answer of the second person"), row.answer)


def _action(row: ActionRow, helper: str) -> Iterator[str]:
    label = f"{_('An action')}{comma()}{DIMENSION_LABELS[row.dimension]}{comma()}{known.SERVICES[row.service]}"
    yield from _line(label, row.words)
    yield from _line(_("Who does it?"), f"{known.WHO_DOES[row.who]}{comma() if helper else ''}{helper}")
    yield from _line(_("Until when?"), long_day(row.due))
    for found in row.outcomes:
        said = [known.OUTCOMES[found.outcome], known.BECAUSE[found.because] if found.because else "", found.words]
        yield from _listed(f"{_('What became of it?')} {long_day(found.on)}", (each for each in said if each))


def _variation(row: VariationRow) -> Iterator[str]:
    words = _("On {day} somebody asked for your plan to be changed, for version {number}.")
    yield words.format(day=long_day(row.on), number=row.number)
    yield from _listed(_("Why"), (known.TRIGGERS[row.trigger], row.reason))
    view = known.VIEWS[row.child_view]
    yield from _line(_("What you thought of it"), " ".join(str(part) for part in (view, row.child_words) if part))
    yield from _listed(_("Expected"), (DIMENSION_LABELS[row.dimension], row.expected))
    yield from _line(_("Day of the check"), long_day(row.check_on))
    for check in row.checks:
        yield from _listed(f"{_('Found')} {long_day(check.on)}", filter(None, (known.FOUND[check.found], check.words)))


def _end(row: EndRow) -> Iterator[str]:
    words = _("On {day} somebody asked for the end of your case ({state}).")
    yield words.format(day=long_day(row.asked_at.date()), state=known.STATES[row.state])
    yield from _listed(_("Why"), (known.reason_words(row.reason), known.WAYS[row.way]))
    yield from _line(_("Whether you were told"), known.TOLD[row.told])
    yield from _line(_("Last look at the plan together"), long_day(row.reviewed_on))
    yield from _line(_("Before two years"), row.early_words)
    yield from _line(_("In words"), row.words)
    yield from _line(_("Answer of the second person"), row.answer)
