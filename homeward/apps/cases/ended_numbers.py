"""Numbers of other case systems whose child has ended or was erased here. Such a system goes on listing the child for
years, and the next caseload would bring it back under a new code. What is kept is a keyed hash of a keyed hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from homeward.apps.access.vault import keyed_hash
from homeward.apps.cases.models import Child, EndedNumber
from homeward.domain.problems import Problem, ProblemError, Where

AT_ONCE = 500


def leave_number(child: Child) -> None:
    """In the caller's transaction, before the number's hash goes."""
    if child.external_id_hash:
        stone = _stone(child.organisation_id, bytes(child.external_id_hash))
        EndedNumber.objects.get_or_create(pk=stone)


def ended_among(organisation_id: UUID, hashes: Iterable[bytes]) -> set[bytes]:
    stones = {_stone(organisation_id, each): each for each in hashes}
    wanted, found = list(stones), set[bytes]()
    for start in range(0, len(wanted), AT_ONCE):
        some = EndedNumber.objects.filter(pk__in=wanted[start : start + AT_ONCE])
        found |= {stones[key] for key in some.values_list("pk", flat=True)}
    return found


def refuse_ended_number(organisation_id: UUID, external_id_hash: bytes | memoryview | None) -> None:
    if external_id_hash and ended_among(organisation_id, [bytes(external_id_hash)]):
        raise ProblemError(number_ended())


def number_ended() -> Problem:
    return Problem(
        "child.number_ended",
        "The record of the child with this number was ended or erased here.",
        "Leave it out. If the child comes back into the programme, register it anew, without this number.",
        Where(field="external_id"),
        status=409,
    )


def _stone(organisation_id: UUID, external_id_hash: bytes) -> UUID:
    return UUID(bytes=keyed_hash("ended_number", organisation_id, external_id_hash.hex())[:16])
