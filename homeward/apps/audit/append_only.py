"""Nothing in the trace is changed or taken away through the application: the database itself refuses.

Whoever owns the database can remove the refusal too. That is what the chain and its witness are for.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("audit_event", "audit_position", "audit_batch")
WORDS = "the audit is append-only"


def refusals(vendor: str, tables: Sequence[str] = TABLES) -> list[str]:
    """Statements that set them up; used by the migration, and after a migration that made one of the tables anew."""
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
            for table in tables
            for act in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        *(
            f"CREATE TRIGGER {table}_no_{word} BEFORE {acts} ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
            for table in tables
            for word, acts in (("change", "UPDATE OR DELETE"), ("truncate", "TRUNCATE"))
        ),
    ]


def removals(vendor: str, tables: Sequence[str] = TABLES) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_no_{act}" for table in tables for act in ("update", "delete")]
    return ["DROP FUNCTION IF EXISTS audit_append_only() CASCADE"]


def missing_refusals(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables that can be changed: asked of the database, as nothing else knows."""
    if connection.vendor == "sqlite":
        question = "SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' GROUP BY tbl_name"
    else:
        question = (
            "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' GROUP BY c.relname"
        )
    with connection.cursor() as cursor:
        cursor.execute(question)
        found = dict(cursor.fetchall())
    return [table for table in TABLES if found.get(table, 0) < 2]
