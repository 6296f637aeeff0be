"""Events in words that people understand."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from homeward.apps.cases.trail import EventRow
from homeward.apps.safeguarding.matters import MATTERS
from homeward.web.ui import labels

VERBS: dict[str, Any] = {
    "children.see": gettext_lazy("Looked at the record"),
    "names.see": gettext_lazy("Opened the name"),
    "children.change": gettext_lazy("Opened what is recorded, to change it"),
    "interviews.fill": gettext_lazy("Began an interview"),
    "answers.see": gettext_lazy("Read answers"),
    "inbox.see": gettext_lazy("Looked at the inbox"),
    "referrals.see": gettext_lazy("Read a referral"),
    "gaps.see": gettext_lazy("Looked at the gaps in services"),
    "transfers.accept": gettext_lazy("Looked at cases that other organisations offer"),
    "transfers.offer": gettext_lazy("Opened what is handed over with a case"),
    "search_children": gettext_lazy("Searched for a child"),
    "caseload.import": gettext_lazy("Compared a caseload file with the records"),
    "caseload.fetch": gettext_lazy("Fetched the list of a phone"),
    "audit.see": gettext_lazy("Looked at who did what"),
    "list_due": gettext_lazy("Listed who is due, at the command line"),
    "fetch_calendar": gettext_lazy("A calendar fetched days"),
    "open_in_emergency": gettext_lazy("Opened the record in an emergency"),
    "review_emergency": gettext_lazy("Reviewed an emergency"),
    "emergencies.review": gettext_lazy("Read the reasons of emergencies"),
    "visits.see": gettext_lazy("Looked at visits"),
    "contacts.see": gettext_lazy("Opened how the child is reached"),
    "children.download": gettext_lazy("Downloaded the list of children"),
    "scores.download": gettext_lazy("Downloaded scores"),
    "answers.download": gettext_lazy("Downloaded answers"),
    "download_list": gettext_lazy("Downloaded a list"),
    "audit.download": gettext_lazy("Downloaded who did what"),
    "open_page": gettext_lazy("Tried to open a page"),
    "refuse_call": gettext_lazy("Called as a device"),
    "refuse_submission": gettext_lazy("Sent something that was refused"),
    "register_child": gettext_lazy("Registered a child"),
    "change_child": gettext_lazy("Changed what is recorded"),
    "assign_child": gettext_lazy("Assigned the child"),
    "end_assignment": gettext_lazy("Ended an assignment"),
    "add_relation": gettext_lazy("Recorded somebody close to the child"),
    "make_referral": gettext_lazy("Referred the child to a service, or noted an unmet need"),
    "step_referral": gettext_lazy("Noted what came of a referral"),
    "refuse_sharing": gettext_lazy("Was refused to hand something over: nobody has agreed"),
    "hand_over_child": gettext_lazy("Passed the child on to a colleague"),
    "undo_hand_over": gettext_lazy("Took back that the child went to a colleague"),
    "offer_transfer": gettext_lazy("Offered the case to another organisation"),
    "recall_transfer": gettext_lazy("Took the offer of a case back"),
    "return_transfer": gettext_lazy("Returned the offer of a case"),
    "accept_transfer": gettext_lazy("Accepted a case that was offered"),
    "receive_transfer": gettext_lazy("Made a record from a case that was passed on"),
    "hand_over_transfer": gettext_lazy("Handed the case over to somebody outside"),
    "consents.see": gettext_lazy("Looked at the agreements"),
    "record_agreement": gettext_lazy("Recorded who agrees to what"),
    "withdraw_agreement": gettext_lazy("Recorded that an agreement was taken back"),
    "need_agreement": gettext_lazy("Was refused something without agreement"),
    "release_interview": gettext_lazy("Let an interview count, as agreement is there"),
    "leave_out": gettext_lazy("Took out a list without this child, as agreement is not there"),
    "import_caseload": gettext_lazy("Imported a caseload"),
    "move_step": gettext_lazy("Went on to a step of the case"),
    "ask_closing": gettext_lazy("Asked for the end of the case"),
    "decide_closing": gettext_lazy("Decided about the end of the case"),
    "write_assessment": gettext_lazy("Wrote an assessment"),
    "decide_assessment": gettext_lazy("Decided about an assessment"),
    "write_plan": gettext_lazy("Wrote the plan"),
    "decide_plan": gettext_lazy("Decided about the plan"),
    "record_outcome": gettext_lazy("Recorded what became of an action"),
    "vary_plan": gettext_lazy("Began a variation of the plan"),
    "check_variation": gettext_lazy("Looked whether a variation helped"),
    "look_at_approvals": gettext_lazy("Looked at what waits for approval"),
    "plan_visit": gettext_lazy("Planned a visit"),
    "lift_visit": gettext_lazy("Allowed a visit that the check forbade"),
    "hold_visit": gettext_lazy("Recorded a visit"),
    "miss_visit": gettext_lazy("Recorded that a visit did not take place"),
    "correct_visit": gettext_lazy("Corrected the record of a visit"),
    "take_back_visit": gettext_lazy("Took the record of a visit back"),
    "move_promise": gettext_lazy("Recorded that something agreed comes on another day"),
    "end_promise": gettext_lazy("Recorded that something agreed will not come"),
    "note_voice": gettext_lazy("Noted who was asked at a visit"),
    "set_safe_contact": gettext_lazy("Wrote how the child may be reached"),
    "set_quiet_time": gettext_lazy("Set a time without contact"),
    "lift_quiet_time": gettext_lazy("Ended a time without contact"),
    "record_attempt": gettext_lazy("Recorded an attempt to reach the child"),
    "decide_contact": gettext_lazy("Recorded that the child is lost or found"),
    "set_risk": gettext_lazy("Set the level of risk"),
    "pause_child": gettext_lazy("Let the clock of follow-up stand still"),
    "resume_child": gettext_lazy("Let the clock of follow-up go on"),
    "say_missed": gettext_lazy("Said why a round did not take place"),
    "add_to_record": gettext_lazy("Added to what is recorded"),
    "strike_out": gettext_lazy("Struck out what was recorded by mistake"),
    "end_relation": gettext_lazy("Ended a relation"),
    "merge_children": gettext_lazy("Put two records of one child together"),
    "undo_merge": gettext_lazy("Took two records apart again"),
    "say_same": gettext_lazy("Said that two records may be of one child"),
    "tell_apart": gettext_lazy("Said that two records are of two children"),
    "receive_sealed": gettext_lazy("Sent an interview while the server was locked"),
    "receive_submission": gettext_lazy("Sent an interview"),
    "quarantine": gettext_lazy("Sent what was kept apart"),
    "settle_quarantined": gettext_lazy("Decided about what was kept apart"),
    "link_submission": gettext_lazy("Linked an interview to a child"),
    "accept_submission": gettext_lazy("Accepted an interview"),
    "set_aside": gettext_lazy("Set an interview aside"),
    "take_back": gettext_lazy("Took an interview back"),
    "join_edit": gettext_lazy("Joined a correction to its interview"),
    "join_imported": gettext_lazy("Joined an imported interview to another"),
    "learn_id": gettext_lazy("Learnt another id of an interview"),
    "age_again": gettext_lazy("Computed ages anew"),
    "rescore": gettext_lazy("Scored anew"),
    "record_review": gettext_lazy("Recorded a review meeting"),
    "read_note": gettext_lazy("Read a drawn note with its writer"),
    "start_import": gettext_lazy("Began an import"),
    "import_rows": gettext_lazy("Imported rows"),
    "finish_import": gettext_lazy("Finished an import"),
    "cancel_import": gettext_lazy("Stopped an import"),
    "resume_import": gettext_lazy("Went on with an import"),
    "undo_import": gettext_lazy("Undid an import"),
    "retention.review": gettext_lazy("Looked at what is due to end"),
    "review_retention": gettext_lazy("Decided how long the record stays"),
    "place_hold": gettext_lazy("Held the record for the law"),
    "lift_hold": gettext_lazy("Lifted the hold"),
    "set_retention": gettext_lazy("Set how long records stay"),
    "run_out": gettext_lazy("Began an ending, as the time was over"),
    "ask_erasure": gettext_lazy("Asked for the child to be erased"),
    "end_for_good": gettext_lazy("Ended for good"),
    "finish_ending": gettext_lazy("No old copy of keys is left"),
    "repeat_ending": gettext_lazy("Ended again after a restore"),
    "hand_over_copy": gettext_lazy("Handed over what is held about the child"),
    "found_organisation": gettext_lazy("Founded the organisation"),
    "create_team": gettext_lazy("Made a team"),
    "register_person": gettext_lazy("Registered a person"),
    "grant_role": gettext_lazy("Gave a role"),
    "confirm_role": gettext_lazy("Confirmed a role"),
    "end_role": gettext_lazy("Ended a role"),
    "close_account": gettext_lazy("Closed an account"),
    "reopen_account": gettext_lazy("Opened an account again"),
    "issue_code": gettext_lazy("Issued a one-time code"),
    "use_code": gettext_lazy("Used a one-time code"),
    "change_password": gettext_lazy("Changed the password"),
    "change_own_settings": gettext_lazy("Changed the own settings"),
    "enrol_device": gettext_lazy("Added a device"),
    "revoke_device": gettext_lazy("Cut off a device"),
    "add_place": gettext_lazy("Added a place"),
    "rename_place": gettext_lazy("Renamed a place"),
    "merge_places": gettext_lazy("Merged two places"),
    "use_protocol": gettext_lazy("Chose a protocol of follow-up"),
    "make_calendar": gettext_lazy("Made an address for a calendar"),
    "end_calendar": gettext_lazy("Ended the address for a calendar"),
    "wish_for_mail": gettext_lazy("Changed the wish for a daily mail"),
    "add_service": gettext_lazy("Added a service to the list"),
    "change_service": gettext_lazy("Changed a service of the list"),
    "load_instrument": gettext_lazy("Loaded an instrument"),
    "propose_publication": gettext_lazy("Proposed an instrument"),
    "withdraw_proposal": gettext_lazy("Withdrew a proposal"),
    "publish": gettext_lazy("Published an instrument"),
    "retire": gettext_lazy("Retired an instrument"),
    "lock_server": gettext_lazy("Locked the server"),
    "unlock_server": gettext_lazy("Unlocked the server"),
    "confirm_presence": gettext_lazy("Confirmed that all is well"),
}
GUARDED: dict[str, Any] = {  # focal points alone read of these
    "declare_conflict": gettext_lazy("Declared a conflict of interest"),
    "end_conflict": gettext_lazy("Ended a conflict of interest"),
    "look_at_conflicts": gettext_lazy("Looked at the conflicts of interest"),
    "look_at_escalation": gettext_lazy("Looked at an escalation"),
    "look_at_escalations": gettext_lazy("Looked at the list of protection"),
    "open_many": gettext_lazy("Opened more records than usual in a day"),
    "review_volume": gettext_lazy("Reviewed a day with more records than usual"),
    "open_sealed": gettext_lazy("Opened what is sealed"),
    "escalation_step": gettext_lazy("Took a step in an escalation"),
    "call_second_line": gettext_lazy("Called the second line"),
    "pass_by_conflict": gettext_lazy("Raised anew, for a conflict of interest"),
    "refuse_withheld_copy": gettext_lazy("Was refused a copy for a guardian"),
    "keep_sealed": gettext_lazy("Passed something on in confidence"),
    "enrol_recipient": gettext_lazy("Made a key to receive in confidence"),
    "confirm_recipient": gettext_lazy("Confirmed a key to receive in confidence"),
    "reseal": gettext_lazy("Sealed something anew for a colleague"),
    "confirm_programme_key": gettext_lazy("Confirmed the key to which phones encrypt"),
    "make_programme_key": gettext_lazy("Made the key to which phones encrypt"),
    "change_staff_contact": gettext_lazy("Changed the contact of the page without an account"),
    "record_violation": gettext_lazy("Recorded a violation"),
    "look_at_violations": gettext_lazy("Looked at the violations"),
    "count_violations": gettext_lazy("Looked at the numbers of violations"),
    "find_by_name": gettext_lazy("Searched for a child by name"),
    "stop_ending": gettext_lazy("Stopped an erasure before anything was destroyed"),
    "check_erasure": gettext_lazy("Checked an erasure"),
    "ask_withholding": gettext_lazy("Asked that no guardian is given a copy"),
    "ask_lifting": gettext_lazy("Asked that guardians are given copies again"),
    "ask_wider_copy": gettext_lazy("Asked for a wider copy for a guardian"),
    "check_override": gettext_lazy("Checked what a guardian is given"),
    "keep_withholding": gettext_lazy("Looked again at a withholding, and kept it"),
    "use_wider_copy": gettext_lazy("Handed over a wider copy to a guardian"),
    "run_out_without_child": gettext_lazy("Ended what was told and names no child, as the time was over"),
    "keep_longer": gettext_lazy("Kept longer what was told and names no child"),
    "write_staff_note": gettext_lazy("Wrote a note to the supervisor"),
    "read_staff_note": gettext_lazy("Read a note of a case worker"),
    "talk_about_staff_note": gettext_lazy("Talked about a note of a case worker"),
    "destroy_keys": gettext_lazy("Destroyed the keys of a child"),
    "sign_in": gettext_lazy("Signed in"),
    "sign_on": gettext_lazy("Signed in through another service"),
    "bind_sign_on": gettext_lazy("Bound an account to another service"),
    "second_factor": gettext_lazy("Gave a second factor"),
    "confirm": gettext_lazy("Confirmed who one is"),
    "add_factor": gettext_lazy("Added a second factor"),
    "remove_factor": gettext_lazy("Removed a second factor"),
    "make_recovery_codes": gettext_lazy("Made recovery codes"),
    "use_recovery_code": gettext_lazy("Used a recovery code"),
    "propose_restoration": gettext_lazy("Asked to restore a lost second factor"),
    "confirm_restoration": gettext_lazy("Confirmed the restoring of a second factor"),
    "withdraw_restoration": gettext_lazy("Withdrew the restoring of a second factor"),
    "use_restoration": gettext_lazy("Restored a second factor"),
    "end_session": gettext_lazy("Ended a session"),
    "end_sessions": gettext_lazy("Ended all sessions"),
    "refuse_workbook": gettext_lazy("Gave a workbook that was refused"),
    "refuse_caseload": gettext_lazy("Gave a caseload file that was refused"),
    "refuse_import": gettext_lazy("Gave a file that could not be imported"),
}
SHOWN: dict[tuple[str, str], Any] = {  # where the thing says more than the verb
    ("children.see", "children"): gettext_lazy("Looked at the list of children"),
    ("children.see", "due"): gettext_lazy("Looked at who is due"),
    ("children.see", "reviews"): gettext_lazy("Looked at which review meetings are called for"),
    ("children.see", "team"): gettext_lazy("Looked at the work of the team"),
    ("answers.see", "flags"): gettext_lazy("Looked at the flags"),
}
KINDS = {
    "system": gettext_lazy("the system"),
    "device": gettext_lazy("a device"),
    "nobody": gettext_lazy("somebody unknown"),
}


def event_words(row: EventRow, code: str = "") -> dict[str, Any]:
    """`code`: of the child, where the row itself names none and the reader may know whose matter it is."""
    code = row.child_code or code
    return {"row": row, "who": who(row), "what": what(row), "code": code, "no_code": "" if code else no_code(row)}


def no_code(row: EventRow) -> str:
    if row.child_id is not None:
        return _("kept no longer")
    return _("not shown") if row.object_kind in MATTERS else "–"


def who(row: EventRow) -> str:
    if row.elsewhere:
        return _("somebody of another organisation")
    return row.who or str(KINDS.get(row.who_kind, _("somebody")))


def what(row: EventRow) -> str:
    known = SHOWN.get((row.verb, row.object_kind)) or VERBS.get(row.verb) or GUARDED.get(row.verb)
    if known:
        return str(known)
    wanted = labels.PERMISSIONS.get(row.verb)
    return _("Tried: {what}").format(what=wanted) if wanted else row.verb


def verb_choices(*, whole: bool) -> list[tuple[str, str]]:
    """`whole`: for somebody who reads of protection too."""
    offered = VERBS | GUARDED if whole else VERBS
    return [("", _("All")), *sorted(((verb, str(label)) for verb, label in offered.items()), key=lambda each: each[1])]
