"""One interview by every way in, in any order, with any decisions: it counts once, and nothing sent is lost."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.importing import list_imports, undo_import
from homeward.apps.surveys.inbox import accept_submission, set_aside, take_back
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.kept import CORRECT, KEEP, decide, kept
from homeward.apps.surveys.models import Channel, Quarantined, State, Submission
from homeward.apps.surveys.timeline import timeline
from homeward.apps.surveys.versions import lines
from homeward.config import env
from homeward.domain.problems import ProblemError
from tests.apps.test_importing import DAY, FORM, export, line, run
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database
FULL = 1_000
TRIALS = max(15, round(float(env.read("HOMEWARD_TRIALS")) * FULL))
NUMBER, ID = "7", "uuid:abc"
FILES = (
    {"_id": NUMBER},
    {"_id": "", "_uuid": "abc"},
    {"_id": NUMBER, "_uuid": "abc"},
    {"_id": NUMBER, "KEY": ID},
    {"_id": "", "meta/rootUuid": ID, "_uuid": "other"},
)
MOODS = ("very_good", "bad", "okay")
HOURS = ("0", "999")  # the second waits


class Play:
    def __init__(self, world: World) -> None:
        assert world.amani.child is not None
        self.world, self.child = world, world.amani.child
        self.phone, self.supervisor = world.amani.actor("enumerator"), world.amani.actor("supervisor")
        self.officer = world.amani.actor("me_officer")
        self.sent: dict[bytes, str] = {}
        self.phoned = [ID]
        self.both = False  # a file has said that these are one

    def imports(self, ids: dict[str, str], mood: str) -> None:
        assert run(self.world, export({**line(self.world, "", mood=mood), **ids})).state == "done"
        self.both |= len([each for each in ids.values() if each in (NUMBER, "abc", ID)]) > 1

    def sends(self, instance_id: str, edits: str, **changes: str) -> None:
        xml = interview(FORM, self.child.code, instance_id=instance_id, deprecated_id=edits, on=DAY, changes=changes)
        self.sent[hashlib.sha256(xml).digest()] = instance_id
        receive(self.phone, Delivery(xml))

    def phones(self, mood: str, hours: str) -> None:
        self.sends(ID, "", mood=mood, work_hours=hours)

    def edits(self, which: int, mood: str) -> None:
        new, edits = f"uuid:edit-{len(self.phoned)}", self.phoned[which % len(self.phoned)]
        self.phoned.append(new)
        self.sends(new, edits, mood=mood)

    def decides(self, which: int, step: str) -> None:
        rows = Quarantined.objects.filter(settled_at=None).order_by("received_at", "pk")
        row = _chosen(rows, which)
        if row is None or step not in kept(self.supervisor, row.pk).steps:
            return
        brought = Submission.objects.filter(instance_id=row.instance_id, channel=Channel.IMPORT)
        if step in (KEEP, CORRECT) or brought.exists():  # else a person says that it is another interview
            decide(self.supervisor, row.pk, step, "Seen")

    def accepts(self, which: int, _: None) -> None:
        if (row := self._one_of(which, State.UNMATCHED, State.INVALID)) is not None:
            accept_submission(self.supervisor, row.pk, "Seen")

    def sets_aside(self, which: int, _: None) -> None:
        if (row := self._one_of(which, State.ACCEPTED, State.UNMATCHED, State.INVALID)) is not None:
            set_aside(self.supervisor, row.pk, "Seen")

    def takes_back(self, which: int, _: None) -> None:
        if (row := self._one_of(which, State.SET_ASIDE)) is not None:
            take_back(self.supervisor, row.pk, "Seen")

    def corrects(self, which: int, mood: str) -> None:
        row = self._one_of(which, State.ACCEPTED, State.UNMATCHED, State.INVALID)
        if row is not None:
            correct_answers(self.supervisor, row.pk, {"mood": mood}, "typing_error", "Slip")

    def undoes(self, which: int, _: None) -> None:
        jobs = list_imports(self.officer)
        if jobs:
            undo_import(self.officer, jobs[which % len(jobs)].id)

    def _one_of(self, which: int, *states: str) -> Submission | None:
        return _chosen(Submission.objects.filter(state__in=states).order_by("received_at", "pk"), which)

    def check(self) -> None:
        counting = list(Submission.objects.filter(state=State.ACCEPTED))
        assert len(counting) <= (1 if self.both else 2), [(row.instance_id, row.channel) for row in counting]
        numbered = [row for row in counting if row.instance_id.startswith("import:")]
        assert len(counting) - len(numbered) <= 1, [(row.instance_id, row.channel) for row in counting]
        roots = lines(Submission.objects.filter(supersedes=None).values_list("pk", flat=True))
        assert {row.pk: row.root_id for row in Submission.objects.all()} == {
            row.pk: root for root, versions in roots.items() for row in versions
        }
        found = timeline(self.supervisor, self.child.id)
        assert {len(series.points) for series in found.series} == ({len(counting)} if counting else set())
        here = {bytes(each) for each in Submission.objects.values_list("raw_sha256", flat=True)}
        here |= {bytes(each) for each in Quarantined.objects.values_list("sha256", flat=True)}
        assert self.sent.keys() <= here


few = st.integers(0, 3)
STEPS = st.one_of(
    st.tuples(st.just(Play.imports), st.sampled_from(FILES), st.sampled_from(MOODS[:2])),
    st.tuples(st.just(Play.phones), st.sampled_from(MOODS), st.sampled_from(HOURS)),
    st.tuples(st.just(Play.edits), few, st.sampled_from(MOODS)),
    st.tuples(st.just(Play.decides), few, st.sampled_from(("keep", "correct", "own"))),
    st.tuples(st.just(Play.accepts), few, st.none()),
    st.tuples(st.just(Play.sets_aside), few, st.none()),
    st.tuples(st.just(Play.takes_back), few, st.none()),
    st.tuples(st.just(Play.corrects), few, st.sampled_from(MOODS[:2])),
    st.tuples(st.just(Play.undoes), few, st.none()),
)


def _chosen(rows: Any, which: int) -> Any:
    found = list(rows)
    return found[which % len(found)] if found else None


@settings(
    max_examples=TRIALS,
    derandomize=TRIALS < FULL,  # by chance only where there is time to look into what is found
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, min_size=2, max_size=9))
def test_it_counts_once_and_nothing_is_lost(world: World, steps: list[tuple[Any, Any, Any]]) -> None:
    with transaction.atomic():
        play = Play(world)
        for step, which, what in steps:
            with suppress(ProblemError):
                step(play, which, what)
            play.check()
        transaction.set_rollback(True)
