"""Steps, kinds and states in the reader's words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from homeward.domain.escalations import Step
from homeward.web.ui import labels

STEPS = {
    Step.ACKNOWLEDGE: _("I have seen it"),
    Step.START: _("I work on it"),
    Step.NOTE: _("Write down a decision"),
    Step.PROPOSE: _("Propose an outcome"),
    Step.SEND_BACK: _("Not agreed: send it back"),
    Step.CLOSE: _("Agree, and close it"),
}
DONE = {
    Step.ACKNOWLEDGE: _("seen"),
    Step.START: _("begun"),
    Step.NOTE: _("decision written down"),
    Step.PROPOSE: _("outcome proposed"),
    Step.SEND_BACK: _("sent back"),
    Step.CLOSE: _("closed"),
    Step.TAKE_OVER: _("taken over by the second line"),
}


def kind_words(kind: str) -> str:
    return str(labels.FLAGS.get(kind, kind))


def severity_words(severity: str) -> str:
    return str(labels.SEVERITY.get(severity, severity))
