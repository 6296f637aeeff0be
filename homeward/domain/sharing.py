"""What may be handed to somebody outside, and on whose word: the least for each kind of service, agreed to by those
whose word counts at the child's age.

Below 15 both must agree, the child from 6 on: either no is a no. From 15 the child's own word decides. Where there is
no caregiver, or asking one is not safe, an adult whom the child trusts takes that place. Silence is no yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from homeward.domain.ages import OWN_NO_DECIDES
from homeward.domain.problems import Decision, Problem, Where

YES, NO, NOT_ASKED, TRUSTED_ADULT = "yes", "no", "not_asked", "trusted_adult"
CHILD_SAYS = (YES, NO, NOT_ASKED)
ADULT_SAYS = (YES, TRUSTED_ADULT, NO, NOT_ASKED)
TOO_YOUNG = "0-5"  # is told in simple words, and is not asked
ALWAYS, CHOSEN = "always", "chosen"
ANY = "*"
FIELDS = ("need", "urgency", "age_band", "sex", "language", "district", "caregiver", "words")
WORDS = "words"  # of the child itself: only with the child's own permission


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who agreed to what is handed over, on which day, in which language it was explained. `without`: why an adult whom
    the child trusts takes the caregiver's place; `reason`: of an earlier day, or of such an adult. `came_back`: to what
    they had taken back, without being asked.
    """

    child: str
    adult: str
    day: date
    language: str
    limits_told: bool = False
    without: str = ""
    reason: str = ""
    came_back: bool = False


@dataclass(frozen=True, slots=True)
class FieldRule:
    """`sector`: of the service, or `*` for all of them. What stands in no rule is handed to nobody."""

    sector: str
    field: str
    given: str  # always, or chosen


def may_share(band: str, agreement: Agreement, today: date) -> Decision:
    problem = _unsaid(agreement) or _when(agreement, today) or _refused(band, agreement)
    return Decision.no(problem) if problem else Decision.yes()


def fields_for(rules: Iterable[FieldRule], sector: str) -> Mapping[str, str]:
    """What may go to a service of this sector, and whether it always goes. Its own rule beats the general one."""
    found: dict[str, str] = {}
    for rule in sorted(rules, key=lambda each: each.sector != ANY):
        if rule.sector in (ANY, sector):
            found[rule.field] = rule.given
    return MappingProxyType({name: found[name] for name in FIELDS if name in found})


def agreed_fields(rules: Iterable[FieldRule], sector: str, chosen: Iterable[str]) -> tuple[str, ...]:
    """Those that always go, and of the others those that were chosen; nothing else, whatever was asked for."""
    known, wanted = fields_for(rules, sector), set(chosen)
    return tuple(name for name, given in known.items() if given == ALWAYS or name in wanted)


def _unsaid(agreement: Agreement) -> Problem | None:
    if agreement.child not in CHILD_SAYS:
        return Problem("sharing.child", "It is not said whether the child agrees.", "Choose one.", Where(field="child"))
    if agreement.adult not in ADULT_SAYS:
        message = "It is not said whether the caregiver agrees."
        return Problem("sharing.adult", message, "Choose one.", Where(field="adult"))
    if not agreement.language:
        message, action = "It is not said in which language it was explained.", "Choose the language."
        return Problem("sharing.language", message, action, Where(field="language"))
    return None


def _when(agreement: Agreement, today: date) -> Problem | None:
    if agreement.day <= today:
        return None
    return Problem(
        "sharing.day", "The day of the agreement lies in the future.", "Correct it.", Where(field="agreed_on")
    )


def _refused(band: str, agreement: Agreement) -> Problem | None:
    if band != TOO_YOUNG and agreement.child != YES:
        message = "The child has not agreed, so nothing is handed over."
        action = "Explain it again another day if it helps, and respect a no."
        return Problem("sharing.child_no", message, action, Where(field="child"), status=409)
    if band not in OWN_NO_DECIDES and agreement.adult not in (YES, TRUSTED_ADULT):
        message = "At this age the caregiver has to agree too, so nothing is handed over."
        action = "Ask the caregiver, or an adult whom the child trusts where asking the caregiver is not safe."
        return Problem("sharing.adult_no", message, action, Where(field="adult"), status=409)
    return None
