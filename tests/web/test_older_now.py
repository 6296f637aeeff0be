"""From 12 on agreement is in writing where that is safe; another age group, and a birth date that moves, say so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from homeward.apps.audit.models import Event
from homeward.apps.cases.facts import A_YEAR, ChildFacts, facts_of
from homeward.apps.cases.models import Child, ConsentEntry
from homeward.apps.cases.services import change_child, register_child
from homeward.domain.problems import ProblemError
from tests.web.conftest import Reader
from tests.world import House, World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SAID = {"explained": "spoken", "teach_back": "understood", "capacity": "able", "limits_told": "on"}
WRITTEN = "From 12 on the child agrees in writing where that is safe."


def child_of(house: House) -> Child:
    return Child.objects.get(pk=house.child.id)  # type: ignore[union-attr]


def form_of(client: object, code: str) -> dict[str, str]:
    """What the form of a change sends when nothing is touched."""
    form = client.get(f"/children/{code}/change").context["form"]  # type: ignore[attr-defined]
    return {name: str(form[name].value() or "") for name in form.fields}


class TestInWriting:
    def test_a_spoken_agreement_from_12_on_counts_and_is_said(self, reader: Reader, world: World) -> None:
        client, page = reader("case_worker"), f"/children/{child_of(world.amani).code}/agreement"
        ask = f"{page}/ask?who=child&language=en"
        assert WRITTEN in client.get(ask).content.decode()
        assert WRITTEN not in client.get(f"{page}/ask?who=caregiver&language=en").content.decode()
        before = ConsentEntry.objects.count()
        assert WRITTEN in client.post(ask, {**SAID, "monitoring": "agrees"}, follow=True).content.decode()
        assert ConsentEntry.objects.count() == before + 1
        written = {**SAID, "explained": "written", "service": "agrees"}
        assert WRITTEN not in client.post(ask, written, follow=True).content.decode()
        Child.objects.filter(pk=world.amani.child.id).update(age_band="6-11")  # type: ignore[union-attr]
        assert WRITTEN not in client.get(ask).content.decode()


class TestAnotherAgeGroup:
    def test_the_overview_names_it_as_the_reason(self, reader: Reader, world: World) -> None:
        child, client = child_of(world.amani), reader("case_worker")
        facts = facts_of(child)
        assert facts.birth_date is not None
        page = f"/children/{child.code}"
        assert "It was given in another age group" not in client.get(page).content.decode()
        older = {name: getattr(facts, name) for name in facts.__slots__}
        older["birth_date"] = facts.birth_date - timedelta(days=3 * 365)
        change_child(world.amani.actor("case_worker"), child.pk, type(facts)(**older), why="document")
        html = client.get(page).content.decode()
        assert "No agreement in force" in html
        assert "It was given in another age group" in html
        html = client.get(f"{page}/agreement").content.decode()
        assert "has to be asked anew: the child is in another age group now" in html
        assert "No agreement in force" not in html  # said once


class TestBirthDate:
    def test_it_moves_by_more_than_a_year_only_with_a_reason_that_is_kept(self, reader: Reader, world: World) -> None:
        child, client = child_of(world.amani), reader("case_worker")
        facts = facts_of(child)
        assert facts.birth_date is not None
        path, kept = f"/children/{child.code}/change", form_of(client, child.code)
        far = {**kept, "birth_date": (facts.birth_date - A_YEAR - timedelta(days=1)).isoformat()}
        answer = client.post(path, far)
        assert answer.status_code == 422
        assert "Say why it is changed." in answer.content.decode()
        assert facts_of(child_of(world.amani)).birth_date == facts.birth_date
        assert client.post(path, {**far, "birth_reason": "document"}).status_code == 302
        detail = Event.objects.filter(verb="change_child").latest("pk").detail
        assert (detail["why"], "birth_date" in detail["fields"]) == ("document", True)
        assert reader("outsider").post(path, {**far, "birth_reason": "document"}).status_code == 404

    def test_a_year_or_less_needs_none(self, reader: Reader, world: World) -> None:
        child, client = child_of(world.amani), reader("case_worker")
        facts = facts_of(child)
        assert facts.birth_date is not None
        near = (facts.birth_date - A_YEAR).isoformat()
        kept = form_of(client, child.code)
        assert client.post(f"/children/{child.code}/change", {**kept, "birth_date": near}).status_code == 302
        far = {name: getattr(facts, name) for name in facts.__slots__}
        far["birth_date"] = facts.birth_date + 3 * A_YEAR
        with pytest.raises(ProblemError):
            change_child(world.amani.actor("case_worker"), child.pk, type(facts)(**far), why="")


class TestOverviewAndAgreement:
    def test_a_birthday_that_comes_stands_on_both_in_the_same_words(self, reader: Reader, world: World) -> None:
        child, client = child_of(world.amani), reader("case_worker")
        pages = (f"/children/{child.code}", f"/children/{child.code}/agreement")
        for page in pages:
            assert 'id="marks"' not in client.get(page).content.decode()
        day = day_of(world.amani.organisation_id) + timedelta(days=9)
        Child.objects.filter(pk=child.pk).update(age_changes_on=day)
        for page in pages:
            html = client.get(page).content.decode()
            assert "Turns 15 in" in html
            assert "from this age on its own consent decides" in html

    def test_whoever_was_never_asked_is_named_by_both(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        facts = ChildFacts(age=13, return_date=day_of(house.organisation_id) - timedelta(days=60))
        made = register_child(house.actor("case_worker"), facts)
        for page in (f"/children/{made.code}", f"/children/{made.code}/agreement"):
            html = client.get(page).content.decode().split('id="asks"')[1].split("</section>")[0]
            assert html.count("has not been asked") == 4, page
