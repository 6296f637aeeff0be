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

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.emergency import FIELD
from homeward.apps.access.models import (
    Conflict,
    EmergencyAccess,
    Factor,
    ManyOpened,
    Membership,
    OpenSession,
    Person,
    Restoration,
)
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import (
    Action,
    Assessment,
    Assignment,
    Child,
    EndRequest,
    HandOver,
    Merge,
    PlanVersion,
    Relation,
    SpokenLanguage,
    Status,
    Variation,
)
from homeward.apps.cases.passing_on import Offer, offer_transfer
from homeward.apps.cases.referring import Wanted, make_referral
from homeward.apps.cases.services import register_child
from homeward.apps.communities.directory import ServiceFacts, add_service
from homeward.apps.monitoring.staff_notes import write_note
from homeward.apps.retention.models import Ending
from homeward.apps.safeguarding.channel import tell
from homeward.apps.safeguarding.models import Escalation, ProgrammeKey
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.raising import Sealed
from homeward.apps.safeguarding.recipients import current_recipients
from homeward.apps.safeguarding.violations import ViolationFacts, record_violation
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Attachment, FormVersion, Import, Quarantined
from homeward.apps.visits.cards import CardFacts, set_card, set_quiet_time
from homeward.apps.visits.models import AgreedAction
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.recording import Held, NewAction, hold_visit
from homeward.domain.envelope import Kind
from homeward.domain.permissions import DEVICE_ROLES, Role
from homeward.domain.problems import ProblemError
from homeward.domain.sharing import Agreement
from homeward.domain.visiting import Answer, Check
from tests.case_life import case_life
from tests.envelopes import Key, enrolled, sealed_to
from tests.interviews import interview
from tests.pairs import waiting
from tests.pictures import picture
from tests.repo.source import ROOT
from tests.world import House, World, day_of

