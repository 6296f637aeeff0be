"""What `homeward backup`, `restore`, `drill` and `upgrade` do, once Django is set up."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError

from homeward import __version__
from homeward.apps.access.actors import system_actor
from homeward.apps.access.backup_key import public_key
from homeward.apps.access.keys import backup as key_copies
from homeward.apps.backups import making
from homeward.apps.backups.drilling import MOMENTARY, RECIPIENT, Drilled, drill_fresh, drill_newest
from homeward.apps.backups.examining import Answers
from homeward.apps.backups.queries import last_drill
from homeward.apps.backups.restoring import Plan, restore, targets
from homeward.apps.backups.upgrading import pending, upgrade
from homeward.cli.backup import WORDS
from homeward.cli.main import DONE, FINDINGS, print_json, print_problems
from homeward.cli.unlocking import at_work, refused, unlock
from homeward.domain.problems import ProblemError
from homeward.formats.backup_file import identities_of, public_keys

Said = tuple[dict[str, Any], list[str]]
NOT_TRIED = "No name was opened, because the key was not given here: the first start asks for it."
NOT_THEIRS = (
    "It came back, with a key of the moment. Whether a recipient's private key opens our backups was not tried: every "
    "three months run `homeward drill --identity FILE` with each of them in turn."
)
WORDED = "words"  # for people, in the place of all other values
# What says that a backup was tried and did not come back whole. Any other problem: it could not be tried.
FAILED = frozenset(
    f"backup.{name}"
    for name in (
        *(
            "not_whole",
            "rows_differ",
            "refusals_missing",
            "audit_broken",
            "keys_missing",
            "keys_older",
            "damaged",
            "not_one",
        ),
        *("unreadable", "unwritten", "tool_failed", "source_damaged"),
    )
)
PLAIN: dict[Any, str] = {MOMENTARY: "a key of the moment", RECIPIENT: "a recipient's private key"}
NO_DRILL = "No backup was ever restored for trial: `homeward drill`."


def do(args: argparse.Namespace) -> int:
    acts: dict[str, Callable[[argparse.Namespace], Said]] = {
        "backup": _backup,
        "restore": _restore,
        "drill": _drill,
        "upgrade": _upgrade,
    }
    try:
        said, findings = acts[args.act](args)
    except (DatabaseError, psycopg.Error) as error:
        action = "Is this the data folder, and does the database run?"
        raise refused("backup.no_tables", f"The database does not answer: {type(error).__name__}.", action) from error
    except ProblemError as error:
        if args.act == "drill" and error.first.code in FAILED:  # it was tried: that is no refusal
            print_problems(error.problems, as_json=args.json)
            return FINDINGS
        raise
    if args.json:
        print_json({**{name: value for name, value in said.items() if name != WORDED}, "findings": findings})
    else:
        _tell(said, findings)
    return FINDINGS if findings else DONE


def _tell(said: dict[str, Any], findings: list[str]) -> None:
    if "text" in said or WORDED in said:
        print(said.get("text") or said[WORDED])
    else:
        for name, value in said.items():
            if name == "notes":
                continue
            shown = ", ".join(map(str, value)) if isinstance(value, list) else PLAIN.get(value, value)
            print(f"{name.replace('_', ' ')}: {shown}")
    for note in said.get("notes", ()):
        print(f"note: {note}")
    for finding in findings:
        print(f"warning: {finding}", file=sys.stderr)


def _backup(args: argparse.Namespace) -> Said:
    words: dict[str, Callable[[], Said]] = {"recipients": _recipients, "sheet": _sheet, "list": _list}
    if args.what in WORDS:
        return words[args.what]()
    folder = making.folder_of(Path(args.what) if args.what else None)
    made, _ = making.make_backup(system_actor(), folder, settings.HOMEWARD_BACKUP_RECIPIENTS)
    keys, _ = making.make_key_backup(system_actor())
    gone = making.expire(folder)
    said = {"backup": str(made.path), "bytes": made.size, "tables": made.tables, "rows": made.rows}
    return {**said, "keys": str(keys.path), "expired": len(gone)}, []


def _recipients() -> Said:
    given = settings.HOMEWARD_BACKUP_RECIPIENTS
    public_keys(given)
    return {"recipients": list(given), "for_keys": list(settings.HOMEWARD_KEY_BACKUP_RECIPIENTS)}, []


def _sheet() -> Said:
    public_keys(settings.HOMEWARD_BACKUP_RECIPIENTS)
    recipients = "\n".join(f"  {each}" for each in settings.HOMEWARD_BACKUP_RECIPIENTS)
    return {"text": SHEET.format(key=public_key(), recipients=recipients, version=__version__)}, []


def _list() -> Said:
    folder = making.folder_of()
    data = making.backups(folder)
    keys = key_copies.copies(settings.HOMEWARD_KEY_BACKUPS)
    odd = [*making.strangers(folder), *(each.path for each in keys if not each.counts)]
    found = [f"{path.name} is damaged, or signed by a stranger." for path in odd]
    drilled = last_drill()
    said = {
        "data": [each.path.name for each in data],
        "keys": [each.path.name for each in keys if each.counts],
        "last_drill": drilled.finished_at.isoformat() if drilled else "",
    }
    return said, found if drilled else [*found, NO_DRILL]


def _restore(args: argparse.Namespace) -> Said:
    plan = Plan(args.file, identities_of(args.identity), args.keys, args.key, args.replace)
    target = targets(args.into)
    if args.keys and target.data != targets().data:  # nothing of this house is touched, its keys included
        report = restore(system_actor(), plan, target, unlock)
    else:
        with at_work(alone=True):
            report = restore(system_actor(), plan, target, unlock)
    said = {"restored": str(target.data["NAME"]), "backup_of": report.made_at, "tables": report.tables}
    said["look_through"] = f"accounts, devices and who receives are those of {report.made_at}"
    said |= {"rows": report.rows, "keys": report.keys, "put_aside": report.aside, **_answers(report.answers)}
    return said, [*([NOT_TRIED] if report.answers.locked else []), *_keyless(report.answers)]


def _drill(args: argparse.Namespace) -> Said:
    folder = making.folder_of(args.folder)
    identity = args.identity or settings.HOMEWARD_DRILL_IDENTITY
    if identity:
        done = drill_newest(system_actor(), folder, identities_of(identity), args.key)
    else:
        done = drill_fresh(system_actor(), folder)
    return _drilled(done)


def _drilled(done: Drilled) -> Said:
    said = {"drilled": done.file, "backup_of": done.made_at, "opened_by": done.opened_by, "tables": done.tables}
    notes = [NOT_THEIRS] if done.opened_by == MOMENTARY else []
    notes += [NOT_TRIED] if done.answers.locked else []
    notes += _keyless(done.answers)
    return {**said, "rows": done.rows, "seconds": done.seconds, **_answers(done.answers), "notes": notes}, []


def _keyless(answers: Answers) -> list[str]:
    """Not a reason to refuse: of a copy older than 90 days they are gone for good."""
    if not answers.keyless:
        return []
    return [f"{answers.keyless} interviews without a child do not open: their keys have gone since the backup."]


def _answers(answers: Answers) -> dict[str, Any]:
    return {"children": answers.children, "names_opened": answers.names_opened, "audit_events": answers.events}


def _upgrade(args: argparse.Namespace) -> Said:
    if args.look:
        waiting = pending()
        lines = [f"{len(waiting)} steps wait; `homeward upgrade` takes them:", *(f"  {step}" for step in waiting)]
        return {"waiting": waiting, WORDED: "\n".join(lines) if waiting else UP_TO_DATE}, []
    with at_work(alone=True):
        if not pending():
            return {"steps": [], "unchanged_tables": 0, "touched": [], "backup": "", WORDED: UP_TO_DATE}, []
        done = upgrade(system_actor(), making.folder_of())
    said = {"steps": done.steps, "unchanged_tables": done.unchanged, "touched": done.touched}
    return {**said, "backup": done.backup, "keys": done.keys_backup}, []


UP_TO_DATE = f"Nothing to do: the tables are those of Homeward {__version__}."
SHEET = """Homeward {version}: how our data come back. Print this, and keep it with the printed private keys.

The key that signs our backups. A backup signed by another is not ours:
  {key}

Whose private keys open them. Any one of these is enough:
{recipients}

On a new machine:
  1. Install Homeward {version}.
  2. Bring the newest data-... file and the newest keys-... file, and type or copy one private key into a file.
  3. homeward restore data-... --keys keys-... --identity FILE --key {key}
  4. homeward serve, and the passphrase of the key store.

Every three months, with one private key in hand: homeward drill --identity FILE, and destroy that copy of the key.
The passphrase of the key store is not on this sheet, and must not lie with it."""
