"""What `homeward audit` does, once Django is set up."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from uuid import UUID

from django.db import DatabaseError

from homeward.apps.audit.sealer import seal_all
from homeward.apps.audit.signing import create_key, key_path, trusted_keys
from homeward.apps.audit.verifying import RESTORED, SIGNATURE, Finding, Report, Restored, verify
from homeward.apps.audit.witness import newest_head, read_heads, write_head
from homeward.cli.main import CANNOT, DONE, FINDINGS, print_json
from homeward.cli.standing import require_house
from homeward.domain.problems import Problem, ProblemError

WORDS = {
    "changed": "the event is not what it was when it was sealed",
    "missing": "the event or its position is gone",
    "inserted": "it was put in afterwards",
    "swapped": "it stands in the place of another",
    "signature": "the batch is not signed by a key that is trusted, or does not follow the batch before",
    "truncated": "the end is gone: a witness has seen more",
    "rewritten": "what comes from here on is not what a witness has seen",
    "restored": "a backup was brought back, and what a witness saw between the two is not here",
}

BROUGHT_BACK = """RESTORED. A backup of {backup_of} ({file}) was brought back at {at}.
{heads} heads of the witness are from between the two and cannot be found here. All from before and after fit.
Compare before you believe it, for whoever cuts the end off could write this too:
  - Does somebody you trust say that this backup was restored then, and why?
  - Is the data folder or database of before still put aside, with the time in its name? The missing end is in it.
  - Did the witness hear of the restore? From then on heads follow the restored ones.
If all of it fits, the same command again with: --restored {event}
If not, treat it as tampering: docs/audit.md says what to do."""

OF_BEFORE = """Was the key that signs made anew after that? Then what is older is signed by the key of before, which
is not trusted here. Take that key from the paper of the witness, and verify again with it. Compare it with what
signed the heads that were given:"""


def run(args: argparse.Namespace) -> int:
    steps = {"verify": _verify, "seal": _seal, "head": _head, "create-key": _create_key}
    try:
        if args.step != "create-key":
            require_house()
        return steps[args.step](args)
    except DatabaseError as error:
        message, action = "The database does not answer ({reason}).", "Start it, and try again."
        raise ProblemError(Problem("audit.database", message, action, params={"reason": str(error)})) from error


def _verify(args: argparse.Namespace) -> int:
    try:
        given = [bytes.fromhex(key) for key in args.key]
    except ValueError as error:
        raise ProblemError(Problem("audit.bad_key", "A key is not in hexadecimal digits.", "Copy it whole.")) from error
    try:
        confirmed = [UUID(event) for event in args.restored]
    except ValueError as error:
        action = "Copy it from what this command said before."
        raise ProblemError(Problem("audit.bad_event", "This is no event of a restore.", action)) from error
    heads = [head for path in args.heads for head in read_heads(path)]
    trusted = [*trusted_keys(), *given]
    report = verify(heads, trusted, confirmed)
    if args.json:
        print_json(_values(report))
    else:
        _tell(report, len(heads), sorted({head.key.hex() for head in heads if head.key not in trusted}))
    return DONE if report.intact else FINDINGS


def _values(report: Report) -> dict[str, object]:
    findings = [_finding(each) for each in report.findings]
    return {
        "intact": report.intact,
        "events": report.events,
        "batches": report.batches,
        "waiting": report.waiting,
        "pinned": report.pinned,
        "first": findings[0] if findings else None,
        "findings": findings,
        "restores": [_restore(each) for each in report.restores],
    }


def _restore(each: Restored) -> dict[str, object]:
    at, made_at = each.at.isoformat(), each.made_at.isoformat()
    return {"event": str(each.event_id), "at": at, "backup_of": made_at, "file": each.file, "heads": each.heads}


def _finding(each: Finding) -> dict[str, object]:
    return {"what": each.what, "position": each.position, "event": each.event_id, "batch": each.batch}


def _tell(report: Report, heads: int, strangers: Sequence[str]) -> None:
    """`strangers`: keys that the heads were signed by, and that nobody has said to trust."""
    print(
        f"{report.events} events in {report.batches} batches, {report.waiting} not sealed yet; {heads} heads compared."
    )
    if not report.pinned:
        print("No key from outside the database was given, so somebody who rewrote all of it would not be noticed.")
    if report.intact:
        print("Intact.")
        return
    if all(each.what == RESTORED for each in report.findings):
        for restored in (each for each in report.restores if each.heads):
            print(BROUGHT_BACK.format(**_restore(restored)), file=sys.stderr)
        return
    first = next(each for each in report.findings if each.what != RESTORED)
    where = f"position {first.position}" if first.position is not None else "no position"
    event = f", event {first.event_id}" if first.event_id else ""
    print(f"TAMPERED. First: {where}{event}: {WORDS[first.what]} ({first.what}).", file=sys.stderr)
    if len(report.findings) > 1:
        print(f"{len(report.findings)} findings in all; --json lists them.", file=sys.stderr)
    for restored in report.restores:
        made_at, at = restored.made_at.isoformat(), restored.at.isoformat()
        print(f"A backup of {made_at} was brought back here at {at}.", file=sys.stderr)
    if report.restores and first.what == SIGNATURE:
        print(OF_BEFORE, *(f"  --key {key}" for key in strangers), sep="\n", file=sys.stderr)


def _seal(args: argparse.Namespace) -> int:
    count = seal_all()
    if args.json:
        print_json({"sealed": count})
    else:
        print(f"{count} events sealed.")
    return DONE


def _head(args: argparse.Namespace) -> int:
    line = newest_head()
    if not line:
        print("Nothing was ever recorded, so there is no head.", file=sys.stderr)
        return CANNOT
    if args.write:
        write_head()
    if args.json:
        print_json({"head": line})
    else:
        print(line)
    return DONE


def _create_key(args: argparse.Namespace) -> int:
    public = create_key(replace=args.replace)
    if args.json:
        print_json({"public_key": public, "file": str(key_path())})
    else:
        print(f"Made. Give the public key to whoever witnesses the audit:\n{public}")
    return DONE
