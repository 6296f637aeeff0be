"""From a flag or a sealed note to somebody who acts: once, in time, in their order, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.models import Membership, Person
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.safeguarding.channel import EACH, tell
from homeward.apps.safeguarding.escalations import take_over, take_step
from homeward.apps.safeguarding.models import Escalation, Knock, LogEntry, Notice, Opening, Recipient, SealedNote
from homeward.apps.safeguarding.notices import message_for, send_notices
from homeward.apps.safeguarding.opening import open_escalation
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.queries import escalation, list_escalations, notices, overdue
from homeward.apps.safeguarding.raising import Sealed, filler
from homeward.apps.safeguarding.recipients import (
    announced,
    confirm_recipient,
    current_recipients,
    enrol_recipient,
    keys_for,
    own_key,
    recipients,
)
from homeward.apps.surveys import escalating
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Flag, Submission
from homeward.domain.envelope import ENVELOPE, Kind
from homeward.domain.escalations import Step
from homeward.domain.problems import ProblemError
from tests.envelopes import Key, enrolled, key, opened, sealed_to
from tests.interviews import interview
from tests.world import House, World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
FORM = "child-12-14"
HARMED = {"safe_home": "unsafe"}
WRITERS = ("case_worker", "supervisor")
OUTSIDE = (*WRITERS, "me_officer", "programme_manager", "organisation_admin", "system_admin", "staff_channel")


@pytest.fixture
def focal(world: World) -> list[Key]:
    return [enrolled(world.amani.actor(name)) for name in ("focal_point", "second_focal_point")]


def sent(house: House, sealed: Sealed | None = None, **options: object) -> Submission:
    assert house.child
    xml = interview(FORM, house.child.code, **options)  # type: ignore[arg-type]
    channel = "browser" if sealed else "collect"
    receipt = receive(house.actor("case_worker"), Delivery(xml, channel=channel, sealed=sealed))
    return Submission.objects.get(pk=receipt.submission_id)


def step(actor: Actor, row: Escalation, what: Step, outcome: str = "") -> None:
    keys = [Key(bytes(each.public_key), b"") for each in current_recipients(row.organisation_id, row.group)]
    take_step(actor, row.pk, what, sealed_to(keys, "because", Kind.REASONING), outcome)


class TestRaising:
    def test_a_flag_becomes_one_escalation_in_the_same_transaction(self, world: World) -> None:
        row = sent(world.amani, changes=HARMED)
        found = Escalation.objects.get(source_id=row.pk)
        assert {flag.kind for flag in Flag.objects.filter(submission=row)} == set(found.kinds) != set()
        assert (found.state, found.child_id, found.group, found.rule) == ("raised", row.child_id, "focal", "*")
        assert found.due_at > found.raised_at
        assert Notice.objects.filter(escalation=found, line=1, sent_at=None).count() == 1

    def test_an_interview_without_flags_asks_the_database_nothing_more(self, world: World) -> None:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            sent(world.amani)
        assert not [query for query in asked.captured_queries if "safeguarding" in query["sql"]]
        assert Escalation.objects.count() == 0

    def test_what_comes_again_raises_nothing_more(self, world: World) -> None:
        first = f"uuid:{uuid4()}"
        for _ in range(3):
            sent(world.amani, instance_id=first, changes=HARMED)
        assert Escalation.objects.count() == 1

    def test_a_correction_raises_only_what_is_new(self, world: World) -> None:
        first, second = f"uuid:{uuid4()}", f"uuid:{uuid4()}"
        sent(world.amani, instance_id=first, changes=HARMED)
        sent(world.amani, instance_id=second, deprecated_id=first, changes=HARMED)
        assert Escalation.objects.count() == 1

    def test_an_interview_that_waits_for_its_child_escalates_all_the_same(self, world: World) -> None:
        xml = interview(FORM, "111111111", changes=HARMED)
        receipt = receive(world.amani.actor("case_worker"), Delivery(xml))
        assert receipt.status == 202
        assert Escalation.objects.get(source_id=receipt.submission_id).child_id is None

    def test_the_sweep_repairs_a_flag_that_has_none_and_only_once(self, world: World) -> None:
        row = sent(world.amani, changes=HARMED)
        Notice.objects.all().delete()
        Escalation.objects.all().delete()
        assert [escalating.sweep(), escalating.sweep()] == [1, 0]
        assert Escalation.objects.filter(source_id=row.pk).count() == 1

    def test_what_was_told_in_an_interview_opens_for_both_and_for_nobody_here(
        self, world: World, focal: list[Key]
    ) -> None:
        blob = sealed_to(focal, "he beats me")
        row = sent(world.amani, Sealed(blob, "high"))
        found = Escalation.objects.get(source_id=row.pk)
        assert (found.kinds, found.severity) == (["disclosure"], "high")
        for name, made in zip(("focal_point", "second_focal_point"), focal, strict=True):
            (handed,) = open_escalation(world.amani.actor(name), found.pk, "act")
            assert (handed.envelope, opened(handed.envelope, made)) == (blob, "he beats me")
        assert b"he beats me" not in bytes(SealedNote.objects.get().envelope)

    def test_what_was_told_is_kept_also_where_the_interview_is_not(self, world: World, focal: list[Key]) -> None:
        first = f"uuid:{uuid4()}"
        sent(world.amani, instance_id=first)
        blob = sealed_to(focal, "told again")
        for _ in range(2):
            with pytest.raises(ProblemError, match="kept apart"):
                sent(world.amani, Sealed(blob, "medium"), instance_id=first, example=1)
        assert Escalation.objects.get().kinds == ["disclosure"]

    def test_nothing_of_another_shape_is_taken(self, world: World, focal: list[Key]) -> None:
        worker = world.amani.actor("case_worker")
        assert world.amani.child
        for blob in (b"", b"x" * ENVELOPE, filler()[:-1], filler(Kind.REASONING)):
            with pytest.raises(ProblemError, match="did not arrive"):
                pass_on(worker, world.amani.child.id, Sealed(blob, "low"))
        assert SealedNote.objects.count() == 0


class TestHiding:
    @pytest.mark.goal("P-3")
    def test_an_interview_with_something_told_is_stored_like_one_without(
        self, world: World, focal: list[Key], record_property: Callable[[str, object], None]
    ) -> None:
        with_it = sent(world.amani, Sealed(sealed_to(focal, "told"), "high"))
        without = sent(world.amani, Sealed(sealed_to(focal, "")))
        notes = {note.source_id: note for note in SealedNote.objects.all()}
        sizes = {len(bytes(notes[row.pk].envelope)) for row in (with_it, without)}
        assert len(sizes) == 1
        assert with_it.state == without.state
        assert with_it.problems == without.problems
        details = Event.objects.filter(verb="receive_submission").values_list("detail", flat=True)
        assert {str(detail) for detail in details} == {str(details[0])}
        assert not Event.objects.filter(verb__contains="escalation").exists()
        record_property("ran", f"one with something told, one with nothing: {sizes.pop()} bytes each")

    @pytest.mark.parametrize("name", OUTSIDE)
    def test_nobody_else_finds_it(self, world: World, focal: list[Key], name: str) -> None:
        row = sent(world.amani, Sealed(sealed_to(focal, "told"), "high"))
        found, actor = Escalation.objects.get(source_id=row.pk), world.amani.actor(name)
        for look in (lambda: escalation(actor, found.pk), lambda: open_escalation(actor, found.pk, "act")):
            with pytest.raises(NotVisible):
                look()
        with pytest.raises(NotVisible):
            step(actor, found, Step.ACKNOWLEDGE)
        assert notices(actor) == []
        assert announced(actor) == []

    def test_the_other_organisation_finds_nothing(self, world: World, focal: list[Key]) -> None:
        row = sent(world.amani, Sealed(sealed_to(focal, "told"), "high"))
        found, actor = Escalation.objects.get(source_id=row.pk), world.baraka.actor("focal_point")
        assert list_escalations(actor) == []
        with pytest.raises(NotVisible):
            open_escalation(actor, found.pk, "act")

    def test_passing_on_leaves_no_trace_of_who_and_about_whom(self, world: World, focal: list[Key]) -> None:
        assert world.amani.child
        worker = world.amani.actor("case_worker")
        pass_on(worker, world.amani.child.id, Sealed(sealed_to(focal, "told"), "high"))
        row = Event.objects.latest("at")
        assert (row.verb, row.actor_kind, row.actor_id, row.object_id) == ("keep_sealed", "system", None, "")
        note = SealedNote.objects.get()
        assert (note.person_id, note.child_id) == (worker.person_id, world.amani.child.id)
        with pytest.raises(NotVisible):
            pass_on(world.amani.actor("other_case_worker"), world.amani.child.id, Sealed(sealed_to(focal), "low"))


class TestRecipients:
    def test_two_begin_freely_and_a_third_is_confirmed_by_both(self, world: World) -> None:
        house = world.amani
        enrolled(house.actor("focal_point"))
        assert keys_for(house.organisation_id, "focal") == []
        enrolled(house.actor("second_focal_point"))
        assert len(keys_for(house.organisation_id, "focal")) == 2
        third = self.third(world)
        enrolled(third)
        assert len(keys_for(house.organisation_id, "focal")) == 2
        row = Recipient.objects.get(person_id=third.person_id)
        with pytest.raises(ProblemError, match="confirmed by others"):
            confirm_recipient(third, row.pk)
        for name, receives in (("focal_point", 2), ("focal_point", 2), ("second_focal_point", 3)):
            confirm_recipient(house.actor(name), row.pk)
            assert len(keys_for(house.organisation_id, "focal")) == receives, name
        assert [each.person for each in announced(house.actor("focal_point"))] != []

    def third(self, world: World) -> Actor:
        person = world.amani.people["me_officer"]
        Membership.objects.filter(person_id=person).update(role="focal_point")
        return world.amani.actor("me_officer")

    def test_a_new_key_of_ones_own_is_confirmed_by_the_other(self, world: World, focal: list[Key]) -> None:
        house = world.amani
        given_up = enrolled(house.actor("focal_point"))
        again = enrolled(house.actor("focal_point"))
        mine = Recipient.objects.filter(person_id=house.people["focal_point"], ended_at=None)
        assert set(keys_for(house.organisation_id, "focal")) == {focal[0].public, focal[1].public}
        shown = own_key(house.actor("focal_point"), "focal")
        assert shown is not None
        assert (shown.public_key, shown.waits, mine.count()) == (focal[0].public, False, 2)
        row = mine.get(since=None)
        assert bytes(row.public_key) == again.public != given_up.public
        with pytest.raises(ProblemError, match="confirmed by others"):
            confirm_recipient(house.actor("focal_point"), row.pk)
        confirm_recipient(house.actor("second_focal_point"), row.pk)
        assert set(keys_for(house.organisation_id, "focal")) == {again.public, focal[1].public}
        assert mine.count() == 1

    def test_a_role_that_ends_ends_receiving(self, world: World, focal: list[Key]) -> None:
        yesterday = timezone.now().date() - timedelta(days=2)
        Membership.objects.filter(person_id=world.amani.people["focal_point"]).update(until=yesterday)
        assert keys_for(world.amani.organisation_id, "focal") == []
        assert world.amani.child
        told = Sealed(sealed_to(focal), "low")
        with pytest.raises(ProblemError, match="Fewer than two"):
            pass_on(world.amani.actor("case_worker"), world.amani.child.id, told)

    @pytest.mark.parametrize("name", [*OUTSIDE[:-1]])
    def test_nobody_else_becomes_one(self, world: World, name: str) -> None:
        made = key()
        with pytest.raises(ProblemError):
            enrol_recipient(world.amani.actor(name), "focal", made.public, made.wrapped)
        assert Recipient.objects.count() == 0

    def test_a_weakly_wrapped_key_is_refused(self, world: World) -> None:
        made = key()
        weak = made.wrapped[:2] + (1000).to_bytes(4, "big") + made.wrapped[6:]
        for public, wrapped in ((made.public, weak), (made.public[:-1], made.wrapped), (made.public, b"")):
            with pytest.raises(ProblemError, match="key did not arrive"):
                enrol_recipient(world.amani.actor("focal_point"), "focal", public, wrapped)

    def test_the_two_groups_know_nothing_of_each_other(self, world: World, focal: list[Key]) -> None:
        staff = world.amani.actor("staff_channel")
        assert recipients(staff) == []
        assert {row.group for row in recipients(world.amani.actor("focal_point"))} == {"focal"}
        made = key()
        with pytest.raises(ProblemError):
            enrol_recipient(staff, "focal", made.public, made.wrapped)


class TestWorking:
    @pytest.fixture
    def row(self, world: World, focal: list[Key]) -> Escalation:
        return Escalation.objects.get(source_id=sent(world.amani, Sealed(sealed_to(focal, "told"), "high")).pk)

    def test_from_raised_to_closed_by_two(self, world: World, row: Escalation, focal: list[Key]) -> None:
        one, two = world.amani.actor("focal_point"), world.amani.actor("second_focal_point")
        step(one, row, Step.ACKNOWLEDGE)
        step(one, row, Step.START)
        step(one, row, Step.NOTE)
        step(one, row, Step.PROPOSE, "referred")
        with pytest.raises(ProblemError, match="somebody else confirms"):
            step(one, row, Step.CLOSE)
        step(two, row, Step.CLOSE)
        row.refresh_from_db()
        assert (row.state, row.outcome, row.outcome_by_id, row.closed_by_id) == (
            "closed",
            "referred",
            one.person_id,
            two.person_id,
        )
        assert [entry.step for entry in LogEntry.objects.filter(escalation=row)] == [
            "acknowledge",
            "start",
            "note",
            "propose",
            "close",
        ]
        texts = [opened(each.envelope, focal[1]) for each in open_escalation(two, row.pk, "review")]
        assert texts == ["told", *["because"] * 5]
        assert Event.objects.filter(verb="escalation_step", object_id=str(row.pk), allowed=True).count() == 5

    def test_steps_out_of_order_are_refused(self, world: World, row: Escalation) -> None:
        one = world.amani.actor("focal_point")
        for what in (Step.CLOSE, Step.PROPOSE, Step.SEND_BACK, Step.NOTE):
            with pytest.raises(ProblemError):
                step(one, row, what, "safe")
        step(one, row, Step.START)
        with pytest.raises(ProblemError, match="outcome is missing"):
            step(one, row, Step.PROPOSE)
        step(one, row, Step.PROPOSE, "safe")
        step(world.amani.actor("second_focal_point"), row, Step.SEND_BACK)
        row.refresh_from_db()
        assert (row.state, row.outcome, row.outcome_by_id) == ("in_progress", "", None)

    def test_opening_is_an_act_with_a_reason_on_disk_before_anything_is_handed_out(
        self, world: World, row: Escalation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = world.amani.actor("focal_point")
        with pytest.raises(ProblemError, match="reason is missing"):
            open_escalation(one, row.pk, "curious")
        assert Opening.objects.count() == 0
        seen: list[int] = []
        monkeypatch.setattr(
            "homeward.apps.safeguarding.resealing.envelope_of",
            lambda note: seen.append(Event.objects.filter(verb="open_sealed", object_id=str(row.pk)).count()) or b"",
        )
        open_escalation(one, row.pk, "legal")
        assert seen == [1]
        assert Opening.objects.get().reason == "legal"
        assert Event.objects.get(verb="open_sealed").detail == {"reason": "legal"}

    def test_the_second_line_is_told_once_and_takes_over(self, world: World, row: Escalation) -> None:
        manager = world.amani.actor("programme_manager")
        assert overdue(manager) == []
        with pytest.raises(NotVisible):
            take_over(manager, row.pk)
        Escalation.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(minutes=1))
        escalating.sweep()
        escalating.sweep()
        assert Notice.objects.filter(escalation=row, line=2).count() == 1
        (late,) = overdue(manager)
        assert (late.breached, late.child_code, late.kinds, late.source) == (True, "", (), "")
        assert [notice.line for notice in notices(manager)] == [2]
        (shown,) = list_escalations(world.amani.actor("focal_point"))
        assert shown.breached
        take_over(manager, row.pk)
        row.refresh_from_db()
        assert (row.state, row.acknowledged_by_id) == ("acknowledged", manager.person_id)
        assert overdue(manager) == []
        assert list_escalations(world.amani.actor("focal_point"))[0].breached

    def test_a_clock_follows_its_severity(self, world: World, focal: list[Key]) -> None:
        hours = {}
        for severity in ("low", "medium", "high"):
            row = Escalation.objects.get(source_id=sent(world.amani, Sealed(sealed_to(focal), severity)).pk)
            hours[severity] = (row.due_at - row.raised_at, row.second_due_at - row.raised_at)
        assert hours == {
            "low": (timedelta(hours=72), timedelta(hours=120)),
            "medium": (timedelta(hours=24), timedelta(hours=48)),
            "high": (timedelta(hours=4), timedelta(hours=8)),
        }


class TestMail:
    @pytest.fixture
    def raised(self, world: World, focal: list[Key], settings: object) -> Escalation:
        settings.HOMEWARD_MAIL = True  # type: ignore[attr-defined]
        return Escalation.objects.get(source_id=sent(world.amani, Sealed(sealed_to(focal, "told"), "high")).pk)

    def test_both_focal_points_are_mailed_and_nobody_else(self, world: World, raised: Escalation) -> None:
        assert [send_notices(), send_notices()] == [1, 0]
        assert sorted(message.to[0] for message in mail.outbox) == [
            "focal_point@amani.example.org",
            "second_focal_point@amani.example.org",
        ]

    def test_a_message_that_comes_twice_has_the_same_id(self, world: World, raised: Escalation) -> None:
        send_notices()
        Notice.objects.update(sent_at=None)  # the process died before it wrote that it had sent
        send_notices()
        ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
        assert len(ids) == 4
        assert len(set(ids)) == 2

    def test_mail_that_fails_stays_due(self, world: World, raised: Escalation, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise ConnectionRefusedError

        with monkeypatch.context() as patched:
            patched.setattr("homeward.apps.safeguarding.notices.get_connection", fail)
            assert send_notices() == 0
        assert Notice.objects.get().attempts == 1
        assert send_notices() == 1
        assert len(notices(world.amani.actor("focal_point"))) == 1

    @pytest.mark.goal("P-16")
    @pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
    def test_no_language_says_whom_or_what_it_is_about(self, world: World, raised: Escalation, language: str) -> None:
        """P-16: no name, code, topic or organisation, in any language; nor in the sender or any header."""
        person = Person.objects.get(pk=world.amani.people["focal_point"])
        person.language = language
        made = message_for(uuid4(), person)
        whole = made.message().as_string() + made.subject + made.body
        told = [world.amani.child.code, "Amani", "Asha", person.display_name, str(raised.pk), str(raised.child_id)]  # type: ignore[union-attr]
        topics = ["child", "enfant", "niñ", "طفل", "protect", "proteg", "protég", "حماي", "abus", "homeward", "harm"]
        topics += ["safeguard", "disclos", "alert", "urgen", "escal", "return", "retour", "retorn", "عودة", "عاجل"]
        without_address = whole.replace(person.email, "")
        assert [word for word in (*told, *topics) if word.lower() in without_address.lower()] == []
        assert len(made.body) < 160


class TestStaffChannel:
    @pytest.fixture
    def staff(self, world: World) -> list[Key]:
        return [enrolled(world.amani.actor(name), "staff") for name in ("staff_channel", "second_staff_channel")]

    def report(self, world: World, staff: list[Key], address: str = "10.0.0.1") -> None:
        tell(world.amani.organisation_id, sealed_to(staff, "about a colleague", Kind.STAFF_REPORT), address)

    def test_a_report_reaches_its_own_group_alone(self, world: World, staff: list[Key], focal: list[Key]) -> None:
        self.report(world, staff)
        found, reader = Escalation.objects.get(), world.amani.actor("staff_channel")
        assert (found.group, found.kinds, found.child_id) == ("staff", ["staff"], None)
        assert list_escalations(world.amani.actor("focal_point")) == []
        assert notices(world.amani.actor("focal_point")) == []
        Escalation.objects.update(due_at=timezone.now() - timedelta(hours=1))
        assert overdue(world.amani.actor("programme_manager")) == []
        (handed,) = open_escalation(reader, found.pk, "act")
        assert opened(handed.envelope, staff[1]) == "about a colleague"
        with pytest.raises(NotVisible):
            open_escalation(world.amani.actor("focal_point"), found.pk, "act")

    def test_too_much_from_one_address_is_refused_and_no_address_is_kept(self, world: World, staff: list[Key]) -> None:
        for _ in range(EACH):
            self.report(world, staff)
        with pytest.raises(ProblemError, match="Too much") as caught:
            self.report(world, staff)
        assert caught.value.first.status == 429
        self.report(world, staff, "10.0.0.2")
        assert not any(b"10.0.0" in bytes(row.who) for row in Knock.objects.all())
        assert Escalation.objects.count() == EACH + 1

    def test_without_two_recipients_there_is_nothing_to_send_to(self, world: World) -> None:
        with pytest.raises(NotVisible):
            self.report(world, [key(), key()])
        with pytest.raises(NotVisible):
            tell(UUID(int=7), filler(Kind.STAFF_REPORT), "10.0.0.1")
