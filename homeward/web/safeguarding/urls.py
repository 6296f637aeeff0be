from __future__ import annotations

from django.urls import path

from homeward.web.safeguarding import ending, escalations, passing, programme_keys, recipients, violations

urlpatterns = [
    path("protection", escalations.escalations, name="escalations"),
    path("protection/longer", ending.keep_told_longer, name="told-longer"),
    path("protection/keys", recipients.recipients_page, name="recipients"),
    path("protection/keys/phones", programme_keys.programme_key, name="programme-key"),
    path(
        "protection/keys/phones/<uuid:key_id>/confirm",
        programme_keys.programme_key_confirm,
        name="programme-key-confirm",
    ),
    path("protection/keys/contact", recipients.staff_contact, name="staff-contact"),
    path("protection/keys/<uuid:recipient_id>/confirm", recipients.recipient_confirm, name="recipient-confirm"),
    path("protection/<uuid:escalation_id>", escalations.escalation_page, name="escalation"),
    path("protection/<uuid:escalation_id>/step", escalations.escalation_step, name="escalation-step"),
    path("protection/<uuid:escalation_id>/open", escalations.escalation_open, name="escalation-open"),
    path("protection/<uuid:escalation_id>/reseal", escalations.escalation_reseal, name="escalation-reseal"),
    path("protection/<uuid:escalation_id>/take-over", escalations.escalation_take_over, name="escalation-take-over"),
    path("children/<str:code>/pass-on", passing.pass_on_page, name="pass-on"),
    path("tell/<uuid:organisation_id>", passing.tell_page, name="tell"),
    path("violations", violations.violations, name="violations"),
    path("violations/new", violations.violation_new, name="violation-new"),
    path("violations/counts", violations.violation_counts, name="violation-counts"),
    path("violations/<uuid:violation_id>", violations.violation, name="violation"),
    path("violations/<uuid:violation_id>/open", violations.violation_open, name="violation-open"),
]
