"""After the rule has changed by which names are marked: the marks of names that are on record already, made anew.

A background job, since it needs the names, which open only while the house is open. Until it has come to a child, that
child is found as before. What is marked by the rule of today is not touched, so that run again it has nothing to do.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from homeward.apps.access.actors import system_actor
from homeward.apps.access.models import Organisation
from homeward.apps.access.vault import prefetch
from homeward.apps.audit.services import record
from homeward.apps.cases.finding import names_opened
from homeward.apps.cases.models import Child, NameMark
from homeward.apps.cases.names import SPELLING, bits_for, mark_names
from homeward.apps.cases.sealing import other_names_by_child

PORTION = 500


def mark_again() -> None:
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        bits, marked = bits_for(Child.objects.filter(organisation_id=organisation_id).count()), 0
        while number := _portion(organisation_id, bits):
            marked += number
        if marked:
            who, detail = system_actor(organisation_id), {"children": marked}
            record(who, "mark_again", "organisation", organisation_id, organisation_id=organisation_id, detail=detail)


def _portion(organisation_id: UUID, bits: int) -> int:
    """Of these nobody changes the name meanwhile. A name that has ended leaves no marks."""
    earlier = NameMark.objects.filter(organisation_id=organisation_id, mark__lt=SPELLING << 20)
    with transaction.atomic():
        keys = list(earlier.order_by().values_list("child_id", flat=True).distinct()[:PORTION])
        children = list(Child.objects.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",)))
        prefetch(keys)
        others = other_names_by_child(keys)
        for child in children:
            mark_names(child, names_opened(child, others.get(child.pk, ())), bits)
    return len(keys)
