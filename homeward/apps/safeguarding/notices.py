"""Mail that says nothing: no name, no code, no topic, no organisation. It may come twice, with the same id."""

from __future__ import annotations

import logging
from datetime import datetime
from email.utils import parseaddr
from smtplib import SMTPException
from uuid import UUID, uuid5

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from homeward.apps.access.actors import system_actor
from homeward.apps.access.models import Conflict, Person
from homeward.apps.safeguarding.models import Group, Notice
from homeward.apps.safeguarding.rules import clock_rules
from homeward.apps.safeguarding.scope import holders, people_of
from homeward.domain.escalations import rule_for

logger = logging.getLogger("homeward")
AT_ONCE = 200


def send_notices() -> int:
    """Whatever is due and not yet sent; what fails stays due. Run by the worker and again by the sweep."""
    done = 0
    for notice in Notice.objects.filter(sent_at=None).select_related("escalation").order_by("created_at")[:AT_ONCE]:
        try:
            mails = _send(notice)
        except (OSError, SMTPException) as error:
            logger.error("a notice was not sent: %s", type(error).__name__)
            Notice.objects.filter(pk=notice.pk).update(attempts=F("attempts") + 1)
            continue
        done += _sent(notice, mails, timezone.now())
    return done


def _sent(notice: Notice, mails: int, now: datetime) -> int:
    changes = {"sent_at": now, "mails": mails, "attempts": F("attempts") + 1}
    return Notice.objects.filter(pk=notice.pk, sent_at=None).update(**changes)


def _send(notice: Notice) -> int:
    if not settings.HOMEWARD_MAIL:
        return 0  # the page says it
    messages = [message_for(notice.pk, person) for person in _people(notice)]
    return get_connection().send_messages(messages) or 0 if messages else 0


def _people(notice: Notice) -> QuerySet[Person]:
    """Whoever has a conflict of interest is told of nothing."""
    tied = Conflict.objects.filter(child_id__in=[notice.escalation.child_id], ended_at=None).values("person_id")
    return _line(notice).exclude(pk__in=tied)


def _line(notice: Notice) -> QuerySet[Person]:
    """The first line is whoever receives; the second by the rule of the country. Reports about staff stay in theirs."""
    about = notice.escalation
    actor = system_actor(about.organisation_id)
    if notice.line == 1 or about.group == Group.STAFF:
        return people_of(about.organisation_id, about.group, actor)
    rule = rule_for(clock_rules(), about.rule, about.severity)
    return holders(about.organisation_id, [rule.second_line], actor)


def message_for(notice_id: UUID, person: Person) -> EmailMessage:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    with translation.override(person.language):
        return EmailMessage(
            _("Something waits for you in the system"),
            _("Something waits for you in the system. Sign in as you always do to look at it."),
            settings.DEFAULT_FROM_EMAIL,
            [person.email],
            headers={"Message-ID": f"<{uuid5(notice_id, str(person.pk))}@{host}>"},
        )
