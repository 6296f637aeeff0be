"""A link to answer alone: who makes it, which browser opens it, and that it is used by sending, once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.apps.access.accounts import close_account
from homeward.apps.audit.models import Event
from homeward.apps.cases.conflicts import declare_own
from homeward.apps.cases.consenting import withdraw
from homeward.apps.cases.models import Assignment, Child
from homeward.apps.surveys import links
from homeward.apps.surveys.body import Body
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.link_models import AnswerLink
from homeward.apps.surveys.link_sending import send_alone
from homeward.apps.surveys.links import (
    Standing,
    forget_links,
    links_of,
    make_link,
    open_link,
    opened_link,
    take_back,
    who_may_answer,
)
from homeward.apps.surveys.models import FormVersion, State, Submission
from homeward.apps.visits.cards import lift_quiet_time, set_quiet_time
from homeward.apps.visits.linking import hand_out_link, open_handed_out
from homeward.domain.privacy import Level
from homeward.domain.problems import ProblemError
from tests.alone import answers_of, caregiver_link, opened, young_person
from tests.interviews import interview
from tests.world import House, World, day_of

pytestmark = pytest.mark.database
now = timezone.now


def row_of(key: UUID) -> AnswerLink:
    return AnswerLink.objects.get(pk=key)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(ProblemError) as refusal:
        act()
    return refusal.value.first.code


def verbs(**only: object) -> list[str]:
    rows = Event.objects.filter(object_kind="answer_link", **only).order_by("at")
    return list(rows.values_list("verb", flat=True))


def make(house: House, who: str, respondent: str = "caregiver", form: str = "caregiver", hours: int = 24) -> object:
    assert house.child is not None
    return make_link(house.actor(who), house.child.code, house.forms[form], respondent, hours)


def lose(house: House, lost: str) -> None:
    assert house.child is not None
    if lost == "caseload":
        Assignment.objects.filter(child=house.child.id).update(until=date.today() - timedelta(days=2))
    elif lost == "account":
        close_account(house.actor("organisation_admin"), house.people["case_worker"])
    else:
        declare_own(house.actor("case_worker"), house.child.code, "relative")


class TestMaking:
    def test_whoever_may_interview_the_child_makes_one_and_nobody_else(self, world: World) -> None:
        for who in ("case_worker", "supervisor"):
            make(world.amani, who)
        for who in ("me_officer", "focal_point"):
            assert refused(lambda who=who: make(world.amani, who)) == "access.refused"
        for who in ("other_case_worker", "other_supervisor", "programme_manager", "organisation_admin"):
            assert refused(lambda who=who: make(world.amani, who)) == "child.not_found"
        actor = world.baraka.actor("case_worker")
        code, form = world.amani.child.code, world.amani.forms["caregiver"]
        assert refused(lambda: make_link(actor, code, form, "caregiver", 24)) == "child.not_found"
        assert refused(lambda: make_link(world.nobody(), code, form, "caregiver", 24)) == "child.not_found"
        assert AnswerLink.objects.count() == 2

    def test_of_the_secrets_only_hashes_are_kept(self, world: World) -> None:
        link = caregiver_link(world.amani)
        secret = opened(link)
        kept = " ".join(repr(bytes(v) if isinstance(v, memoryview) else v) for v in vars(row_of(link.id)).values())
        assert link.token not in kept
        assert secret not in kept
        assert len(link.token) == len(secret) == 43  # 256 bits each
        told = [each.detail for each in Event.objects.filter(object_kind="answer_link")]
        assert link.token not in repr(told)
        assert secret not in repr(told)

    def test_a_child_of_13_is_not_asked_alone_and_one_of_16_is(self, world: World) -> None:
        amani = world.amani
        assert refused(lambda: make(amani, "case_worker", "child", "child-12-14")) == "link.wrong"
        assert refused(lambda: make(amani, "case_worker", "caregiver", "child-12-14")) == "link.wrong"
        young = young_person(amani)
        link = make_link(amani.actor("case_worker"), young.code, young.form, "child", 4)
        assert link.expires_at - row_of(link.id).made_at == timedelta(hours=4)
        twelve = amani.forms["child-12-14"]
        assert refused(lambda: make_link(amani.actor("case_worker"), young.code, twelve, "child", 4)) == "link.wrong"

    def test_only_a_form_that_names_in_clear_who_answers(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """What arrives is compared with it: from any other form every answer would be refused."""
        whole = definition_of(FormVersion.objects.get(pk=world.amani.forms["caregiver"]))
        assert who_may_answer(whole, 14) == ("caregiver",)
        instrument = whole.instrument
        name = instrument.about.respondent_question
        asked = instrument.by_name[name]
        options = instrument.choices_of(asked)
        assert options is not None
        fewer = replace(options, choices=tuple(each for each in options.choices if each.code != "caregiver"))
        listed = {**instrument.choice_lists, asked.list_name: fewer}
        sealed = tuple(replace(each, privacy=Level.L4) if each.name == name else each for each in instrument.questions)
        for other in (replace(instrument, choice_lists=listed), replace(instrument, questions=sealed)):
            one = replace(whole, loaded=replace(whole.loaded, instrument=other))
            assert who_may_answer(one, 14) == ()
            monkeypatch.setattr(links, "definition_of", lambda _version, one=one: one)
            assert refused(lambda: make(world.amani, "case_worker")) == "link.wrong"

    def test_neither_another_time_nor_a_group_nor_a_form_of_elsewhere(self, world: World) -> None:
        amani, child = world.amani, world.amani.child
        assert refused(lambda: make(amani, "case_worker", hours=500)) == "link.wrong"
        assert refused(lambda: make(amani, "case_worker", "child", "fgd")) == "link.wrong"
        worker, other = amani.actor("case_worker"), world.baraka.forms["caregiver"]
        assert refused(lambda: make_link(worker, child.code, other, "caregiver", 24)) == "instrument.not_found"

    def test_nobody_is_asked_who_said_no_nor_in_a_time_without_contact(self, world: World) -> None:
        amani, child = world.amani, world.amani.child
        worker, form, today = amani.actor("case_worker"), amani.forms["caregiver"], day_of(amani.organisation_id)
        quiet = set_quiet_time(worker, child.code, today, today, "asked")
        act = lambda: hand_out_link(worker, child.code, form, "caregiver", 24)  # noqa: E731
        assert refused(act) == "contact.quiet"
        lift_quiet_time(worker, child.code, quiet)
        link = act()
        later = set_quiet_time(worker, child.code, today, today, "asked")
        assert open_handed_out(link.token) == ""  # it began after the link was made
        assert Event.objects.filter(object_kind="answer_link", allowed=False).latest("at").detail["code"] == "quiet"
        lift_quiet_time(worker, child.code, later)
        assert open_handed_out(act().token)
        withdraw(worker, child.code, "child")
        assert refused(act) == "consent.refused"
        assert open_link(link.token) == ""
        Child.objects.filter(pk=child.id).update(said_no="", status="closed", ended_on=date.today())
        assert refused(act) == "interviews.ended"

    def test_no_more_than_ten_are_open(self, world: World) -> None:
        for _ in range(links.MOST_OPEN):
            caregiver_link(world.amani)
        assert refused(lambda: caregiver_link(world.amani)) == "link.too_many"


class TestOpening:
    def test_the_first_browser_and_no_other(self, world: World) -> None:
        link = caregiver_link(world.amani)
        secret = opened(link)
        assert open_link(link.token) == ""
        assert opened_link(link.id, secret).pk == link.id
        for other in ("", "x" * 43, link.token):
            assert refused(lambda other=other: opened_link(link.id, other)) == "link.not_found"
        assert refused(lambda: opened_link(uuid4(), secret)) == "link.not_found"
        assert verbs(allowed=True) == ["make_link", "open_link"]
        assert set(verbs(allowed=False)) == {"refuse_link"}

    def test_an_unknown_token_opens_nothing(self, world: World) -> None:
        assert open_link("x" * 43) == ""
        link = caregiver_link(world.amani)
        AnswerLink.objects.filter(pk=link.id).update(token_hash=b"x" * 32)
        assert open_link(link.token) == ""

    def test_what_is_over_is_over_and_what_was_begun_may_be_finished(self, world: World) -> None:
        link = caregiver_link(world.amani)
        secret = opened(link)
        AnswerLink.objects.filter(pk=link.id).update(expires_at=now() - timedelta(minutes=5))
        assert refused(lambda: opened_link(link.id, secret)) == "link.not_found"
        late = caregiver_link(world.amani)
        AnswerLink.objects.filter(pk=late.id).update(expires_at=now())
        assert open_link(late.token) == ""
        send_alone(link.id, secret, answers_of(world.amani))
        assert row_of(link.id).used_at is not None
        third = caregiver_link(world.amani)
        key = opened(third)
        AnswerLink.objects.filter(pk=third.id).update(expires_at=now() - links.TO_FINISH)
        assert refused(lambda: send_alone(third.id, key, answers_of(world.amani))) == "link.not_found"

    def test_taken_back_by_whoever_may_interview(self, world: World) -> None:
        amani, link = world.amani, caregiver_link(world.amani)
        secret, code = opened(link), amani.child.code
        assert refused(lambda: take_back(amani.actor("me_officer"), code, link.id)) == "access.refused"
        assert refused(lambda: take_back(amani.actor("other_case_worker"), code, link.id)) == "child.not_found"
        assert refused(lambda: take_back(amani.actor("supervisor"), code, uuid4())) == "link.not_found"
        take_back(amani.actor("supervisor"), code, link.id)
        take_back(amani.actor("case_worker"), code, link.id)  # again, nothing
        assert verbs(allowed=True).count("take_back_link") == 1
        assert refused(lambda: send_alone(link.id, secret, answers_of(amani))) == "link.not_found"
        assert Submission.objects.count() == 0


class TestSending:
    def test_one_interview_in_the_name_of_whoever_made_it(self, world: World) -> None:
        amani, link = world.amani, caregiver_link(world.amani)
        secret, body = opened(link), answers_of(world.amani)
        send_alone(link.id, secret, body)
        row = Submission.objects.get()
        assert (row.child_id, row.channel, row.state) == (amani.child.id, "link", State.ACCEPTED)
        assert (row.person_id, row.respondent) == (amani.people["case_worker"], "caregiver")
        assert bytes(row.raw_sha256) == bytes(row_of(link.id).sent_sha256)
        send_alone(link.id, secret, body)  # the answer was lost
        assert refused(lambda: send_alone(link.id, "x" * 43, body)) == "link.not_found"
        assert refused(lambda: send_alone(link.id, secret, answers_of(amani))) == "link.not_found"
        assert Submission.objects.count() == 1
        assert verbs(allowed=True) == ["make_link", "open_link", "use_link"]
        assert verbs(allowed=False) == ["refuse_link", "refuse_link"]

    def test_a_young_person_of_16(self, world: World) -> None:
        young = young_person(world.amani)
        link = make_link(world.amani.actor("case_worker"), young.code, young.form, "child", 24)
        send_alone(link.id, opened(link), Body(interview("child-15-17", young.code), ()))
        row = Submission.objects.get()
        assert (row.child_id, row.respondent, row.state) == (young.id, "child", State.ACCEPTED)

    def test_neither_for_another_child_nor_with_another_form_or_respondent_nor_as_a_correction(
        self, world: World
    ) -> None:
        amani, link = world.amani, caregiver_link(world.amani)
        secret, code, young = opened(link), world.amani.child.code, young_person(world.amani)
        others = [
            interview("caregiver", young.code, respondent="caregiver"),
            interview("caregiver", amani.other_child.code, respondent="caregiver"),
            interview("child-12-14", code),
            interview("caregiver", code, respondent="child"),
            interview("caregiver", code, respondent="caregiver", deprecated_id=f"uuid:{uuid4()}"),
            interview("caregiver", code, respondent="caregiver").replace(b'version="', b'version="9'),
            b"<broken",
        ]
        for xml in others:
            with pytest.raises(ProblemError) as refusal:
                send_alone(link.id, secret, Body(xml, ()))
            assert refusal.value.first.status == 400, xml
        assert (Submission.objects.count(), row_of(link.id).used_at) == (0, None)
        send_alone(link.id, secret, answers_of(amani))

    @pytest.mark.parametrize("lost", ["caseload", "account", "conflict"])
    def test_it_opens_only_while_its_maker_may_interview(self, world: World, lost: str) -> None:
        amani, link = world.amani, caregiver_link(world.amani)
        lose(amani, lost)
        assert open_link(link.token) == ""
        assert row_of(link.id).opened_at is None
        assert Event.objects.filter(object_kind="answer_link", allowed=False).latest("at").detail["code"] == "maker"

    @pytest.mark.parametrize("lost", ["caseload", "account", "conflict"])
    def test_where_its_maker_may_no_more_the_answers_wait_in_the_inbox(self, world: World, lost: str) -> None:
        amani, link = world.amani, caregiver_link(world.amani)
        secret = opened(link)
        lose(amani, lost)
        send_alone(link.id, secret, answers_of(amani))
        row = Submission.objects.get()
        assert (row.state, row.child_id, row.channel) == (State.UNMATCHED, None, "link")
        assert row_of(link.id).used_at is not None

    def test_without_agreement_it_waits_and_the_link_is_used(self, world: World) -> None:
        amani, link = world.amani, caregiver_link(world.amani)
        secret = opened(link)
        withdraw(amani.actor("case_worker"), amani.child.code, "child")
        send_alone(link.id, secret, answers_of(amani))
        assert Submission.objects.get().state == State.NO_CONSENT
        assert row_of(link.id).used_at is not None

    def test_an_interview_of_that_id_that_is_here_already_is_kept_apart_and_uses_the_link_up(
        self, world: World
    ) -> None:
        first, second = caregiver_link(world.amani), caregiver_link(world.amani)
        name = f"uuid:{uuid4()}"
        send_alone(first.id, opened(first), answers_of(world.amani, instance_id=name, said="one"))
        send_alone(second.id, opened(second), answers_of(world.amani, instance_id=name, said="two"))
        assert Submission.objects.count() == 1
        assert row_of(second.id).used_at is not None


class TestForgetting:
    def test_rows_go_after_a_month_and_interviews_stay(self, world: World) -> None:
        link, newer = caregiver_link(world.amani), caregiver_link(world.amani)
        send_alone(link.id, opened(link), answers_of(world.amani))
        AnswerLink.objects.filter(pk=link.id).update(expires_at=now() - links.KEPT - timedelta(hours=1))
        assert forget_links() == 1
        assert list(AnswerLink.objects.values_list("pk", flat=True)) == [newer.id]
        assert Submission.objects.count() == 1

    def test_the_list_is_for_whoever_may_make_one(self, world: World) -> None:
        amani, link = world.amani, caregiver_link(world.amani)
        (row,) = links_of(amani.actor("case_worker"), amani.child.id)
        assert (row.id, row.standing, row.respondent) == (link.id, Standing.MADE, "caregiver")
        for who in ("other_case_worker", "me_officer", "focal_point"):
            assert links_of(amani.actor(who), amani.child.id) == []


STEPS = st.lists(st.sampled_from(("open", "other", "send", "again", "second", "expire", "take_back")), max_size=7)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_the_order_it_is_opened_by_one_browser_and_used_once(world: World, steps: list[str]) -> None:
    """Against a table of what each step finds."""
    amani = world.amani
    before, link, state, secret = Submission.objects.count(), caregiver_link(amani), "made", ""
    body = answers_of(amani)
    for step in steps:
        if step == "open":
            given_out = open_link(link.token)
            assert bool(given_out) == (state == "made")
            secret, state = given_out or secret, "opened" if given_out else state
        elif step == "other":
            assert open_link(link.token) == "" or state == "made"
            state = "elsewhere" if state == "made" else state
        elif step in ("send", "again", "second"):
            worked = state == "opened" or (state == "used" and step != "second")
            sent = body if step != "second" else answers_of(amani)
            if worked:
                send_alone(link.id, secret, sent)
            else:
                assert refused(lambda: send_alone(link.id, secret, sent)) == "link.not_found"  # noqa: B023
            if state == "opened":
                state, body = "used", sent
        elif step == "expire":
            AnswerLink.objects.filter(pk=link.id).update(expires_at=now() - links.TO_FINISH)
            state = "over" if state != "used" else state
        else:
            take_back(amani.actor("case_worker"), amani.child.code, link.id)
            state = "over" if state != "used" else state
    assert Submission.objects.count() - before == (state == "used")
    take_back(amani.actor("case_worker"), amani.child.code, link.id)


@pytest.mark.django_db(transaction=True)
def test_sixty_four_at_once_make_one_interview(world: World) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("many writers at once")
    link = caregiver_link(world.amani)
    secret, bodies = opened(link), [answers_of(world.amani) for _ in range(64)]

    def one(body: Body) -> bool:
        try:
            send_alone(link.id, secret, body)
        except ProblemError as refusal:
            assert refusal.first.code == "link.not_found"  # noqa: PT017
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(one, bodies))
    assert found.count(True) == 1
    assert Submission.objects.count() == 1
    assert AnswerLink.objects.get().used_at is not None


@pytest.mark.django_db(transaction=True)
def test_of_many_browsers_that_open_it_at_once_one_gets_it(world: World) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("many writers at once")
    link = caregiver_link(world.amani)

    def one(_number: int) -> str:
        try:
            return open_link(link.token)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        secrets = [each for each in pool.map(one, range(32)) if each]
    assert len(secrets) == 1
    assert opened_link(link.id, secrets[0]).pk == link.id
