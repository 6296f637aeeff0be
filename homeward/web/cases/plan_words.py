"""Steps, assessments, plans and variations in the reader's words. Nobody is blamed in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STEPS: Mapping[str, Any] = {
    "identification": _("Identification and registration"),
    "assessment": _("Assessment"),
    "plan": pgettext_lazy("step", "Plan"),
    "implementation": _("Help is under way"),
    "follow_up": _("Follow-up and review"),
    "closure": _("Closed"),
    "transfer": _("Transferred"),
    "reopening": _("Opened again"),
    "duplicate": _("Second record of the same child"),
}
WAYS: Mapping[str, Any] = {
    "assess": _("Begin the assessment"),
    "assess_again": _("Assess again"),
    "make_plan": _("Go on to the plan"),
    "begin_help": _("Begin with the help"),
    "follow_up": _("Go on to follow-up and review"),
    "help_again": _("Go back to the help"),
    "close_planned": _("Closure that was prepared"),
    "close_abrupt": _("Closure that nobody could prepare"),
    "transfer": _("Transfer to others"),
    "reopen": _("Open the case again"),
}
REASONS: Mapping[str, Any] = {
    "household": _("Who lives with the child has changed"),
    "school": _("School or work has changed"),
    "health": _("Somebody's health has changed"),
    "safety": _("The child's safety has changed"),
    "place": _("The family has moved"),
    "scores": _("Answers have changed much"),
    "asked": _("Child or family asked for it"),
    "other": _("Something else"),
    "asked_again": _("Child or family ask for help again"),
    "new_worry": _("There is a new worry"),
    "came_back": _("The child has come back"),
    "closed_too_early": _("It was closed too early"),
    "sent_back": _("Others could not take it over"),
    "by_mistake": _("It was closed by mistake"),
    "imported": _("Came so from another system"),
    "run_out": _("The time was over for which we may know who the child is"),
}
ENDS: Mapping[str, Any] = {
    "goals_met": _("The goals of the plan are reached"),
    "support_over": _("The time of the help is over"),
    "criteria": _("The child no longer belongs to the programme"),
    "family_asks": _("The family wishes no more visits"),
    "child_asks": _("The child wishes no more visits"),
    "moved_away": _("The family has moved away"),
    "migrated_again": _("The child has left again"),
    "turned_18": _("The child is grown up now"),
    "transferred": _("Another organisation has taken over"),
    "death": _("The child has died"),
    "not_found": _("The child could not be found"),
    "harm_from_help": _("Being seen to get help did harm"),
    "funding_ended": _("The money of the programme has ended"),
    "insecurity": _("The place cannot be reached safely"),
    "mistake": _("The case was opened by mistake"),
}
STATES: Mapping[str, Any] = {
    "draft": _("Draft"),
    "submitted": _("Waits for a second person"),
    "approved": _("Approved"),
    "returned": _("Given back"),
    "withdrawn": _("Withdrawn"),
}
STATE_KINDS = {"approved": "good", "submitted": "warn", "returned": "warn"}
KINDS: Mapping[str, Any] = {
    "needs": _("Assessment of needs"),
    "interests": _("Best interests assessment"),
    "determination": _("Best interests determination"),
    "plan": _("Plan of help"),
    "close_planned": _("End of the case"),
    "close_abrupt": _("End of the case"),
    "transfer": _("Transfer to others"),
}
OCCASIONS: Mapping[str, Any] = {
    "first": _("The first one"),
    "circumstances": _("Circumstances have changed"),
    "review": _("For a review"),
    "before_end": _("Before the end of the case"),
    "reopened": _("The case was opened again"),
}
LEVELS: Mapping[str, Any] = {
    "none": pgettext_lazy("need", "Nothing pressing"),
    "some": pgettext_lazy("need", "Some"),
    "serious": pgettext_lazy("need", "Serious"),
}
VULNERABLE: Mapping[str, Any] = {
    "none": pgettext_lazy("vulnerable", "Little"),
    "some": pgettext_lazy("vulnerable", "Somewhat"),
    "serious": pgettext_lazy("vulnerable", "Very"),
}
PROTECTIVE: Mapping[str, Any] = {
    "supportive_home": _("A home that supports the child"),
    "trusted_adult": _("An adult whom the child trusts"),
    "fair_sharing": _("Girls and boys are treated alike at home"),
    "basic_income": _("Income for what is needed"),
    "in_school": _("Goes to school or training"),
    "friends": _("Has friends"),
    "accepted_by_community": _("Is accepted by the community"),
    "own_skills": _("Skills and strength of the child"),
    "access_to_services": _("Services can be reached"),
}
RISKS: Mapping[str, Any] = {
    "violence_at_home": _("Violence at home"),
    "child_headed": _("Children head the household"),
    "single_headed": _("One adult heads the household alone"),
    "unsafe_migration": _("Somebody left by dangerous ways before"),
    "debt": _("Debts of the journey"),
    "trafficking": _("Danger of trafficking"),
    "dangerous_work": _("Dangerous or too much work"),
    "early_marriage": _("Danger of an early marriage"),
    "out_of_school": _("Does not go to school"),
    "rejected": _("Is mocked or turned away"),
    "ill_health": _("Illness in the family"),
    "disability_barriers": _("Barriers because of a disability"),
    "insecurity": _("Unrest where the child lives"),
}
PANEL: Mapping[str, Any] = {
    "case_worker": _("Case worker"),
    "supervisor": _("Supervisor"),
    "focal_point": _("Focal point"),
    "authority": _("Child protection authority"),
    "health": _("Health service"),
    "education": _("School"),
    "other_agency": _("Another organisation"),
    "guardian": _("Guardian"),
}
TOPICS: Mapping[str, Any] = {
    "economic": _("Economic: what is there, what is needed"),
    "social": _("Social: what is there, what is needed"),
    "psychosocial": _("Psychosocial: what is there, what is needed"),
    "protective": _("What protects the child, in words"),
    "risks": _("What endangers the child, in words"),
    "child_view": _("What the child says"),
    "caregiver_view": _("What the caregiver says"),
    "options": _("Which ways there are, and what speaks for and against each"),
    "recommendation": _("What is best for the child, and why"),
    "decision": _("What was decided"),
    "reasons": _("Why"),
}
WHOSE: Mapping[str, Any] = {
    "child": _("The child's own"),
    "caregiver": _("The caregiver's"),
    "worker": _("The case worker's"),
}
WHO_DOES: Mapping[str, Any] = {
    "child": _("The child"),
    "caregiver": _("The caregiver"),
    "family": _("Somebody of the family"),
    "worker": _("The case worker"),
    "school": _("The school"),
    "health": _("A health service"),
    "authority": _("An authority"),
    "other_agency": _("Another organisation"),
    "community": _("Somebody of the community"),
}
SERVICES: Mapping[str, Any] = {
    "education": _("School"),
    "health": _("Health"),
    "mental_health": _("Mental health and psychosocial support"),
    "livelihood": _("Livelihood"),
    "cash": _("Money or goods"),
    "documents": _("Papers"),
    "legal": _("Legal help"),
    "protection": _("Protection"),
    "housing": _("Housing"),
    "family": _("Family and relatives"),
    "social_protection": _("Social protection of the state"),
    "recreation": _("Play, sport and groups"),
    "training": _("Training for work"),
    "other": _("Other"),
}
OUTCOMES: Mapping[str, Any] = {
    "done": _("Done"),
    "partly": _("Done in part, it goes on"),
    "not_done": _("Did not come about"),
    "handed_over": _("Handed over to others"),
}
OUTCOME_KINDS = {"done": "good", "partly": "warn"}
BECAUSE: Mapping[str, Any] = {
    "no_service": _("No such service is there"),
    "too_far": _("It is too far away"),
    "too_dear": _("It costs too much"),
    "waiting_list": _("There is a waiting list"),
    "refused_by_service": _("The service refused"),
    "not_wanted": _("Child or family did not want it"),
    "no_papers": _("Papers are missing"),
    "unsafe": _("It was not safe"),
    "moved": _("The family has moved"),
    "no_time": _("Nobody had the time"),
    "other": _("Something else"),
}
VIEWS: Mapping[str, Any] = {
    "agrees": _("Agrees"),
    "partly": _("Agrees in part"),
    "disagrees": _("Does not agree"),
    "not_asked": _("Was not asked"),
}
TRIGGERS: Mapping[str, Any] = {
    "child_request": _("The child asked for it"),
    "caregiver_request": _("The caregiver asked for it"),
    "visit": _("A visit showed it"),
    "score": _("Answers in an interview showed it"),
    "concern": _("A worry about the child's safety"),
    "turn_of_life": _("Something in the child's life has changed"),
}
FOUND: Mapping[str, Any] = {
    "better": _("It became better"),
    "no_change": _("No change"),
    "worse": _("It became worse"),
    "cannot_tell": _("Nobody can tell yet"),
}
FOUND_KINDS = {"better": "good", "worse": "bad", "no_change": "warn", "cannot_tell": ""}
TOLD: Mapping[str, Any] = {
    "yes": _("Yes, in person"),
    "no": _("Not yet"),
    "not_possible": _("It was not possible"),
}


def choices(words: Mapping[str, Any], wanted: Iterable[str] = (), empty: Any = None) -> list[tuple[str, Any]]:
    """For a form, in the order of the words; `empty` offers to say nothing."""
    some = list(wanted)
    offered = [(code, label) for code, label in words.items() if not some or code in some]
    return offered if empty is None else [("", empty), *offered]


def reason_words(reason: str) -> str:
    return str(ENDS.get(reason) or REASONS.get(reason) or reason)
