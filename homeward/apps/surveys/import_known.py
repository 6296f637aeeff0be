"""By what a row of a file is known, and what is here of it already."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from homeward.apps.cases.models import Child
from homeward.apps.surveys.import_rows import Content, RowReader
from homeward.apps.surveys.models import RowId, State, Submission
from homeward.apps.surveys.versions import GONE, lines, of_phone
from homeward.domain.codes import normalise_code
from homeward.domain.instruments import Missing
from homeward.formats.exports.columns import OWN_LEFT_OUT
from homeward.formats.exports.interviews import Interview, Interviews
from homeward.formats.exports.model import Export, RawRow

# That of the first version comes first: it is what a phone has, also where somebody edited the interview elsewhere.
INSTANCE_IDS = ("meta/rootUuid", "meta/instanceID", "meta-instanceID", "instanceID", "KEY", "__id", "_uuid")
NUMBERS = ("_id",)  # of the server that the file comes from
NUMBERED = "import:"  # how an id begins here that no phone sends
PLAIN = re.compile(r"[\w.:/@|-]{1,150}\Z", re.ASCII)
# Kept as it is, so that a phone which sends the same interview later meets the one constraint that lets an id in once.
INSTANCE = re.compile(r"uuid:[\w.-]{1,150}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileRow:
    interview: Interview
    content: Content
    ids: tuple[str, ...]  # an instance id first; empty where the file gives none
    numbers: frozenset[str]  # those of them, and of their names, that another server may have given to another row
    child: str  # the code that it names
    names: tuple[str, ...]  # what these are called here
    called: str  # the id of what is kept of the row
    left_out: frozenset[str]  # questions whose answers our own table did not take along


Said = tuple[tuple[str, ...], tuple[str, ...], frozenset[str]]  # all ids, numbers among them, what was left out


class Passing:
    """What the rows of an export say of themselves, taken down as they pass."""

    def __init__(self, export: Export) -> None:
        self._rows, self._found = export.rows, deque[Said]()
        export.rows = self._passing

    def next(self) -> Said:
        """Of the rows in their order, each once."""
        return self._found.popleft()

    def _passing(self) -> Iterator[RawRow]:
        for row in self._rows():
            left_out = frozenset(row.cells.get(OWN_LEFT_OUT, "").split())
            ids, numbers = (tuple(dict.fromkeys(_ids(row.cells, keys))) for keys in (INSTANCE_IDS, NUMBERS))
            self._found.append(((*ids, *(each for each in numbers if each not in ids)), numbers, left_out))
            yield row


def _ids(cells: Mapping[str, str], keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        text = cells.get(key, "").strip()
        if text:
            yield f"uuid:{text}" if key == "_uuid" and not text.startswith("uuid:") else text


class FileRows:
    """The rows of a file with what they are known by. Iterate once."""

    def __init__(self, passing: Passing, interviews: Interviews, reader: RowReader) -> None:
        self.passing, self.interviews, self.reader = passing, interviews, reader
        self.without_ids = False
        self._alike: dict[bytes, int] = {}

    def __iter__(self) -> Iterator[FileRow]:
        instrument = self.interviews.instrument
        for interview in self.interviews:
            (ids, numbers, left_out), content = self.passing.next(), self.reader.content(interview)
            child = interview.answers.get(instrument.about.child_question, Missing.NO_ANSWER)
            self.without_ids |= not ids
            known_by = ids or (self._by_content(content, named=not isinstance(child, Missing)),)
            names = tuple(dict.fromkeys(_name(instrument.id, each) for each in known_by))
            called = ids[0] if ids and INSTANCE.match(ids[0]) else names[0]
            numbered = frozenset(key for each in numbers for key in (each, _name(instrument.id, each)))
            code = "" if isinstance(child, Missing) else normalise_code(str(child))
            yield FileRow(interview, content, ids, numbered, code, names, called, left_out)

    def _by_content(self, content: Content, *, named: bool) -> str:
        """Without an id, rows that say the same are one interview where they name a child; else each is one."""
        digest = hashlib.sha256(content.under("")).digest()
        number = self._alike[digest] = self._alike.get(digest, 0) + 1
        return digest.hex() if named or number == 1 else f"{digest.hex()}:{number}"


def _name(instrument_id: str, row_id: str) -> str:
    """Of a long id, or one with letters that only look alike, a hash: two of them may differ at their ends only."""
    plain = row_id if PLAIN.match(row_id) else hashlib.sha256(row_id.encode()).hexdigest()
    return f"{NUMBERED}{instrument_id}:{plain}"


@dataclass
class Known:
    """What is here of some rows: for each id, and each name of one, the versions in the order they came."""

    versions: dict[str, list[Submission]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)  # that lead to an interview already
    stand: frozenset[tuple[UUID, str]] = frozenset()  # each version with its state; another one means: look again
    called: dict[UUID, list[str]] = field(default_factory=dict)  # by which a version is known besides its own id
    joined: list[list[Submission]] = field(default_factory=list)  # counted apart until a row named both
    children: dict[UUID, str] = field(default_factory=dict)  # the code of each version's child
    apart: set[str] = field(default_factory=set)  # rows whose number another child's interview has

    def of(self, row: FileRow) -> list[Submission]:
        """The same list whatever id of the row leads to it, so that what comes twice in one file is found too."""
        keys = (*row.ids, *row.names)
        several = self._led_to(key for key in keys if key not in row.numbers)
        by_number = [
            each for each in self._led_to(key for key in keys if key in row.numbers) if not _among(each, several)
        ]
        same = [each for each in by_number if not self._another_childs(each, row, several)]
        if by_number and not same:
            self.apart.add(row.called)
        several += same
        found = self._joined(several) if len(several) > 1 else next(iter(several), [])
        for name in row.names:
            if row.called not in self.apart or name not in row.numbers:
                self.versions[name] = found
        return found

    def _led_to(self, keys: Iterable[str]) -> list[list[Submission]]:
        found: list[list[Submission]] = []
        for key in keys:
            each = self.versions.get(key)
            if each and not _among(each, found):
                found.append(each)
        return found

    def _another_childs(self, found: list[Submission], row: FileRow, several: list[list[Submission]]) -> bool:
        """Two servers number their interviews alike. Where a row has other ids too, it is not the interview with its
        number if that is about another child than the row, or than the interview that the other ids lead to.
        """
        if row.numbers.issuperset(row.names):
            return False
        there = {self.children.get(each.pk, "") for each in found} - {""}
        sides = [{row.child}, *({self.children.get(each.pk, "") for each in side} for side in several)]
        return bool(there) and any(side - {""} and not side & there for side in sides)

    def _joined(self, several: list[list[Submission]]) -> list[Submission]:
        """What imports brought before anybody knew that it is the same interview goes before it. Of two that phones
        sent a person says whether they are one.
        """
        sent = next((each for each in several if not _imported(each)), several[0])
        before = [each for each in several if _imported(each) and each is not sent]
        if not before:
            return sent
        found = [version for each in (*before, sent) for version in each]
        for key, versions in self.versions.items():
            if any(versions is each for each in (*before, sent)):
                self.versions[key] = found
        self.joined = [each for each in self.joined if not any(each is other for other in several)] + [found]
        return found


def known(organisation_id: UUID, rows: Sequence[FileRow]) -> Known:
    """An interview that a phone sent counts too, and an edit that a person accepted before its original came."""
    every = Submission.objects.filter(organisation_id=organisation_id)
    keys = {key for row in rows for key in (*row.ids, *row.names)}
    first = every.filter(deprecated_id__in=keys, supersedes__isnull=True, state__in=(State.ACCEPTED, State.SUPERSEDED))
    edits = list(first.values_list("deprecated_id", "root_id"))
    roots = dict(every.filter(instance_id__in=keys).values_list("instance_id", "root_id"))
    others = RowId.objects.filter(organisation_id=organisation_id, name__in={n for row in rows for n in row.names})
    roots |= dict(others.values_list("name", "submission__root_id"))
    found = lines({*roots.values(), *(root for _, root in edits)})
    counting = {root for root, each in found.items() if any(version.state == State.ACCEPTED for version in each)}
    roots = {str(original): root for original, root in edits if root in counting} | roots
    all_of_them = [each for versions in found.values() for each in versions]
    stand = frozenset((each.pk, each.state) for each in all_of_them)
    child_of = {each.pk: each.child_id for each in all_of_them if each.child_id is not None}
    called: dict[UUID, list[str]] = {}
    for pk, name in RowId.objects.filter(submission__in=[pk for pk, _ in stand]).values_list("submission_id", "name"):
        called.setdefault(pk, []).append(name)
    codes = dict(Child.objects.filter(pk__in=set(child_of.values())).values_list("pk", "code"))
    children = {pk: codes[child] for pk, child in child_of.items()}
    leads = {key: found[root] for key, root in roots.items() if root in found}
    return Known(leads, set(roots), stand, called, children=children)


def further_names(known: Known, row: FileRow, submission: Submission) -> list[RowId]:
    """By which the row is found next time, when the file gives only some of its ids."""
    found = {*known.names, submission.instance_id}
    leading = {row.names[0]} if row.called in found else set()  # it is found by the id itself
    new = [name for name in row.names if name not in found | leading]
    known.names.update(row.names)
    return [RowId(organisation_id=submission.organisation_id, submission=submission, name=name) for name in new]


def learned_id(versions: Sequence[Submission], row: FileRow) -> Submission | None:
    """The first version of a row that was known by a number until this file gave the id that a phone would send."""
    first = versions[0]
    numbered = first.instance_id.startswith(NUMBERED) and _imported(versions)
    return first if numbered and not row.called.startswith(NUMBERED) and row.called not in _ids_of(versions) else None


def _ids_of(versions: Sequence[Submission]) -> set[str]:
    return {each.instance_id for each in versions}


def _imported(versions: Sequence[Submission]) -> bool:
    return not any(of_phone(each) for each in versions)


def no_longer_counting(versions: Sequence[Submission]) -> list[Submission]:
    """Of what is joined one counts: what a phone sent, unless that waits, when an imported row goes on counting."""
    live = alive(versions)
    accepted = [each for each in live if each.state == State.ACCEPTED]
    stays = next(reversed(accepted or live), None)
    return [each for each in live if each is not stays and not of_phone(each)]


def here_already(versions: Sequence[Submission], content: Content, known: Known) -> Submission | None:
    """What a phone sent has the say, unless an imported row counts while that waits: then the row may still change."""
    live = alive(versions)
    counts = any(not of_phone(each) for each in live) and not any(
        of_phone(each) and each.state == State.ACCEPTED for each in live
    )
    mine = [each for each in versions if not (counts and of_phone(each))]
    return next((each for each in mine if _stands_for(each, content, known.called.get(each.pk, ()))), None)


def _stands_for(version: Submission, content: Content, called: Sequence[str]) -> bool:
    """Whether the row is here already. What left with its import, and not by somebody's reason, may come again."""
    if of_phone(version):
        return True
    if version.state == State.SET_ASIDE and not version.reason:
        return False
    ids = (version.instance_id, *called)  # it may have had another id when it came
    return any(bytes(version.raw_sha256) == hashlib.sha256(content.under(each)).digest() for each in ids)


