"""What child and caregiver said at a visit to the four questions, each apart."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from homeward.apps.surveys.models import State, Submission
from homeward.apps.visits import choices as of
from homeward.apps.visits.models import Visit, VisitVoice

FAMILY = "visit"  # of the instrument with the four questions
TAKEN = (State.ACCEPTED, State.INVALID)  # it took place, whether or not somebody has to look at it


@dataclass(frozen=True, slots=True)
class VoiceRow:
    respondent: str
    submission_id: UUID | None
    skipped: str


def voices_of(visit: Visit) -> tuple[VoiceRow, ...]:
    """What was begun from the page of the visit; else an interview of its day that no visit has, as from a phone; else
    why nobody asked. One that turned out to be about another child is not shown here.
    """
    linked = VisitVoice.objects.filter(visit=visit)
    mine = Q(submission__isnull=True) | Q(submission__child_id=visit.child_id)
    found = {
        respondent: VoiceRow(respondent, key, skipped)
        for respondent, key, skipped in linked.filter(mine).values_list("respondent", "submission_id", "skipped")
    }
    if visit.held_on is not None or visit.closed_at is None:
        taken = VisitVoice.objects.filter(submission_id=OuterRef("pk"))
        rows = Submission.objects.filter(~Exists(taken), child_id=visit.child_id, form_version__family=FAMILY)
        rows = rows.filter(state__in=TAKEN, interviewed_on=visit.held_on or visit.planned_on)
        for key, respondent in rows.order_by("received_at").values_list("pk", "respondent"):
            known = found.get(respondent)
            if respondent in of.Voice.values and (known is None or known.submission_id is None):
                found[respondent] = VoiceRow(respondent, key, "")
    return tuple(found[each] for each in of.Voice.values if each in found)
