from __future__ import annotations

from django.urls import path

from homeward.web.monitoring import journey, recording, reviews, staff_notes, team, turns

urlpatterns = [
    path("reviews", reviews.reviews, name="reviews"),
    path("children/<str:code>/reviews", reviews.child_reviews, name="child-reviews"),
    path("children/<str:code>/reviews/new", recording.review_new, name="review-new"),
    path("children/<str:code>/journey", journey.child_journey, name="child-journey"),
    path("children/<str:code>/turns", turns.child_turns, name="child-turns"),
    path("children/<str:code>/turns/<str:turn>", turns.child_turn, name="child-turn"),
    path("team", team.team, name="team"),
    path("team/notes/<uuid:submission_id>/read", team.note_read, name="note-read"),
    path("how-i-am", staff_notes.own, name="staff-note-new"),
    path("how-i-am/words/<uuid:words_id>/seen", staff_notes.words_seen, name="note-words-seen"),
    path("team/well-being/<uuid:staff_note_id>", staff_notes.note, name="staff-note"),
]
