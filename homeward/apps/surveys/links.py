"""A link with which somebody answers one form about one child alone: made, opened by one browser, used by sending.

Its token stands behind the `#` of the address, which no server and no forerunner of a messenger ever sees. Whoever taps
"begin" sends it once; that browser gets a secret of its own, and from then on the token opens nothing. Used is a link
when the answers have arrived and not before, so that a line that drops loses nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import Nobody, record, record_refusal
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.models import Child, EndRequest, Status
from homeward.apps.cases.queries import age_on
from homeward.apps.cases.scope import about_children_visible_to
from homeward.apps.safeguarding.models import Group
from homeward.apps.safeguarding.passing_on import too_few
from homeward.apps.safeguarding.recipients import keys_for
from homeward.apps.surveys.beginning import sealed_questions
from homeward.apps.surveys.definitions import Definition, definition_of
from homeward.apps.surveys.form_queries import find_version
from homeward.apps.surveys.link_makers import FILL, child_within_reach
from homeward.apps.surveys.link_models import AnswerLink
from homeward.apps.surveys.models import FormStatus
from homeward.domain.ages import band_of_years
from homeward.domain.consent import NO_INTERVIEWS
from homeward.domain.lifecycle import not_open
from homeward.domain.problems import Problem, ProblemError, Where

HOURS = (4, 24, 72)
TO_FINISH = timedelta(hours=2)  # whoever had opened it in time may still send
KEPT = timedelta(days=30)  # a row, after its link has ended
MOST_OPEN = 10  # of one child at a time
CHILD, CAREGIVER = "child", "caregiver"
ALONE_BAND = "15-17"
FAMILIES = ("survey", "visit")  # the others are held by somebody


class Standing(StrEnum):
    MADE = "made"
    OPENED = "opened"
    USED = "used"
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class MadeLink:
    """Shown once: the token exists nowhere else."""

    id: UUID
    token: str
    respondent: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkRow:
    id: UUID
    titles: dict[str, str]
    respondent: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    used_at: datetime | None
    standing: Standing


def who_may_answer(definition: Definition, age: int | None) -> tuple[str, ...]:
    """A caregiver; and of the young people those whose own word decides before they are grown up (`domain/ages.py`).
    Only whom the form's own answer can name in clear: what is sent is compared with it.
    """
    about = definition.instrument.about
    if about.family not in FAMILIES or about.subject == "group":
        return ()
    fits = age is None or ((about.min_age or 0) <= age and (about.max_age is None or age <= about.max_age))
    found = []
    if CAREGIVER in about.respondents and fits and (age is None or age < 18):
        found.append(CAREGIVER)
    if CHILD in about.respondents and fits and age is not None and band_of_years(age) == ALONE_BAND:
        found.append(CHILD)
    return tuple(each for each in found if each in named_in_clear(definition))


def named_in_clear(definition: Definition) -> frozenset[str]:
    name = definition.instrument.about.respondent_question
    if name not in definition.open_names:
        return frozenset()
    options = definition.instrument.choices_of(definition.instrument.by_name[name])
    return frozenset(choice.code for choice in options.choices) if options is not None else frozenset()


def make_link(actor: Actor, code: UUID | str, form_id: UUID, respondent: str, hours: int) -> MadeLink:
    """By whoever may interview this child. Nobody is asked in this way who said no."""
    child = child_to_decide(actor, code, FILL)
    refuse_asking(child)
    if hours not in HOURS:
        raise ProblemError(_wrong("hours", "This is none of the times that a link can be valid."))
    version = find_version(actor, form_id)
    in_use = version.organisation_id == child.organisation_id and version.status == FormStatus.PUBLISHED
    definition = definition_of(version)
    age = age_on(child, today_in(actor, child.organisation_id))
    if not in_use or version.encrypted or respondent not in who_may_answer(definition, age):
        raise ProblemError(_wrong("form", "These questions cannot be answered alone by this person."))
    if sealed_questions(definition.instrument) and not keys_for(child.organisation_id, Group.FOCAL):
        raise ProblemError(too_few())
    token, now = secrets.token_urlsafe(32), timezone.now()
    row = AnswerLink(
        id=id_of(token),
        token_hash=_hash(b"token", token),
        organisation_id=child.organisation_id,
        child=child,
        form_version=version,
        respondent=respondent,
        made_by_id=_person(actor),
        made_at=now,
        expires_at=now + timedelta(hours=hours),
    )
    with transaction.atomic():
        Child.objects.select_for_update(no_key=True).get(pk=child.pk)  # two at one moment are counted too
        if (
            AnswerLink.objects.filter(child=child, used_at=None, taken_back_at=None, expires_at__gt=now).count()
            >= MOST_OPEN
        ):
            raise ProblemError(_too_many())
        row.save(force_insert=True)
        _record(actor, "make_link", row, hours=hours, respondent=respondent)
    return MadeLink(row.pk, token, respondent, row.expires_at)


def refuse_asking(child: Child) -> None:
    """As on the page of the interview: of an ended record, of somebody who died, and where the answer was no."""
    if child.status != Status.OPEN or child.identity_ended_on is not None:
        raise ProblemError(not_open(child.status, "interviews.ended"))
    if EndRequest.objects.filter(child=child, reason="death", state="submitted").exists():
        raise ProblemError(not_open("closed", "interviews.ended"))
    if child.said_no in NO_INTERVIEWS:
        message, action = "Child or family said no to interviews.", "In the next round ask again, under Agreement."
        raise ProblemError(Problem("consent.refused", message, action, status=409))


def links_of(actor: Actor, child_id: UUID) -> list[LinkRow]:
    """The newest first, for whoever could make one."""
    rows = _visible_to(actor).filter(child_id=child_id).select_related("form_version", "made_by")
    now = timezone.now()
    return [
        LinkRow(
            row.pk,
            dict(row.form_version.titles),
            row.respondent,
            row.made_by.display_name,
            row.made_at,
            row.expires_at,
            row.opened_at,
            row.used_at,
            standing_of(row, now),
        )
        for row in rows.defer("form_version__workbook", "form_version__xform", "form_version__report")
    ]


def any_link(organisation_id: UUID) -> bool:
    return AnswerLink.objects.filter(organisation_id=organisation_id).exists()


def take_back(actor: Actor, code: str, link_id: UUID) -> bool:
    """False where the answers had arrived already."""
    child = child_to_decide(actor, code, FILL)
    with transaction.atomic():
        row = _visible_to(actor).filter(pk=link_id, child=child).first()
        if row is None:
            raise NotVisible("link")
        unused = AnswerLink.objects.filter(pk=row.pk, used_at=None, taken_back_at=None)
        if unused.update(taken_back_at=timezone.now(), taken_back_by=_person(actor)):
            _record(actor, "take_back_link", row)
        return not AnswerLink.objects.filter(pk=row.pk, used_at__isnull=False).exists()


def standing_of(row: AnswerLink, now: datetime) -> Standing:
    if row.used_at is not None:
        return Standing.USED
    if row.taken_back_at is not None:
        return Standing.TAKEN_BACK
    if row.expires_at <= now:
        return Standing.EXPIRED
    return Standing.OPENED if row.opened_at is not None else Standing.MADE


def id_of(token: str) -> UUID:
    """By which its pages are addressed. Whoever has this has nothing."""
    return UUID(bytes=_hash(b"address", token)[:16], version=4)


def open_link(token: str, in_quiet_time: Callable[[Child], bool] = lambda _child: False) -> str:
    """The secret of the browser that opens it first; empty for every other, whatever is wrong. Only the trace knows."""
    row = AnswerLink.objects.select_related("child").filter(pk=id_of(token)).first()
    if row is None or not hmac.compare_digest(bytes(row.token_hash), _hash(b"token", token)):
        record_refusal(Nobody(), "refuse_link", "answer_link", "", "unknown")
        return ""
    standing = standing_of(row, timezone.now())
    wrong = str(standing) if standing is not Standing.MADE else _wrong_now(row, in_quiet_time)
    if wrong:
        if standing is not Standing.OPENED:  # opened: the browser that did has a secret, and shows it next
            _refuse(row, wrong)
        return ""
    secret = secrets.token_urlsafe(32)
    first = AnswerLink.objects.filter(pk=row.pk, browser_hash=b"", used_at=None, taken_back_at=None)
    with transaction.atomic():
        if not first.update(browser_hash=_hash(b"browser", secret), opened_at=timezone.now()):
            return ""  # another browser was as fast
        _record(_bearer(row), "open_link", row)
    return secret


def opened_link(link_id: UUID, secret: str, *, to_send: bool = False) -> AnswerLink:
    """The link behind a page, for its own browser. NotVisible, the same for all, where anything is wrong."""
    row = AnswerLink.objects.select_related("child", "form_version").filter(pk=link_id).first()
    if row is None:
        record_refusal(Nobody(), "refuse_link", "answer_link", "", "unknown")
        raise NotVisible("link")
    if not is_its_browser(row, secret):
        _refuse(row, "browser")
        raise NotVisible("link")
    now = timezone.now()
    standing = standing_of(row, now)
    late = to_send and standing is Standing.EXPIRED and now < row.expires_at + TO_FINISH
    if standing is not Standing.OPENED and not late:
        _refuse(row, standing)
        raise NotVisible("link")
    if not to_send and not _may_be_asked(row.child):
        _refuse(row, "said_no")
        raise NotVisible("link")
    return row


def is_sender(link_id: UUID, secret: str) -> bool:
    """Before anything of a body is read: nobody else's is."""
    row = AnswerLink.objects.filter(pk=link_id).first()
    if row is not None and is_its_browser(row, secret):
        return True
    if row is not None:
        _refuse(row, "browser")
    else:
        record_refusal(Nobody(), "refuse_link", "answer_link", "", "unknown")
    return False