TABLE = ROOT / "docs" / "authorisation.csv"
RELATIONS = ("own", "other team", "other organisation")
FURTHER = ("closed", "sealed", "conflict", "emergency")  # where the address names what differs
ROLES = (*[role.value for role in Role if role not in DEVICE_ROLES], "outsider", "anonymous")
METHODS = ("GET", "POST", "PUT", "DELETE")
DOORS = ("openrosa", "openrosa_key")  # devices: their own tests hold the contract of docs/openrosa.md
PLANNED = "qplnzxwvrt"  # in every text of a plan
KINDS = frozenset({"what", "kind", "topic"})  # name a sort of file, not a record
OF_A_CHILD = frozenset(
    (
        *("code", "submission_id", "attachment_id", "row_id", "assignment_id"),
        *("entry_id", "relation_id", "merge_id"),
        *("emergency_id", "ending_id", "escalation_id", "violation_id", "conflict_id"),
        *("visit_id", "quiet_id", "action_id"),
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
            _conflict(world.amani, str(own.values["code"]), people[role])

    def emergency(role: str) -> None:
        if role in people:
            _emergency(world.amani, str(other.values["code"]), people[role])

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
    _leave_in_quarantine(house, worker, code)
    person, child = house.people[worker], Child.objects.get(code=code)
    return Objects(
        {
            "code": code,
            "form_id": form.pk,
            "other_id": form.pk,
            "submission_id": receipt.submission_id,
            "attachment_id": Attachment.objects.get(submission_id=receipt.submission_id).pk,
            "row_id": Quarantined.objects.filter(organisation_id=house.organisation_id).latest("received_at").pk,
            "assignment_id": Assignment.objects.get(child__code=code, person_id=person).pk,
            "person_id": person,
            "membership_id": Membership.objects.filter(person_id=person).first().pk,  # type: ignore[union-attr]
            "device_id": house.devices[phone if phone in house.devices else "community_monitor"].device_id,
            "import_id": _import(house),
            "factor_id": _factor(person),
            "restoration_id": _restoration(house, person),
            "session_id": _session(person),
            "place_id": house.place_id,
            "emergency_id": _emergency(house, code),
            "volume_id": _volume(house, person),
            "conflict_id": _conflict(house, code, house.people["second_focal_point"]),
            "ending_id": _ending(house, code),
            "staff_note_id": write_note(actor, "I sleep badly.", asks_talk=True),
            "entry_id": _entry(code),
            "relation_id": Relation.objects.create(
                child=child, kind="relative", since=day_of(house.organisation_id)
            ).pk,
            "merge_id": _merge(house, child),
            "topic": "languages",
            **_told(house, worker, code),
            **_case(house, worker, code),
            **_visited(house, worker, code),
            **_helped(house, worker, code),
            "name": "children.csv",
            "token": "nobody-has-this-one",
            "what": "children",
            "kind": "csv",
        }
    )


def _case(house: House, worker: str, code: str) -> dict[str, object]:
    """A plan that was varied, an assessment and an end that were given back."""
    case_life(house, code, lambda what: f"{PLANNED} {what}", worker.removesuffix("case_worker"))
    of_child = {"child__code": code}
    return {
        "assessment_id": Assessment.objects.get(**of_child).pk,
        "version_id": PlanVersion.objects.get(**of_child, number=2).pk,
        "variation_id": Variation.objects.get(**of_child).pk,
        "action_id": Action.objects.get(**of_child, version__number=2).line,
        "end_id": EndRequest.objects.get(**of_child).pk,
    }


def _entry(code: str) -> UUID:
    child = Child.objects.get(code=code)
    return SpokenLanguage.objects.create(child=child, language="sw", told_on=day_of(child.organisation_id)).pk


def _merge(house: House, child: Child) -> UUID:
    """A second record of the child, put together with it."""
    facts = ChildFacts(sex=child.sex, name="Twin", age=9, return_date=child.return_date, team_id=child.team_id)
    twin = Child.objects.get(pk=register_child(house.system(), facts).id)
    row = Merge(child=twin, into=child, merged_at=timezone.now(), status_before="open")
    row.save()
    Child.objects.filter(pk=twin.pk).update(status=Status.DUPLICATE)
    return row.pk


def _factor(person_id: UUID) -> UUID:
    row = Factor(person_id=person_id, kind="app", material=b"", created_at=timezone.now(), confirmed_at=timezone.now())
    row.save()
    return row.pk


def _restoration(house: House, person_id: UUID) -> UUID:
    row = Restoration(
        person_id=person_id,
        organisation_id=house.organisation_id,
        proposed_by_id=house.people["me_officer"],
        proposed_at=timezone.now(),
    )
    row.save()
    return row.pk


def _session(person_id: UUID) -> UUID:
    now = timezone.now()
    row = OpenSession(session_key=uuid4().hex, person_id=person_id, expire_date=now, begun_at=now, seen_at=now)
    row.save()
    return row.id


def _leave_in_quarantine(house: House, worker: str, code: str) -> None:
    instance = f"uuid:{uuid4()}"
    actor = house.actor(worker)
    receive(actor, Delivery(interview("child-12-14", code, instance_id=instance), channel="browser"))
    with pytest.raises(ProblemError, match="Another interview"):
        receive(actor, Delivery(interview("child-12-14", code, example=1, instance_id=instance), channel="browser"))


def _conflict(house: House, code: str, person_id: UUID) -> UUID:
    row = Conflict(
        organisation_id=house.organisation_id,
        person_id=person_id,
        child_id=Child.objects.values_list("pk", flat=True).get(code=code),
        kind="relative",
        declared_by_id=person_id,
        declared_at=timezone.now(),
    )
    row.save()
    return row.pk


def _emergency(house: House, code: str, opened_by: UUID | None = None) -> UUID:
    """Over already, so that it opens nothing to whoever walks; `opened_by`: and running, for that one."""
    now = timezone.now()
    row = EmergencyAccess(
        organisation_id=house.organisation_id,
        person_id=opened_by or house.people["supervisor"],
        child_id=Child.objects.get(code=code).pk,
        opened_at=now - timedelta(hours=4),
        ends_at=now + timedelta(hours=1 if opened_by else -1),
    )
    row.reason = vault.seal(row.child_id, row.pk, FIELD, b"It could not wait.")
    row.save()
    return row.pk


def _volume(house: House, person_id: UUID) -> UUID:
    """Of yesterday, so that it stops nobody who walks."""
    known = {
        "records": 41,
        "usual": 40,
        "allowed": 100,
        "day": timezone.now().date() - timedelta(days=1),
        "told_at": timezone.now(),
    }
    return ManyOpened.objects.create(organisation_id=house.organisation_id, person_id=person_id, **known).pk


def _ending(house: House, code: str) -> UUID:
    """An erasure that somebody has asked for, who is none of those who walk."""
    child = Child.objects.get(code=code)
    row = Ending(
        organisation_id=house.organisation_id,
        team_id=child.team_id,
        child_id=child.pk,
        code=code,
        kind="erasure",
        reason="erasure_asked",
        asked_for="child",
        state="asked",
        asked_by_person_id=house.people["second_focal_point"],
        asked_at=timezone.now(),
    )
    row.save()
    return row.pk


def _visited(house: House, worker: str, code: str) -> dict[str, object]:
    """A card, a quiet time that is to come, a visit that is planned, and something agreed at one before."""
    actor, today = house.actor(worker), day_of(house.organisation_id)
    check = Check(*[Answer.NO] * 4)
    set_card(actor, code, CardFacts(("home", "phone"), how="0700 1"))
    later = today + timedelta(days=60)
    quiet = set_quiet_time(actor, code, later, later, "asked")
    (held,) = plan_visit(actor, [code], check, Plan(today, "home"))
    agreed = (NewAction("we", later, "Bring the papers"),)
    hold_visit(actor, held, Held(True, True, "yes", (), alone="yes", actions=agreed))
    (planned,) = plan_visit(actor, [code], check, Plan(today, "home"))
    action = AgreedAction.objects.get(visit_id=held)
    return {"visit_id": planned, "quiet_id": quiet, "action_id": action.pk}


def _told(house: House, worker: str, code: str) -> dict[str, object]:
    """Two who receive, a third whose key waits, something told, and a violation."""
    kept = (house.organisation_id, "focal")
    if not current_recipients(*kept).exists():
        keys = [enrolled(house.actor(name)) for name in ("focal_point", "second_focal_point")]
        pass_on(house.actor(worker), code, Sealed(sealed_to(keys), "high"))
        for name in ("staff_channel", "second_staff_channel"):
            enrolled(house.actor(name), "staff")
    keys = [Key(bytes(row.public_key), b"") for row in current_recipients(*kept)]
    first = ProgrammeKey.objects.filter(organisation_id=house.organisation_id).first()
    pair_id = first.pk if first else waiting(house.actor("second_focal_point"), keys)[1]
    facts = ViolationFacts("detained", day_of(house.organisation_id), "child", child_code=code)
    Escalation.objects.update(due_at=timezone.now() - timedelta(hours=1))
    return {
        "organisation_id": house.organisation_id,
        "escalation_id": Escalation.objects.filter(organisation_id=house.organisation_id).first().pk,  # type: ignore[union-attr]
        "key_id": pair_id,
        "recipient_id": current_recipients(*kept).first().pk,  # type: ignore[union-attr]
        "violation_id": record_violation(house.actor("focal_point"), facts, sealed_to(keys, kind=Kind.VIOLATION)),
    }


def _helped(house: House, worker: str, code: str) -> dict[str, object]:
    """A service, a referral to it, the case offered to somebody outside, and a caseload that went to nobody."""
    agreed = Agreement("yes", "yes", day_of(house.organisation_id), "en")
    service = add_service(house.actor("me_officer"), ServiceFacts("education", f"School {code}"))
    wanted = Wanted("school_place", "weeks", agreed, service)
    supervisor = worker.replace("case_worker", "supervisor")
    return {
        "service_id": service,
        "referral_id": make_referral(house.actor(worker), code, wanted),
        "transfer_id": offer_transfer(house.actor(supervisor), code, Offer(agreed, recipient="Outside")),
        "hand_over_id": _hand_over(house, worker, supervisor),
    }


def _hand_over(house: House, worker: str, supervisor: str) -> UUID:
    row = HandOver(
        organisation_id=house.organisation_id,
        from_person_id=house.people[worker],
        day=day_of(house.organisation_id),
        made_by_id=house.people[supervisor],
        made_at=timezone.now(),
    )
    row.save()
    return row.pk


def _import(house: House) -> UUID:
    row = Import(
        organisation_id=house.organisation_id,
        form_version_id=house.forms["child-12-14"],
        person_id=house.people["me_officer"],
        file_name=b"",
        sha256=b"\x00" * 32,
        created_at=timezone.now() + timedelta(hours=1),  # it never stands still, however long the walk takes
    )
    row.save()
    return row.pk


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
