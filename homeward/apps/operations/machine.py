"""The machine below: room on its disks, its clock, the end of its certificate."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.db import connections
from django.utils import timezone

from homeward.apps.audit.models import Event
from homeward.apps.operations.databases import database_files, database_size
from homeward.apps.operations.findings import Finding, alarm, gigabytes, moment, warning, well

RESERVE = 1_000_000_000  # bytes, beside two copies of the database
LAST = 256_000_000  # with less a commit may fail
FEWEST_NAMES = 1_000  # of files that can still be made
OFF, FAR_OFF = 5.0, 60.0  # seconds between two clocks
JUMP = 30.0  # seconds that the clock was moved while the machine ran
SHOWN_FOR = timedelta(days=1)
SOON, NOW = timedelta(days=21), timedelta(days=7)
BOOT = Path("/proc/sys/kernel/random/boot_id")


def disk_findings() -> Iterator[Finding]:
    """One a disk: beside what lies there, room for a backup in the making and for an upgrade tried on a copy."""
    size = database_size()
    needed = 2 * size + RESERVE
    for place in _places():
        free = shutil.disk_usage(place).free
        names = os.statvfs(place)
        said = {"free": gigabytes(free), "needed": gigabytes(needed), "place": str(place)}
        if free < size + LAST or (names.f_files and names.f_favail < FEWEST_NAMES):
            yield alarm(
                "disk",
                "{free} are free on the disk of {place}, and {needed} are needed. When it is full, nothing more is "
                "taken in: phones keep their interviews and try again.",
                "Make room today: move old backups away, or give the server a larger disk. Delete nothing in the data "
                "folder.",
                **said,
            )
        elif free < needed:
            yield warning(
                "disk",
                "{free} are free on the disk of {place}, and {needed} are needed for a backup and an upgrade.",
                "Make room this week, before a backup fails.",
                **said,
            )
        else:
            yield well("disk", "{free} are free on the disk of {place}; {needed} are needed.", **said)


def _places() -> list[Path]:
    wanted = [settings.HOMEWARD_DATA, settings.HOMEWARD_KEY_BACKUPS, *(path.parent for path in database_files())]
    disks = {os.stat(path).st_dev: path for path in reversed(wanted) if path.exists()}
    return list(disks.values())


def certificate_findings() -> Iterator[Finding]:
    path = settings.HOMEWARD_CERTIFICATE
    if path is None:
        return
    try:
        ends = min(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(path.read_bytes())[:1])
    except (OSError, ValueError) as error:
        message = "The certificate cannot be read, so nobody is told when it ends ({reason})."
        yield warning("certificate", message, "Correct HOMEWARD_CERTIFICATE.", reason=type(error).__name__)
        return
    left = ends - timezone.now()
    if left > SOON:
        yield well("certificate", "The certificate holds until {day}.", day=f"{ends:%Y-%m-%d}")
        return
    message = "The certificate ends on {day}. After that no browser and no phone reaches the server."
    action = "Renew it now, and find out why that did not happen by itself."
    make = alarm if left < NOW else warning
    yield make("certificate", message, action, day=f"{ends:%Y-%m-%d}")


def clock_findings() -> Iterator[Finding]:
    found = [*_beside_database(), *_in_the_future(), *_jumped()]
    yield from found or [well("clock", "The clock agrees with the database and with the files.")]


def _beside_database() -> Iterator[Finding]:
    connection = connections["default"]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        apart = abs((cursor.fetchone()[0] - datetime.now(UTC)).total_seconds())
    if apart > OFF:
        message = "The clocks of server and database are {seconds} seconds apart. Deadlines and sign-in depend on them."
        action = "Let both machines take their time from the same source."
        yield (alarm if apart > FAR_OFF else warning)("clock", message, action, seconds=round(apart))


def _in_the_future() -> Iterator[Finding]:
    """Somebody or something has put the clock back: what is written down already is later than now."""
    now = timezone.now()
    newest = Event.objects.order_by("-id").values_list("at", flat=True).first()
    times = [path.stat().st_mtime for path in database_files()]
    written = [*([newest] if newest else []), *(datetime.fromtimestamp(each, UTC) for each in times)]
    ahead = max((each - now for each in written), default=timedelta())
    if ahead > timedelta(seconds=FAR_OFF):
        yield alarm(
            "clock",
            "The clock was put back: something was written {minutes} minutes after what the clock says now.",
            "Set the clock right. Until then deadlines run out late and sign-in codes may be refused.",
            minutes=max(1, round(ahead.total_seconds() / 60)),
        )


def _jumped() -> Iterator[Finding]:
    known = _known()
    if not known.get("jumped_at"):
        return
    at = datetime.fromisoformat(known["jumped_at"])
    if abs(timezone.now() - at) < SHOWN_FOR:
        yield warning(
            "clock",
            "The clock was moved by {seconds} seconds at {at}, while the machine was running.",
            "Find out who or what moved it. Deadlines that fell into the gap are worth a second look.",
            seconds=round(float(known["by"])),
            at=moment(at),
        )


def watch_clock() -> None:
    """A job: how far the clock stands from the count of seconds since the machine was started. That count cannot be
    set, so a change means that the clock was.
    """
    known, boot = _known(), _boot()
    offset = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    noted = {"boot": boot, "offset": offset, "jumped_at": known.get("jumped_at", ""), "by": known.get("by", 0)}
    if known.get("boot") == boot and abs(offset - float(known["offset"])) > JUMP:
        noted |= {"jumped_at": timezone.now().isoformat(), "by": offset - float(known["offset"])}
    draft = _file().with_suffix(".part")
    draft.write_text(json.dumps(noted), encoding="ascii")
    draft.replace(_file())


def _known() -> dict[str, str]:
    with suppress(OSError, ValueError):
        found: dict[str, str] = json.loads(_file().read_text(encoding="ascii"))
        return found
    return {}


def _file() -> Path:
    return Path(settings.HOMEWARD_DATA) / "clock.json"


def _boot() -> str:
    with suppress(OSError):
        return BOOT.read_text(encoding="ascii").strip()
    return ""
