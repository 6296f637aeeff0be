"""The moments of a journey in the reader's words. They say what happened; none says whether it was good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from homeward.apps.cases.consent_models import Answer, Purpose, Speaker
from homeward.apps.cases.family_models import Arrangement, ChangeReason
from homeward.apps.cases.models import Need, RelationKind, Risk
from homeward.apps.cases.record_models import CameWith, DocumentKind, DocumentState, LeftReason, Level, ReturnKind
from homeward.apps.communities.models import Sector
from homeward.apps.monitoring.journey import Moment, Scored
from homeward.apps.monitoring.models import Outcome as MeetingOutcome
from homeward.apps.visits import choices as of
from homeward.apps.visits.clock_models import MissedReason, PauseReason
from homeward.web.cases import help_words, plan_words
from homeward.web.cases.record_words import RESULTS, label_of
from homeward.web.cases.rounds import round_label
from homeward.web.cases.scores import break_words
from homeward.web.ui import labels
from homeward.web.ui.words import colon, comma, in_language, spoken_now, two_decimals

GROUPS: Mapping[str, Any] = {
    "life": gettext_lazy("The child's life"),
    "interviews": gettext_lazy("Interviews"),
    "rounds": gettext_lazy("Follow-up"),
    "case": gettext_lazy("Case and plan"),
    "visits": gettext_lazy("Visits and contact"),
    "help": gettext_lazy("Help"),
    "agreement": gettext_lazy("Agreement"),
}
ICONS: Mapping[str, str] = {
    "life": "child",
    "interviews": "interview",
    "rounds": "clock",
    "case": "paper",
    "visits": "place",
    "help": "people",
    "agreement": "check",
}
VISITS: Mapping[str, Any] = {
    "visit_planned": gettext_lazy("A visit is planned"),
    "visit_held": gettext_lazy("Visit"),
    "visit_not_held": gettext_lazy("A visit did not take place"),
    "visit_blocked": gettext_lazy("No visit, so that it does no harm"),
}
VISIT_BLOCKED: Mapping[str, Any] = {
    "danger": gettext_lazy("it could put somebody in danger"),
    "asked_not_to": gettext_lazy("they asked that nobody comes"),
    "quiet_time": gettext_lazy("a time without contact"),
    "nothing_fits": gettext_lazy("no way was left"),
}
ANSWERS: Mapping[str, Any] = {
    Answer.AGREES: pgettext_lazy("journey", "{who} agreed"),
    Answer.REFUSES: pgettext_lazy("journey", "{who} said no"),
    Answer.WITHDRAWS: pgettext_lazy("journey", "{who} took the agreement back"),
}
REFERRAL: Mapping[str, Any] = {"made": gettext_lazy("A need was written down"), **help_words.STEPS}
TRANSFER: Mapping[str, Any] = {
    "offered": gettext_lazy("The case was offered to another organisation"),
    "returned": gettext_lazy("The other organisation gave the case back"),
    "recalled": gettext_lazy("The offer of the case was taken back"),
    "accepted": gettext_lazy("The other organisation took the case over"),
    "handed_over": gettext_lazy("The case was handed over on paper"),
}
FOR_NO_GUARDIAN = ("pause", "resume", "quiet_time", "risk")  # on no paper that leaves the house
SERVICE_REFUSED = (LeftReason.REFUSED, LeftReason.PAPERS, LeftReason.COST, LeftReason.DISTANCE)  # others can mend it
Said = tuple[Any, Any]  # what happened, and more of it; each may be empty


def moment_words(moment: Moment, answers: bool) -> dict[str, Any]:
    """`answers`: whether the reader may open the interviews."""
    title, detail = _words(moment)
    return {
        "day": moment.day,
        "since": moment.since if moment.since != moment.day else None,
        "title": title,
        "detail": detail,
        "icon": ICONS[moment.group],
        "group": moment.group,
        "scores": [_score(each) for each in moment.scores],
        "breaks": break_words({name for each in moment.scores for name in each.breaks}),
        "submission": moment.submission_id if answers else None,
        "visit": moment.visit_id,
        "school_lost": moment.kind in ("school_left", "school_began") and moment.codes[-1] in SERVICE_REFUSED,
        "turn": moment.kind in ("return", "left_again", "departure"),
        "print": moment.kind not in FOR_NO_GUARDIAN,
    }


def _words(moment: Moment) -> Said:
    for start, say in _BY_START.items():
        if moment.kind.startswith(start):
            return say(moment)
    return _SAID[moment.kind](moment)


def _score(each: Scored) -> dict[str, Any]:
    return {
        "dimension": each.dimension,
        "label": labels.DIMENSIONS.get(each.dimension, each.dimension),
        "value": two_decimals(each.value),
        "before": two_decimals(each.before) if each.before is not None else "",
    }


def joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)


def _known(choices: Any, code: str) -> str:
    return "" if code in ("", "unknown") else label_of(choices, code)


def returned(number: str) -> str:
    return _("Came back") if number in ("", "1") else _("Came back, return {number}").format(number=number)


def _return(moment: Moment) -> Said:
    number, kind, came_with = moment.codes[:3]
    return returned(number), joined(_known(ReturnKind, kind), _known(CameWith, came_with))


def _departure(moment: Moment) -> Said:
    return _("Left the country"), _("about {month}").format(month=date_format(moment.day, "YEAR_MONTH_FORMAT"))


def _turned(moment: Moment) -> Said:
    years, estimated = moment.codes
    more = _("From now on the child is grown up.") if years == "18" else _("Another age group begins.")
    about = _("The age is an estimate.") if estimated else ""
    return _("Turns {years} this month").format(years=years), joined(more, about)


def _school(moment: Moment) -> Said:
    if moment.kind == "school_began":
        return _("School"), joined(
            label_of(Level, moment.codes[0]), *(label_of(LeftReason, why) for why in moment.codes[1:])
        )
    return _("School ended"), joined(label_of(Level, moment.codes[0]), label_of(LeftReason, moment.codes[1]))


def _care(moment: Moment) -> Said:
    arrangement, reason = moment.codes
    said = label_of(Arrangement, arrangement)
    return _("Who cares for the child"), joined(said, label_of(ChangeReason, reason))


def _relation(moment: Moment) -> Said:
    title = _("Family") if moment.kind == "relation_began" else _("Family, until this day")
    return title, label_of(RelationKind, moment.codes[0])


def _document(moment: Moment) -> Said:
    kind, state = moment.codes
    return label_of(DocumentKind, kind), label_of(DocumentState, state)


def _missed(moment: Moment) -> Said:
    label = round_label(moment.rule) if moment.rule is not None else moment.codes[0]
    title = _("Round missed") if moment.kind == "round_missed" else _("Round done in part")
    reason = label_of(MissedReason, moment.codes[1])
    if not reason and moment.kind == "round_missed":
        reason = _("nobody has said why")
    return title, joined(label, reason)


def _step(moment: Moment) -> Said:
    step, reason = moment.codes
    title = _("Step{colon}{step}").format(colon=colon(), step=plan_words.STEPS[step])
    return title, plan_words.reason_words(reason) if reason else ""


def _assessment(moment: Moment) -> Said:
    kind, number = moment.codes
    return plan_words.KINDS[kind], _("version {number}, approved").format(number=number)


def _outcome(moment: Moment) -> Said:
    outcome, because = moment.codes
    title = ngettext("{count} action of the plan", "{count} actions of the plan", moment.count)
    return title.format(count=moment.count), joined(plan_words.OUTCOMES[outcome], plan_words.BECAUSE.get(because, ""))


def _variation(moment: Moment) -> Said:
    trigger, dimension = moment.codes
    return _("The plan was changed"), joined(plan_words.TRIGGERS[trigger], labels.DIMENSIONS.get(dimension, ""))


def _visit(moment: Moment) -> Said:
    mode = next((label_of(of.Ways, code) for code in moment.codes if code in of.Ways.values), "")
    why: list[Any] = []
    if moment.kind == "visit_blocked":
        why = [VISIT_BLOCKED[code] for code in moment.codes if code in VISIT_BLOCKED]
    if moment.kind == "visit_not_held":
        why = [label_of(of.NotHeld, code) for code in moment.codes if code in of.NotHeld.values]
    why += [label_of(of.Goes, code) for code in moment.codes if code in of.Goes.values]  # in the place of a case worker
    return VISITS[moment.kind], joined(mode, *why)


def _attempt(moment: Moment) -> Said:
    if moment.count > 1:
        title = ngettext("{count} attempt, nobody found", "{count} attempts, nobody found", moment.count)
        return title.format(count=moment.count), ""
    _says, channel, outcome = moment.codes
    return _("Attempt to reach them"), joined(label_of(of.Channels, channel), label_of(of.Outcome, outcome))


def _consent(moment: Moment) -> Said:
    who, answer, *purposes = moment.codes
    people = comma().join(str(Speaker(each).label) for each in who.split())
    title = str(ANSWERS[answer]).format(who=people)
    return title, comma().join(str(Purpose(each).label) for each in purposes)


def _referral(moment: Moment) -> Said:
    step = moment.kind.removeprefix("referral_")
    sector, more = moment.codes
    if step == "made":
        return REFERRAL[step], joined(label_of(Sector, sector), label_of(Need, more))
    how = help_words.WAYS.get(more) or help_words.RECEIVED.get(more) or help_words.REASONS.get(more, "")
    title = _("Referral{colon}{step}").format(colon=colon(), step=REFERRAL.get(step, step))
    return title, joined(label_of(Sector, sector), how)


def _transfer(moment: Moment) -> Said:
    title = TRANSFER[moment.kind.removeprefix("transfer_")]
    return title, help_words.RETURNS.get(moment.codes[0], "")


def _interview(moment: Moment) -> Said:
    who = labels.RESPONDENTS.get(moment.codes[0], moment.codes[0])
    title = _("Interview{colon}{who}").format(colon=colon(), who=who)
    more = {"interview_refused": _("said no to it"), "interview_waits": _("waits for agreement")}.get(moment.kind, "")
    listened = _("others listened") if moment.overheard else ""
    return title, joined(in_language(moment.titles or {}, spoken_now()), more, listened)


def _not_asked(moment: Moment) -> Said:
    who, reason = moment.codes
    title = _("Not asked{colon}{who}").format(colon=colon(), who=labels.RESPONDENTS.get(who, who))
    return title, label_of(MissedReason, reason)


def _of(title: Any, choices: Any = None) -> Callable[[Moment], Said]:
    """A title, and the word of the first code."""
    return lambda moment: (title, label_of(choices, moment.codes[0]) if choices and moment.codes else "")


_BY_START: Mapping[str, Callable[[Moment], Said]] = {
    "visit_": _visit,
    "referral_": _referral,
    "transfer_": _transfer,
    "relation_": _relation,
    "school_": _school,
    "round_": _missed,
    "interview": _interview,
}
_SAID: Mapping[str, Callable[[Moment], Said]] = {
    "return": _return,
    "departure": _departure,
    "left_again": _of(gettext_lazy("Left again")),
    "turned": _turned,
    "care_changed": _care,
    "household_joined": _of(gettext_lazy("Another household")),
    "document": _document,
    "functioning": lambda moment: (_("Functional difficulties"), RESULTS[moment.codes[0]]),
    "risk": _of(gettext_lazy("Level of risk"), Risk),
    "pause": _of(gettext_lazy("The clock stands still"), PauseReason),
    "resume": _of(gettext_lazy("The clock goes on")),
    "contact_missed": _of(gettext_lazy("A contact did not take place"), MissedReason),
    "not_asked": _not_asked,
    "step": _step,
    "assessment": _assessment,
    "plan": lambda moment: (_("A plan was agreed"), _("version {number}").format(number=moment.codes[0])),
    "outcome": _outcome,
    "variation": _variation,
    "check": lambda moment: (_("Looked whether the change helped"), plan_words.FOUND[moment.codes[0]]),
    "meeting": _of(gettext_lazy("Review meeting"), MeetingOutcome),
    "agreed": _of(gettext_lazy("Something was agreed"), of.Promiser),
    "agreed_outcome": _of(gettext_lazy("What was agreed"), of.Kept),
    "attempt": _attempt,
    "contact_lost": _of(gettext_lazy("Lost to contact"), of.LostReason),
    "contact_found": _of(gettext_lazy("Found again"), of.FoundHow),
    "quiet_time": _of(gettext_lazy("A time without contact"), of.QuietReason),
    "consent": _consent,
}
