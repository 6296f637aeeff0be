"""Looks at children, written down before anything is shown: one row for each page of a record, list or search."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor
from homeward.apps.access.volume import count_record, look_at_record
from homeward.apps.audit.queries import looked
from homeward.apps.audit.services import record, record_look
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import (
    PAGE_SIZE,
    CaseloadRow,
    ChildDetail,
    ChildFilter,
    ChildPage,
    caseload_row,
    find_child,
    find_row,
    list_children,
)
from homeward.domain.codes import is_valid_code, normalise_code

SEE, SEARCH, BEGIN = "children.see", "search_children", "interviews.fill"
ONE_BEGINNING = timedelta(minutes=10)  # between what a page loads, however slow the network
NOWHERE = UUID(int=0)


def open_child(actor: Actor, key: UUID | str, part: str, *, counts: bool = True) -> ChildDetail:
    """`part` of the record: overview, interviews, people ... It `counts` among the records that somebody opens in a
    day, but not where something is passed on or said of oneself: no limit may stand before that.
    """
    child = find_child(actor, key)
    place = child.organisation_id
    if counts:
        count_record(actor, child.row.id, place)
    record_look(actor, SEE, "child", child.row.id, organisation_id=place, detail={"part": part})
    return child


def open_caseload_row(actor: Actor, child_id: UUID, *, again: bool = False) -> CaseloadRow:
    """What an interview shows of the child it is about: code, initials, age group. The same page shows it `again` in
    the list of its form: that is one beginning and one look, unless there was none lately.
    """
    child = find_row(actor, child_id)
    if not (again and _begun_lately(actor, child)):
        look_at_record(actor, BEGIN, child.pk, child.organisation_id)
    return caseload_row(child, actor.today())


def _begun_lately(actor: Actor, child: Child) -> bool:
    return looked(actor, BEGIN, "child", str(child.pk), since=timezone.now() - ONE_BEGINNING)


def look_at_children(
    actor: Actor, wanted: ChildFilter | None = None, page: int = 1, size: int = PAGE_SIZE
) -> ChildPage:
    """A page of the list. What was searched for is kept as a keyed hash: the same search is known again, not read."""
    found = list_children(actor, wanted, page, size)
    text = wanted.text.strip() if wanted else ""
    detail: dict[str, str | int] = {"page": found.page, "rows": len(found.rows)}
    if text:
        detail["text"] = vault.keyed_hash("search", actor.organisation_id or NOWHERE, text.casefold()).hex()[:32]
    record_look(actor, SEARCH if text else SEE, "children", detail=detail)
    return found


def record_refused_page(actor: Actor, page: str, named: Mapping[str, Any], status: int) -> None:
    """A page that was refused or hidden. Of what the address named only ids and codes that are well formed are kept,
    for anybody may type a name there. A look that was aimed at a child belongs to that child's record, whoever it was.
    """
    ids = [(name.removesuffix("_id"), value) for name, value in named.items() if isinstance(value, UUID)]
    kind, key = ids[0] if ids else ("page", "")
    child = _whose(str(named["code"])) if "code" in named else None
    if child is not None:
        kind, key = "child", child
    record(actor, "open_page", kind, key, allowed=False, detail={"page": page, "status": status})


def _whose(code: str) -> UUID | None:
    code = normalise_code(code)
    if not is_valid_code(code):
        return None
    return Child.objects.filter(code=code).values_list("pk", flat=True).first()
