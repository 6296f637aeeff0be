from __future__ import annotations

from django.urls import path

from homeward.web.audit import pages

urlpatterns = [
    path("audit", pages.audit, name="audit"),
    path("audit.csv", pages.audit_download, name="audit-download"),
    path("children/<str:code>/looks", pages.child_looks, name="child-looks"),
]
