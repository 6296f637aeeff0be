"""The ledger of agreements only grows: the database itself refuses to change an entry, and to take one away unless its
child is being forgotten, which a row says for the length of one transaction. The row stands in a table of its own: a
trigger that read the table of children would stop SQLite from ever making that table anew. The sealed words of an entry
are sealed anew when a child gets new keys; who said what, when and about what never changes.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "cases_consententry"
WORDS = "the ledger of agreements is append-only"
FIXED = (
    *("id", "child_id", "who", "relation_id", "answer", "purpose", "day", "valid_until", "band", "without_caregiver"),
    *("language", "text_version", "explained", "teach_back", "limits_told", "capacity", "witness", "source"),
    *("source_id", "recorded_at", "recorded_by_id", "device_id"),
)  # all columns but the sealed ones
GOING = "SELECT 1 FROM cases_forgetting WHERE id = OLD.child_id"


def refusals(vendor: str) -> list[str]:
    """Used by the migration, and after a migration that made the table anew."""
    columns = ", ".join(FIXED)
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE OF {columns} ON {TABLE}"
            f" BEGIN SELECT RAISE(ABORT, '{WORDS}'); END",
            f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} WHEN NOT EXISTS ({GOING})"
            f" BEGIN SELECT RAISE(ABORT, '{WORDS}'); END",
        ]
    refuse = f"RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'"
    return [
        "CREATE FUNCTION consent_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF TG_OP <> 'DELETE' THEN {refuse}; END IF;"
        f" IF NOT EXISTS ({GOING}) THEN {refuse}; END IF; RETURN OLD; END $$",
        f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OF {columns} OR DELETE ON {TABLE}"
        " FOR EACH ROW EXECUTE FUNCTION consent_append_only()",
        f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE}"
        " FOR EACH STATEMENT EXECUTE FUNCTION consent_append_only()",
    ]


def removals(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {TABLE}_no_{act}" for act in ("update", "delete")]
    return ["DROP FUNCTION IF EXISTS consent_append_only() CASCADE"]


def ledger_open(connection: BaseDatabaseWrapper) -> bool:
    """Whether entries can be changed: asked of the database, as nothing else knows. None before it is there."""
    if TABLE not in connection.introspection.table_names():
        return False
    if connection.vendor == "sqlite":
        question = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    else:
        question = (
            "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relname = %s"
        )
    with connection.cursor() as cursor:
        cursor.execute(question, [TABLE])
        return bool(cursor.fetchone()[0] < 2)
