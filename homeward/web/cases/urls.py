from __future__ import annotations

from django.urls import path

from homeward.web.cases import (
    caseload,
    child,
    children,
    conflicts,
    duplicates,
    emergency,
    family,
    people,
    record,
    register,
)

urlpatterns = [
    path("emergency", emergency.emergency, name="emergency"),
    path("emergencies", emergency.emergencies, name="emergencies"),
    path("emergencies/volumes/<uuid:volume_id>/review", emergency.volume_review, name="volume-review"),
    path("emergencies/<uuid:emergency_id>/review", emergency.emergency_review, name="emergency-review"),
    path("conflicts", conflicts.conflicts, name="conflicts"),
    path("conflicts/<uuid:conflict_id>/end", conflicts.conflict_end, name="conflict-end"),
    path("children", children.children, name="children"),
    path("children/find", children.find, name="child-find"),
    path("children/new", register.child_new, name="child-new"),
    path("children/import", caseload.caseload, name="caseload-import"),
    path("children/import/write", caseload.caseload_apply, name="caseload-apply"),
    path("children/duplicates", duplicates.duplicates, name="duplicates"),
    path("children/duplicates/decide", duplicates.decide, name="duplicates-decide"),
    path("children/duplicates/<uuid:merge_id>/undo", duplicates.undo, name="merge-undo"),
    path("children/<str:code>", child.child, name="child"),
    path("children/<str:code>/name", child.child_name, name="child-name"),
    path("children/<str:code>/change", register.child_change, name="child-change"),
    path("children/<str:code>/interviews", child.child_interviews, name="child-interviews"),
    path("children/<str:code>/interview", child.child_interview, name="child-interview"),
    path("children/<str:code>/conflict", conflicts.child_conflict, name="child-conflict"),
    path("children/<str:code>/people", people.child_people, name="child-people"),
    path("children/<str:code>/record", record.child_record, name="child-record"),
    path("children/<str:code>/record/<str:topic>", record.child_record_topic, name="child-record-topic"),
    path(
        "children/<str:code>/record/<str:topic>/<uuid:entry_id>/strike",
        record.child_record_strike,
        name="child-record-strike",
    ),
    path("children/<str:code>/people/sibling", family.sibling, name="child-sibling"),
    path("children/<str:code>/people/relations/<uuid:relation_id>/end", family.relation_end, name="relation-end"),
    path(
        "children/<str:code>/people/relations/<uuid:relation_id>/strike",
        family.relation_strike,
        name="relation-strike",
    ),
    path("children/<str:code>/people/assign", people.assign, name="child-assign"),
    path("children/<str:code>/people/<uuid:assignment_id>/end", people.unassign, name="child-unassign"),
]
