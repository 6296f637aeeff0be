"""Whatever changes a fact from which something is due says so, in the same transaction: the database does it, so that
no bulk write, no `update()` and no hand at the database can forget it.

A trigger adds a row to one table and reads none. So no writer waits for another one, nothing is looked up while an
interview is taken in, and SQLite can make any of the tables with facts anew. It drops their triggers when it does;
where one is missing nothing that is kept counts (`in_place`), until the job that makes outlooks puts it back (`mend`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

NOTES = "visits_changedfact"
OUTLOOKS = "visits_outlook"


@dataclass(frozen=True, slots=True)
class Watched:
    table: str
    key: str  # column that says whom it is about
    columns: tuple[str, ...]  # only those that matter: the rest changes without a note
    whole: bool = True  # rows that come and go matter too


WATCHED = (
    Watched(
        "surveys_submission",
        "child_id",
        ("child_id", "state", "respondent", "interviewed_on", "received_at", "problems", "form_version_id"),
    ),
    Watched("cases_risklevel", "child_id", ("child_id", "level", "since", "said_at")),
    Watched("visits_pause", "child_id", ("child_id", "since", "until", "said_at")),
    Watched("visits_missed", "child_id", ("child_id", "point", "on_day", "reason", "said_at")),
    Watched("visits_visit", "child_id", ("child_id", "held_on", "child_seen", "caregiver_seen")),
    Watched("visits_contactattempt", "child_id", ("child_id", "on", "outcome")),
    Watched("cases_merge", "into_id", ("into_id", "undone_at")),
    Watched(
        "cases_child",
        "id",
        (
            *("organisation_id", "place_id", "population", "status", "said_no"),
            *("return_date", "age_band", "age_changes_on", "created_at"),
        ),
        whole=False,
    ),
    Watched("communities_place", "id", ("time_zone",), whole=False),
)
CHILD = "cases_child"  # with a child go the notes about it


def triggers(vendor: str) -> list[str]:
    return [*_functions(vendor), *(statement for _name, statement in _all(vendor))]


def removals(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in _names(vendor)]
    return [
        f"DROP FUNCTION IF EXISTS {name}() CASCADE"
        for name in ("outlook_note_child", "outlook_note_into", "outlook_note", "outlook_gone")
    ]


def in_place(connection: BaseDatabaseWrapper) -> bool:
    """Asked of the database, as nothing else knows."""
    if connection.vendor == "sqlite":
        question = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        question = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    with connection.cursor() as cursor:
        cursor.execute(question)
        return _names(connection.vendor) <= {str(row[0]) for row in cursor.fetchall()}


def mend(connection: BaseDatabaseWrapper) -> None:
    """Where a migration has made a table anew: while a trigger was missing, what is kept may have missed a change."""
    if in_place(connection):
        return
    again = (*removals(connection.vendor), *triggers(connection.vendor))
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in (*again, f"DELETE FROM {OUTLOOKS}"):  # noqa: S608 - a name of ours # nosec B608
            cursor.execute(statement)


def _names(vendor: str) -> set[str]:
    return {name for name, _statement in _all(vendor)}


def _all(vendor: str) -> Iterator[tuple[str, str]]:
    make = _sqlite if vendor == "sqlite" else _postgresql
    for each in WATCHED:
        yield from make(each)
    name = f"{CHILD}_outlook_delete"
    if vendor == "sqlite":
        body = f"BEGIN DELETE FROM {NOTES} WHERE about = OLD.id; END"  # noqa: S608 - a name of ours # nosec B608
    else:
        body = "FOR EACH ROW EXECUTE FUNCTION outlook_gone()"
    yield name, f"CREATE TRIGGER {name} AFTER DELETE ON {CHILD} {body}"


def _sqlite(each: Watched) -> Iterator[tuple[str, str]]:
    new, old = (f"INSERT INTO {NOTES} (about) SELECT {row}.{each.key}" for row in ("NEW", "OLD"))
    differ = " OR ".join(f'OLD."{column}" IS NOT NEW."{column}"' for column in each.columns)
    both = f"{new} WHERE NEW.{each.key} IS NOT NULL; {old} WHERE OLD.{each.key} IS NOT NEW.{each.key}"
    both += f" AND OLD.{each.key} IS NOT NULL"
    columns = ", ".join(f'"{column}"' for column in each.columns)
    name = f"{each.table}_outlook"
    yield (
        f"{name}_update",
        f"CREATE TRIGGER {name}_update AFTER UPDATE OF {columns} ON {each.table} WHEN {differ} BEGIN {both}; END",
    )
    if each.whole:
        for act, row, insert in (("insert", "NEW", new), ("delete", "OLD", old)):
            yield (
                f"{each.table}_outlook_{act}",
                f"CREATE TRIGGER {each.table}_outlook_{act} AFTER {act.upper()} ON {each.table}"
                f" WHEN {row}.{each.key} IS NOT NULL BEGIN {insert}; END",
            )


def _postgresql(each: Watched) -> Iterator[tuple[str, str]]:
    function = {"child_id": "outlook_note_child()", "into_id": "outlook_note_into()"}.get(each.key, "outlook_note()")
    differ = " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in each.columns)
    columns = ", ".join(f'"{column}"' for column in each.columns)
    conditions = {"update": (f"UPDATE OF {columns}", differ)}
    if each.whole:
        conditions["insert"] = ("INSERT", f"NEW.{each.key} IS NOT NULL")
        conditions["delete"] = ("DELETE", f"OLD.{each.key} IS NOT NULL")
    for act, (event, condition) in conditions.items():
        name = f"{each.table}_outlook_{act}"
        yield (
            name,
            f"CREATE TRIGGER {name} AFTER {event} ON {each.table} FOR EACH ROW WHEN ({condition})"
            f" EXECUTE FUNCTION {function}",
        )


def _functions(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return []
    head = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    insert = f"INSERT INTO {NOTES} (about) VALUES"
    return [
        *(_noting(head, insert, name, key) for name, key in (("child", "child_id"), ("into", "into_id"))),
        f"CREATE FUNCTION outlook_note() {head} {insert} (NEW.id); RETURN NULL; END $$",
        f"CREATE FUNCTION outlook_gone() {head} DELETE FROM {NOTES} WHERE about = OLD.id; RETURN NULL; END $$",  # noqa: S608 - a name of ours # nosec B608
    ]


def _noting(head: str, insert: str, name: str, key: str) -> str:
    return (
        f"CREATE FUNCTION outlook_note_{name}() {head}"
        f" IF TG_OP <> 'DELETE' THEN IF NEW.{key} IS NOT NULL THEN {insert} (NEW.{key}); END IF; END IF;"
        f" IF TG_OP = 'DELETE' THEN {insert} (OLD.{key}); END IF;"
        f" IF TG_OP = 'UPDATE' THEN IF OLD.{key} IS NOT NULL AND OLD.{key} IS DISTINCT FROM NEW.{key}"
        f" THEN {insert} (OLD.{key}); END IF; END IF; RETURN NULL; END $$"
    )
