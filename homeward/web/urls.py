"""The pages, by topic."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("homeward.web.access.urls")),
    path("", include("homeward.web.communities.urls")),
    path("", include("homeward.web.audit.urls")),
    path("", include("homeward.web.cases.urls")),
    path("", include("homeward.web.safeguarding.urls")),
    path("", include("homeward.web.surveys.urls")),
    path("", include("homeward.web.visits.urls")),
    path("", include("homeward.web.field.urls")),
    path("", include("homeward.web.monitoring.urls")),
    path("", include("homeward.web.operations.urls")),
    path("", include("homeward.web.retention.urls")),
]
