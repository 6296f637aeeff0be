"""`homeward fields`: every stored field with what it declares about itself, as a table, as JSON, or into a page."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from homeward.apps.access.registry import Field, faults, fields, library_tables
from homeward.cli.main import DONE, FINDINGS, print_json
from homeward.cli.serve import start_django
from homeward.domain.privacy import KeyKind, Storage
from homeward.domain.problems import Problem, ProblemError

BEGIN, END = "<!-- fields -->\n", "<!-- /fields -->"
HEAD = "| field | level | lies | under | purpose | legal basis | kept with | guardian | download |"
RULE = "|---|---|---|---|---|---|---|---|---|"
TABLES = {  # of libraries: what they hold, so that a new one is noticed
    "auth_group": "empty: roles are ours",
    "auth_group_permissions": "empty",
    "auth_permission": "names of the framework's permissions, which nothing asks",
    "django_content_type": "names of tables",
    "django_session": "who is signed in, by account id; ends after eight hours",
    "django_tasks_database_dbtaskresult": "background work: names of jobs and ids, never content",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables between the marks of this page")


def run(args: argparse.Namespace) -> int:
    start_django()
    if args.json:
        print_json([values(field) for field in fields()])
    elif args.write is None:
        print(tables())
    else:
        args.write.write_text(page(args.write.read_text(encoding="utf-8")), encoding="utf-8")
    found = faults()
    for fault in found:
        print(f"error: {fault}")
    return FINDINGS if found else DONE


def page(text: str) -> str:
    """The same page with the tables of today."""
    before, mark, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not mark or not end:
        raise ProblemError(Problem("fields.no_marks", f"The page has no {BEGIN.strip()} and {END}.", "Put them in."))
    return f"{before}{mark}{tables()}\n{end}{after}"


def tables() -> str:
    parts = [_app(app, list(group)) for app, group in groupby(fields(), key=lambda each: each.app)]
    rows = [f"| `{name}` | {TABLES.get(name, '**not described**')} |" for name in library_tables()]
    return "\n".join([*parts, "### Tables of libraries\n", "| table | holds |", "|---|---|", *rows, ""])


def _app(app: str, found: list[Field]) -> str:
    lines = [f"### {app}\n"]
    for model, group in groupby(found, key=lambda each: each.model):
        lines += [f"**{model.__name__}**\n", HEAD, RULE, *_rows(list(group)), ""]
    return "\n".join(lines)


def _rows(group: list[Field]) -> Iterator[str]:
    """Fields that declare the same stand in one row."""
    declared = {(field.privacy, under(field)): None for field in group}
    for privacy, key in declared:
        same = [field for field in group if (field.privacy, under(field)) == (privacy, key)]
        names = ", ".join(f"`{field.column.name}`" for field in same)
        guardian, leaves = (("yes" if each else "") for each in (privacy.guardian_visible, privacy.exportable))
        cells = (names, privacy.level.name, privacy.storage, key, privacy.purpose)
        yield f"| {' | '.join(cells)} | {privacy.legal_basis} | {privacy.retention} | {guardian} | {leaves} |"


# Of what is random and long enough, or slow enough, that no key is needed.
HASHES = {
    "access.person.password": "Argon2id",
    "access.device.token_hash": "a plain hash of 256 random bits",
    "access.device.password_hash": "a plain hash of 144 random bits",
}


def under(field: Field) -> str:
    """Which key opens it."""
    storage = field.privacy.storage
    if storage is Storage.HASHED:
        return HASHES.get(field.name, "the house's index key")
    if storage is Storage.WRAPPED:
        return "the child's record key" if field.app != "keys" else "the key-encryption key"
    if storage is not Storage.SEALED or field.sealed_under is None:
        return ""
    whose = field.sealed_under.owner
    kind = "identity" if field.privacy.key_kind is KeyKind.IDENTITY else "record"
    names = {"child": f"the child's {kind} key", "submission": "the interview's data key", "own": "a key of its own"}
    names["intake"] = "the server's intake key"
    return names.get(whose, "keys of named people")


def values(field: Field) -> dict[str, object]:
    privacy = field.privacy
    return {
        "field": field.name,
        "level": privacy.level.name,
        "storage": privacy.storage,
        "under": under(field),
        "purpose": privacy.purpose,
        "legal_basis": privacy.legal_basis,
        "retention": privacy.retention,
        "guardian_visible": privacy.guardian_visible,
        "exportable": privacy.exportable,
    }
