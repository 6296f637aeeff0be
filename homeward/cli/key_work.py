"""What `homeward keys` does. Each act says what it did, to people or as JSON."""

from __future__ import annotations

import argparse
import base64
import binascii
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings

from homeward.apps.access import intake_keys
from homeward.apps.access.actors import system_actor
from homeward.apps.access.keys import backup, custody, rotating, standing, verifying
from homeward.apps.access.keys.custody import Kek
from homeward.apps.access.keys.destroying import empty_log
from homeward.apps.backups.making import make_key_backup
from homeward.apps.cases.ending import BOTH, IDENTITY, child_named, destroy_keys
from homeward.apps.cases.queries import every_child
from homeward.apps.surveys.ending import drop_keys_of_linked
from homeward.cli.main import DONE, FINDINGS, print_json
from homeward.cli.unlocking import at_work, new_passphrase, read_passphrase, refused, unlock
from homeward.formats.backup_file import identities_of

NO_BACKUP = "No backup of the key store counts: set HOMEWARD_BACKUP_RECIPIENTS and run `homeward keys backup`."
STILL_IN_COPIES = "Copies of the key store that were carried elsewhere still hold the key: destroy those too."
IN_THE_LOG = "Somebody is reading the key store, so its log is not empty yet: run the same again."
NEW_SETTING = "Put the new key into HOMEWARD_VAULT_KEY before the server starts; the old one opens nothing."
SAID = {  # of a status, for people; programs read the other names
    "custody": "the key store opens by",
    "version": "version of the key that wraps all others",
    "rotating": "a replacement of that key is unfinished",
    "live": "keys in use",
    "destroyed": "keys destroyed",
    "turning": "children whose keys are being replaced",
    "without_keys": "children without a key",
    "newest_that_counts": "newest backup that counts",
}
FORGET_WITHIN = "A running server forgets the key at once, on another machine within 60 seconds."


def do(args: argparse.Namespace) -> int:
    acts: dict[str, Callable[[argparse.Namespace], tuple[dict[str, Any], list[str]]]] = {
        "status": _status,
        "create": _create,
        "rotate": _rotate,
        "destroy": _destroy,
        "backup": _backup,
        "verify": _verify,
        "intake": _intake,
    }
    said, findings = acts[args.part](args)
    if args.json:
        print_json({**said, "findings": findings})
    else:
        for name, value in said.items():
            print(f"{SAID.get(name, name.replace('_', ' '))}: {_plain(value)}")
        for finding in findings:
            print(f"warning: {finding}", file=sys.stderr)
    return FINDINGS if findings else DONE


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items()) or "none"
    return {"True": "yes", "False": "no", "": "none"}.get(str(value), str(value))


