"""The turn at 18 with real interviews: whose consent counts, which survey asks, and where the series breaks."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.test import Client

from homeward.apps.access.models import Person
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child, ConsentEntry
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.services import Registered, assign_child, register_child
from homeward.apps.monitoring.journey import journey_of
from homeward.apps.monitoring.turns import turns_of
from homeward.apps.surveys.agreeing import Held
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.downloads import scores_table
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.surveys.grown_up import AdultSurvey, adult_survey
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.timeline import timeline
from homeward.apps.visits.clock import follow_up_of_child
from homeward.apps.visits.protocol import asked_at
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.xform_building import to_xform
from homeward.web.cases.drawing import draw
from homeward.web.cases.scores import about_child, panels, points_of
from tests.interviews import AGREED, as_text, fill
from tests.world import House, World, agree, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SHIPPED = Path(__file__).resolve().parents[2] / "homeward" / "library" / "instruments"


@pytest.fixture
def own_wording(tmp_path: Path, settings: Any) -> Path:
    """A library of the organisation, with the adult survey under a version in which it has put its wording."""
    folder = tmp_path / "library" / "instruments" / "rss-adult" / "1.1"
    shutil.copytree(SHIPPED / "rss-adult" / "1.0", folder)
    for name in ("about.csv", "settings.csv"):
        text = (folder / name).read_text(encoding="utf-8")
        changed = text.replace("version,1.0", "version,1.1").replace("rss-adult,1.0", "rss-adult,1.1")
        (folder / name).write_text(changed.replace("wording_status,placeholder", "wording_status,own"), "utf-8")
    settings.HOMEWARD_LIBRARIES = (folder.parents[2],)
    return folder.parents[2]


@dataclass
class Life:
    house: House
    child: Registered
    birth: date
    library: Library

    @property
    def worker(self) -> Any:
        return self.house.actor("case_worker")

    @property
    def eighteen(self) -> date:
        """Who was born on 29 February is 18 on 1 March: no year that is 18 after a leap year is one."""
        try:
            return self.birth.replace(year=self.birth.year + 18)
        except ValueError:
            return date(self.birth.year + 18, 3, 1)

    def publish(self, reference: str) -> UUID:
        form = load_from_library(self.house.actor("me_officer"), reference)
        propose_publication(self.house.actor("me_officer"), form)
        publish(self.house.actor("programme_manager"), form)
        return form

    def send(self, reference: str, on: date, respondent: str, said: dict[str, str] | None = None) -> Submission:
        """As ODK Collect would, from the form of this very library."""
        loaded = self.library.load(reference)
        answers = {name: as_text(answer) for name, answer in loaded.instrument.examples[0].answers.items()}
        start = {
            "child_known": "yes",
            "child_listed": self.child.code,
            "child_code": self.child.code,
            "interview_date": on.isoformat(),
            "respondent": respondent,
            "anything_to_say": f"{reference} {on}",
        }
        xml = fill(read_form(to_xform(loaded).xml), {**AGREED, **answers, **start, **(said or {})})
        return Submission.objects.get(pk=receive(self.worker, Delivery(xml)).submission_id)


def lived(world: World, birth: date, returned: date, *libraries: Path) -> Life:
    house = world.amani
    facts = ChildFacts(sex="female", name="Neza", birth_date=birth, return_date=returned, team_id=house.teams[0])
    child = register_child(house.system(), facts)
    assign_child(house.system(), child.id, person_id=house.people["case_worker"], since=returned)
    agree(house, child, returned)
    return Life(house, child, birth, Library(*libraries))


def turned_a_while_ago(world: World, *libraries: Path) -> Life:
    """Eighteen since about three months; came back at 17."""
    today = day_of(world.amani.organisation_id)
    birth = (today - timedelta(days=100)).replace(day=12)
    return lived(world, birth.replace(year=birth.year - 18), today - timedelta(days=300), *libraries)


LEAP, RETURN = date(2008, 2, 29), date(2025, 9, 1)


def test_the_own_consent_is_asked_and_others_do_not_answer_for_a_grown_up(world: World, own_wording: Path) -> None:
    life = turned_a_while_ago(world, own_wording)
    for reference in ("child-15-17", "rss-adult@1.1"):
        life.publish(reference)
    before, after = life.eighteen - timedelta(days=1), life.eighteen
    young = life.send("child-15-17@1.0", before, "child", {"child_assent": "yes"})
    assert (young.state, young.age_years) == ("accepted", 17)
    unasked = life.send("rss-adult@1.1", after, "adult", {"caregiver_consent": ""})
    assert (unasked.state, unasked.age_years) == ("no_consent", 18)
    grown = life.send("rss-adult@1.1", after + timedelta(days=1), "adult")
    assert grown.state == "accepted"
    entry = ConsentEntry.objects.get(source_id=grown.pk)
    assert (entry.who, entry.purpose, entry.band) == ("child", "monitoring", "18+")
    refused = life.send("rss-adult@1.1", after + timedelta(days=2), "adult", {"caregiver_consent": "no"})
    assert refused.state in ("refused", "no_consent")
    mother = life.send("rss-adult@1.1", after + timedelta(days=3), "caregiver")
    assert ConsentEntry.objects.get(source_id=mother.pk).purpose == "own_interview"  # of her own situation, as before
    asks = turns_of(life.worker, life.child.id).grown.asks  # type: ignore[union-attr]
    assert {each.voice for each in asks} <= {"child"}


def lived_before_18(world: World, *libraries: Path) -> Life:
    """18 on 28 November 2026; the round of three months is due on the 10th."""
    with time_machine.travel(datetime(2026, 8, 20, 12, tzinfo=UTC)):
        return lived(world, date(2008, 11, 28), date(2026, 8, 10), *libraries)


def test_until_the_birthday_a_round_asks_the_child_and_the_own_word_is_no_caregivers(
    world: World, own_wording: Path
) -> None:
    life = lived_before_18(world, own_wording)
    for reference in ("child-15-17", "rss-adult@1.1"):
        life.publish(reference)
    row = Child.objects.get(pk=life.child.id)

    def missing(day: date) -> tuple[str, ...]:
        (point,) = (each for each in follow_up_of_child(row, day).points if each.round.due == date(2026, 11, 10))
        return point.missing

    (point,) = (
        each for each in follow_up_of_child(row, date(2026, 11, 9)).points if each.round.due == date(2026, 11, 10)
    )
    assert missing(date(2026, 11, 12)) == ("child",)
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        worker = life.worker
        for day, band, who in ((date(2026, 11, 27), "15-17", "child"), (date(2026, 11, 28), "18+", "adult")):
            told, voices = asked_at(worker, life.child.id, point.round, day)
            assert (told, [each.respondent for each in voices if each.required]) == (band, [who])
        earlier = life.send("rss-adult@1.1", date(2026, 10, 31), "adult")  # not yet its month: somebody else
        said = life.send("rss-adult@1.1", date(2026, 11, 12), "adult")  # a phone knows the month alone
        refused = life.send("rss-adult@1.1", date(2026, 11, 13), "adult", {"caregiver_consent": "no"})
        entries = {
            row.pk: list(ConsentEntry.objects.filter(source_id=row.pk).values_list("who", "answer", "purpose", "band"))
            for row in (earlier, said, refused)
        }
        assert entries[earlier.pk] == [("caregiver", "agrees", "own_interview", "15-17")]
        assert entries[said.pk] == [("child", "agrees", "monitoring", "15-17")]
        assert entries[refused.pk] == [("child", "refuses", "monitoring", "15-17")]
        assert missing(date(2026, 11, 12)) == ()
        own = {
            (each.submission_id, each.of_self) for one in timeline(worker, life.child.id).series for each in one.points
        }
        assert (said.pk, True) in own
        assert (earlier.pk, False) in own


def test_where_the_month_alone_is_known_an_adult_is_the_person(world: World, own_wording: Path) -> None:
    life = lived_before_18(world, own_wording)
    row = Child.objects.get(pk=life.child.id)
    row.birth_date = b""
    for day, own in ((date(2026, 10, 31), False), (date(2026, 11, 1), True)):
        assert Held(row, day, None, "adult").is_grown_up is own
        assert Held(row, day, None, "caregiver").is_grown_up is False


@pytest.mark.parametrize(("day", "years"), [(date(2026, 2, 28), 17), (date(2026, 3, 1), 18)])
def test_who_was_born_on_a_leap_day_is_grown_up_on_the_first_of_march(
    world: World, own_wording: Path, day: date, years: int
) -> None:
    life = lived(world, LEAP, RETURN, own_wording)
    assert life.eighteen == date(2026, 3, 1)
    life.publish("child-15-17")
    life.publish("rss-adult@1.1")
    row = life.send("rss-adult@1.1", day, "adult")
    assert row.age_years == years
    own = list(ConsentEntry.objects.filter(source_id=row.pk).values_list("who", "purpose", "band"))
    assert own == [("child", "monitoring", "18+" if years == 18 else "15-17")]
    child = life.send("child-15-17@1.0", day, "child", {"child_assent": "yes"})
    told = [problem["code"] for problem in child.problems]
    assert ("age.outside_instrument" in told) == (years == 18), told


def test_the_protocol_asks_the_person_alone_from_the_month_of_the_birthday(world: World) -> None:
    with time_machine.travel(datetime.combine(RETURN, time(12), UTC)):  # registered when the person was 17
        life = lived(world, LEAP, RETURN)
    row = Child.objects.get(pk=life.child.id)
    points = follow_up_of_child(row, date(2026, 9, 1)).points
    asked = {point.round.due: point.missing for point in points if point.round.opens <= date(2026, 9, 1)}
    for due, missing in asked.items():
        assert missing == (("adult",) if due >= date(2026, 2, 1) else ("child",)), due
    assert {date(2025, 12, 1), date(2026, 3, 1)} <= set(asked)


def test_the_series_breaks_on_every_page_and_in_the_download(world: World, own_wording: Path) -> None:
    life = turned_a_while_ago(world, own_wording)
    for reference in ("child-15-17", "rss-adult@1.1"):
        life.publish(reference)
    first = life.send("child-15-17@1.0", life.eighteen - timedelta(days=60), "child", {"child_assent": "yes"})
    second = life.send("child-15-17@1.0", life.eighteen - timedelta(days=2), "child", {"child_assent": "yes"})
    grown = life.send("rss-adult@1.1", life.eighteen + timedelta(days=2), "adult")
    assert {row.state for row in (first, second, grown)} == {"accepted"}
    officer = life.house.actor("me_officer")
    history = timeline(life.worker, life.child.id)
    breaks = {(each.submission_id, one.dimension): each.breaks for one in history.series for each in one.points}
    for dimension in ("economic", "social", "psychosocial"):
        assert breaks[second.pk, dimension] == ()
        assert set(breaks[grown.pk, dimension]) >= {"instrument", "band"}
        points = points_of(history, about_child(life.worker), with_addresses=False)[dimension]
        assert [each.respondent for each in points].count("adult") == 1
        plot = draw(dimension, points)
        assert any({"instrument", "band"} <= set(each.reasons) for each in plot.breaks)
        assert not [line for line in plot.lines if line.respondent == "adult"]
    header, *rows = scores_table(officer)
    told = {(str(row[header.index("row_id")]), row[header.index("dimension")]): row[-1] for row in rows}
    assert header[-1] == "break_before"
    assert told[first.instance_id, "social"] == told[second.instance_id, "social"] == ""
    assert told[grown.instance_id, "social"] == "instrument version band"
    moments = {each.submission_id: each for each in journey_of(life.worker, life.child.id).moments}
    assert {each.before is None for each in moments[grown.pk].scores} == {True}
    now = {each.dimension: set(each.breaks) for each in moments[grown.pk].scores}
    assert all(now[name] >= {"instrument", "band"} for name in ("economic", "social", "psychosocial"))
    assert not any(each.breaks for each in moments[second.pk].scores)
    assert len(panels(points_of(history, about_child(life.worker), with_addresses=False), None)) >= 3


def test_the_questions_for_children_are_offered_until_the_birthday_and_then_no_more(
    world: World, own_wording: Path, client: Client
) -> None:
    life = turned_a_while_ago(world, own_wording)
    form = life.publish("child-15-17")
    client.force_login(Person.objects.get(pk=life.house.people["case_worker"]))
    page = f"/children/{life.child.code}/interview"
    shown = client.get(page).content.decode()
    assert "No survey for grown-ups is in use yet." in shown
    assert "Ask your monitoring officer to load one" in shown
    begin = f"/interview/{form}?child={life.child.code}"
    assert f'href="{begin}"' not in shown.replace("&amp;", "&")
    assert f"{begin}&mode=paper" in shown.replace("&amp;", "&")  # what was held before is keyed in
    answer = client.get(begin)
    assert answer.status_code == 409
    assert "This person is grown up" in answer.content.decode()
    assert client.get(f"{begin}&mode=paper").status_code == 200
    young = life.house.child
    assert young is not None
    assert "grown-ups" not in client.get(f"/children/{young.code}/interview").content.decode()


def test_what_is_missing_is_said_in_words_until_somebody_has_published_a_survey(
    world: World, own_wording: Path, client: Client
) -> None:
    life = turned_a_while_ago(world, own_wording)
    client.force_login(Person.objects.get(pk=life.house.people["case_worker"]))
    turns, follow_up = (f"/children/{life.child.code}/{page}" for page in ("turns", "follow-up"))

    def says(words: str) -> None:
        for page in (turns, follow_up, f"/children/{life.child.code}/interview"):
            assert words in client.get(page).content.decode(), page

    assert adult_survey(life.worker) is AdultSurvey.MISSING
    says("No survey for grown-ups is in use yet.")
    officer = life.house.actor("me_officer")
    load_from_library(officer, "rss-adult@1.0")
    assert adult_survey(life.worker) is AdultSurvey.PLACEHOLDER
    says("has topics and no wording")
    form = load_from_library(officer, "rss-adult@1.1")
    propose_publication(officer, form)
    assert adult_survey(life.worker) is AdultSurvey.NOT_PUBLISHED
    says("waits to be published")
    publish(life.house.actor("programme_manager"), form)
    assert adult_survey(life.worker) is AdultSurvey.IN_USE
    assert "grown-ups is" not in client.get(turns).content.decode()
    assert f"/interview/{form}?child={life.child.code}" in client.get(
        f"/children/{life.child.code}/interview"
    ).content.decode().replace("&amp;", "&")
    assert find_child(life.worker, life.child.code).age == 18


def test_a_library_with_another_order_of_columns_is_read_as_it_is(own_wording: Path) -> None:
    """The copy above is what it says: one word of its sheet is another one."""
    with (own_wording / "instruments" / "rss-adult" / "1.1" / "about.csv").open(encoding="utf-8", newline="") as file:
        about = {row["key"]: row["value"] for row in csv.DictReader(file)}
    assert (about["version"], about["wording_status"]) == ("1.1", "own")
