from __future__ import annotations

from django.urls import path

from homeward.web.communities import places, services

urlpatterns = [
    path("places", places.place_list, name="places"),
    path("places/<uuid:place_id>", places.place_page, name="place"),
    path("places/<uuid:place_id>/merge", places.place_merge, name="place-merge"),
    path("services", services.service_list, name="services"),
    path("services/<uuid:service_id>", services.service_page, name="service"),
]
