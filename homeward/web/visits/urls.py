from __future__ import annotations

from django.urls import URLPattern, path

from homeward.web.visits import calendars, follow_up, protocols

urlpatterns: list[URLPattern] = [
    path("children/<str:code>/follow-up", follow_up.child_follow_up, name="child-follow-up"),
    path("protocols", protocols.protocols, name="protocols"),
    path("me/calendar", calendars.my_calendar, name="my-calendar"),
    path("calendar/<str:token>.ics", calendars.feed, name="calendar"),
]
