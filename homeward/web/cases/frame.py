"""What all parts of a child's record share: the head, the keys and the tabs."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from homeward.apps.access.actors import Actor
from homeward.apps.cases.conflicts import may_declare
from homeward.apps.cases.merging import merged_into
from homeward.apps.cases.models import Status
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.cases.scope import permit_for
from homeward.domain.consent import NO_INTERVIEWS
from homeward.domain.lifecycle import not_open
from homeward.domain.problems import Decision, Problem
from homeward.web.cases.words import headline

# As often as a case worker needs them: on a phone the first four or five are in sight. Last the right, if it needs one.
TABS = (
    ("overview", "child", _("Overview"), ""),
    ("visits", "child-visits", _("Visits"), "visits.see"),
    ("plan", "child-plan", pgettext_lazy("tab", "Plan"), "plans.see"),
    ("help", "child-help", _("Help"), "referrals.see"),
    ("agreement", "child-agreement", _("Agreement"), "consents.see"),
    ("journey", "child-journey", _("Journey"), ""),
    ("interviews", "child-interviews", _("Interviews"), ""),
    ("people", "child-people", _("Family and team"), ""),
    ("record", "child-record", _("What is recorded"), ""),
    ("reviews", "child-reviews", _("Review meetings"), "reviews.see"),
    ("copy", "child-copy", _("What we hold"), "copies.hand_over"),
    ("keeping", "child-keep", _("Keep or end"), "retention.review"),
    ("looks", "child-looks", _("Who looked"), ""),
)


def may(actor: Actor, permission: str, child: ChildDetail) -> Decision:
    place, team = child.organisation_id, child.team_id
    return permit_for(actor, permission, child.row.id, organisation_id=place, team_id=team)


def may_begin(actor: Actor, child: ChildDetail) -> Decision:
    """An interview, which an ended record takes no more, and nobody who said no is asked for."""
    allowed = may_write(actor, "interviews.fill", child)
    if allowed and child.row.said_no in NO_INTERVIEWS:
        message, action = "Child or family said no to interviews.", "In the next round ask again, under Agreement."
        return Decision.no(Problem("consent.refused", message, action, status=409))
    return allowed


def may_write(actor: Actor, permission: str, child: ChildDetail) -> Decision:
    """Whether this is permitted, and the record still takes entries."""
    allowed = may(actor, permission, child)
    if allowed and child.row.status != Status.OPEN:
        return Decision.no(not_open(child.row.status, "interviews.ended"))
    return allowed


def frame(actor: Actor, child: ChildDetail, tab: str) -> dict[str, Any]:
    return {
        "child": child.row,
        "headline": headline(child.row),
        "merged_into": merged_into(actor, child.row.id) if child.row.status == Status.DUPLICATE else "",
        "tabs": [
            {"label": label, "url": reverse(page, args=[child.row.code]), "current": name == tab}
            for name, page, label, needs in TABS
            if not needs or may(actor, needs, child)
        ],
        "may": {
            "fill": may_begin(actor, child),
            "name": may(actor, "names.see", child),
            "change": may(actor, "children.change", child),
            "answers": may(actor, "answers.see", child),
            "declare": may_declare(actor, child),
            "pass_on": may(actor, "sealed.write", child),
        },
    }
