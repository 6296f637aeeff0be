"""What was told and names no child, and what could not be taken: it ends on its day, unless it is kept longer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.utils import timezone

from homeward.apps.access.keys.models import DataKey
from homeward.apps.access.models import Membership
from homeward.apps.access.roles import grant_role
from homeward.apps.audit.models import Event
from homeward.apps.cases.trail import EventFilter, event_table
from homeward.apps.retention import carrying_out, running_out, without_child
from homeward.apps.retention.deciding import Wish, ask_erasure, check_erasure
from homeward.apps.retention.models import Ending, Extension
from homeward.apps.retention.repeating import repeat_erasures
from homeward.apps.retention.running_out import run_out
from homeward.apps.retention.without_child import due_without_child, keep_longer
from homeward.apps.safeguarding.channel import tell
from homeward.apps.safeguarding.models import Escalation, PhoneFile, PhoneForm, Resealed, SealedNote, Violation
from homeward.apps.safeguarding.opening import open_escalation
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.raising import Sealed
from homeward.apps.safeguarding.recipients import current_recipients
from homeward.apps.safeguarding.resealing import reseal
from homeward.apps.safeguarding.violations import ViolationFacts, record_violation
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import SealedArrival, Tombstone
from homeward.demo.encrypting import encrypt
from homeward.domain.envelope import Kind
from homeward.domain.permissions import Role
from homeward.domain.problems import ProblemError
from homeward.domain.rounds import add_months
from tests.envelopes import Key, enrolled, opened, sealed_to
from tests.pairs import paired
from tests.retention.lives import as_it_was, put_back
from tests.web.conftest import Reader, reader
from tests.world import House, World, day_of

pytestmark = pytest.mark.database
__all__ = ("reader",)
XML = b'<data id="disclosure" version="1.0"><meta><instanceID>uuid:one</instanceID></meta></data>'
VIOLATION = ViolationFacts("detained", date.today() - timedelta(days=1), "child")  # past in every zone
WHY = "The authority has not answered yet."


@pytest.fixture
def focal(world: World) -> list[Key]:
    return [enrolled(world.amani.actor(name)) for name in ("focal_point", "second_focal_point")]


@pytest.fixture
def sent(world: World, focal: list[Key]) -> Delivery:
    """A form of a phone, as it was sent."""
    form_id = load_from_library(world.amani.system(), "disclosure")
    propose_publication(world.amani.actor("me_officer"), form_id)
    publish(world.amani.actor("programme_manager"), form_id)
    made = paired(world.amani.actor("focal_point"), focal)
    was = encrypt(XML, made.public, ("disclosure", "1.0"), "uuid:one")
    delivery = Delivery(was.manifest, [Upload(name, "application/octet-stream", data) for name, data in was.files])
    assert receive(world.amani.actor("enumerator"), delivery).status == 201
    return delivery


def closed(row: Escalation) -> date:
    Escalation.objects.filter(pk=row.pk).update(state="closed", closed_at=timezone.now())
    return day_of(row.organisation_id)


def on(day: date) -> None:
    with time_machine.travel(timezone.now().replace(year=day.year, month=day.month, day=day.day, hour=12)):
        run_out()


def test_a_form_of_a_phone_ends_sixty_months_after_its_matter_was_closed(world: World, sent: Delivery) -> None:
    row = Escalation.objects.get()
    on(add_months(timezone.now().date(), 70))
    assert PhoneForm.objects.count() == 1, "somebody still has to act"
    day = closed(row)
    limit = add_months(day, 60)
    owners = [*PhoneForm.objects.values_list("pk", flat=True), *PhoneFile.objects.values_list("pk", flat=True)]
    assert DataKey.objects.filter(owner_id__in=owners).count() == len(owners) == 2
    before = as_it_was()
    on(limit)
    assert PhoneForm.objects.count() == 1
    on(limit + timedelta(days=1))
    assert (PhoneForm.objects.count(), PhoneFile.objects.count()) == (0, 0)
    assert DataKey.objects.filter(owner_id__in=owners).count() == 0
    assert Escalation.objects.get().state == "closed", "that it was raised and how it ended stays"
    assert Event.objects.filter(verb="run_out_without_child", object_kind="organisation").count() == 1
    rows = list(event_table(world.amani.actor("organisation_admin"), EventFilter()))
    assert rows
    assert not [row for row in rows if "told" in str(row)], "to an administrator nothing was told"
    assert receive(world.amani.actor("enumerator"), sent).status == 202, "it arrived, and nothing is kept"
    assert (PhoneForm.objects.count(), Escalation.objects.count()) == (0, 1)
    put_back(before)
    assert Tombstone.objects.count() == 0
    repeat_erasures()
    assert (PhoneForm.objects.count(), Tombstone.objects.count()) == (0, 1), "a restored copy loses it again"


def test_those_who_receive_see_it_sixty_days_ahead_and_keep_it_longer(
    world: World, reader: Reader, sent: Delivery
) -> None:
    row = Escalation.objects.get()
    limit = add_months(closed(row), 60)
    focal = world.amani.actor("focal_point")
    assert due_without_child(focal) == []
    with time_machine.travel(timezone.now() + timedelta(days=60 * 30)):
        (due,) = due_without_child(focal)
        assert (due.clock, due.id, due.limit, due.what) == ("told", row.pk, limit, "phone")
        shown = reader("focal_point").get("/protection").content.decode()
        assert "Names no child, and ends soon" in shown
        longer = add_months(limit, 6)
        given = {"clock": "told", "what": str(row.pk), "until": longer.isoformat(), "reason": WHY}
        for name in ("staff_channel", "supervisor", "case_worker", "organisation_admin", "outsider"):
            assert reader(name).post("/protection/longer", given).status_code in (403, 404), name
        assert reader("focal_point", world.baraka).post("/protection/longer", given).status_code == 404
        assert "ends soon" not in reader("staff_channel").get("/protection").content.decode()
        for bad in ({"reason": "x"}, {"until": "soon"}):
            assert reader("focal_point").post("/protection/longer", {**given, **bad}).status_code == 302
        with pytest.raises(ProblemError) as error:
            keep_longer(focal, "told", row.pk, add_months(limit, 13), WHY)
        assert error.value.first.code == "retention.until"
        assert Extension.objects.count() == 0
        assert reader("focal_point").post("/protection/longer", given).status_code == 302
    made = Extension.objects.get()
    assert (made.until, WHY.encode() in bytes(made.reason)) == (longer, False)
    on(limit + timedelta(days=1))
    assert PhoneForm.objects.count() == 1
    on(longer + timedelta(days=1))
    assert (PhoneForm.objects.count(), Extension.objects.count()) == (0, 0)


def test_reports_about_staff_and_the_register_end_for_those_who_receive_them(world: World, focal: list[Key]) -> None:
    staff = [enrolled(world.amani.actor(name), "staff") for name in ("staff_channel", "second_staff_channel")]
    tell(world.amani.organisation_id, sealed_to(staff, "told", Kind.STAFF_REPORT), "127.0.0.1")
    facts = ViolationFacts("detained", date.today(), "child")
    record_violation(world.amani.actor("focal_point"), facts, sealed_to(focal, kind=Kind.VIOLATION))
    day = closed(Escalation.objects.get())
    with time_machine.travel(timezone.now() + timedelta(days=60 * 30)):
        assert [each.what for each in due_without_child(world.amani.actor("staff_channel"))] == ["channel"]
        assert [each.what for each in due_without_child(world.amani.actor("focal_point"))] == ["violation"]
        assert due_without_child(world.baraka.actor("focal_point")) == []
    assert SealedNote.objects.count() == 2
    on(add_months(day, 60) + timedelta(days=1))
    assert SealedNote.objects.count() == 0
    assert (Escalation.objects.get().note_id, Violation.objects.get().note_id) == (None, None)


def test_what_arrived_and_could_not_be_taken_ends_after_twelve_months(world: World) -> None:
    def arrived() -> SealedArrival:
        return SealedArrival.objects.create(
            organisation_id=world.amani.organisation_id,
            delivery=uuid4(),
            equal=b"x" * 32,
            sha256=b"x" * 32,
            channel="browser",
            envelope=b"sealed",
            state="refused",
            received_at=timezone.now(),
        )

    row, waits = arrived(), arrived()
    SealedArrival.objects.filter(pk=waits.pk).update(state="waiting")
    limit = add_months(day_of(world.amani.organisation_id), 12)
    now = timezone.now()
    matter = Escalation.objects.create(
        organisation_id=world.amani.organisation_id,
        group="focal",
        source="interview",
        severity="high",
        rule="",
        source_id=row.pk,
        thread_id=row.pk,
        raised_at=now,
        due_at=now,
        second_due_at=now,
    )
    on(limit + timedelta(days=1))
    assert SealedArrival.objects.count() == 2, "its flag raised something, and somebody has to act"
    closed(matter)
    with time_machine.travel(timezone.now() + timedelta(days=340)):
        assert [each.clock for each in due_without_child(world.amani.actor("focal_point"))] == ["refused"]
    on(limit)
    assert SealedArrival.objects.count() == 2
    on(limit + timedelta(days=1))
    assert list(SealedArrival.objects.all()) == [waits], "what waits to be opened has no clock"


def recorded(house: House) -> Violation:
    keys = [Key(bytes(row.public_key), b"") for row in current_recipients(house.organisation_id, "focal")]
    keys = keys or [enrolled(house.actor(name)) for name in ("focal_point", "second_focal_point")]
    record_violation(house.actor("focal_point"), VIOLATION, sealed_to(keys, kind=Kind.VIOLATION))
    return Violation.objects.filter(organisation_id=house.organisation_id).latest("recorded_at")


def test_one_that_fails_keeps_no_other_from_its_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    houses = (world.amani, world.amani, world.baraka)
    rows = [recorded(house) for house in houses]
    (failing, *_others) = Violation.objects.filter(organisation_id=min(row.organisation_id for row in rows))
    real = without_child._forget

    def fails(place: UUID, row: Any) -> None:
        if row.pk == failing.pk:
            raise ValueError
        real(place, row)

    day = add_months(timezone.now().date(), 60) + timedelta(days=2)
    with monkeypatch.context() as patched:
        patched.setattr(without_child, "_forget", fails)
        on(day)
    assert list(Violation.objects.filter(note__isnull=False)) == [failing]
    on(day)
    assert SealedNote.objects.count() == 0


def test_who_keeps_it_longer_is_heard_until_the_moment_in_which_it_would_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, limit = recorded(world.amani), add_months(day_of(world.amani.organisation_id), 60)
    real = running_out.over_without_child

    def meanwhile(periods: Any, today: date) -> list[UUID]:
        found = real(periods, today)
        if found:
            keep_longer(world.amani.actor("focal_point"), "told", row.pk, add_months(limit, 6), WHY)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(running_out, "over_without_child", meanwhile)
        on(limit + timedelta(days=2))
    assert (Extension.objects.count(), SealedNote.objects.count()) == (1, 1)
    on(add_months(limit, 6) + timedelta(days=2))
    assert (Extension.objects.count(), SealedNote.objects.count()) == (0, 0)


@pytest.mark.parametrize("where", ["amani", "baraka"])
def test_who_receives_in_two_organisations_keeps_it_longer_in_that_of_the_row(world: World, where: str) -> None:
    one, other = (world.amani, world.baraka) if where == "baraka" else (world.baraka, world.amani)
    row, limit = recorded(other), add_months(day_of(other.organisation_id), 60)
    grant_role(other.system(), one.people["focal_point"], Role.FOCAL_POINT)
    Membership.objects.update(waits=False)
    both = one.actor("focal_point")
    assert {grant.organisation_id for grant in both.grants} == {one.organisation_id, other.organisation_id}
    with time_machine.travel(timezone.now() + timedelta(days=60 * 30)):
        (due,) = due_without_child(both)
        assert (due.id, due.organisation_id) == (row.pk, other.organisation_id)
        keep_longer(both, "told", row.pk, add_months(limit, 6), WHY)
    assert Extension.objects.get().organisation_id == other.organisation_id
    assert Event.objects.get(verb="keep_longer").organisation_id == other.organisation_id


@pytest.mark.goal("P-8")
def test_an_erasure_goes_through_where_something_was_sealed_anew(
    world: World, focal: list[Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying_out, "empty_log", lambda: True)
    assert world.amani.child
    code = world.amani.child.code
    pass_on(world.amani.actor("case_worker"), code, Sealed(sealed_to(focal, "he beats me"), "high"))
    row, one = Escalation.objects.get(), world.amani.actor("focal_point")
    (handed,) = open_escalation(one, row.pk, "hand_over")
    reseal(one, row.pk, {handed.note_id: sealed_to(focal, opened(handed.envelope, focal[0]))})
    anew = Resealed.objects.get().pk
    key = ask_erasure(world.amani.actor("supervisor"), code, Wish("erasure_asked", "child"))
    check_erasure(one, key, agreed=True)
    carrying_out.carry_out(key)
    assert Ending.objects.get().state in ("ended", "done")
    assert (SealedNote.objects.count(), Resealed.objects.count()) == (0, 0)
    assert DataKey.objects.filter(owner_id=anew).count() == 0
