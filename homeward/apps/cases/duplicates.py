"""Records that may be of one child: found by the marks that they share, compared by opened names and what else is
recorded, shown by code with the reasons. What somebody has looked at and found to be two children is not shown again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain, combinations, islice, product
from operator import or_
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.vault import prefetch
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record, record_look
from homeward.apps.cases.deciding import require_for
from homeward.apps.cases.matching import traits_of
from homeward.apps.cases.models import Child, NameMark, NotSame, Sex, Status
from homeward.apps.cases.names import KINDS, SOUND, spelt_alike
from homeward.apps.cases.queries import ChildRow, child_row
from homeward.apps.cases.saying_same import said_among, settle
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.sealing import other_names_by_child
from homeward.domain.likeness import Likeness, likeness

SEE, MERGE = "duplicates.see", "children.merge"
MOST_PAIRS, MOST_OPENED, MOST_SHOWN = 5_000, 2_000, 50
SOUNDS = reduce(or_, (Q(mark__range=(kind << 20, (kind + 1 << 20) - 1)) for kind in range(SOUND, 0, -KINDS)))


@dataclass(frozen=True, slots=True)
class Pair:
    one: ChildRow
    other: ChildRow
    verdict: str
    reasons: tuple[str, ...]
    may_merge: bool
    said_by: str = ""  # who works with one of them and says so


@dataclass(frozen=True, slots=True)
class Duplicates:
    pairs: tuple[Pair, ...]
    whole: bool  # else there were too many children to compare them all


def find_duplicates(actor: Actor) -> Duplicates:
    """The likeliest first. Of a team for its supervisor, of the organisation for a focal point."""
    place = guard(actor, SEE)
    record_look(actor, SEE, "organisation", place, organisation_id=place)
    reach = children_visible_to(actor, SEE).filter(identity_ended_on=None).exclude(status=Status.DUPLICATE)
    sexes = dict(reach.values_list("pk", "sex"))
    pairs = list(islice(_sharing(sexes), MOST_PAIRS + 1))
    said = said_among(set(sexes))
    named = {key for pair in said for key in pair}
    wanted = named | {key for pair in pairs[:MOST_PAIRS] for key in pair}
    opened = sorted(wanted, key=lambda key: (key not in named, key))[:MOST_OPENED]
    prefetch(opened)
    children = Child.objects.select_related("team", "place").in_bulk(opened)
    others = other_names_by_child(opened)
    traits = {key: traits_of(child, others.get(key, ())) for key, child in children.items()}
    known = _told_apart(opened)
    found: list[tuple[Likeness, UUID, UUID]] = []
    for pair in dict.fromkeys((*said, *map(frozenset, pairs[:MOST_PAIRS]))):
        one, other = sorted(pair)
        if one in traits and other in traits and pair not in known:
            alike = likeness(traits[one], traits[other], spelt_alike)
            if alike.verdict or pair in said:
                found.append((alike, one, other))
    found.sort(key=lambda each: (frozenset(each[1:]) not in said, -each[0].weight, children[each[1]].code))
    shown = tuple(
        replace(_pair(actor, children[one], children[other], alike), said_by=said.get(frozenset((one, other)), ""))
        for alike, one, other in found[:MOST_SHOWN]
    )
    return Duplicates(shown, len(pairs) <= MOST_PAIRS and len(wanted) <= MOST_OPENED)


def _pair(actor: Actor, one: Child, other: Child, alike: Likeness) -> Pair:
    first, second = sorted((one, other), key=lambda child: (child.status != Status.OPEN, child.created_at, child.code))
    mergeable = children_visible_to(actor, MERGE).filter(pk__in=(one.pk, other.pk)).count() == 2
    today = actor.today()
    return Pair(child_row(first, today), child_row(second, today), alike.verdict, alike.reasons, mergeable)


def _sharing(sexes: dict[UUID, str]) -> Iterator[tuple[UUID, UUID]]:
    """Pairs that share two marks, or the only one that one of them has, and of which no sex speaks against it: the
    rarest marks first. Sounds of one name may fall on one mark. Marks of an organisation of another size have another
    length; two children are compared by the shorter.
    """
    heard: dict[UUID, set[int]] = {}
    rows = NameMark.objects.filter(SOUNDS, child_id__in=_asked(sexes))
    for key, mark in rows.values_list("child_id", "mark"):
        if key in sexes:
            heard.setdefault(key, set()).add(mark)
    lengths = {key: _bits(next(iter(marks))) for key, marks in heard.items()}
    blocks = [block for bits in sorted(set(lengths.values())) for block in _blocks(heard, lengths, bits)]
    seen: set[frozenset[UUID]] = set()
    for bits, few, many in sorted(blocks, key=lambda block: len(block[1]) * len(block[2])):
        for one, other in product(sorted(few), sorted(many)):
            pair = frozenset((one, other))
            if len(pair) < 2 or pair in seen or bits not in (lengths[one], lengths[other]):
                continue
            if _may_be_one(sexes[one], sexes[other]):
                seen.add(pair)
                yield one, other


def _blocks(
    heard: dict[UUID, set[int]], lengths: dict[UUID, int], bits: int
) -> Iterator[tuple[int, list[UUID], list[UUID]]]:
    """Whom to compare with whom by marks of this length, longer ones being cut to it."""
    of_two: dict[tuple[int, int], tuple[list[UUID], list[UUID]]] = {}
    of_one: dict[int, tuple[list[UUID], list[UUID]]] = {}
    for key, marks in heard.items():
        cut = sorted({_cut(mark, bits) for mark in marks}) if lengths[key] >= bits else []
        for both in combinations(cut, 2):
            few, many = of_two.setdefault(both, ([], []))
            many.append(key)
            if lengths[key] == bits:
                few.append(key)
        for mark in cut:
            few, many = of_one.setdefault(mark, ([], []))
            many.append(key)
            if len(cut) == 1:
                few.append(key)
    yield from ((bits, few, many) for few, many in chain(of_two.values(), of_one.values()))


def _asked(sexes: dict[UUID, str]) -> Any:
    """Few are named one by one; of many all marks are read."""
    few = 900
    return list(sexes) if len(sexes) <= few else Child.objects.values("pk")


def _bits(mark: int) -> int:
    return mark >> 12 & 0xFF


def _cut(mark: int, bits: int) -> int:
    return (mark & 0xFFF) >> _bits(mark) - bits


def _may_be_one(one: str, other: str) -> bool:
    told = {Sex.FEMALE, Sex.MALE}
    return one == other or one not in told or other not in told


def _told_apart(keys: list[UUID]) -> set[frozenset[UUID]]:
    rows = NotSame.objects.filter(Q(child__in=keys) & Q(other_child__in=keys)) if len(keys) <= 400 else NotSame.objects
    return {frozenset(pair) for pair in rows.values_list("child_id", "other_child_id")}


def tell_apart(actor: Actor, code: str, other_code: str) -> None:
    """Somebody has looked: these are two children. Said of both, and kept."""
    one, other = (_to_decide(actor, each, SEE) for each in sorted((code, other_code)))
    if one.pk == other.pk:
        raise NotVisible("child")
    with transaction.atomic():
        settle(one.pk, other.pk)
        known = Q(child=one, other_child=other) | Q(child=other, other_child=one)
        if NotSame.objects.filter(known).exists():
            return
        NotSame.objects.create(child=one, other_child=other, said_by_id=actor.person_id, said_at=timezone.now())
        for each in (one, other):
            record(actor, "tell_apart", "child", each.pk, organisation_id=each.organisation_id)


def _to_decide(actor: Actor, code: str, permission: str) -> Child:
    child = children_visible_to(actor, permission).filter(code=code).first()
    if child is None:
        raise NotVisible("child")
    require_for(actor, permission, child)
    return child
