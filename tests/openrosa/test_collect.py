"""A day of a phone, in the order, with the headers and in the pieces that ODK Collect and Enketo send."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from tests.interviews import interview
from tests.openrosa.collect import Collect, collects_headers
from tests.openrosa.conftest import Running
from tests.openrosa.phone import Part, Phone, file_part, xml_part

pytestmark = [pytest.mark.database, pytest.mark.slow, pytest.mark.xdist_group("openrosa-door")]
FORM = "child-12-14"


@pytest.fixture(params=["with a length", "in chunks"])
def collect(request: pytest.FixtureRequest, running: Running, tmp_path: Path) -> Collect:
    phone = running.phone(chunked=request.param == "in chunks")
    return Collect(Phone(phone.base, phone.send, collects_headers()), tmp_path)


def sums(files: list[Part]) -> Counter[str]:
    return Counter(sha256(file.content).hexdigest() for file in files)


def test_a_phone_fetches_its_forms_and_files_once(collect: Collect, running: Running) -> None:
    for form_id in ("caregiver", FORM, "fgd", "visit-reflection"):
        collect.update(form_id)
    kept = {path.name: path.stat().st_mtime_ns for path in collect.folder.rglob("*") if path.is_file()}
    assert {"caregiver.xml", "children.csv", "fgd.xml"} <= set(kept)
    assert running.code in (collect.folder / "caregiver-media" / "children.csv").read_text()
    for form_id in ("caregiver", FORM, "fgd", "visit-reflection"):
        collect.update(form_id)
    assert kept == {path.name: path.stat().st_mtime_ns for path in collect.folder.rglob("*") if path.is_file()}


def test_an_interview_with_eight_files_goes_out_in_pieces(
    collect: Collect, running: Running, request: pytest.FixtureRequest
) -> None:
    instance_id = f"uuid:day-{request.node.callspec.id.replace(' ', '-')}"
    names = ["1.jpg", "2.jpg", "صورة.jpg", "صوت.m4a", "dessin d'Aïcha.png", "track.csv", "v.mp4", "audit.csv"]
    files = [file_part(name, bytes([number]) * (6_000_000 if number < 5 else 70)) for number, name in enumerate(names)]
    answers = collect.send(interview(FORM, running.code, instance_id=instance_id), files)
    assert [answer.status for answer in answers] == [201, 201]
    assert all(answer.message for answer in answers)
    assert running.door.files_of(instance_id) == sums(files)
    assert running.door.interviews(instance_id) == 1


def test_enketo_splits_without_the_marker_and_sends_its_own_parts_along(running: Running) -> None:
    """It asks without credentials first, and counts submissions by 201."""
    instance_id = "uuid:enketo"
    xml = interview(FORM, running.code, instance_id=instance_id)
    phone = running.phone()
    phone.headers |= {"Accept": "*/*", "Accept-Language": "ar", "Cookie": "__csrf=abc"}
    assert Phone("/openrosa", phone.send).call("HEAD", "/submission").headers["www-authenticate"].startswith("Basic")
    assert [form.form_id for form in phone.forms(f"?formID={FORM}")] == [FORM]
    files = [file_part(f"drawing-{number}_00_00.png", bytes([number]) * 1_000, "image/png") for number in range(3)]
    for file in files:
        document = Part("xml_submission_file", xml, "xml_submission_file", "text/xml")
        assert phone.post(document, file, Part("__csrf", b"abc"), Part("Date", b"now")).status == 201
    assert running.door.files_of(instance_id) == sums(files)


def test_an_edit_from_the_phone_replaces_what_it_names(
    collect: Collect, running: Running, request: pytest.FixtureRequest
) -> None:
    first, second = (f"uuid:edit-{number}-{request.node.callspec.id.replace(' ', '-')}" for number in (1, 2))
    photo = file_part("a.jpg", b"photo")
    assert collect.send(interview(FORM, running.code, instance_id=first), [photo])[-1].status == 201
    edit = interview(FORM, running.code, instance_id=second, deprecated_id=first, changes={"mood": "bad"})
    assert collect.send(edit, [photo])[-1].status == 201
    states = dict(running.door.rows("SELECT instance_id, state FROM surveys_submission"))
    assert (states[first], states[second]) == ("superseded", "accepted")


@pytest.mark.goal("R-8")
def test_a_phone_whose_clock_is_years_off_is_heard(collect: Collect, running: Running) -> None:
    collect.phone.headers["Date"] = "Thu, 01 Jan 1970 12:00:00 GMT"
    assert collect.phone.post(xml_part(interview(FORM, running.code))).status == 201
