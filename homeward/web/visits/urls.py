"""Pages about following a child: what is due, visits and attempts to reach somebody."""

from __future__ import annotations

from django.urls import path

from homeward.web.visits import calendars, card, child_tab, correct, follow_up, plan, promise, protocols, sheets, visit

urlpatterns = [
    path("children/<str:code>/visits", child_tab.child_visits, name="child-visits"),
    path("children/<str:code>/visits/new", plan.visit_new, name="visit-new"),
    path("children/<str:code>/visits/new/<uuid:step>", plan.visit_plan, name="visit-plan"),
    path("children/<str:code>/visits/card", card.contact_card, name="contact-card"),
    path("children/<str:code>/visits/card/open", child_tab.contact_open, name="contact-open"),
    path("children/<str:code>/visits/quiet", card.quiet_time, name="quiet-time"),
    path("children/<str:code>/visits/quiet/<uuid:quiet_id>/end", card.quiet_end, name="quiet-end"),
    path("children/<str:code>/visits/attempt", child_tab.contact_attempt, name="contact-attempt"),
    path("children/<str:code>/visits/contact", child_tab.contact_decide, name="contact-decide"),
    path("visits", sheets.visits_day, name="visits-day"),
    path("visits/sheets", sheets.visits_sheets, name="visits-sheets"),
    path("visits/<uuid:visit_id>", visit.visit, name="visit"),
    path("visits/<uuid:visit_id>/record", visit.visit_record, name="visit-record"),
    path("visits/<uuid:visit_id>/correct", correct.visit_correct, name="visit-correct"),
    path("visits/<uuid:visit_id>/not-held", visit.visit_not_held, name="visit-not-held"),
    path("visits/<uuid:visit_id>/lift", visit.visit_lift, name="visit-lift"),
    path("visits/<uuid:visit_id>/skip", visit.visit_skip, name="visit-skip"),
    path("visits/<uuid:visit_id>/actions/<uuid:promise_id>", visit.visit_action, name="visit-action"),
    path("visits/<uuid:visit_id>/actions/<uuid:promise_id>/further", promise.promise, name="promise"),
    path("visits/<uuid:visit_id>/actions/<uuid:promise_id>/say", promise.promise_say, name="promise-say"),
    path("visits/<uuid:visit_id>/sheet", sheets.visit_sheet, name="visit-sheet"),
    path("children/<str:code>/follow-up", follow_up.child_follow_up, name="child-follow-up"),
    path("protocols", protocols.protocols, name="protocols"),
    path("me/calendar", calendars.my_calendar, name="my-calendar"),
    path("calendar/<str:token>.ics", calendars.feed, name="calendar"),
]
