"""The same calls under a device's token and, for Basic, under /openrosa."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from homeward.openrosa import views

calls: list[URLPattern | URLResolver] = [
    path("formList", views.form_list, name="form_list"),
    path("sealed", views.sealed, name="sealed"),
    path("intakeKey", views.intake_key, name="intake_key"),
    path("submission", views.submission, name="submission"),
    path("forms/<uuid:form_id>/form.xml", views.form, name="form"),
    path("forms/<uuid:form_id>/manifest", views.manifest, name="manifest"),
    path("forms/<uuid:form_id>/media/<str:name>", views.media, name="media"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("key/<str:token>/", include((calls, "openrosa_key"))),
    path("openrosa/", include((calls, "openrosa"))),
]
