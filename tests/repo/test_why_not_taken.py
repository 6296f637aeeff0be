"""Each code with which something of the app can be refused has words on the pages: why, and what helps."""

from __future__ import annotations

from homeward.web.surveys.not_taken_words import WORDS
from tests.repo.refusals import refusals_of

TAKERS = tuple(("homeward.apps.visits.arriving", name) for name in ("_not_asked", "_new_child"))
BEFORE = (("homeward.apps.surveys.notes", "taken"), ("homeward.apps.surveys.transport", "_sender"))
OPENING = ("homeward.apps.surveys.transport", "content_of")
NEVER = {
    "child.external_id_exists": "a note has no number of a case system",
    "child.number_ended": "a note has no number of a case system",
    "child.status_by_pair": "a new child is open",
    "child.status_by_step": "a new child is open",
    "consent.caregiver": "nobody answers instead of a caregiver on a phone",
    "consent.has_caregiver": "nobody answers instead of a caregiver on a phone",
    "consent.stand_in": "nobody answers instead of a caregiver on a phone",
    "consent.reason": "a note asks for none",
    "consent.relation": "a note names none",
    "emergency.read_only": "an emergency opens nothing to a phone",
    "vault.erased": "a new child has keys",
    "vault.locked": "then everything waits",
    **dict.fromkeys(
        ("body.not_multipart", "body.too_large", "body.unreadable", "body.xml_part"), "a note is no form with files"
    ),
}
SHEETS = ("protocol.", "table.")  # the server's own sheets are read when it starts


def test_each_reason_has_words() -> None:
    found = refusals_of(*TAKERS, *BEFORE, OPENING)
    assert {"place.not_found", "consent.limits", "app.no_caseload", "note.fits_nothing", "transport.damaged"} <= found
    assert sorted(code for code in found - set(WORDS) - set(NEVER) if not code.startswith(SHEETS)) == []
    assert sorted(set(NEVER) - found) == []
    assert set(NEVER) & set(WORDS) == set()


def test_no_words_are_for_what_never_happens() -> None:
    elsewhere = {"transport.other_phone"}  # of an interview
    assert sorted(set(WORDS) - elsewhere - refusals_of(*TAKERS, *BEFORE, OPENING)) == []
