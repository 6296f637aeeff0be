"""A mail in the morning that says nothing but that something is there. Only to people who asked for it."""

from __future__ import annotations

import logging
from datetime import date
from email.utils import parseaddr
from smtplib import SMTPException
from uuid import uuid5
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from homeward.apps.access.actors import Actor, actor_of_person, permit
from homeward.apps.access.models import Person
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child, ConsentEntry
from homeward.apps.visits.clock_models import Reminder, Wish
from homeward.apps.visits.due import due_list
from homeward.apps.visits.today import children_to_see
from homeward.domain.consent import MONITORING, SERVICE, Reply
from homeward.domain.protocol import State

logger = logging.getLogger("homeward")
MORNING = 6  # o'clock, where the person is
COUNTED = (State.DUE, State.TOLERATED, State.LATE)


def remindable(children: QuerySet[Child]) -> QuerySet[Child]:
    """The gate: of whom a reminder may be sent at all. Every child that a reminder counts has come through here:
    somebody has agreed to help or to interviews, and nobody who decides has said no to either, or taken it back.
    """
    agreed = ConsentEntry.objects.filter(child=OuterRef("pk"), answer=Reply.AGREES, purpose__in=(SERVICE, MONITORING))
    return children.filter(said_no="").filter(Exists(agreed))


def wish_for_mail(actor: Actor, wanted: bool) -> None:
    permit(actor, "interviews.fill").require()
    if actor.person_id is None:
        raise NotVisible("person")
    with transaction.atomic():
        Wish.objects.filter(person=actor.person_id).delete()
        if wanted:
            Wish.objects.create(person_id=actor.person_id, made_at=timezone.now())
        record(actor, "wish_for_mail", "person", actor.person_id)


def wishes_mail(actor: Actor) -> bool:
    return Wish.objects.filter(person__in=[actor.person_id]).exists()


def remind() -> int:
    """Every hour; each person once a day, in the morning. How many mails went."""
    if not settings.HOMEWARD_MAIL:
        return 0
    return sum(_reminded(wish.person) for wish in Wish.objects.select_related("person").filter(person__is_active=True))


def _reminded(person: Person) -> bool:
    now = timezone.now().astimezone(ZoneInfo(person.time_zone or "UTC"))
    if now.hour < MORNING or Reminder.objects.filter(person=person, day=now.date()).exists():
        return False
    return _something_for(actor_of_person(person)) and _sent(person, now.date())


def _something_for(actor: Actor) -> bool:
    if not permit(actor, "interviews.fill"):
        return False
    return any(each.state in COUNTED for each in due_list(remindable(children_to_see(actor))))


def _sent(person: Person, day: date) -> bool:
    """The row comes first: of two workers at once one sends."""
    try:
        with transaction.atomic():
            row = Reminder.objects.create(person=person, day=day)
    except IntegrityError:
        return False
    try:
        sent = get_connection().send_messages([message_for(row, person)]) or 0
    except (OSError, SMTPException) as error:
        logger.error("a reminder was not sent: %s", type(error).__name__)
        row.delete()
        return False
    Reminder.objects.filter(pk=row.pk).update(sent_at=timezone.now())
    return bool(sent)


def message_for(row: Reminder, person: Person) -> EmailMessage:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    with translation.override(person.language):
        return EmailMessage(
            _("There is something for you today"),
            _("There is something for you today. Please sign in."),
            settings.DEFAULT_FROM_EMAIL,
            [person.email],
            headers={"Message-ID": f"<{uuid5(row.pk, str(person.pk))}@{host}>"},
        )
