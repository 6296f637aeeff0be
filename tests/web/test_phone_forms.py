"""The key for phones, and what comes encrypted to it, on the pages of those who receive: with the outsider at each."""

from __future__ import annotations

import base64

import pytest

from homeward.apps.safeguarding.models import Escalation, Opening, ProgrammeKey
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.raising import Sealed
from homeward.apps.safeguarding.recipients import confirm_recipient, recipients
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.surveys.intake import receive
from homeward.demo.encrypting import encrypt
from tests.envelopes import Key, enrolled, opened, sealed_to
from tests.pairs import half, opened_form, pair, paired
from tests.web.conftest import Reader
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
OTHERS = ("case_worker", "supervisor", "me_officer", "programme_manager", "organisation_admin", "outsider")
XML = (
    b'<data id="disclosure" version="1.0"><told><respondent>child</respondent><what_told>he beats me</what_told></told>'
    b"<meta><instanceID>uuid:one</instanceID></meta></data>"
)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def focal(world: World) -> list[Key]:
    return [enrolled(world.amani.actor(name)) for name in ("focal_point", "second_focal_point")]


@pytest.fixture
def form(world: World) -> str:
    form_id = load_from_library(world.amani.system(), "disclosure")
    propose_publication(world.amani.actor("me_officer"), form_id)
    publish(world.amani.actor("programme_manager"), form_id)
    return str(form_id)


@pytest.fixture
def came(world: World, form: str, focal: list[Key]) -> Escalation:
    made = paired(world.amani.actor("focal_point"), focal)
    was = encrypt(XML, made.public, ("disclosure", "1.0"), "uuid:one")
    files = [Upload(name, "application/octet-stream", content) for name, content in was.files]
    assert receive(world.amani.actor("enumerator"), Delivery(was.manifest, files)).status == 201
    return Escalation.objects.get()


def test_a_focal_point_makes_the_pair_on_the_page_of_keys(world: World, reader: Reader, focal: list[Key]) -> None:
    page, made = reader("focal_point"), pair()
    shown = page.get("/protection/keys").content.decode()
    assert "data-make-pair" in shown
    assert all(b64(each.public) in shown for each in focal)
    assert "There is no key yet" in shown
    given = {"public_key": b64(made.public), "sealed": b64(half(made, focal))}
    assert page.post("/protection/keys/phones", given).status_code == 302
    assert ProgrammeKey.objects.get().made_by_id == world.amani.people["focal_point"]
    shown = reader("second_focal_point").get("/protection/keys").content.decode()
    row = ProgrammeKey.objects.get()
    assert row.fingerprint[:4] in shown
    assert "phones encrypt to it" not in shown
    assert "Second Focal Point Amani" in shown
    assert "The key waits to be confirmed" in shown
    address = f"/protection/keys/phones/{row.pk}/confirm"
    assert address in shown
    assert address not in page.get("/protection/keys").content.decode(), "not by whoever made it"
    for name in ("focal_point", "second_focal_point"):
        assert "waits to be confirmed" in reader(name).get("/").content.decode()
    assert page.post(address).status_code == 403
    assert reader("focal_point", world.baraka).post(address).status_code == 404
    for name in OTHERS:
        assert reader(name).post(address).status_code in (403, 404), name
    assert "phones encrypt to it" not in page.get("/protection/keys").content.decode()
    assert reader("second_focal_point").post(address).status_code == 302
    shown = page.get("/protection/keys").content.decode()
    assert "phones encrypt to it" in shown
    assert "Confirmed by" in shown


def test_without_the_script_no_pair_is_made_and_the_page_says_so(reader: Reader, focal: list[Key]) -> None:
    answer = reader("focal_point").post("/protection/keys/phones", {"public_key": "", "sealed": ""})
    assert answer.status_code == 400
    assert "script did not run" in answer.content.decode()


def test_before_two_receive_nothing_is_offered(world: World, reader: Reader) -> None:
    enrolled(world.amani.actor("focal_point"))
    assert "data-make-pair" not in reader("focal_point").get("/protection/keys").content.decode()


@pytest.mark.parametrize("name", OTHERS)
def test_others_make_none_and_find_no_sign_of_what_came(
    world: World, reader: Reader, came: Escalation, focal: list[Key], name: str
) -> None:
    page, made = reader(name), pair()
    given = {"public_key": b64(made.public), "sealed": b64(half(made, focal))}
    assert page.post("/protection/keys/phones", given).status_code in (403, 404)
    assert page.get(f"/protection/{came.pk}").status_code in (403, 404)
    assert page.post(f"/protection/{came.pk}/open", {"reason": "act"}).status_code in (403, 404)
    for address in ("/", "/inbox", "/children", "/audit"):
        text = page.get(address).content.decode()
        assert str(came.pk) not in text
        assert str(came.source_id) not in text
    assert (ProgrammeKey.objects.count(), Opening.objects.count()) == (1, 0)


def test_a_recipient_of_staff_reports_sees_the_page_without_that_key(reader: Reader, came: Escalation) -> None:
    shown = reader("staff_channel").get("/protection/keys").content.decode()
    assert "data-make-pair" not in shown
    assert ProgrammeKey.objects.get().fingerprint[:4] not in shown


