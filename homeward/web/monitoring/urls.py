from __future__ import annotations

from django.urls import path

from homeward.web.monitoring import recording, reviews, staff_notes, team

urlpatterns = [
    path("reviews", reviews.reviews, name="reviews"),
    path("children/<str:code>/reviews", reviews.child_reviews, name="child-reviews"),
    path("children/<str:code>/reviews/new", recording.review_new, name="review-new"),
    path("team", team.team, name="team"),
    path("team/notes/<uuid:submission_id>/read", team.note_read, name="note-read"),
    path("how-i-am", staff_notes.own, name="staff-note-new"),
    path("team/well-being/<uuid:staff_note_id>", staff_notes.note, name="staff-note"),
]
