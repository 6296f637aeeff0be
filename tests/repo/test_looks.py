"""Every page that shows what is protected leaves an event before it answers; every refusal leaves one too.

Addresses come from the URL resolver: a new one has to say here whether it shows anything about a child.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connections, transaction
from django.test import Client

from homeward.apps.audit.models import Event
from homeward.apps.audit.verbs import OPEN
from homeward.domain.permissions import PERMISSIONS
from homeward.web.audit.words import GUARDED, VERBS
from tests.repo import matrix
from tests.repo.matrix import PUBLIC, RELATIONS, ROLES, Route
from tests.repo.source import PACKAGE, python_files
from tests.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
CHANGES = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)')
# Who looked, that this browser is here, and how many records were opened today.
TRACES = frozenset({"audit_event", "access_opensession", "access_openedrecord", "access_manyopened"})
MADE_READY = {("factor-app", "access_factor")}  # a secret that opens nothing before its first code
SHOWS = frozenset(
    (
        *(
            "child",
            "child-change",
            "child-twice",
            "child-interview",
            "child-interviews",
            "child-looks",
            "child-people",
            "children",
        ),
        "link-new",
        *("interview-config", "interview-media", "submission", "submission-correct", "attachment"),
        *(
            "inbox",
            "inbox-entry",
            "kept",
            "kept-file",
            "not-taken",
            "download",
            "audit",
            "audit-download",
            "emergencies",
        ),
        *("escalation", "escalations", "pass-on", "violation"),
        *("child-keep", "child-copy", "retention"),
        *("child-conflict", "conflicts", "child-follow-up"),
        *("child-plan", "child-step", "child-goal", "child-action", "child-plan-send", "child-vary", "child-outcome"),
        *("child-vary-check", "child-plan-version", "child-assess", "child-assessment", "child-close"),
        *("child-close-decide", "child-reopen", "approvals"),
        *("child-visits", "visit-new", "visit-plan", "contact-card", "visit", "visit-record", "visit-sheet"),
        *("visit-correct", "promise"),
        *("child-conflict", "conflicts"),
        *("child-help", "referral-new", "referral", "referral-slip", "service-gaps"),
        *("transfer-new", "transfer-paper", "transfers"),
        *("child-reviews", "review-new", "reviews", "staff-note", "team"),
        *("child-agreement", "agreement-ask"),
        *("child-record", "child-record-topic", "duplicates", "child-twice"),
        *("child-journey", "child-turns", "child-turn"),
        *("field-caseload", "field-history"),
    )
)
# Today: whose round is due, where somebody's is (tests/web/test_audit.py). Violations: not for whoever only adds some.
# Visits of a day: where any is planned (tests/apps/test_visits.py).
# What waits for agreement: only while it does (tests/web/test_agreement.py).
SOMETIMES = frozenset(
    {"children-named", "today", "today-part", "violations", "visits-day", "visits-sheets", "inbox-agreement"}
)
NOTHING = frozenset(
    (
        *("blank", "code", "health", "health-page", "leave", "sign-in", "sign-out", "one-tap", "door-language"),
        *("me", "my-language", "my-password", "people", "person", "person-new", "person-close", "person-code"),
        *("person-reopen", "role-confirm", "role-end", "teams", "device", "device-new", "device-revoke", "devices"),
        *("place", "place-merge", "places", "instrument", "instruments", "instrument-collect", "instrument-compare"),
        *("instrument-dictionary", "instrument-new", "instrument-paper", "instrument-preview", "instrument-propose"),
        *("instrument-publish", "instrument-retire", "instrument-withdraw", "instrument-workbook"),
        *("interview", "interview-form", "interview-submit"),  # the form without the child: that is in the config
        *("import", "imports", "import-new", "import-cancel", "import-resume", "import-undo", "downloads"),  # counts
        *("caseload-import", "caseload-apply", "child-new", "child-find", "children-none", "child-name"),  # steps
        "child-assign",
        *("child-record-strike", "child-sibling", "relation-end", "relation-strike", "duplicates-decide", "merge-undo"),
        *("child-unassign", "emergency", "emergency-review", "volume-review"),
        *("confirm", "factors", "factor-app", "factor-codes", "factor-key", "factor-remove", "here", "second-step"),
        *("restoration-confirm", "restoration-new", "restoration-withdraw", "session-end", "sessions-end"),
        *("sign-on", "sign-on-back", "tell", "staff-contact", "recipients", "recipient-confirm", "programme-key"),
        *(
            "escalation-open",
            "escalation-reseal",
            "escalation-step",
            "escalation-take-over",
        ),  # steps; opening is tried in test_safeguarding
        *("violation-counts", "violation-new", "violation-open"),
        *("lock", "here-am-i", "sealed-interview"),  # steps; what is sealed is shown to nobody
        *("erasure-check", "retention-times"),  # a step; months for an organisation
        "child-plan-drop",  # a step
        *("note-read", "note-words-seen", "staff-note-new"),  # a step; what one wrote about oneself
        "agreement-withdraw",  # a step
        *("told-longer", "programme-key-confirm", "conflict-end"),  # steps
        *("contact-open", "contact-attempt", "contact-decide", "quiet-time", "quiet-end"),  # steps
        *("visit-not-held", "visit-lift", "visit-skip", "visit-action", "promise-say"),  # steps
        *("protocols", "my-calendar", "calendar"),  # days and numbers, no child; tried in tests/web/test_calendars.py
        *("services", "service"),  # names of providers
        *("field-shell", "field-manifest", "field-worker", "field-icon", "field-icon-192", "field-icon-512"),
        "link-take-back",  # a step
        # Of whoever answers alone: nobody who could look; opening is written down, tried in tests/apps/test_links.py
        *("alone-begin", "alone-open", "alone-away", "alone", "alone-questions", "alone-config", "alone-form"),
        *("alone-media", "alone-submit", "alone-leave"),
        *(
            "field-session",
            "field-registering",
            "field-device-new",
            "field-form",
            "field-media",
        ),  # blank forms, and a token
        *("field-sealed", "field-contact"),  # of a phone, by its token; tried in tests/web/test_field_sending.py
        # So are these, of a community monitor; the look at the list is tried in tests/web/test_field_monitor.py.
        *("field-monitor", "field-monitor-code", "field-monitor-form", "field-monitor-media"),
        *(
            "hand-over",
            "hand-over-undo",
            "transfer-answer",
            "transfer-change",
        ),  # steps; a plan is a look, tried in test_hand_over
    )
)


def test_every_address_says_whether_it_shows_a_child() -> None:
    assert {route.name for route in matrix.routes()} == SHOWS | SOMETIMES | NOTHING
    assert not (SHOWS | SOMETIMES) & NOTHING


class Walk:
    """Every address as every role, what it left in the audit, and all of it taken back."""

    def __init__(self, world: World) -> None:
        self.related = matrix.objects(world)
        self.people = matrix.clients(world.amani, world.outsider)
        self.ids = {role: world.amani.people.get(role, world.outsider) for role in ROLES if role != "anonymous"}

    def steps(self, routes: tuple[Route, ...]) -> list[tuple[Route, str, str, str]]:
        return [
            (route, relation, role, self.path(route, relation))
            for route in routes
            for relation in (RELATIONS if set(route.parameters) - matrix.KINDS else RELATIONS[:1])
            for role in self.ids
        ]

    def path(self, route: Route, relation: str) -> str:
        return self.related[relation].path(route)

    def take(self, role: str, method: str, path: str) -> tuple[str, list[bool]]:
        """What was answered, and of each new event of this person whether it says "allowed"."""
        client: Client = self.people[role]
        session = client.cookies.copy()
        with transaction.atomic():
            before = set(Event.objects.values_list("pk", flat=True))
            response = client.generic(method, path, content_type="application/x-www-form-urlencoded")
            new = Event.objects.filter(actor_id=self.ids[role]).exclude(pk__in=before)
            found = list(new.values_list("allowed", flat=True))
            word = matrix.word_for(response)
            response.close()
            transaction.set_rollback(True)
        client.cookies = session
        return word, found


@pytest.fixture(autouse=True)
def nobody_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key is pressed here, this one too; what it does is tried in tests/durability/test_locking.py."""
    monkeypatch.setattr("homeward.apps.operations.locking.write_lock", lambda *_: None)
    monkeypatch.setattr("homeward.apps.operations.locking.confirm", lambda *_: None)
    monkeypatch.setattr("homeward.apps.access.vault.lock", lambda: None)


