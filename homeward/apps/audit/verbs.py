"""Verbs of the trace that everybody who may read it may read. All others are for focal points alone.

That something was disclosed is itself a secret: a verb that nobody has put here shows itself to no administrator, no
supervisor and no colleague of the child's case worker.
"""

from __future__ import annotations

LOOKS = frozenset(
    (
        *("referrals.see", "gaps.see", "transfers.accept", "transfers.offer"),
        *("children.see", "names.see", "children.change", "interviews.fill", "answers.see", "inbox.see"),
        *("search_children", "caseload.import", "caseload.fetch", "audit.see"),
        *("list_due", "fetch_calendar"),
        *("open_in_emergency", "review_emergency", "emergencies.review"),
        *("visits.see", "contacts.see"),
        "read_not_taken",
    )
)
TAKEN = frozenset(("children.download", "scores.download", "answers.download", "download_list", "audit.download"))
REFUSED = frozenset(("open_page", "refuse_call", "refuse_submission", "refuse_link"))
CHILDREN = frozenset(
    (
        *("register_child", "change_child", "assign_child", "end_assignment", "add_relation", "import_caseload"),
        *("set_risk", "pause_child", "resume_child", "say_missed"),
        *("add_to_record", "strike_out", "end_relation", "merge_children", "undo_merge", "tell_apart"),
        "say_same",
        *(
            "receive_sealed",
            "receive_submission",
            "quarantine",
            "settle_quarantined",
            "settle_not_taken",
            "link_submission",
            "accept_submission",
        ),
        *("make_referral", "step_referral", "correct_referral", "refuse_sharing", "note_gap"),
        *("hand_over_child", "undo_hand_over"),
        *("make_link", "open_link", "use_link", "take_back_link"),
        *("offer_transfer", "recall_transfer", "return_transfer", "accept_transfer", "receive_transfer"),
        *("hand_over_transfer", "note_returned"),
        *("set_aside", "take_back", "join_edit", "join_imported", "learn_id", "age_again", "rescore"),
        *("record_review", "read_note"),
        *("record_agreement", "withdraw_agreement", "need_agreement", "release_interview", "leave_out", "consents.see"),
        *("start_import", "import_rows", "finish_import", "cancel_import", "resume_import", "undo_import"),
    )
)
# Where a case stands, who wrote its documents and who approved them: never why, and nothing of what they hold.
CASE = frozenset(
    (
        *("move_step", "ask_closing", "decide_closing", "write_assessment", "decide_assessment"),
        *("write_plan", "decide_plan", "record_outcome", "vary_plan", "check_variation", "look_at_approvals"),
    )
)
VISITS = frozenset(
    (
        *("plan_visit", "lift_visit", "hold_visit", "miss_visit", "note_voice"),
        *("correct_visit", "take_back_visit", "move_promise", "end_promise"),
        *("set_safe_contact", "set_quiet_time", "lift_quiet_time", "record_attempt", "decide_contact"),
    )
)
HOUSE = frozenset(
    (
        *("found_organisation", "create_team", "register_person", "grant_role", "confirm_role", "end_role"),
        *("close_account", "reopen_account", "issue_code", "use_code", "change_password", "change_own_settings"),
        *("enrol_device", "begin_app", "revoke_device", "add_place", "rename_place", "merge_places"),
        *("use_protocol", "make_calendar", "end_calendar", "wish_for_mail"),
        *("add_service", "change_service", "mark_again"),
        *("load_instrument", "propose_publication", "withdraw_proposal", "publish", "retire"),
        *("lock_server", "unlock_server", "confirm_presence"),
    )
)
# How long records stay, who held or ended them, and to whom what is held was handed over. That an erasure was agreed to
# is not here: where nothing ended afterwards, or it was agreed to twice, something was told.
KEEPING = frozenset(
    (
        *("retention.review", "review_retention", "place_hold", "lift_hold", "set_retention", "run_out"),
        *("ask_erasure", "end_for_good", "finish_ending", "repeat_ending", "hand_over_copy"),
    )
)
OPEN = LOOKS | TAKEN | REFUSED | CHILDREN | CASE | HOUSE | KEEPING | VISITS
