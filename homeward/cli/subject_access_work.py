"""Making the copy: the key store is opened, the child found, the handing over written down, the words chosen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils import translation

from homeward.apps.access.actors import system_actor
from homeward.apps.cases.ending import child_named
from homeward.apps.cases.queries import organisation_of
from homeward.apps.retention.copies import hand_over
from homeward.apps.retention.holding import Whom
from homeward.cli.unlocking import at_work, unlock
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.web.retention.telling import as_text, told_aloud


def made(code: str, whom: str, language: str, *, wider: bool = False) -> tuple[str, dict[str, Any]]:
    known = dict(settings.LANGUAGES)
    if language and language not in known:
        params = {"known": ", ".join(known)}
        message, action = "This language has no sentences.", "Use one of these: {known}."
        raise ProblemError(Problem("subject_access.language", message, action, Where(field="language"), params))
    if wider and whom != Whom.GUARDIAN:
        message, action = "Only a guardian's copy can be a wider one.", "Leave out --wider, or say --for guardian."
        raise ProblemError(Problem("subject_access.wider", message, action))
    with at_work():
        unlock()
        actor = system_actor(organisation_of(child_named(code)))
        found = hand_over(actor, code, Whom(whom), language, wider=wider)
    with translation.override(found.language if found.language in known else "en"):
        aloud = told_aloud(found)
        return as_text(aloud), asdict(aloud)
