from __future__ import annotations

from django.urls import path

from homeward.web.surveys import (
    agreement,
    correcting,
    downloads,
    imports,
    inbox,
    instrument_pages,
    instruments,
    interview,
    kept,
    submissions,
    today,
)

urlpatterns = [
    path("", today.today, name="today"),
    path("today/<slug:part>", today.today_part, name="today-part"),
    path("instruments", instruments.instruments, name="instruments"),
    path("instruments/new", instruments.instrument_new, name="instrument-new"),
    path("instruments/<uuid:form_id>", instruments.instrument, name="instrument"),
    path("instruments/<uuid:form_id>/propose", instruments.instrument_step, {"step": "propose"}, "instrument-propose"),
    path("instruments/<uuid:form_id>/publish", instruments.instrument_step, {"step": "publish"}, "instrument-publish"),
    path(
        "instruments/<uuid:form_id>/withdraw", instruments.instrument_step, {"step": "withdraw"}, "instrument-withdraw"
    ),
    path("instruments/<uuid:form_id>/retire", instruments.instrument_step, {"step": "retire"}, "instrument-retire"),
    path("instruments/<uuid:form_id>/workbook", instruments.instrument_workbook, name="instrument-workbook"),
    path("instruments/<uuid:form_id>/dictionary", instrument_pages.dictionary, name="instrument-dictionary"),
    path("instruments/<uuid:form_id>/changes/<uuid:other_id>", instrument_pages.compare, name="instrument-compare"),
    path("instruments/<uuid:form_id>/paper", instrument_pages.paper, name="instrument-paper"),
    path("instruments/<uuid:form_id>/preview", instrument_pages.preview, name="instrument-preview"),
    path("instruments/<uuid:form_id>/collect", instrument_pages.collect, name="instrument-collect"),
    path("interview/<uuid:form_id>", interview.interview, name="interview"),
    path("interview/<uuid:form_id>/config.json", interview.interview_config, name="interview-config"),
    path("interview/<uuid:form_id>/form.xml", interview.interview_form, name="interview-form"),
    path("interview/<uuid:form_id>/media/<str:name>", interview.interview_media, name="interview-media"),
    path("interview/<uuid:form_id>/submit", interview.interview_submit, name="interview-submit"),
    path("interview/sealed", interview.interview_sealed, name="sealed-interview"),
    path("submissions/<uuid:submission_id>", submissions.submission, name="submission"),
    path("submissions/<uuid:submission_id>/correct", correcting.correct, name="submission-correct"),
    path("submissions/<uuid:submission_id>/files/<uuid:attachment_id>", submissions.attachment, name="attachment"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/<uuid:submission_id>", inbox.inbox_entry, name="inbox-entry"),
    path("inbox/<uuid:submission_id>/agreement", agreement.inbox_agreement, name="inbox-agreement"),
    path("inbox/kept/<uuid:row_id>", kept.kept_entry, name="kept"),
    path("inbox/kept/<uuid:row_id>/file", kept.kept_content, name="kept-file"),
    path("imports", imports.imports, name="imports"),
    path("imports/new", imports.import_new, name="import-new"),
    path("imports/<uuid:import_id>", imports.import_page, name="import"),
    path("imports/<uuid:import_id>/cancel", imports.import_cancel, name="import-cancel"),
    path("imports/<uuid:import_id>/resume", imports.import_resume, name="import-resume"),
    path("imports/<uuid:import_id>/undo", imports.import_undo, name="import-undo"),
    path("downloads", downloads.downloads, name="downloads"),
    path("downloads/<slug:what>.<slug:kind>", downloads.download, name="download"),
]
