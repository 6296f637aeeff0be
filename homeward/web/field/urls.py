from __future__ import annotations

from django.urls import path

from homeward.web.field import monitor, office, sending, shell

urlpatterns = [
    path("app/", shell.shell, name="field-shell"),
    path("app/manifest.webmanifest", shell.manifest, name="field-manifest"),
    path("app/sw.js", shell.worker, name="field-worker"),
    path("app/icon.svg", shell.icon, {"name": "icon.svg"}, name="field-icon"),
    path("app/icon-192.png", shell.icon, {"name": "icon-192.png"}, name="field-icon-192"),
    path("app/icon-512.png", shell.icon, {"name": "icon-512.png"}, name="field-icon-512"),
    path("app/session.json", office.session, name="field-session"),
    path("app/devices", office.device_new, name="field-device-new"),
    path("app/field.json", office.caseload, name="field-caseload"),
    path("app/register.json", office.registering, name="field-registering"),
    path("app/children/<str:code>/history.json", office.history, name="field-history"),
    path("app/forms/<uuid:form_id>/form.xml", office.form, name="field-form"),
    path("app/forms/<uuid:form_id>/media/<str:name>", office.media, name="field-media"),
    path("app/monitor.json", monitor.caseload, name="field-monitor"),
    path("app/monitor/code", monitor.code, name="field-monitor-code"),
    path("app/monitor/form.xml", monitor.form, name="field-monitor-form"),
    path("app/monitor/media", monitor.media, name="field-monitor-media"),
    path("app/sealed", sending.sealed, name="field-sealed"),
    path("app/contact", sending.contact, name="field-contact"),
]
