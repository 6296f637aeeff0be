"""A drawing of a child on the page of its interview: with its words and its scope, or with why it is not shown."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from PIL import Image

from homeward.apps.audit.models import Event
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Attachment, Quarantined, Submission
from tests.interviews import AGREED, fill, library_form
from tests.openrosa.publishing import publish_more
from tests.pictures import NOTE, with_place
from tests.web.conftest import Reader
from tests.world import World

pytestmark = pytest.mark.database
FORM, PICTURE, VOICE = "visit-reflection", "child_drawing_picture", "child_drawing_own_voice"
WORDS, NOTES = "This is my way to school", "Drew with the left hand"
FILE = Upload("drawing.png", "image/png", with_place("PNG"))
SOUND = Upload("voice.webm", "audio/webm", b"\x1aE\xdf\xa3 sound")
Drawn = Callable[..., UUID]


@pytest.fixture
def drawn(world: World) -> Drawn:
    publish_more(world.amani, [FORM])

    def send(*files: Upload, by: str = "case_worker", scope: str = "team", **answers: str) -> UUID:
        assert world.amani.child is not None
        code = world.amani.child.code
        start = {"child_known": "yes", "child_listed": code, "child_code": code, "respondent": "child"}
        said = {"child_drawing_own_words": WORDS, "child_drawing_facilitator_notes": NOTES, **answers}
        known = {**AGREED, **start, "interview_date": date.today().isoformat(), "may_go_on": "yes"}
        xml = fill(library_form(FORM)[1], {**known, PICTURE: FILE.name, "child_drawing_scope": scope, **said})
        receipt = receive(world.amani.actor(by), Delivery(xml, files or (FILE,)))
        assert receipt.submission_id is not None
        return receipt.submission_id

    return send


def picture_of(submission_id: UUID, name: str = "image/png") -> str:
    file = Attachment.objects.get(submission_id=submission_id, content_type=name)
    return f"/submissions/{submission_id}/files/{file.pk}"


def test_it_stands_with_the_childs_words_apart_from_the_notes(reader: Reader, drawn: Drawn) -> None:
    key = drawn()
    html = reader("supervisor").get(f"/submissions/{key}").content.decode()
    panel = html.split('id="drawings"')[1].split("</section>")[0]
    said, noted = panel.index(WORDS), panel.index(NOTES)
    assert panel.index("What the child says about it") < said < panel.index("Notes of whoever was there") < noted
    assert f'src="{picture_of(key)}"' in panel
    assert "The people who work to help this child or group" in panel


def test_it_is_painted_anew_and_the_look_is_written_down_before(reader: Reader, drawn: Drawn) -> None:
    key = drawn()
    answer = reader("supervisor").get(picture_of(key))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert NOTE.encode() not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (48, 64)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert Event.objects.filter(verb="answers.see", object_id=str(key), allowed=True).exists()


@pytest.mark.parametrize(
    ("scope", "words", "voice", "why"),
    [
        ("team", "", False, "the child&#x27;s own words about it are missing"),
        ("", WORDS, False, "the child did not say who may see it"),
        ("keep_private", WORDS, False, "the child did not say that you may see it"),
        ("report", WORDS, False, "the child did not say that you may see it"),
        ("team keep_private", WORDS, False, "the child did not say that you may see it"),
        ("keep_private", "", True, "the child did not say that you may see it"),
    ],
)
def test_without_words_or_scope_it_is_not_shown_and_the_page_says_why(
    reader: Reader, drawn: Drawn, scope: str, words: str, voice: bool, why: str
) -> None:
    files = (FILE, SOUND) if voice else (FILE,)
    answers = {"child_drawing_own_words": words, VOICE: SOUND.name if voice else ""}
    key = drawn(*files, scope=scope, **answers)
    html = reader("supervisor").get(f"/submissions/{key}").content.decode()
    assert why in html
    assert "/files/" not in html
    assert reader("supervisor").get(picture_of(key)).status_code == 404
    if voice:
        assert reader("supervisor").get(picture_of(key, "audio/webm")).status_code == 404


def test_a_voice_that_has_arrived_is_as_good_as_words(reader: Reader, drawn: Drawn) -> None:
    only = {"child_drawing_own_words": "", VOICE: SOUND.name}
    silent = drawn(FILE, **only)
    assert reader("supervisor").get(picture_of(silent)).status_code == 404
    key = drawn(FILE, SOUND, **only)
    html = reader("supervisor").get(f"/submissions/{key}").content.decode()
    assert f'src="{picture_of(key, "audio/webm")}"></audio>' in html
    label = html.split('<h3 id="drawn-1">')[1].split("</h3>")[0]
    assert f'aria-label="{label}: What the child says about it" src=' in html
    assert f'alt="{label}: Drawing of the child' in html
    assert reader("supervisor").get(picture_of(key)).status_code == 200


def test_what_is_kept_private_is_for_whoever_was_there_also_after_a_correction(
    reader: Reader, world: World, drawn: Drawn
) -> None:
    key = drawn(scope="keep_private")
    assert reader("case_worker").get(picture_of(key)).status_code == 200
    by_other = drawn(by="supervisor", scope="keep_private", child_feel_words="x")
    assert reader("case_worker").get(picture_of(by_other)).status_code == 404
    supervisor = world.amani.actor("supervisor")
    made = correct_answers(supervisor, key, {"child_feel_words": "Sooner"}, "typing_error", "Slip")
    file = picture_of(key).rsplit("/", 1)[-1]
    assert reader("supervisor").get(f"/submissions/{made.submission_id}/files/{file}").status_code == 404
    assert reader("case_worker").get(f"/submissions/{made.submission_id}/files/{file}").status_code == 200


@pytest.mark.parametrize(
    ("first", "change"),
    [
        ({"scope": "keep_private"}, {"child_drawing_scope": "team"}),
        ({"child_drawing_own_words": ""}, {"child_drawing_own_words": "My house"}),
    ],
)
def test_a_correction_does_not_widen_who_is_shown_it(
    reader: Reader, world: World, drawn: Drawn, first: dict[str, str], change: dict[str, str]
) -> None:
    key = drawn(**first)
    made = correct_answers(world.amani.actor("supervisor"), key, change, "typing_error", "Slip")
    file = picture_of(key).rsplit("/", 1)[-1]
    address = f"/submissions/{made.submission_id}"
    assert reader("supervisor").get(f"{address}/files/{file}").status_code == 404
    assert "/files/" not in reader("supervisor").get(address).content.decode()


@pytest.mark.parametrize("channel", ["paper", "import", "link"])
def test_who_keyed_it_in_or_made_the_link_was_not_there(reader: Reader, drawn: Drawn, channel: str) -> None:
    key = drawn(scope="keep_private")
    Submission.objects.filter(pk=key).update(channel=channel)
    assert reader("case_worker").get(picture_of(key)).status_code == 404


def test_of_what_was_kept_apart_and_taken_in_nobody_knows_who_was_there(reader: Reader, drawn: Drawn) -> None:
    key = drawn(scope="keep_private")
    row = Submission.objects.get(pk=key)
    Quarantined.objects.create(
        organisation_id=row.organisation_id, instance_id="uuid:apart", kind="submission", sha256=bytes(32),
        reason="other_bytes", raw=b"", received_at=row.received_at, taken_as=row,
    )  # fmt: skip
    assert reader("case_worker").get(picture_of(key)).status_code == 404


def test_a_file_that_no_kept_answer_names_is_for_nobody(reader: Reader, drawn: Drawn) -> None:
    key = drawn(FILE, SOUND)
    for role in ("case_worker", "supervisor"):
        assert picture_of(key, "audio/webm") not in reader(role).get(f"/submissions/{key}").content.decode()
        assert reader(role).get(picture_of(key, "audio/webm")).status_code == 404


def test_who_sees_codes_alone_sees_what_is_for_reports(reader: Reader, drawn: Drawn) -> None:
    assert reader("me_officer").get(picture_of(drawn(scope="team"))).status_code == 404
    assert reader("me_officer").get(picture_of(drawn(scope="team report", child_feel_words="x"))).status_code == 200


def test_the_other_team_the_other_organisation_and_the_outsider_find_nothing(
    reader: Reader, world: World, drawn: Drawn
) -> None:
    address = picture_of(drawn(scope="team community report training"))
    for client in (reader("other_case_worker"), reader("other_supervisor"), reader("case_worker", world.baraka)):
        assert client.get(address).status_code == 404
    assert reader("outsider").get(address).status_code in (403, 404)


def test_a_photo_of_a_drawing_on_paper_follows_the_same_answer(reader: Reader, drawn: Drawn) -> None:
    key = drawn(scope="keep_private", child_drawing_picture="", child_drawing_photo=FILE.name)
    assert reader("supervisor").get(picture_of(key)).status_code == 404
    assert (
        "the child did not say that you may see it" in reader("supervisor").get(f"/submissions/{key}").content.decode()
    )


def test_no_table_to_take_away_holds_it(reader: Reader, world: World, drawn: Drawn) -> None:
    drawn(scope="team report")
    form = Submission.objects.get().form_version_id
    answer = reader("me_officer").get("/downloads/answers.csv", {"form": form})
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    assert answer.status_code == 200
    assert FILE.name.encode() not in content
    assert WORDS.encode() not in content
