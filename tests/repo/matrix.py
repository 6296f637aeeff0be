"""The authorisation matrix: every address and method, as every role, on what is its own, another team's, another's; and
on its own when that is closed, sealed to others, in conflict with who asks, or opened in an emergency.

Addresses come from the URL resolver, so that none can be forgotten; the objects they name are made once, for each
relation. What is answered is written as one word. docs/authorisation.csv is the table that people review as a diff.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from homeward.apps.access.models import (
    Membership,
    Person,
)
from homeward.apps.cases.models import (
    Assignment,
    Child,
    Relation,
    Status,
)
from homeward.apps.monitoring.staff_notes import write_note
from homeward.apps.safeguarding.channel import tell
from homeward.apps.safeguarding.models import Escalation
from homeward.apps.safeguarding.recipients import current_recipients
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Attachment, FormVersion, Quarantined
from homeward.domain.envelope import Kind
from homeward.domain.permissions import DEVICE_ROLES, Role
from tests.envelopes import Key, sealed_to
from tests.interviews import interview
from tests.pictures import picture
from tests.repo import matrix_rows as made
from tests.repo.source import ROOT
from tests.world import House, World, day_of

TABLE = ROOT / "docs" / "authorisation.csv"
RELATIONS = ("own", "other team", "other organisation")
FURTHER = ("closed", "sealed", "conflict", "emergency")  # where the address names what differs
ROLES = (*[role.value for role in Role if role not in DEVICE_ROLES], "outsider", "anonymous")
METHODS = ("GET", "POST", "PUT", "DELETE")
DOORS = ("openrosa", "openrosa_key")  # devices: their own tests hold the contract of docs/openrosa.md
PLANNED = made.PLANNED
KINDS = frozenset({"what", "kind", "topic", "turn", "part"})  # name a sort of file, not a record
OF_A_CHILD = frozenset(
    (
        *("code", "submission_id", "attachment_id", "row_id", "arrival_id", "assignment_id"),
        *("entry_id", "relation_id", "merge_id"),
        *("emergency_id", "ending_id", "escalation_id", "violation_id", "conflict_id"),
        *("visit_id", "quiet_id", "action_id", "promise_id"),
        *("referral_id", "transfer_id"),
    )
)
OF_A_GROUP = frozenset({"escalation_id", "recipient_id"})  # of those that receive, and know nothing of each other
PUBLIC = frozenset(
    {
        "sign-in",
        "second-step",
        "sign-on",
        "sign-on-back",
        "door-language",
        "one-tap",
        "code",
        "leave",
        "blank",
        "health",
        "tell",
        "calendar",
        *("field-shell", "field-manifest", "field-worker", "field-icon", "field-icon-192", "field-icon-512"),
        *("field-sealed", "field-contact"),  # of a phone, by its token
        *("field-monitor", "field-monitor-code", "field-monitor-form", "field-monitor-media"),
        *("alone-begin", "alone-open", "alone-away", "alone", "alone-questions", "alone-config"),  # by a link
        *("alone-form", "alone-media", "alone-submit", "alone-leave"),
    }
)


@dataclass(frozen=True, slots=True)
class Route:
    name: str
    parameters: tuple[str, ...]


def routes() -> tuple[Route, ...]:
    return tuple(_walk(get_resolver().url_patterns))


def _walk(patterns: list[URLPattern | URLResolver]) -> Iterator[Route]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace not in DOORS:
                yield from _walk(pattern.url_patterns)
        elif pattern.name:
            yield Route(pattern.name, tuple(pattern.pattern.converters))
        else:
            raise AssertionError(f"an address without a name: {pattern.pattern}")


@dataclass(frozen=True)
class Objects:
    """What the addresses name, in one relation to the first team of the acting organisation."""

    values: Mapping[str, object]

    def path(self, route: Route) -> str:
        kwargs = {name: self.values[name] for name in route.parameters}
        query = f"?child={self.values['code']}" if route.name.startswith("interview") else ""
        return reverse(route.name, kwargs=kwargs) + query


@dataclass(frozen=True)
class Standing:
    """How what an address names stands to who asks. It is made within the transaction of the request, and taken back
    with it; so all share what was set up once.
    """

    of: Callable[[str], Objects]  # by role
    made: Callable[[str], None]
    names: Callable[[Route], bool]


def further(world: World, related: Mapping[str, Objects]) -> dict[str, Standing]:
    own, other = related["own"], related["other team"]
    staff = {**own.values, **_of_group(world.amani, "staff")}
    people = {role: world.amani.people.get(role, world.outsider) for role in ROLES if role != "anonymous"}

    def closed(_role: str) -> None:
        Child.objects.filter(code=own.values["code"]).update(
            status=Status.CLOSED, ended_on=day_of(world.amani.organisation_id)
        )

    def conflict(role: str) -> None:
        if role in people:
            made.conflict(world.amani, str(own.values["code"]), people[role])

    def emergency(role: str) -> None:
        if role in people:
            made.emergency(world.amani, str(other.values["code"]), people[role])

    def about_child(route: Route) -> bool:
        return bool(OF_A_CHILD & set(route.parameters)) or route.name.startswith("interview")

    return {
        "closed": Standing(lambda _: own, closed, about_child),
        "sealed": Standing(
            lambda role: own if role == "staff_channel" else Objects(staff),
            lambda _: None,
            lambda route: bool(OF_A_GROUP & set(route.parameters)),
        ),
        "conflict": Standing(lambda _: own, conflict, about_child),
        "emergency": Standing(lambda _: other, emergency, about_child),
    }


def _of_group(house: House, group: str) -> dict[str, object]:
    """A matter and a recipient of it: for `staff` something told on the page without an account."""
    keys = [Key(bytes(row.public_key), b"") for row in current_recipients(house.organisation_id, group)]
    tell(house.organisation_id, sealed_to(keys, kind=Kind.STAFF_REPORT), "192.0.2.1")
    rows = Escalation.objects.filter(organisation_id=house.organisation_id, group=group)
    rows.update(due_at=timezone.now() - timedelta(hours=1))
    return {
        "escalation_id": rows.latest("raised_at").pk,
        "recipient_id": current_recipients(house.organisation_id, group).latest("since").pk,
    }


def objects(world: World) -> dict[str, Objects]:
    amani, baraka = world.amani, world.baraka
    return {
        "own": _objects(amani, amani.child.code, "enumerator", "case_worker"),  # type: ignore[union-attr]
        "other team": _objects(amani, amani.other_child.code, "other", "other_case_worker"),  # type: ignore[union-attr]
        "other organisation": _objects(baraka, baraka.child.code, "enumerator", "case_worker"),  # type: ignore[union-attr]
    }


def _objects(house: House, code: str, phone: str, worker: str) -> Objects:
    actor = house.actor(worker)
    form = FormVersion.objects.get(pk=house.forms["child-12-14"])
    receipt = receive(
        actor,
        Delivery(interview("child-12-14", code), [Upload("note.jpg", "image/jpeg", picture("JPEG"))], "browser"),
    )
    made.leave_in_quarantine(house, worker, code)
    person, child = house.people[worker], Child.objects.get(code=code)
    return Objects(
        {
            "code": code,
            **dict.fromkeys(("form_id", "other_id"), form.pk),
            "submission_id": receipt.submission_id,
            "attachment_id": Attachment.objects.get(submission_id=receipt.submission_id).pk,
            "row_id": Quarantined.objects.filter(organisation_id=house.organisation_id).latest("received_at").pk,
            "arrival_id": made.not_taken(house, worker),
            "assignment_id": Assignment.objects.get(child__code=code, person_id=person).pk,
            "person_id": person,
            "membership_id": Membership.objects.filter(person_id=person).first().pk,  # type: ignore[union-attr]
            "device_id": house.devices[phone if phone in house.devices else "community_monitor"].device_id,
            "import_id": made.an_import(house),
            "factor_id": made.factor(person),
            "restoration_id": made.restoration(house, person),
            "session_id": made.session(person),
            "place_id": house.place_id,
            "emergency_id": made.emergency(house, code),
            "volume_id": made.volume(house, person),
            "conflict_id": made.conflict(house, code, house.people["second_focal_point"]),
            "ending_id": made.ending(house, code),
            "staff_note_id": write_note(actor, "I sleep badly.", asks_talk=True),
            "words_id": made.words_about_a_note(house, person),
            "entry_id": made.entry(code),
            "relation_id": Relation.objects.create(child=child, kind="relative").pk,
            "merge_id": made.merge(house, child),
            "topic": "languages",
            "turn": "left",
            "link_id": made.link(house, worker, code),
            **made.told(house, worker, code),
            **made.case(house, worker, code),
            **made.visited(house, worker, code),
            **made.helped(house, worker, code),
            "name": "children.csv",
            "token": "nobody-has-this-one",
            "step": uuid4(),  # of nobody's
            "what": "children",
            "part": "promises",
            "kind": "csv",
        }
    )


def clients(house: House, outsider: UUID) -> dict[str, Client]:
    made = {}
    for role in ROLES:
        client = made[role] = Client(HTTP_HOST="localhost", raise_request_exception=False)
        if role != "anonymous":
            person_id = outsider if role == "outsider" else house.people[role]
            client.force_login(Person.objects.get(pk=person_id), "homeward.apps.access.signin.PersonBackend")
    return made


def answer(client: Client, method: str, path: str, before: Callable[[], None] | None = None) -> str:
    """One word for what happened; whatever the request changed, or was done before it, is taken back."""
    session = client.cookies.copy()
    with transaction.atomic():
        if before is not None:
            before()
        response = client.generic(method, path, content_type="application/x-www-form-urlencoded")
        word = word_for(response)
        response.close()
        transaction.set_rollback(True)
    client.cookies = session  # signing out, or in as somebody else, is taken back too
    return word


def word_for(response: HttpResponse) -> str:
    status = response.status_code
    if status in (301, 302, 303):
        return (
            "sign in" if response["Location"].startswith("/sign-in?") or response["Location"] == "/sign-in" else "yes"
        )
    if status < 300:
        return "yes"
    return {
        400: "yes: incomplete",
        422: "yes: incomplete",
        409: "yes: conflict",
        401: "sign in",
        403: "no",
        404: "hidden",
        405: "-",
    }.get(status, str(status))


def rows(world: World) -> Iterator[list[str]]:
    """Address, method, relation, then one word a role."""
    related, people = objects(world), clients(world.amani, world.outsider)
    standings = further(world, related)
    for route in sorted(routes(), key=lambda route: route.name):
        relations = RELATIONS if set(route.parameters) - KINDS else RELATIONS[:1]
        for method in METHODS:
            taken = False
            for relation in relations:
                path = related[relation].path(route)
                words = [answer(people[role], method, path) for role in ROLES]
                if set(words) != {"-"}:
                    yield [route.name, method, relation if len(relations) > 1 else "", *words]
                taken = taken or not set(words) <= {"-", "sign in"}
            for relation, standing in standings.items():
                if taken and standing.names(route):
                    yield [
                        route.name,
                        method,
                        relation,
                        *(_stood(standing, route, method, people, role) for role in ROLES),
                    ]


def _stood(standing: Standing, route: Route, method: str, people: Mapping[str, Client], role: str) -> str:
    return answer(people[role], method, standing.of(role).path(route), lambda: standing.made(role))


def written(found: list[list[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["address", "method", "relation", *ROLES])
    writer.writerows(found)
    return out.getvalue()


def kept(path: Path = TABLE) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
