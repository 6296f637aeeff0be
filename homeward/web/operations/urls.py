from __future__ import annotations

from django.urls import path

from homeward.web.operations import pages

urlpatterns = [
    path("health", pages.health, name="health"),
    path("house/health", pages.health_page, name="health-page"),
    path("house/lock", pages.lock, name="lock"),
    path("house/here", pages.here, name="here-am-i"),
]
