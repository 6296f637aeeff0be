"""`homeward instrument`: list, check, pack, unpack, new, methods, freeze."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path

from homeward.cli.main import DONE, FINDINGS, own_command, own_library, print_json, print_problems, problem_values
from homeward.domain.problems import Problem, ProblemError, Where, errors
from homeward.formats.xform.publishing import check_publishable
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.checking import check
from homeward.formats.xlsform.dictionary import text_in
from homeward.formats.xlsform.library import PACKAGED, Library, freeze, open_instrument, thawed
from homeward.formats.xlsform.loading import load
from homeward.formats.xlsform.methods import methods_page
from homeward.formats.xlsform.packing import unpack, workbook_bytes
from homeward.formats.xlsform.template import template
from homeward.formats.xlsform.xform_building import to_xform


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--library",
        default=own_library(),
        help="a folder of your own instruments; else that of the setting HOMEWARD_LIBRARY",
    )
    parts = parser.add_subparsers(dest="part", metavar="WHAT", required=True)
    parts.add_parser("list", help="instruments that can be found").set_defaults(do=_list)
    one = parts.add_parser("check", help="everything that is wrong with an instrument, and what to do")
    one.add_argument("instrument", help="a folder, a workbook, or ID[@VERSION]")
    one.add_argument("--publish", action="store_true", help="also what only publishing forbids")
    one.add_argument("--no-focal-point", action="store_true", help="nobody is named to receive flags")
    one.set_defaults(do=_check)
    one = parts.add_parser("pack", help="folder -> workbook")
    one.add_argument("instrument", help="a folder or ID[@VERSION]")
    one.add_argument("out", type=Path, metavar="OUT.xlsx")
    one.set_defaults(do=_pack)
    one = parts.add_parser("unpack", help="workbook -> folder")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("folder", type=Path, metavar="DIR")
    one.set_defaults(do=_unpack)
    one = parts.add_parser("new", help="a small scored instrument to start from")
    one.add_argument("id", metavar="ID")
    one.add_argument("folder", type=Path, metavar="DIR")
    one.set_defaults(do=_new)
    one = parts.add_parser("methods", help="one page an instrument: questions, values, rules, examples")
    one.add_argument("folder", type=Path, metavar="DIR")
    one.set_defaults(do=_methods)
    one = parts.add_parser("freeze", help="write checksums of new versions; report published ones that changed")
    one.add_argument("folder", type=Path, nargs="?", default=PACKAGED, metavar="DIR")
    one.set_defaults(do=_freeze)


def run(args: argparse.Namespace) -> int:
    do: Callable[[argparse.Namespace], int] = args.do
    return do(args)


def _library(args: argparse.Namespace) -> Library:
    return Library(*([args.library] if args.library else []))


def _list(args: argparse.Namespace) -> int:
    rows = []
    for entry in _library(args).entries():
        try:
            about = entry.load().instrument.about
        except ProblemError as error:
            rows.append((entry.id, entry.version, "", "", "", str(error.first)))
            continue
        title = text_in(about.titles, "en")
        rows.append(
            (entry.id, entry.version, about.family, about.wording_status.value, " ".join(about.languages), title)
        )
    names = ("id", "version", "family", "wording", "languages", "title")
    if args.json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return DONE
    widths = [max(len(row[place]) for row in (names, *rows)) for place in range(len(names))]
    for row in (names, *rows):
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    return DONE


def _check(args: argparse.Namespace) -> int:
    loaded = open_instrument(args.instrument, _library(args))
    found = check(loaded, focal_point_named=False if args.no_focal_point else None, for_publication=args.publish)
    if not errors(found):
        found = (*found, *check_publishable(read_form(to_xform(loaded).xml)))  # the form as phones and server run it
    about = loaded.instrument.about
    if args.json:
        values = [problem_values(problem) for problem in found]
        print_json(
            {"id": about.id, "version": about.version, "checksum": loaded.instrument.checksum, "problems": values}
        )
    else:
        print_problems(found)
        questions, wrong = len(loaded.instrument.questions), len(errors(found))
        print(f"{about.id} {about.version}: {questions} rows, {wrong} errors, {len(found) - wrong} warnings.")
    return FINDINGS if errors(found) else DONE


def _pack(args: argparse.Namespace) -> int:
    loaded = open_instrument(args.instrument, _library(args))
    args.out.write_bytes(workbook_bytes(loaded))
    _done(args, {"file": str(args.out), "left_out": sorted(loaded.media)}, f"Written: {args.out}")
    for name in loaded.media if not args.json else ():
        print(f"Left out, as a workbook carries no files: media/{name}")
    return DONE


def _unpack(args: argparse.Namespace) -> int:
    written = unpack(load(args.file), args.folder)
    _done(args, {"files": [str(path) for path in written]}, f"Written: {len(written)} files in {args.folder}")
    return DONE


def _new(args: argparse.Namespace) -> int:
    written = unpack(template(args.id), args.folder, keep=True)
    _done(
        args,
        {"files": [str(path) for path in written]},
        f"Written: {len(written)} files in {args.folder}\n"
        f"Next: edit them, then run: {own_command()} instrument check {shlex.quote(str(args.folder))}",
    )
    return DONE


def _methods(args: argparse.Namespace) -> int:
    args.folder.mkdir(parents=True, exist_ok=True)
    entries = _library(args).entries()
    if not entries:
        raise ProblemError(
            Problem(
                "library.empty", "There is no instrument to describe.", "Check the folder.", Where(file=str(PACKAGED))
            )
        )
    names = []
    for entry in entries:
        path = args.folder / f"instrument-{entry.id}-{entry.version}.md"
        path.write_text(methods_page(entry.load().instrument), encoding="utf-8")
        names.append(str(path))
    _done(args, {"files": names}, f"Written: {len(names)} pages in {args.folder}")
    return DONE


def _freeze(args: argparse.Namespace) -> int:
    new = freeze(args.folder)
    changed = thawed(args.folder)
    if args.json:
        print_json({"frozen": list(new), "problems": [problem_values(problem) for problem in changed]})
    else:
        print_problems(changed)
        print(f"Frozen now: {', '.join(new) or 'nothing'}.")
    return FINDINGS if changed else DONE


def _done(args: argparse.Namespace, values: dict[str, object], text: str) -> None:
    if args.json:
        print_json(values)
    else:
        print(text)