def alive(versions: Iterable[Submission]) -> list[Submission]:
    return [each for each in versions if each.state not in GONE]


def left_aside(versions: Iterable[Submission]) -> bool:
    """Whether a person has said that this interview does not count, whatever its next version says."""
    versions = list(versions)
    return not alive(versions) and any(each.state == State.SET_ASIDE and each.reason for each in versions)


def _among(found: list[Submission], several: Iterable[list[Submission]]) -> bool:
    return any(found is each for each in several)


Meeting = tuple[UUID, date, str]


class Meetings:
    """Which child was interviewed on which day, and who answered: two interviews of one meeting are most often one."""

    def __init__(self, organisation_id: UUID, instrument_id: str, rows: Sequence[Submission]) -> None:
        self._roots: dict[Meeting, set[UUID]] = {}
        children = {row.child_id for row in rows if row.child_id is not None}
        same = Submission.objects.filter(
            organisation_id=organisation_id, child_id__in=children, interviewed_on__in={r.interviewed_on for r in rows}
        )
        same = same.filter(form_version__instrument_id=instrument_id).exclude(state__in=GONE)
        for child, day, who, root in same.values_list("child_id", "interviewed_on", "respondent", "root_id"):
            self._roots.setdefault((child, day, who), set()).add(root)

    def another(self, row: Submission) -> bool:
        """Whether another interview tells of the row's meeting; the row's own is taken down."""
        if row.child_id is None:
            return False
        roots = self._roots.setdefault((row.child_id, row.interviewed_on, row.respondent), set())
        others = bool(roots - {row.root_id})
        roots.add(row.root_id)
        return others
