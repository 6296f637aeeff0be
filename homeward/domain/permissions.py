"""Who may do what, on one page. Every permission belongs to at least one role; a role not named has none.

A scope says how far: `own` is the children assigned to the person or device, `team` those of the role's team,
`organisation` all of the role's organisation. Nothing reaches across organisations. The right to read never follows
from household, post or office: both administrators run the house and read no child. A programme manager decides on
figures and an independent monitor on a sample of its own; until there are figures and samples, neither sees a child.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType


class Scope(IntEnum):
    NONE = 0
    OWN = 1
    TEAM = 2
    ORGANISATION = 3


class Role(StrEnum):
    CASE_WORKER = "case_worker"
    SUPERVISOR = "supervisor"
    FOCAL_POINT = "focal_point"
    STAFF_CHANNEL = "staff_channel"  # receives reports about staff, and nothing else
    ME_OFFICER = "me_officer"
    PROGRAMME_MANAGER = "programme_manager"
    INDEPENDENT_MONITOR = "independent_monitor"
    ORGANISATION_ADMIN = "organisation_admin"
    SYSTEM_ADMIN = "system_admin"
    COMMUNITY_MONITOR = "community_monitor"  # a device
    ENUMERATOR = "enumerator"  # a device
    FIELD_APP = "field_app"  # a device: our own app, on the phone of one person


COLLECTING_ROLES = frozenset({Role.COMMUNITY_MONITOR, Role.ENUMERATOR})  # phones that are given a code to scan
DEVICE_ROLES = COLLECTING_ROLES | {Role.FIELD_APP}
APP_ROLES = frozenset({Role.FIELD_APP, Role.COMMUNITY_MONITOR})  # whose phone may be our own app

_O, _T, _G = Scope.OWN, Scope.TEAM, Scope.ORGANISATION
_W, _S, _F, _M = Role.CASE_WORKER, Role.SUPERVISOR, Role.FOCAL_POINT, Role.ME_OFFICER
_R = Role.STAFF_CHANNEL
_P, _I, _A, _X = Role.PROGRAMME_MANAGER, Role.INDEPENDENT_MONITOR, Role.ORGANISATION_ADMIN, Role.SYSTEM_ADMIN
_C, _E, _N = Role.COMMUNITY_MONITOR, Role.ENUMERATOR, Role.FIELD_APP

_TABLE: dict[str, dict[Role, Scope]] = {
    # children
    "children.see": {_W: _O, _S: _T, _F: _G, _M: _G},  # code, age band, scores by date; no name
    "names.see": {_W: _O, _S: _T, _F: _G},
    "children.register": {_W: _O, _S: _T},
    "children.change": {_W: _O, _S: _T},
    "children.assign": {_S: _T},
    "duplicates.see": {_S: _T, _F: _G},  # pairs of records that may be of one child, by code; and "not the same"
    "children.merge": {_S: _T},
    "children.emergency": {_W: _G, _S: _G},  # one record, to be read for three hours; told, and reviewed
    "emergencies.review": {_F: _G},
    "conflicts.declare": {_W: _O, _S: _T, _F: _G, _M: _G},  # about oneself: "I know this child or family"
    "conflicts.manage": {_S: _T, _F: _G},  # about somebody else, and to end one that is not about oneself
    "caseload.import": {_S: _T, _M: _G},
    # the case: steps, assessments, plan and its variations
    "plans.see": {_W: _O, _S: _T, _F: _G},  # with the words of child and caregiver
    "plans.write": {_W: _O, _S: _T},
    "plans.approve": {_S: _T, _F: _G},  # never the person who wrote it
    # following a child
    "risk.set": {_W: _O, _S: _T},  # high, medium or low, with a reason
    "follow_up.change": {_W: _O, _S: _T},  # pause and resume, and say why a round did not take place
    "protocols.set": {_M: _G},  # which protocol the organisation follows; no child
    # help from others
    "referrals.see": {_W: _O, _S: _T, _F: _G, _M: _G},  # what is coded; words and names of providers: `names.see`
    "referrals.make": {_W: _O, _S: _T},
    "transfers.offer": {_S: _T},  # a case to another organisation
    "transfers.accept": {_S: _G},  # reads offers by other organisations: coarse facts, no child
    "services.see": {_W: _G, _S: _G, _F: _G, _M: _G, _P: _G},  # which services there are; no child
    "services.manage": {_S: _G, _M: _G},
    "gaps.see": {_S: _G, _F: _G, _M: _G, _P: _G},  # counts by sector, place and reason; no child
    # when a return does not take hold, and a team's work
    "reviews.see": {_W: _O, _S: _T, _F: _G, _M: _G},  # that a meeting is called for, when they were and how they ended
    "reviews.record": {_W: _O, _S: _T, _F: _G},  # and to read what people wrote of one
    "reviews.list": {_W: _O, _S: _T},  # of all children in one's work
    "team.see": {_S: _T},  # how much work each has, and notes drawn for reading together
    "staff_notes.write": {_W: _O},  # about oneself, to the supervisor
    "staff_notes.see": {_S: _T},
    # agreement: asked, said, taken back
    "consents.see": {_W: _O, _S: _T, _F: _G, _M: _G},  # coded; words and names of recipients open to the first three
    "consents.record": {_W: _O, _S: _T, _F: _G},  # and to withdraw
    "consents.decide": {_S: _T, _F: _G},  # an entry of an earlier day; somebody in the place of an unsafe caregiver
    # interviews
    "interviews.fill": {_W: _O, _S: _T},  # in the browser, and keying in a paper form
    "answers.see": {_W: _O, _S: _T, _F: _G, _M: _G},  # every look is written down
    "submissions.correct": {_W: _O, _S: _T, _M: _G},
    "submissions.rescore": {_M: _G},
    "inbox.see": {_S: _T, _M: _G},
    "inbox.settle": {_S: _T, _M: _G},
    "answers.import": {_M: _G},
    "children.download": {_S: _T, _M: _G},
    "scores.download": {_S: _T, _M: _G},
    "answers.download": {_S: _T, _M: _G},  # coded answers of many; no text, nobody's name, nothing sealed
    # visits, and how a child is reached
    "visits.see": {_W: _O, _S: _T, _F: _G},
    "visits.record": {_W: _O, _S: _T},
    "visits.lift": {_S: _T},  # a visit that the check before it forbade; never the person who made the check
    "visits.count": {_S: _T, _F: _G, _M: _G},  # harm and attrition in numbers; no child, no text
    "contacts.see": {_W: _O, _S: _T, _F: _G},  # numbers and addresses, on a deliberate tap
    "contacts.record": {_W: _O, _S: _T},  # the safe-contact card, times without contact, attempts
    "contacts.lost": {_S: _T},  # that a child is lost to contact, after every step was tried
    # safeguarding: whoever writes reads nothing back, and sees no sign that anything is there
    "sealed.write": {_W: _O, _S: _T, _F: _G},
    "escalations.see": {_F: _G},  # and to work on them, to receive what is sealed and to open it
    "programme_keys.make": {_F: _G},  # the pair to which phones encrypt what is told
    "escalations.take_over": {_P: _G},  # the second line: those whose clock has run out, without child or content
    "staff_reports.see": {_R: _G},
    "violations.record": {_W: _O, _S: _T, _F: _G},
    "violations.see": {_F: _G},
    "violations.count": {_F: _G, _M: _G, _P: _G},
    # the end: who decides, and who gives a child or a guardian what is theirs
    "retention.review": {_S: _T, _F: _G},
    "retention.hold": {_S: _T, _F: _G},
    "retention.set": {_A: _G},  # how long, for the whole organisation; no child
    "erasure.ask": {_S: _T, _F: _G},
    "erasure.check": {_F: _G},  # never the person who asked
    "copies.hand_over": {_W: _O, _S: _T, _F: _G},
    "copies.override": {_F: _G},  # no guardian's copy at all, or one that holds more
    "copies.check": {_S: _T, _F: _G},  # never the person who asked
    # instruments
    "instruments.see": {_W: _G, _S: _G, _F: _G, _M: _G, _P: _G, _I: _G, _A: _G},
    "instruments.load": {_M: _G},
    "instruments.propose": {_M: _G},
    "instruments.publish": {_M: _G, _P: _G},  # never the person who proposed, except after notice
    "instruments.retire": {_M: _G, _P: _G},
    # devices: forms, their own caseload list, sending; nothing else. The field app sends, and no more
    "forms.fetch": {_C: _G, _E: _G},
    "caseload.fetch": {_C: _O, _E: _O},
    "submissions.send": {_C: _O, _E: _O, _N: _O},
    "devices.manage": {_S: _T, _M: _G, _A: _G},
    # the house
    "people.manage": {_A: _G},
    "audit.see": {_S: _T, _F: _G, _A: _G},  # who looked at what: codes, no child's name; the team's children, or all
    "audit.download": {_F: _G, _A: _G},
    "roles.watch": {_S: _G, _M: _G},  # sees who is about to read children on one person's word
    "places.manage": {_M: _G, _A: _G},
    "health.see": {_A: _G, _X: _G},  # disk, backups, jobs, keys; nothing about anybody
    "server.lock": {_A: _G, _X: _G},  # and to confirm that nothing is wrong
    "organisations.manage": {_X: _G},
}
READ_IN_EMERGENCY = frozenset(
    {"children.see", "names.see", "answers.see", "visits.see", "contacts.see", "referrals.see"}
)
PERMISSIONS: Mapping[str, Mapping[Role, Scope]] = MappingProxyType(
    {name: MappingProxyType(roles) for name, roles in _TABLE.items()}
)


def scope_of(role: str, permission: str) -> Scope:
    """How far the role carries the permission. An unknown permission is a programming error and raises KeyError."""
    roles = PERMISSIONS[permission]
    return roles.get(Role(role), Scope.NONE)


def roles_with(permission: str) -> tuple[Role, ...]:
    return tuple(PERMISSIONS[permission])


# Given by one person and confirmed by another: who reads children or reports, and who could confirm such a role.
ROLES_OF_TWO = frozenset((*roles_with("children.see"), *roles_with("people.manage"), *roles_with("staff_reports.see")))
# Whoever reads disclosures or runs accounts: the second factor is one that no imitated page can catch.
ROLES_WITH_KEY = frozenset(
    {Role.FOCAL_POINT, Role.ORGANISATION_ADMIN, Role.SYSTEM_ADMIN, *roles_with("staff_reports.see")}
)
