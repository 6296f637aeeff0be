"""The lists of the house to take away: what their pages show, to whom their pages show it. Nothing sealed is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.queries import devices, people, teams
from homeward.apps.audit.services import record_look
from homeward.apps.communities.queries import places
from homeward.apps.surveys.form_queries import list_forms
from homeward.apps.surveys.importing import list_imports
from homeward.apps.surveys.inbox import InboxPage, inbox_page
from homeward.formats.tables.workbook_writing import Table
from homeward.formats.tables.writing import Cell

Rows = Iterator[tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class Listing:
    permission: str  # of the page
    header: tuple[str, ...]
    rows: Callable[[Actor], Rows]


def list_table(actor: Actor, what: str) -> Table:
    """Written down before the first row leaves."""
    listing = LISTS[what]
    organisation_id = guard(actor, listing.permission)
    record_look(
        actor, "download_list", "organisation", organisation_id, organisation_id=organisation_id, detail={"list": what}
    )
    return Table(what, listing.header, listing.rows(actor))


def _clock(actor: Actor, moment: datetime | None) -> str | None:
    return moment.astimezone(ZoneInfo(actor.time_zone)).isoformat(timespec="seconds") if moment else None


def _instruments(actor: Actor) -> Rows:
    for row in list_forms(actor):
        yield (
            row.instrument_id,
            row.version,
            row.titles.get(actor.language) or next(iter(row.titles.values()), ""),
            row.family,
            row.subject,
            row.status,
            row.scored,
            " ".join(row.languages),
            row.wording_status,
            row.source,
            _clock(actor, row.published_at),
            _clock(actor, row.retired_at),
            row.errors,
            row.warnings,
            row.checksum,
        )


def _inbox_pages(actor: Actor) -> Iterator[InboxPage]:
    page = inbox_page(actor)
    yield page
    for number in range(2, page.pages + 1):
        yield inbox_page(actor, number)


def _inbox(actor: Actor) -> Rows:
    for row in (row for page in _inbox_pages(actor) for row in page.rows):
        yield (
            _clock(actor, row.received_at),
            row.day,
            row.instrument_id,
            row.version,
            row.state,
            row.child_code,
            row.channel,
            row.sender,
            " ".join(dict.fromkeys(str(problem["code"]) for problem in row.problems)),
            str(row.id),
        )


def _imports(actor: Actor) -> Rows:
    for row in list_imports(actor):
        counts = (row.read, row.new, row.unchanged, row.unmatched, row.invalid, row.failed)
        times = (_clock(actor, row.created_at), _clock(actor, row.finished_at))
        yield (row.file_name, row.instrument_id, row.version, row.person, row.state, *counts, *times)


def _devices(actor: Actor) -> Rows:
    for row in devices(actor):
        times = (_clock(actor, row.last_seen_at), _clock(actor, row.expires_at), _clock(actor, row.revoked_at))
        yield (row.label, row.role, row.team, row.person, *times, row.usable)


def _people(actor: Actor) -> Rows:
    """One row a role, as roles begin and end by day."""
    for person in people(actor):
        for role in person.roles:
            yield (
                person.display_name,
                person.email,
                person.language,
                "open" if person.is_active else "closed",
                role.role,
                role.team,
                role.since,
                role.until,
                int(role.waits),
            )


def _teams(actor: Actor) -> Rows:
    members = Counter(role.team for person in people(actor) for role in person.roles if role.until is None)
    for team in teams(actor):
        yield (team.name, members[team.name])


def _places(actor: Actor) -> Rows:
    for row in places(actor):
        yield (row.path, row.name, row.level, row.country_code, row.time_zone)


LISTS: Mapping[str, Listing] = {
    "instruments": Listing(
        "instruments.see",
        (
            *("instrument", "version", "title", "family", "subject", "status", "scored", "languages", "wording"),
            *("source", "published_at", "retired_at", "errors", "warnings", "checksum"),
        ),
        _instruments,
    ),
    "inbox": Listing(
        "inbox.see",
        (
            *("received_at", "interviewed_on", "instrument", "version", "state", "child_code", "channel", "sender"),
            *("problems", "interview"),
        ),
        _inbox,
    ),
    "imports": Listing(
        "answers.import",
        (
            *("file", "instrument", "version", "person", "state", "read", "new", "unchanged", "unmatched", "invalid"),
            *("failed", "started_at", "finished_at"),
        ),
        _imports,
    ),
    "devices": Listing(
        "devices.manage",
        ("label", "role", "team", "caseload_of", "last_seen_at", "expires_at", "cut_off_at", "usable"),
        _devices,
    ),
    "people": Listing(
        "people.manage",
        ("name", "email", "language", "account", "role", "team", "since", "until", "waits"),
        _people,
    ),
    "teams": Listing("people.manage", ("name", "roles"), _teams),
    "places": Listing("places.manage", ("path", "name", "level", "country_code", "time_zone"), _places),
}