def _status(args: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    now = standing.standing()
    copies = backup.copies(settings.HOMEWARD_KEY_BACKUPS)
    newest = next((each for each in copies if each.counts), None)
    findings = []
    if not now.custody:
        findings.append("There is no key yet: `homeward keys create`.")
    if now.rotating or now.turning:
        findings.append("A rotation is unfinished: run `homeward keys rotate` again as before.")
    if now.without_keys:
        findings.append(f"{now.without_keys} children have no key: their data cannot be read.")
    if settings.HOMEWARD_PROFILE != "demo" and newest is None:
        findings.append(NO_BACKUP)
    said = {**asdict(now), "backups": len(copies), "newest_that_counts": str(newest.made_at) if newest else ""}
    return said, findings


def _create(args: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    if custody.current() is not None:
        raise refused("keys.exist", "The key store has its key.", "To replace it: `homeward keys rotate --kek`.")
    if standing.data_without_keys():
        action = "Put the key store of these data in its place."
        raise refused("keys.other_data", "There are data, whose keys are not in this key store.", action)
    given = _given(args.key_file) or settings.HOMEWARD_VAULT_KEY
    made = custody.found(given, custody.GIVEN) if given else custody.found_by_passphrase(new_passphrase())
    return {"created": made.version, "kind": _kind()}, []


def _rotate(args: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    with at_work(alone=True):
        unlock()
        if args.kek:
            return _rotate_kek(args)
        if custody.incoming() is not None:
            action = "Finish it: `homeward keys rotate --kek`."
            raise refused("keys.unfinished", "A rotation of the wrapping key is unfinished.", action)
        children = [child_named(args.child)] if args.child else every_child()
        done = sum(rotating.rotate_child(child) for child in children)
        log = empty_log()
        return {"children": len(children), "values": done}, [] if log else [IN_THE_LOG]


def _rotate_kek(args: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    old, waiting, given = custody.kek(), custody.incoming(), _given(args.key_file)
    if _kind() == custody.DEMO:
        raise refused("keys.demo", "The demo has one marked key, which is not replaced.", "Try it in another profile.")
    if waiting is not None:  # one that was begun
        key = given or custody.key_from(waiting, read_passphrase("The new passphrase that the rotation began with: "))
        new: Kek = custody.proved(waiting, key)
    elif given is not None:
        new = custody.found(given, custody.GIVEN, custody.INCOMING)
    else:
        new = custody.found_by_passphrase(new_passphrase(), custody.INCOMING)
    done = rotating.rotate_kek(old, new)
    made = _copied([])
    note = NEW_SETTING if given is not None else ""
    return {"wrapped_anew": done, "version": new.version, "kind": _kind(), "note": note, **made[0]}, made[1]


def _destroy(args: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    child = child_named(args.child)
    if not args.yes and read_passphrase("This cannot be undone. Type the code again: ") != args.child:
        raise refused("keys.not_confirmed", "The code is another one.", "Nothing was destroyed.")
    kinds = BOTH if args.both else IDENTITY
    if args.both:
        drop_keys_of_linked(child)
    ended = destroy_keys(system_actor(), args.child, kinds, args.reason)
    findings = [] if ended.log_empty else [IN_THE_LOG]
    made, more = _copied(findings)
    return {
        "destroyed": ended.keys,
        "kinds": " ".join(kinds),
        "note": f"{FORGET_WITHIN} {STILL_IN_COPIES}",
        **made,
    }, more


def _copied(findings: list[str]) -> tuple[dict[str, Any], list[str]]:
    """After a key has gone, no copy of ours may still hold it; a new one comes first."""
    folder, recipients = settings.HOMEWARD_KEY_BACKUPS, settings.HOMEWARD_KEY_BACKUP_RECIPIENTS
    if not recipients:
        old = bool(backup.copies(folder))
        return {}, [*findings, NO_BACKUP] if old or settings.HOMEWARD_PROFILE != "demo" else findings
    made, gone = make_key_backup(system_actor(), after_destroying=True)
    return {"backup": str(made.path), "older_backups_deleted": gone}, findings


def _backup(args: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    if args.restore is not None:
        with at_work(alone=True):
            rows = backup.restore(backup.opened(args.restore, _identities(args), args.key))
        return {"restored": rows}, []
    made, gone = make_key_backup(system_actor())
    return {"backup": str(made.path), "older_backups_deleted": gone}, []


def _verify(args: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    unlock()
    checked = verifying.verify()
    findings = list(checked.faults)
    copies = backup.copies(settings.HOMEWARD_KEY_BACKUPS)
    findings += [f"{each.path.name} is not what was read back when it was made." for each in copies if not each.counts]
    said: dict[str, Any] = {"keys": checked.keys, "opened": checked.opened, "backups": len(copies)}
    if args.copy is not None:
        differ = verifying.differences(backup.opened(args.copy, _identities(args), args.key))
        said["copy_differs_in"] = differ
        findings += [f"{differ} rows differ from the copy."] if differ else []
    return said, findings


def _intake(args: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """The server may be at work: its processes look for the newest key each time."""
    unlock()
    dropped = intake_keys.drop_unused() if args.drop_unused else 0
    if args.rotate:
        intake_keys.rotate()
        made, findings = _copied([])
        return {"fingerprint": intake_keys.name_of(intake_keys.public_key()).hex(), **made}, findings
    return {"fingerprint": intake_keys.name_of(intake_keys.public_key()).hex(), "dropped": dropped}, []


def _identities(args: argparse.Namespace) -> list[Any]:
    if args.identity is None:
        raise refused("keys.no_identity", "The private key is missing.", "Name its file: --identity FILE.")
    return identities_of(args.identity)


def _given(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        key = base64.b64decode(_text(path).strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != custody.KEY_LENGTH:
        raise refused("keys.no_key", "The file holds no base64 of 32 bytes.", "Make it as docs/deploy.md says.")
    return key


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise refused("keys.no_file", f"{path} cannot be read.", "Check the name.") from error


def _kind() -> str:
    row = custody.current()
    return row.kind if row is not None else ""
