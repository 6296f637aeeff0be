"""The key to which our own clients seal finished interviews. The server opens them; nobody on the way does.

The private half lies in the key store under the key that wraps all others, and the public half beside it, in clear, so
that it is there while the server is locked: whoever can write the tables of the data puts no other in its place. After
a rotation clients may still hold what was sealed to the old key: it stays until it has long not been used.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from homeward.apps.access.keys import store
from homeward.apps.access.keys.models import DataKey
from homeward.apps.access.models import IntakeKey
from homeward.domain import transport
from homeward.domain.privacy import KeyKind
from homeward.domain.problems import Problem, ProblemError
from homeward.domain.transport import Kind

logger = logging.getLogger("homeward")
CURVE = ec.SECP256R1()
POINT = (Encoding.X962, PublicFormat.UncompressedPoint)
UNUSED_FOR = timedelta(days=180)
USED_EVERY = timedelta(days=1)


def public_key() -> bytes:
    """For our clients: taken from the private half, so that nobody who can write a table puts another in its place."""
    return _public_of(_usable().pk)


def ready_for_lock() -> None:
    """There is a key, and its public half stands in the key store as the private one says. Whatever else stands there
    somebody has put there: it goes, and the log says so.
    """
    key = _usable()
    public, there = _public_of(key.pk), _stored().filter(owner_id=key.pk)
    for found in there.values_list("public", flat=True):
        if bytes(found) != public:
            if found:
                logger.error("the public half of the intake key was another's; what came while locked may be lost")
            there.update(public=public)


def public_while_locked() -> bytes | None:
    """Of the newest key, from the key store alone: it does not depend on what the tables of the data say."""
    found = _stored().exclude(public=b"").order_by("-created_at").values_list("public", flat=True).first()
    return bytes(found) if found is not None else None


def current_key() -> IntakeKey | None:
    return IntakeKey.objects.filter(current=True).first()


def _usable() -> IntakeKey:
    """The current one. After a restore its private half may lie in a later copy of the key store alone: then clients
    are given a new one, and what was sealed to that one waits for the copy.
    """
    key = current_key()
    if key is None:
        return _make()
    if (KeyKind.INTAKE, 1) in store.keys_of(key.pk).raw:
        return key
    logger.error("the private half of the current intake key is not in this key store: a new key was made")
    return _make(instead=True)


def _public_of(key_id: UUID) -> bytes:
    return _private(key_id).public_key().public_bytes(*POINT)


def _stored() -> QuerySet[DataKey]:
    return store.rows().filter(kind=KeyKind.INTAKE, destroyed_at=None)


def rotate() -> IntakeKey:
    """From now on clients are given a new one, when they next fetch it."""
    return _make(instead=True)


def drop_unused() -> int:
    """Keys of before, to which nobody has sent anything for half a year: what were sealed to them is lost for good."""
    long_ago = timezone.now() - UNUSED_FOR
    old = IntakeKey.objects.filter(Q(used_at=None) | Q(used_at__lt=long_ago), current=False, retired_at__lt=long_ago)
    keys = list(old.values_list("pk", flat=True))
    store.rows().filter(owner_id__in=keys, kind=KeyKind.INTAKE).delete()
    store.forget_everywhere(keys)
    IntakeKey.objects.filter(pk__in=keys).delete()
    return len(keys)


def _make(*, instead: bool = False) -> IntakeKey:
    """The private half is on the disk before anybody learns of the public one. Of two at once, one's is taken."""
    made, now = ec.generate_private_key(CURVE), timezone.now()
    number = made.private_numbers().private_value.to_bytes(32, "big")
    public = made.public_key().public_bytes(*POINT)
    row = IntakeKey(id=uuid4(), public=public, name=name_of(public), created_at=now)
    store.keep([(row.pk, KeyKind.INTAKE, number)], public=public)
    try:
        with transaction.atomic():
            if instead:
                IntakeKey.objects.filter(current=True).update(current=False, retired_at=now)
            row.save(force_insert=True)
    except IntegrityError:
        store.rows().filter(owner_id=row.pk, kind=KeyKind.INTAKE).delete()
        return IntakeKey.objects.get(current=True)
    return row


def seal(content: bytes, kind: Kind, delivery: UUID, public: bytes) -> bytes:
    """As our clients do; here for what a phone of another kind sends while the server is locked."""
    own = ec.generate_private_key(CURVE)
    start = transport.start_of(kind, delivery, name_of(public), own.public_key().public_bytes(*POINT))
    key = _derived(own, ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public), public, start)
    return start + AESGCM(key).encrypt(bytes(12), transport.padded(content, kind), start)


def open_sealed(blob: bytes, kind: Kind) -> bytes:
    """ProblemError where it does not open; LockedError where this process has no key."""
    header = transport.header_of(blob, kind)
    row = IntakeKey.objects.filter(name=header.key_name).first() or _adopted(header.key_name)
    if row is None:
        raise ProblemError(_other_key())
    start = blob[: transport.START]
    private = _private(row.pk)
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, header.made)
        key = _derived(private, theirs, private.public_key().public_bytes(*POINT), start)
        whole = AESGCM(key).decrypt(bytes(12), blob[transport.START :], start)
    except (InvalidTag, ValueError) as error:
        raise ProblemError(_damaged()) from error
    _used(row)
    return transport.unpadded(whole)


def _adopted(name: bytes) -> IntakeKey | None:
    """After a restore of data from before this key was made: the key store has it, and clients have sealed to it."""
    for key_id in _stored().values_list("owner_id", flat=True):
        public = _public_of(key_id)
        if name_of(public) == name:
            now = timezone.now()
            values = {"public": public, "name": name, "current": False, "created_at": now, "retired_at": now}
            return IntakeKey.objects.get_or_create(pk=key_id, defaults=values)[0]
    return None


def _private(key_id: UUID) -> ec.EllipticCurvePrivateKey:
    number = store.keys_of(key_id).raw.get((KeyKind.INTAKE, 1))
    if number is None:
        raise ProblemError(_other_key())
    return ec.derive_private_key(int.from_bytes(number, "big"), CURVE)


def _derived(own: ec.EllipticCurvePrivateKey, theirs: ec.EllipticCurvePublicKey, public: bytes, start: bytes) -> bytes:
    """Of one envelope and never of another, since one of the two keys was made for it: so its nonce may be nothing."""
    shared = own.exchange(ec.ECDH(), theirs)
    made = start[transport.START - transport.KEY_LENGTH :]
    return HKDF(hashes.SHA256(), 32, made + public, transport.INFO + start[: transport.HEADER]).derive(shared)


def name_of(public: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public)
    return digest.finalize()[: transport.NAME]


def _used(row: IntakeKey) -> None:
    now = timezone.now()
    if row.used_at is None or now - row.used_at > USED_EVERY:
        IntakeKey.objects.filter(pk=row.pk).update(used_at=now)


def _other_key() -> Problem:
    return Problem(
        "transport.other_key",
        "The interview was sealed to a key that is not here.",
        "Tell whoever runs the server. Delete nothing on the device.",
        status=409,
    )


def _damaged() -> Problem:
    return Problem(
        "transport.damaged",
        "The sealed interview does not open: it is damaged.",
        "Send it again. If it fails again, tell whoever runs the server.",
    )
