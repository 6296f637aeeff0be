"""The key to which our own clients seal finished interviews. The server opens them; nobody on the way does.

The private half lies in the key store under the key that wraps all others, the public half with the data, so that it
is there while the server is locked. After a rotation clients may still hold what was sealed to the old key: it stays
until it has long not been used.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from homeward.apps.access.keys import store
from homeward.apps.access.models import IntakeKey
from homeward.domain import transport
from homeward.domain.privacy import KeyKind
from homeward.domain.problems import Problem, ProblemError
from homeward.domain.transport import Kind

CURVE = ec.SECP256R1()
POINT = (Encoding.X962, PublicFormat.UncompressedPoint)
UNUSED_FOR = timedelta(days=180)
USED_EVERY = timedelta(days=1)


def public_key() -> bytes:
    """For our clients: taken from the private half, so that nobody who can write a table puts another in its place."""
    key = current_key() or _make()
    return _private(key.pk).public_key().public_bytes(*POINT)


def current_key() -> IntakeKey | None:
    return IntakeKey.objects.filter(current=True).first()


def rotate() -> IntakeKey:
    """From now on clients are given a new one, when they next fetch it."""
    return _make(instead=True)


def drop_unused() -> int:
    """Keys of before, to which nobody has sent anything for half a year: what were sealed to them is lost for good."""
    long_ago = timezone.now() - UNUSED_FOR
    old = IntakeKey.objects.filter(Q(used_at=None) | Q(used_at__lt=long_ago), current=False, retired_at__lt=long_ago)
    keys = list(old.values_list("pk", flat=True))
    store.rows().filter(owner_id__in=keys, kind=KeyKind.INTAKE).delete()
    store.forget(keys)
    IntakeKey.objects.filter(pk__in=keys).delete()
    return len(keys)


def _make(*, instead: bool = False) -> IntakeKey:
    """The private half is on the disk before anybody learns of the public one. Of two at once, one's is taken."""
    made, now = ec.generate_private_key(CURVE), timezone.now()
    number = made.private_numbers().private_value.to_bytes(32, "big")
    public = made.public_key().public_bytes(*POINT)
    row = IntakeKey(id=uuid4(), public=public, name=name_of(public), created_at=now)
    store.keep([(row.pk, KeyKind.INTAKE, number)])
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
    row = IntakeKey.objects.filter(name=header.key_name).first()
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
