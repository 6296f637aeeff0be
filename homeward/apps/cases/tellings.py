"""Whether those who were to be told of a child still are: by an offer or a referral, and when that was over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from uuid import UUID

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.consents import ConsentState
from homeward.apps.cases.models import Referral, Transfer
from homeward.apps.cases.passing_on import SEE
from homeward.apps.cases.recalls import offered_to
from homeward.apps.cases.scope import about_children_visible_to
from homeward.apps.cases.sharing import referred_to
from homeward.domain.consent import SHARING, Reply, same_name
from homeward.domain.referring import Standing
from homeward.domain.transferring import Passing, standing_of

ENDED = (Standing.CLOSED, Standing.RECALLED, Standing.DECLINED)
GIVEN_BACK = (Passing.RETURNED, Passing.RECALLED, Passing.EXPIRED)
Telling = tuple[str, datetime, date | None]  # to whom, made at, over since; none while it goes on


def over_since(actor: Actor, state: ConsentState) -> Mapping[str, date]:
    """By the name of whom they agreed to tell: since when nobody there is told any more, where nothing is under way and
    nothing was agreed since. Whoever reads no recipients learns nothing here.
    """
    agreed: dict[str, datetime] = {}
    for row in reversed(state.history):
        if row.purpose == SHARING and row.answer == Reply.AGREES and row.recipient:
            agreed[same_name(row.recipient)] = row.recorded_at
    found: dict[str, list[Telling]] = {}
    for each in _tellings(actor, state.child_id) if agreed else ():
        found.setdefault(same_name(each[0]), []).append(each)
    return {
        name: max(over for _to, _at, over in some if over)
        for name, some in found.items()
        if name in agreed and all(over for _to, _at, over in some) and agreed[name] < max(at for _to, at, _over in some)
    }


def _tellings(actor: Actor, child_id: UUID) -> Iterator[Telling]:
    reach = about_children_visible_to(actor, SEE)
    offers = Transfer.objects.filter(reach, child_id=child_id).select_related("child", "to_organisation")
    for offer in offers:
        today = today_in(actor, offer.child.organisation_id)
        ended = standing_of(offer.standing, offer.expires_on, today) in GIVEN_BACK
        yield offered_to(offer), offer.made_at, (offer.answered_on or offer.expires_on) if ended else None
    rows = Referral.objects.filter(reach, child_id=child_id).exclude(agreed_on=None)
    for row in rows.select_related("service").prefetch_related("steps"):
        last = max((step.day for step in row.steps.all()), default=row.made_on)
        yield referred_to(row), row.made_at, last if row.standing in ENDED else None
