"""One interview: the answers behind its scores, its files, and correcting it as a new version with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import Actor
from homeward.apps.surveys.answers import Answers, AttachmentContent, answers_behind
from homeward.apps.surveys.answers import attachment as open_attachment
from homeward.apps.surveys.corrections import REASONS, may_correct
from homeward.apps.surveys.form_queries import FormRow, instrument_of, list_forms
from homeward.apps.surveys.models import Channel, State
from homeward.apps.surveys.timeline import SubmissionRow
from homeward.formats.pictures import PICTURES, kind_of, to_show
from homeward.web.cases.child import STATE_KINDS
from homeward.web.cases.scores import ORDER
from homeward.web.cases.words import state_label
from homeward.web.surveys.drawings import other_files, shown
from homeward.web.surveys.remarks import for_people, said_about
from homeward.web.ui import labels
from homeward.web.ui.asking import actor_of
from homeward.web.ui.paging import page_of
from homeward.web.ui.words import Said, in_language

SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
SVG = "image/svg+xml"
SAFE_TO_HEAR = frozenset({"audio/mpeg", "audio/ogg", "audio/mp4", "audio/webm", "audio/wav"})


@require_GET
def submission(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """`of` narrows to one dimension: what stands behind that score, and nothing else."""
    actor = actor_of(request)
    answers = answers_behind(actor, submission_id, request.GET.get("language", ""))
    of = request.GET.get("of", "")
    rows = [row for row in answers.rows if not of or row.dimension == of]
    context = {
        **head(actor, answers),
        "scores": [score_words(score) for score in sorted(answers.scores, key=dimension_order)],
        "of": of,
        "of_label": labels.DIMENSIONS.get(of, of),
        "page": page_of(request, rows),
        "answers": answers,
        "drawings": shown(answers),
        "files": other_files(answers),
        "said": said_of(actor, answers, for_people(answers.submission.problems)),
        "flags": [
            (labels.FLAGS.get(kind, kind), labels.SEVERITY.get(degree, degree))
            for kind, degree in answers.submission.flags
        ],
        "reason": REASONS.get(answers.submission.correction_reason, ""),
    }
    return render(request, "surveys/submission.html", context)


def head(actor: Actor, answers: Answers) -> dict[str, Any]:
    row = answers.submission
    form = form_of(actor, row)
    return {
        "row": row,
        "form": form,
        "title": in_language(row.titles, actor.language) or row.instrument_id,
        "child": answers.child,
        "back": reverse("child", args=[answers.child.code]) if answers.child else reverse("inbox"),
        "channel": Channel(row.channel).label,
        "state": state_label(row.state, row.problems),
        "state_kind": STATE_KINDS.get(State(row.state), ""),
        "superseded": row.state == State.SUPERSEDED,
        "may_correct": may_correct(actor, row.channel),
        "languages": [(code, code) for code in form.languages] if form else [],
    }


def said_of(actor: Actor, answers: Answers, records: Iterable[Mapping[str, Any]]) -> list[Said]:
    instrument = instrument_of(actor, answers.submission.form_id)
    return [said_about(record, instrument, actor.language) for record in records]


def form_of(actor: Actor, row: SubmissionRow) -> FormRow | None:
    return next((form for form in list_forms(actor) if form.id == row.form_id), None)


def dimension_order(score: Any) -> tuple[int, str]:
    return (ORDER.index(score.dimension) if score.dimension in ORDER else len(ORDER), score.dimension)


def score_words(score: Any) -> dict[str, Any]:
    return {
        "dimension": score.dimension,
        "label": labels.DIMENSIONS.get(score.dimension, score.dimension),
        "css": score.dimension if score.dimension in ORDER else "other",
        "icon": score.dimension if score.dimension in ORDER else "instruments",
        "score": score,
        "marked": score.value is not None and not score.enough,
        "parts": [component_words(each) for each in score.components],
        "why": labels.NO_SCORE[
            "nothing_to_score"
            if not score.applicable
            else "not_enough_answers"
            if not score.enough
            else "needed_answer_missing"
        ],
    }


def component_words(each: Mapping[str, Any]) -> dict[str, Any]:
    missing = each.get("missing", "")
    return {"name": each["name"], "value": each.get("value"), "missing": labels.MISSING.get(missing, missing)}


@require_GET
def attachment(request: HttpRequest, submission_id: UUID, attachment_id: UUID) -> HttpResponse:
    return file_answer(open_attachment(actor_of(request), submission_id, attachment_id), attachment_id)


def file_answer(found: AttachmentContent, key: UUID) -> HttpResponse:
    """Pictures, painted anew, and sounds open in the page; anything else is only handed out, never run. What it is, its
    content says.
    """
    kind, content = kind_of(found.content), found.content
    if kind.startswith("image/") and kind != SVG:
        picture = to_show(content)
        kind, content = picture.content_type, picture.content
    shown = kind in PICTURES or kind in SAFE_TO_HEAR
    response = HttpResponse(content, content_type=kind if shown else "application/octet-stream")
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Content-Disposition"] = "inline" if shown else f'attachment; filename="{key}"'
    return response
