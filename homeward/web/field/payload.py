"""What the app is given, key by key. A test compares it with the keys that are permitted: nothing comes by itself."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.intake_keys import public_key
from homeward.apps.access.session_store import IDLE
from homeward.apps.cases.consent_rules import texts
from homeward.apps.communities.queries import places
from homeward.apps.safeguarding.models import Group
from homeward.apps.safeguarding.recipients import keys_for
from homeward.apps.surveys.beginning import (
    known_answers,
    ordered_languages,
    question_of_child,
    question_of_respondent,
    sealed_questions,
)
from homeward.apps.surveys.field_forms import FieldForm
from homeward.apps.visits.field_children import FieldAction, FieldCaseload, FieldChild, FieldDue
from homeward.apps.visits.field_history import FieldHistory
from homeward.domain.fitting import bands_meant
from homeward.domain.protocol import GROWN_UP
from homeward.web.safeguarding.sealed import written

Address = Callable[[UUID, str, str], str]  # of a form, or of a file of it, by its content


def payload(actor: Actor, found: FieldCaseload) -> dict[str, Any]:
    return {
        **frame_words(found.organisation_id),
        "person": actor.label,
        "organisation": found.organisation,
        "language": actor.language,
        "forms": [form_words(each, caseload_address) for each in found.forms],
        "children": [child_words(each) for each in found.children],
        "newcomers": [
            {"delivery": str(each.delivery), "code": each.code, "state": each.state} for each in found.newcomers
        ],
    }


def frame_words(place: UUID) -> dict[str, Any]:
    """What sealing and screens need, whoever's app it is: of nobody."""
    now = timezone.now().isoformat()
    return {
        "made_at": now,
        "server_time": now,
        "idle_minutes": int(IDLE.total_seconds()) // 60,
        "intake_key": base64.b64encode(public_key()).decode(),
        "most_bytes": settings.HOMEWARD_MAX_UPLOAD,
        "recipients": [written(key) for key in keys_for(place, Group.FOCAL)],
        "words": {},
    }


def register_words(actor: Actor) -> dict[str, Any]:
    """Nothing of a child: where one may live, and what is read out when somebody is asked to agree."""
    return {
        "places": [{"id": str(each.id), "name": each.path} for each in places(actor, actor.organisation_id)],
        "read_out": texts(),
    }


def form_words(form: FieldForm, address: Address) -> dict[str, Any]:
    instrument, published = form.instrument, form.published
    languages = ordered_languages(instrument)
    return {
        "id": str(published.id),
        "instrument": published.instrument_id,
        "version": published.version,
        "titles": dict(published.titles),
        "family": published.family,
        "subject": published.subject,
        "respondent_question": question_of_respondent(instrument),
        "child_question": question_of_child(instrument),
        "languages": languages,
        "default_language": languages[0],
        "sealed_questions": sealed_questions(instrument),
        "prefill": known_answers(instrument),
        "url": address(published.id, "", form.sha256),
        "sha256": form.sha256,
        "media": [
            {
                "name": each.name,
                "url": address(published.id, each.name, each.sha256),
                "sha256": each.sha256,
                "size": each.size,
            }
            for each in form.media
        ],
        "uses_list": published.needs_caseload,
        "bands": list(bands_meant(instrument.about)),
        "respondents": list(instrument.about.respondents),
    }


def caseload_address(form_id: UUID, name: str, sha256: str) -> str:
    named = {"form_id": form_id, **({"name": name} if name else {})}
    return f"{reverse('field-media' if name else 'field-form', kwargs=named)}?v={quote(sha256)}"


def monitor_address(form_id: UUID, name: str, sha256: str) -> str:
    """Of one path each, so that no session is read there."""
    if not name:
        return f"{reverse('field-monitor-form')}?form={form_id}&v={quote(sha256)}"
    return f"{reverse('field-monitor-media')}?form={form_id}&name={quote(name, safe='')}&v={quote(sha256)}"


def child_words(child: FieldChild) -> dict[str, Any]:
    row, card = child.row, child.card
    return {
        "code": row.name,
        "label": row.label,
        "initials": row.initials,
        "age_band": row.age_band,
        "language": child.language,
        "due": [due_words(each) for each in child.due],
        "actions": action_words(child.actions),
        "bands": child.thirds,
        "may_begin": not child.why_not,
        "why_not": child.why_not,
        "apart": _apart(child),
        "card": {
            "ways": list(card.ways) if card.ways is not None else None,
            "safe_days": list(card.safe_days),
            "safe_parts": list(card.safe_parts),
            "quiet": [[each.since.isoformat(), each.until.isoformat()] for each in card.quiet],
        },
    }


def _apart(child: FieldChild) -> dict[str, str] | None:
    if child.apart is None:
        return None
    itself = "adult" if child.row.age_band == GROWN_UP else "child"
    return {"respondent": itself, "on": child.apart.isoformat()}


def due_words(due: FieldDue) -> dict[str, Any]:
    return {
        "point": due.point,
        "from": due.since.isoformat(),
        "on": due.on.isoformat(),
        "to": due.until.isoformat(),
        "state": due.state,
        "forms": [str(each) for each in due.forms],
        "respondents": list(due.respondents),
        "permission": list(due.permission),
    }


def action_words(actions: Iterable[FieldAction]) -> list[dict[str, str]]:
    return [{"state": each.state, "by_when": each.by_when.isoformat(), "who": each.who} for each in actions]


def history_words(found: FieldHistory) -> dict[str, Any]:
    return {
        "code": found.code,
        "made_at": timezone.now().isoformat(),
        "visits": [
            {"on": each.on.isoformat(), "way": each.way, "actions": action_words(each.actions)} for each in found.visits
        ],
        "scores": [
            {
                "on": each.on.isoformat(),
                "respondent": each.respondent,
                "instrument": each.instrument,
                "bands": each.thirds,
            }
            for each in found.scores
        ],
        "next_due": found.next_due.isoformat() if found.next_due is not None else None,
    }