@pytest.fixture
def walk(world: World) -> Walk:
    return Walk(world)


def test_who_is_shown_something_is_written_down(walk: Walk) -> None:
    routes = tuple(route for route in matrix.routes() if route.name in SHOWS)
    unseen, shown = [], set()
    for route, relation, role, path in walk.steps(routes):
        word, events = walk.take(role, "GET", path)
        if word == "yes":
            shown.add(route.name)
            if True not in events:
                unseen.append((route.name, relation, role))
    assert unseen == []
    assert shown >= SHOWS - {"kept-file"}  # what is kept apart in this world is no file


def test_who_is_refused_is_written_down(walk: Walk) -> None:
    unseen, refused = [], 0
    for route, relation, role, path in walk.steps(matrix.routes()):
        for method in ("GET", "POST"):
            word, events = walk.take(role, method, path)
            if word in ("no", "hidden") and route.name not in PUBLIC:
                refused += 1
                if False not in events:
                    unseen.append((route.name, method, relation, role, word))
    assert unseen == []
    assert refused > 500


def test_looking_changes_nothing(walk: Walk) -> None:
    """A page or file that is asked for writes traces and nothing else, so no link and no picture takes a step."""
    written: set[tuple[str, str]] = set()
    name = ""

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := CHANGES.match(sql):
            written.add((name, found[1]))
        return execute(sql, params, many, context)

    with connections["default"].execute_wrapper(note), connections["keys"].execute_wrapper(note):
        for route, relation, role, path in walk.steps(matrix.routes()):
            name = route.name
            if relation == "own":
                walk.take(role, "GET", path)
    assert len({each for each, _table in written}) > 20  # looks are written down
    assert {(each, table) for each, table in written if table not in TRACES} == MADE_READY


