"""What all parts of a child's record share: the head, the keys and the tabs."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

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
    code = child.row.code
    reviews = ("reviews", _("Review meetings"), reverse("child-reviews", args=[code]))
    tabs = [
        ("overview", _("Overview"), reverse("child", args=[code])),
        ("journey", _("Journey"), reverse("child-journey", args=[code])),
        ("interviews", _("Interviews"), reverse("child-interviews", args=[code])),
        *([reviews] if may(actor, "reviews.see", child) else []),
        ("people", _("Family and team"), reverse("child-people", args=[code])),
        *([("help", _("Help"), reverse("child-help", args=[code]))] if may(actor, "referrals.see", child) else []),
        ("record", _("What is recorded"), reverse("child-record", args=[code])),
        ("looks", _("Who looked"), reverse("child-looks", args=[code])),
    ]
    if may(actor, "plans.see", child):
        tabs.insert(2, ("plan", pgettext("tab", "Plan"), reverse("child-plan", args=[code])))
    if may(actor, "visits.see", child):
        tabs.insert(3, ("visits", _("Visits"), reverse("child-visits", args=[code])))
    if may(actor, "consents.see", child):
        tabs.insert(4, ("agreement", _("Agreement"), reverse("child-agreement", args=[code])))
    if may(actor, "copies.hand_over", child):
        tabs.append(("copy", _("What we hold"), reverse("child-copy", args=[code])))
    if may(actor, "retention.review", child):
        tabs.append(("keeping", _("Keep or end"), reverse("child-keep", args=[code])))
    return {
        "child": child.row,
        "headline": headline(child.row),
        "merged_into": merged_into(actor, child.row.id) if child.row.status == Status.DUPLICATE else "",
        "tabs": [{"label": label, "url": url, "current": name == tab} for name, label, url in tabs],
        "may": {
            "fill": may_begin(actor, child),
            "name": may(actor, "names.see", child),
            "change": may(actor, "children.change", child),
            "answers": may(actor, "answers.see", child),
            "declare": may_declare(actor, child),
            "pass_on": may(actor, "sealed.write", child),
        },
    }