def is_its_browser(row: AnswerLink, secret: str) -> bool:
    given = _hash(b"browser", secret)
    return hmac.compare_digest(bytes(row.browser_hash), given) and bool(secret)


def forget_links() -> int:
    """Daily. What was sent with one is an interview and stays."""
    ended = AnswerLink.objects.filter(expires_at__lt=timezone.now() - KEPT)
    return ended.delete()[0]


def forget_links_of(child_id: UUID) -> int:
    """In the caller's transaction, with the child."""
    return AnswerLink.objects.filter(child_id=child_id).delete()[0]


def record_use(row: AnswerLink) -> None:
    """In the transaction in which it is used up."""
    _record(_bearer(row), "use_link", row)


def _wrong_now(row: AnswerLink, in_quiet_time: Callable[[Child], bool]) -> str:
    """Before anything is answered, so that nothing is lost."""
    if not _may_be_asked(row.child):
        return "said_no"
    if child_within_reach(row) is None:
        return "maker"
    return "quiet" if in_quiet_time(row.child) else ""


def _may_be_asked(child: Child) -> bool:
    try:
        refuse_asking(child)
    except ProblemError:
        return False
    return True


def _visible_to(actor: Actor) -> QuerySet[AnswerLink]:
    return AnswerLink.objects.filter(about_children_visible_to(actor, FILL))


def _hash(purpose: bytes, secret: str) -> bytes:
    """Random and long, so that a plain hash tells nobody anything."""
    return hashlib.sha256(b"homeward link\0" + purpose + b"\0" + secret.encode()).digest()


def _person(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise NotVisible("person")
    return actor.person_id


def _bearer(row: AnswerLink) -> Nobody:
    """Whoever has the link, of whom nobody knows who it is."""
    return Nobody(organisation_id=row.organisation_id)


def _record(who: Actor | Nobody, verb: str, row: AnswerLink, **detail: str | int) -> None:
    place, child = row.organisation_id, row.child_id
    record(who, verb, "answer_link", row.pk, organisation_id=place, child_id=child, detail=detail)


def _refuse(row: AnswerLink, code: str) -> None:
    record_refusal(_bearer(row), "refuse_link", "answer_link", row.pk, str(code))


def _wrong(field: str, message: str) -> Problem:
    return Problem("link.wrong", message, "Choose one of those that are offered.", Where(field=field))


def _too_many() -> Problem:
    return Problem(
        "link.too_many",
        "There are many open links for this child already.",
        "Take back those that nobody needs any more.",
        status=409,
    )