def test_what_cannot_be_written_down_is_not_shown(walk: Walk, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row fails before the answer, so the answer is 503 and says nothing about the child."""
    routes = tuple(route for route in matrix.routes() if route.name in SHOWS)
    steps = [step for step in walk.steps(routes) if step[1] == "own"]
    able = [step for step in steps if walk.take(step[2], "GET", step[3])[0] == "yes"]
    code = str(walk.related["own"].values["code"])

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("disk full")

    monkeypatch.setattr(Event, "save", fail)
    assert {step[0].name for step in able} >= SHOWS - {"kept-file"}
    for route, _relation, role, path in able:
        response = walk.people[role].get(path)
        assert response.status_code == 503, (route.name, role)
        assert code not in response.content.decode(), (route.name, role)
        assert "AM" not in re.findall(r">([A-Z]{2})<", response.content.decode()), (route.name, role)


def test_a_refusal_that_cannot_be_written_down_is_no_answer_either(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("disk full")

    monkeypatch.setattr(Event, "save", fail)
    path = walk.path(Route("child", ("code",)), "other team")
    assert walk.people["case_worker"].get(path).status_code == 503


def test_every_verb_of_the_trace_has_words_or_is_kept_to_focal_points() -> None:
    """A verb that is new stands in `apps/audit/verbs.py` with words, or in neither and so is shown to few."""
    assert set(VERBS) == OPEN
    written = "\n".join(path.read_text("utf-8") for path in python_files() if path.is_relative_to(PACKAGE))
    assert not set(GUARDED) & OPEN
    places = [*((verb, 3) for verb in OPEN), *((verb, 2) for verb in GUARDED)]  # declared, in words, and used
    assert [verb for verb, most in places if written.count(f'"{verb}"') < most and verb not in PERMISSIONS] == []


def test_every_verb_that_is_written_down_has_words() -> None:
    """Focal points read all of the trace, so no code may stand where words should."""
    said = set(VERBS) | set(GUARDED) | set(PERMISSIONS)
    written = set(verbs_written())
    assert {"open_sealed", "receive_submission", "sign_in"} <= written
    assert sorted(written - said) == []


def verbs_written() -> Iterator[str]:
    """The second argument of every `record...` call, where it is said in place."""
    for path in python_files():
        if not path.is_relative_to(PACKAGE):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or len(node.args) < 3:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name.startswith(("record", "event")) and isinstance(node.args[1], ast.Constant):
                yield str(node.args[1].value)


def test_no_event_is_kept_with_another_organisations_name(walk: Walk, world: World) -> None:
    """A look at another's child is on that child's record, by a code of the page and not by what was typed."""
    path = walk.path(Route("child", ("code",)), "other organisation")
    walk.people["case_worker"].get(path)
    event = Event.objects.latest("at")
    assert (event.child_id, event.organisation_id) == (world.baraka.child.id, world.amani.organisation_id)  # type: ignore[union-attr]
    walk.people["case_worker"].get("/children/Asha-Mwangi")
    event = Event.objects.latest("at")
    assert (event.object_kind, event.object_id, event.detail) == ("page", "", {"page": "child", "status": 404})
    assert isinstance(world.outsider, UUID)
