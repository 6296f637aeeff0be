from __future__ import annotations

from django.urls import path

from homeward.web.communities import places

urlpatterns = [
    path("places", places.place_list, name="places"),
]
