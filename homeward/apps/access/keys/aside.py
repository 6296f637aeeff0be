"""Key stores that a restore put aside when another one took their place. They hold keys as any copy does, so whoever
waits for copies of a destroyed key to go waits for these too.

On SQLite a file beside the key store, `NAME.before-TIME`; on PostgreSQL a database of the same server,
`NAME_before_TIME`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import DatabaseError, connections

from homeward.apps.access.keys.custody import KEYS
from homeward.formats.on_disk import sync_file, sync_folder

TIME = "%Y%m%dT%H%M%SZ"
AT_ONCE = 1 << 20
LONGEST = 40  # letters that a database keeps of its name when it is put aside


@dataclass(frozen=True, slots=True)
class Aside:
    """`made_at`: when it was put aside; it knows no key that was made later."""

    place: str  # a file, or the name of a database
    made_at: datetime
    is_file: bool


def put_aside() -> list[Aside]:
    connection = connections[KEYS]
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "postgresql":
        return _files(Path(name))
    start = f"{name[:LONGEST]}_before_"
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE left(datname, %s) = %s", [len(start), start])
        names = [str(row[0]) for row in cursor.fetchall()]
    return [Aside(each, made, is_file=False) for each in names if (made := _moment(each.removeprefix(start)))]


def destroy_aside(each: Aside) -> bool:
    """Overwritten before it goes, as far as the disk lets a program do that. False where it is still there."""
    if each.is_file:
        _overwrite(Path(each.place))
        return True
    connection = connections[KEYS]
    if connection.in_atomic_block:
        return False
    with suppress(DatabaseError), connection.cursor() as cursor:  # somebody looks at it, or the role may not
        cursor.execute(f'DROP DATABASE IF EXISTS "{each.place}"')
        return True
    return False


def _files(path: Path) -> list[Aside]:
    if not path.is_absolute() or not path.parent.is_dir():
        return []  # in memory
    found = sorted(path.parent.glob(f"{path.name}.before-*"))
    moments = ((each, _moment(each.name.removeprefix(f"{path.name}.before-"))) for each in found)
    return [Aside(str(each), made, is_file=True) for each, made in moments if made is not None]


def _overwrite(path: Path) -> None:
    """A restore that broke off may have left it as a second name of the key store in use: then the name alone goes."""
    if path.stat().st_nlink == 1:
        _write_zeros(path)
    path.unlink()
    sync_folder(path.parent)


def _write_zeros(path: Path) -> None:
    with path.open("r+b") as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(bytes(min(left, AT_ONCE)))
        sync_file(file)


def _moment(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(text, TIME).replace(tzinfo=UTC)
    return None
