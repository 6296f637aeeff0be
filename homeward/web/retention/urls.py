from __future__ import annotations

from django.urls import path

from homeward.web.retention import copies, keeping, reviewing

urlpatterns = [
    path("retention", reviewing.reviews, name="retention"),
    path("retention/times", reviewing.times, name="retention-times"),
    path("retention/<uuid:ending_id>/check", reviewing.check, name="erasure-check"),
    path("children/<str:code>/keep", keeping.keep, name="child-keep"),
    path("children/<str:code>/copy", copies.copy, name="child-copy"),
]
