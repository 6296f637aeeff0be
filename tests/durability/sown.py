"""Run as a program: a unique text into every field that lies sealed, then gone without closing anything, so that the
write-ahead logs stay. Prints the texts, one that lies plain, which a search has to find, and what a phone needs.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from homeward.cli.serve import start_django

start_django()

from homeward.apps.access import vault  # noqa: E402 - models exist now
from homeward.apps.access.factors import set_up_app  # noqa: E402 - models exist now
from homeward.apps.access.intake_keys import public_key  # noqa: E402 - models exist now
from homeward.apps.access.services import create_team  # noqa: E402 - models exist now
from homeward.apps.cases.consenting import Asked, record_agreement  # noqa: E402 - models exist now
from homeward.apps.cases.emergency import open_in_emergency  # noqa: E402 - models exist now
from homeward.apps.cases.facts import ChildFacts, facts_of  # noqa: E402 - models exist now
from homeward.apps.cases.models import Child  # noqa: E402 - models exist now
from homeward.apps.cases.passing_on import Offer, offer_transfer  # noqa: E402 - models exist now
from homeward.apps.cases.recording import add_entry  # noqa: E402 - models exist now
from homeward.apps.cases.referring import Wanted, make_referral  # noqa: E402 - models exist now
from homeward.apps.cases.risk import set_risk  # noqa: E402 - models exist now
from homeward.apps.cases.services import (  # noqa: E402 - models exist now
    Registered,
    add_relation,
    assign_child,
    change_child,
    register_child,
)
from homeward.apps.monitoring.meetings import MeetingFacts, record_meeting  # noqa: E402 - models exist now
from homeward.apps.monitoring.note_words import say_about  # noqa: E402 - models exist now
from homeward.apps.monitoring.staff_notes import write_note  # noqa: E402 - models exist now
from homeward.apps.retention.deciding import place_hold, prolong  # noqa: E402 - models exist now
from homeward.apps.retention.overriding import Withholding, ask_withholding  # noqa: E402 - models exist now
from homeward.apps.retention.without_child import due_without_child, keep_longer  # noqa: E402 - models exist now
from homeward.apps.safeguarding.models import Violation  # noqa: E402 - models exist now
from homeward.apps.safeguarding.violations import ViolationFacts, record_violation  # noqa: E402 - models exist now
from homeward.apps.surveys.attachments import Upload  # noqa: E402 - models exist now
from homeward.apps.surveys.deliveries import Delivery  # noqa: E402 - models exist now
from homeward.apps.surveys.importing import Collected, start_import  # noqa: E402 - models exist now
from homeward.apps.surveys.inbox import set_aside  # noqa: E402 - models exist now
from homeward.apps.surveys.intake import receive  # noqa: E402 - models exist now
from homeward.apps.surveys.kept import KEEP, decide  # noqa: E402 - models exist now
from homeward.apps.surveys.models import Quarantined  # noqa: E402 - models exist now
from homeward.apps.surveys.transport import Letter, take_sealed, take_while_locked  # noqa: E402 - models exist now
from homeward.apps.visits.cards import CardFacts, set_card  # noqa: E402 - models exist now
from homeward.apps.visits.correcting import Correction, correct_visit  # noqa: E402 - models exist now
from homeward.apps.visits.planning import Plan, lift_block, plan_visit  # noqa: E402 - models exist now
from homeward.apps.visits.recording import Held, NewAction, hold_visit  # noqa: E402 - models exist now
from homeward.cli.unlocking import bring_up_to_date  # noqa: E402 - models exist now
from homeward.domain.envelope import Kind  # noqa: E402 - models exist now
from homeward.domain.problems import ProblemError  # noqa: E402 - models exist now
from homeward.domain.rounds import add_months  # noqa: E402 - models exist now
from homeward.domain.sharing import Agreement  # noqa: E402 - models exist now
from homeward.domain.visiting import Answer, Check  # noqa: E402 - models exist now
from tests.case_life import case_life  # noqa: E402 - models exist now
from tests.envelopes import enrolled, sealed_to  # noqa: E402 - models exist now
from tests.envelopes_of_transport import multipart, sealed  # noqa: E402 - models exist now
from tests.interviews import interview  # noqa: E402 - models exist now
from tests.world import House, build, day_of  # noqa: E402 - models exist now

FORM = "child-12-14"
SOWN: dict[str, str] = {}
LONG_LETTERS = "".join(map(chr, range(0x2D30, 0x2D66)))  # six of Tifinagh are 18 bytes: no file has them by chance


def sow(field: str, alphabet: str = "bcdfghjklmnpqrstvwxz") -> str:
    """Sixteen letters that stand nowhere else."""
    SOWN[field] = "".join(secrets.choice(alphabet) for _ in range(16))
    return SOWN[field]


def children(house: House) -> Registered:
    facts = ChildFacts(
        name=f"Asha {sow('cases.child.name')}",
        initials=sow("cases.child.initials", LONG_LETTERS)[:6],
        birth_date=date.today().replace(year=date.today().year - 13, day=1),
        return_date=date(2025, 3, 1),
        external_id=sow("cases.child.external_id"),
        team_id=house.teams[0],
    )
    SOWN["cases.child.initials"] = facts.initials
    child = register_child(house.system(), facts)
    assign_child(house.system(), child.id, person_id=house.people["case_worker"])
    add_relation(house.system(), child.id, "mother", sow("cases.relation.name"), is_caregiver=True)
    set_risk(house.actor("case_worker"), child.code, "high", "visit", note=sow("cases.risklevel.words"))
    words = {name: sow(f"cases.consententry.{name}") for name in ("recipient", "expects", "reason")}
    record_agreement(house.system(), child.code, Asked("child", {"sharing": "agrees"}, limits_told=True, **words))
    add_entry(house.system(), child.id, "names", {"kind": "other", "name": sow("cases.childname.name")})
    return child


def interviews(house: House, code: str) -> None:
    phone = house.actor("enumerator")
    said = {"anything_to_say": sow("surveys.submission.text")}
    picture = f"{sow('surveys.attachment.name')}.png"
    content = sow("surveys.attachmentchunk.content").encode() * 3
    first = Delivery(
        interview(FORM, code, instance_id="uuid:sown", changes=said), [Upload(picture, "image/png", content)]
    )
    receipt = receive(phone, first)
    if receipt.submission_id is not None:
        set_aside(house.actor("supervisor"), receipt.submission_id, sow("surveys.submission.reason"))
    said = {"anything_to_say": sow("surveys.submission.raw")}
    receive(phone, Delivery(interview(FORM, code, instance_id="uuid:raw", changes=said)))
    unknown = sow("surveys.submission.typed_child")
    receive(phone, Delivery(interview(FORM, unknown, listed=False, instance_id="uuid:typed")))


def visits(house: House, code: str) -> None:
    worker, today = house.actor("case_worker"), day_of(house.organisation_id)
    words = {name: sow(f"visits.safecontact.{name}") for name in ("how", "second", "not_with", "code_word", "unsaid")}
    set_card(worker, code, CardFacts(("home", "phone"), **words))
    danger = Check(Answer.NO, Answer.NO, Answer.YES, Answer.NO)
    (blocked,) = plan_visit(worker, [code], danger, Plan(today))
    lift_block(house.actor("supervisor"), blocked, "phone", sow("visits.visit.lifted_why"))
    agreed = (NewAction("we", today, sow("visits.agreedaction.promise")),)
    held = Held(True, True, "yes", (), alone="yes", words=sow("visits.visit.words"), actions=agreed)
    hold_visit(worker, blocked, held)
    why = sow("visits.visitversion.why")
    before = replace(held, words=sow("visits.visitversion.content"))
    (corrected,) = plan_visit(worker, [code], Check(*[Answer.NO] * 4), Plan(today, "phone"))
    hold_visit(worker, corrected, replace(before, actions=()))
    correct_visit(worker, corrected, replace(held, words="", actions=()), Correction("other", why))


def kept_apart(house: House, code: str) -> None:
    changed = {"anything_to_say": sow("surveys.quarantined.raw")}
    other = interview(FORM, code, instance_id="uuid:raw", changes=changed)
    with suppress(ProblemError):  # 409
        receive(
            house.actor("enumerator"),
            Delivery(other, [Upload(f"{sow('surveys.quarantined.name')}.png", "image/png", b"x")]),
        )
    row = Quarantined.objects.filter(kind="submission")[0]
    decide(house.actor("supervisor"), row.pk, KEEP, sow("surveys.quarantined.settled_reason"))


def while_locked(house: House, code: str) -> None:
    """What a phone sends in clear; the flag of an envelope of ours beside it."""
    said = {"anything_to_say": sow("surveys.sealedarrival.envelope")}
    body, kind = multipart(interview(FORM, code, instance_id="uuid:locked", changes=said))
    public = public_key()
    flag = sealed(sow("surveys.sealedarrival.flag").encode(), public, 2)
    vault.lock()
    take_while_locked(house.actor("enumerator"), body, kind, "")
    take_sealed(house.actor("enumerator"), Letter(sealed(b"x", public), flag))


def kept_longer(house: House) -> None:
    """An entry that names no child and would end soon: its day of recording is set back."""
    focal = house.actor("focal_point")
    keys = [enrolled(house.actor(name)) for name in ("focal_point", "second_focal_point")]
    record_violation(focal, ViolationFacts("detained", date.today(), "child"), sealed_to(keys, kind=Kind.VIOLATION))
    Violation.objects.update(recorded_at=timezone.now() - timedelta(days=59 * 30))
    (due,) = due_without_child(focal)
    keep_longer(focal, due.clock, due.id, due.latest, f"Asked {sow('retention.extension.reason')}")


def helped(house: House, code: str) -> None:
    agreed = Agreement("yes", "yes", day_of(house.organisation_id), "en", limits_told=True)
    said, to = sow("cases.referral.words"), sow("cases.referral.provider")
    wanted = Wanted("school_place", "weeks", agreed, provider=to, chosen=("words",), words=said)
    make_referral(house.actor("case_worker"), code, wanted)
    offer_transfer(house.actor("supervisor"), code, Offer(agreed, recipient=sow("cases.transfer.recipient")))


def meetings(house: House, code: str) -> None:
    """One in which the plan changed, one in which it stayed; and a few words of a case worker about themself."""
    today, part = date.today() - timedelta(days=1), ("child",)
    later = today + timedelta(days=30)
    said, why = sow("monitoring.reviewmeeting.child_view"), sow("monitoring.reviewmeeting.reason")
    decided = sow("monitoring.reviewmeeting.decided")
    worker = house.actor("case_worker")
    record_meeting(
        worker, code, MeetingFacts(today, part, "said", "varied", said, decided=decided, check_on=later), uuid4()
    )
    record_meeting(worker, code, MeetingFacts(today, part, "not_yet", "stays", reason=why, check_on=later), uuid4())
    write_note(worker, f"I am {sow('monitoring.staffnote.words')}", asks_talk=True)
    words = sow("monitoring.notewords.words")
    say_about(house.actor("supervisor"), house.organisation_id, uuid4(), "visit", house.people["case_worker"], words)


def main() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    bring_up_to_date()
    house = build().amani
    create_team(house.system(), sow("plain"))
    child = children(house)
    case_life(house, child.code, sow)
    interviews(house, child.code)
    meetings(house, child.code)
    kept_apart(house, child.code)
    visits(house, child.code)
    helped(house, child.code)
    open_in_emergency(house.actor("case_worker"), house.other_child.code, sow("access.emergencyaccess.reason"))
    soon = date.today() + timedelta(days=30)
    hold = f"The court {sow('retention.hold.reason')}"
    place_hold(house.actor("supervisor"), child.code, "court", hold, soon)
    why = Withholding("danger", soon, f"The uncle {sow('retention.override.words')}")
    ask_withholding(house.actor("focal_point"), child.code, why)
    facts = replace(facts_of(Child.objects.get(pk=child.id)), status="closed")
    change_child(house.system(), child.id, facts)
    later = add_months(date.today(), 30)
    prolong(house.actor("supervisor"), child.code, "monitoring", later, f"Asked {sow('retention.review.reason')}")
    SOWN["access.factor.material"] = set_up_app(house.actor("case_worker")).secret.replace(" ", "")
    file = f"child,anything_to_say\n1,{sow('surveys.import.content')}\n".encode()
    said = Collected(date.today(), f"Signed {sow('surveys.import.agreed_why')}")
    start_import(house.actor("me_officer"), house.forms[FORM], f"{sow('surveys.import.file_name')}.csv", file, said)
    kept_longer(house)
    while_locked(house, child.code)
    with_phone = {"phone": house.devices["enumerator"].token, "code": child.code}
    sys.stdout.write(json.dumps({**SOWN, **with_phone}))
    sys.stdout.flush()
    os._exit(0)  # nothing is closed, so nothing is tidied away


if __name__ == "__main__":
    main()
