"""Codes of ours in the reader's words. A code without words is shown as it is: an instrument may bring its own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

DIMENSIONS = {
    "economic": _("Economic"),
    "social": _("Social"),
    "psychosocial": _("Psychosocial"),
    "composite": _("Composite"),
}
RESPONDENTS = {
    "child": _("Child"),
    "caregiver": _("Caregiver"),
    "adult": _("Adult"),
    "observer": _("Observer"),
    "": _("Not said"),
}
WORDING = {
    "draft": pgettext_lazy("wording", "draft"),
    "reviewed": pgettext_lazy("wording", "reviewed"),
    "piloted": pgettext_lazy("wording", "piloted"),
    "official": pgettext_lazy("wording", "official"),
    "own": pgettext_lazy("wording", "own wording"),
    "placeholder": pgettext_lazy("wording", "placeholder, never published"),
}
MISSING = {
    "dont_know": _("does not know"),
    "refused": _("prefers not to say"),
    "not_applicable": _("does not apply"),
    "not_asked": _("not asked"),
    "no_answer": _("no answer"),
}
NO_SCORE = {
    "not_enough_answers": _("not enough answers"),
    "needed_answer_missing": _("a needed answer is missing"),
    "nothing_to_score": _("nothing to score"),
    "": _("not enough answers"),
}
FLAGS = {
    "harm": _("Harm"),
    "no_caregiver": _("Nobody looks after the child"),
    "hunger": _("Hunger"),
    "dangerous_work": _("Dangerous work"),
    "self_harm": _("A wish to hurt oneself"),
    "call_back": _("Asks to be called back"),
    "disclosure": _("Told in confidence"),
    "staff": _("A message about staff"),
}
SEVERITY = {"low": _("low"), "medium": _("medium"), "unread": _("not read yet"), "high": _("high")}
LEVELS = {
    "L0": _("L0, public"),
    "L1": _("L1, internal"),
    "L2": _("L2, personal"),
    "L3": _("L3, protection"),
    "L4": _("L4, sealed"),
}
BREAKS = {
    "version": _("new version"),
    "instrument": _("other instrument"),
    "band": _("new age group"),
    "weights": _("other weights"),
    "scorer": _("scored by another method"),
}
FAMILIES = {
    "survey": _("Survey"),
    "visit": _("Visit"),
    "observation": _("Observation"),
    "fgd": _("Group discussion"),
    "kii": _("Key informant interview"),
    "case_study": _("Case study"),
}
# What a role does not include, as a refusal and a key that is off name it.
PERMISSIONS = {
    "children.see": _("the list of children"),
    "names.see": _("names"),
    "children.register": _("registering children"),
    "children.change": _("changing what is recorded"),
    "children.assign": _("assigning children"),
    "duplicates.see": _("comparing records that may be of one child"),
    "children.merge": _("putting two records of one child together"),
    "children.emergency": _("opening a record in an emergency"),
    "emergencies.review": _("reviewing emergencies"),
    "conflicts.declare": _("saying that one knows a child or family"),
    "conflicts.manage": _("conflicts of interest"),
    "caseload.import": _("importing a caseload"),
    "interviews.fill": _("interviews"),
    "answers.see": _("answers"),
    "submissions.correct": _("correcting answers"),
    "submissions.rescore": _("scoring anew"),
    "inbox.see": _("the inbox"),
    "inbox.settle": _("settling what is in the inbox"),
    "answers.import": _("importing answers"),
    "children.download": _("downloading the list of children"),
    "scores.download": _("downloading scores"),
    "answers.download": _("downloading answers"),
    "sealed.write": _("passing something on in confidence"),
    "escalations.see": _("what was passed on in confidence"),
    "programme_keys.make": _("making the key for phones"),
    "escalations.take_over": _("taking over what nobody has looked at"),
    "staff_reports.see": _("reports about staff"),
    "violations.record": _("recording a violation of rights"),
    "violations.see": _("the register of violations"),
    "violations.count": _("counting violations"),
    "retention.review": _("deciding how long records stay"),
    "retention.hold": _("holding records for the law"),
    "retention.set": _("setting how long records stay"),
    "erasure.ask": _("asking for an erasure"),
    "erasure.check": _("checking an erasure"),
    "copies.hand_over": _("handing over what is held about a child"),
    "copies.override": _("deciding what guardians are given"),
    "copies.check": _("confirming what guardians are given"),
    "instruments.see": _("instruments"),
    "instruments.load": _("loading instruments"),
    "instruments.propose": _("proposing instruments"),
    "instruments.publish": _("publishing instruments"),
    "instruments.retire": _("retiring instruments"),
    "forms.fetch": _("fetching forms"),
    "caseload.fetch": _("fetching the list of a phone"),
    "submissions.send": _("sending interviews"),
    "devices.manage": _("managing devices"),
    "people.manage": _("managing people"),
    "audit.see": _("seeing who did what"),
    "audit.download": _("downloading who did what"),
    "roles.watch": _("watching over roles"),
    "places.manage": _("managing places"),
    "health.see": _("the health of the server"),
    "server.lock": _("locking the server"),
    "organisations.manage": _("managing organisations"),
}
ICONS = {"economic": "economic", "social": "social", "psychosocial": "psychosocial"}
