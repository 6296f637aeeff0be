from __future__ import annotations

from django.urls import path

from homeward.web.cases import agreement, caseload, child, children, conflicts, emergency, people, register

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
    path("children/<str:code>", child.child, name="child"),
    path("children/<str:code>/name", child.child_name, name="child-name"),
    path("children/<str:code>/change", register.child_change, name="child-change"),
    path("children/<str:code>/interviews", child.child_interviews, name="child-interviews"),
    path("children/<str:code>/interview", child.child_interview, name="child-interview"),
    path("children/<str:code>/agreement", agreement.child_agreement, name="child-agreement"),
    path("children/<str:code>/agreement/ask", agreement.agreement_ask, name="agreement-ask"),
    path("children/<str:code>/agreement/withdraw", agreement.agreement_withdraw, name="agreement-withdraw"),
    path("children/<str:code>/conflict", conflicts.child_conflict, name="child-conflict"),
    path("children/<str:code>/people", people.child_people, name="child-people"),
    path("children/<str:code>/people/assign", people.assign, name="child-assign"),
    path("children/<str:code>/people/<uuid:assignment_id>/end", people.unassign, name="child-unassign"),
]