def test_a_focal_point_of_another_organisation_gets_404(world: World, reader: Reader, came: Escalation) -> None:
    page = reader("focal_point", world.baraka)
    assert page.get(f"/protection/{came.pk}").status_code == 404
    assert page.post(f"/protection/{came.pk}/open", {"reason": "act"}).status_code == 404


def test_it_is_handed_to_the_browser_closed_with_the_words_of_its_questions(
    world: World, reader: Reader, came: Escalation, focal: list[Key]
) -> None:
    page = reader("second_focal_point")
    assert f"/protection/{came.pk}" in page.get("/").content.decode()
    shown = page.get(f"/protection/{came.pk}").content.decode()
    assert "not read yet" in shown
    assert "Phone 1 · Case Worker Amani" in shown
    assert "data-open" in shown
    assert page.post(f"/protection/{came.pk}/open", {"reason": ""}).status_code == 400
    answer = page.post(f"/protection/{came.pk}/open", {"reason": "act"})
    assert b"he beats me" not in answer.content
    (note,) = answer.json()["notes"]
    form = note["form"]
    files = {each["name"]: base64.b64decode(each["content"]) for each in form["files"]}
    inside = opened_form(base64.b64decode(form["manifest"]), files, base64.b64decode(form["keys"][0]), focal[1])
    assert inside == XML
    assert form["questions"]["what_told"] == "What was told?"
    assert form["choices"]["respondent"]["child"] == "The child"
    assert Opening.objects.get().person_id == world.amani.people["second_focal_point"]


def test_nobody_fills_it_in_on_a_page(world: World, reader: Reader, form: str, came: Escalation) -> None:
    assert world.amani.child
    page, code = reader("case_worker"), world.amani.child.code
    assert form not in page.get(f"/children/{code}/interview").content.decode()
    assert page.get(f"/interview/{form}?child={code}").status_code == 404
    assert "To the focal point" in reader("me_officer").get(f"/instruments/{form}").content.decode()


def test_the_key_of_before_has_a_form_of_its_own_on_the_page(world: World, reader: Reader, focal: list[Key]) -> None:
    assert world.amani.child
    one, two = (world.amani.actor(name) for name in ("focal_point", "second_focal_point"))
    pass_on(world.amani.actor("case_worker"), world.amani.child.code, Sealed(sealed_to(focal, "he beats me"), "high"))
    address = f"/protection/{Escalation.objects.get().pk}"
    assert "until" not in reader("second_focal_point").get(address).content.decode().partition("data-opened")[2]
    fresh = enrolled(two)
    confirm_recipient(one, next(row for row in recipients(one) if row.since is None).id)
    page = reader("second_focal_point")
    shown = page.get(address).content.decode()
    assert shown.count("data-open ") == 2
    assert "Open with the key you had until" in shown
    assert f'data-wrapped="{b64(focal[1].wrapped)}"' in shown
    assert f'data-wrapped="{b64(fresh.wrapped)}"' in shown
    key = shown.partition('name="key" value="')[2][:36]
    (note,) = page.post(f"{address}/open", {"reason": "act", "key": key}).json()["notes"]
    assert opened(base64.b64decode(note["sealed"]), focal[1]) == "he beats me"
    assert page.post(f"{address}/open", {"reason": "act", "key": "x"}).status_code == 404
    assert b64(focal[1].wrapped) not in reader("focal_point").get(address).content.decode()
    assert reader("focal_point", world.baraka).get(address).status_code == 404


def test_a_colleague_who_joined_later_is_given_what_was_told_on_the_page(
    world: World, reader: Reader, focal: list[Key]
) -> None:
    """The second makes a new key; the first seals to it what was told before, and both stand on the page."""
    assert world.amani.child
    one, two = (world.amani.actor(name) for name in ("focal_point", "second_focal_point"))
    pass_on(world.amani.actor("case_worker"), world.amani.child.code, Sealed(sealed_to(focal, "he beats me"), "high"))
    told = Escalation.objects.get()
    address = f"/protection/{told.pk}"
    assert "data-reseal" not in reader("focal_point").get(address).content.decode()
    anew = enrolled(two)
    confirm_recipient(one, next(row for row in recipients(one) if row.since is None).id)
    page = reader("focal_point")
    shown = page.get(address).content.decode()
    assert "data-reseal" in shown
    assert "Second Focal Point Amani" in shown
    assert "data-reseal" not in reader("second_focal_point").get(address).content.decode()
    (note,) = page.post(f"{address}/open", {"reason": "hand_over"}).json()["notes"]
    text = opened(base64.b64decode(note["sealed"]), focal[0])
    given = {"note": note["id"], "anew": b64(sealed_to([focal[0], anew], text))}
    for name in OTHERS:
        assert reader(name).post(f"{address}/reseal", given).status_code in (403, 404), name
    assert reader("focal_point", world.baraka).post(f"{address}/reseal", given).status_code == 404
    assert page.post(f"{address}/reseal", {"note": "x", "anew": given["anew"]}).status_code == 404
    assert page.post(f"{address}/reseal", given).status_code == 302
    shown = reader("second_focal_point").get(address).content.decode()
    assert "Sealed anew" in shown
    (note,) = reader("second_focal_point").post(f"{address}/open", {"reason": "act"}).json()["notes"]
    assert opened(base64.b64decode(note["sealed"]), anew) == "he beats me"
