"""Verbs of the trace that everybody who may read it may read. All others are for focal points alone.

That something was disclosed is itself a secret: a verb that nobody has put here shows itself to no administrator, no
supervisor and no colleague of the child's case worker.
"""

from __future__ import annotations

LOOKS = frozenset(
    (
        *("children.see", "names.see", "children.change", "interviews.fill", "answers.see", "inbox.see"),
        *("search_children", "caseload.import", "caseload.fetch", "audit.see"),
        *("open_in_emergency", "review_emergency", "emergencies.review"),
    )
)
TAKEN = frozenset(("children.download", "scores.download", "answers.download", "download_list", "audit.download"))
REFUSED = frozenset(("open_page", "refuse_call", "refuse_submission"))
CHILDREN = frozenset(
    (
        *("register_child", "change_child", "assign_child", "end_assignment", "add_relation", "import_caseload"),
        *("add_to_record", "strike_out", "end_relation", "merge_children", "undo_merge", "tell_apart"),
        *(
            "receive_sealed",
            "receive_submission",
            "quarantine",
            "settle_quarantined",
            "link_submission",
            "accept_submission",
        ),
        *("set_aside", "take_back", "join_edit", "join_imported", "learn_id", "age_again", "rescore"),
        *("start_import", "import_rows", "finish_import", "cancel_import", "resume_import", "undo_import"),
    )
)
HOUSE = frozenset(
    (
        *("found_organisation", "create_team", "register_person", "grant_role", "confirm_role", "end_role"),
        *("close_account", "reopen_account", "issue_code", "use_code", "change_password", "change_own_settings"),
        *("enrol_device", "revoke_device", "add_place", "rename_place", "merge_places"),
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
OPEN = LOOKS | TAKEN | REFUSED | CHILDREN | HOUSE | KEEPING
