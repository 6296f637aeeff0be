"""Cases in the demo, over two years: one at each step, plans that were varied with and without success, one that was
opened again, one that ended early, and what waits for a second person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from homeward.apps.access.actors import Actor, actor_of_person_id
from homeward.apps.cases.assessments import AssessmentFacts, decide_assessment, save_assessment
from homeward.apps.cases.case_queries import case_of, plan_of
from homeward.apps.cases.closing import Ending, ask_end, decide_end, reopen
from homeward.apps.cases.plans import (
    ActionFacts,
    GoalFacts,
    Views,
    add_action,
    add_goal,
    decide_plan,
    record_outcome,
    send_plan,
)
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.steps import move
from homeward.apps.cases.variations import VariationFacts, begin_variation, check_variation
from homeward.demo.building import Builder
from homeward.demo.cast import House
from homeward.demo.lives import Life, draw_life

FIRST, LAST = 6, 8  # children at both ends of a programme have stories of their own
GOALS = (
    GoalFacts("social", "child", "I want to sit in a class with others who are as old as I am."),
    GoalFacts("social", "caregiver", "That she finishes primary school."),
    GoalFacts("economic", "caregiver", "That I can pay back what the journey cost."),
    GoalFacts("economic", "worker", "The debt no longer decides who works and who learns."),
    GoalFacts("psychosocial", "child", "I want to sleep without waking up."),
    GoalFacts("psychosocial", "worker", "Nights without bad dreams, and one friend."),
)
NEEDS = {
    "economic": "The journey was paid on credit; the lender comes every week.",
    "social": "Out of school since the return; the school asks for papers that were lost on the way.",
    "psychosocial": "Sleeps badly. Plays with cousins, not with neighbours.",
    "risks": "The lender speaks of work in the quarry.",
}
INTERESTS = {
    "child_view": "I want to stay with my mother and go to school, even to a lower class.",
    "caregiver_view": "She helps me much. If the debt were gone she could go.",
    "options": "School now, with help for the debt. Or an evening class, and work in the morning.",
    "recommendation": "School now, and help for the debt: the child asks for it, and work in the quarry is a danger.",
}


@dataclass
class Case:
    """One child's case as its case worker and a supervisor write it, on days after the return."""

    worker: Actor
    supervisor: Actor
    life: Life
    today: date

    def day(self, days: int) -> date:
        return min(self.today, self.life.anchor + timedelta(days=days))

    @property
    def code(self) -> str:
        return self.life.code

    @property
    def child_id(self) -> UUID:
        return find_child(self.worker, self.code).row.id

    def needs(self, days: int, *, send: bool = True) -> UUID:
        levels = {"economic": "serious", "social": "serious", "psychosocial": "some"}
        facts = AssessmentFacts(
            "needs",
            on=self.day(days),
            levels=levels,
            protective=("supportive_home", "own_skills"),
            risks=("debt", "out_of_school", "dangerous_work"),
            vulnerability="serious",
            texts=NEEDS,
        )
        return save_assessment(self.worker, self.code, facts, send=send)

    def assessed(self) -> None:
        move(self.worker, self.code, "assess", on=self.day(4))
        facts = AssessmentFacts("interests", on=self.day(15), texts=INTERESTS)
        for made in (self.needs(10), save_assessment(self.worker, self.code, facts, send=True)):
            decide_assessment(self.supervisor, self.code, made, agreed=True)
        move(self.worker, self.code, "make_plan", on=self.day(18))

    def drafted(self) -> list[UUID]:
        for goal in GOALS:
            add_goal(self.worker, self.code, goal)
        actions = (
            ActionFacts("social", "documents", "worker", "Ask the registry for new papers", self.day(45)),
            ActionFacts("social", "education", "school", "Let her sit in class until the papers come", self.day(40)),
            ActionFacts("economic", "livelihood", "caregiver", "Seeds and two goats from the project", self.day(90)),
            ActionFacts("psychosocial", "mental_health", "health", "Six talks at the health post", self.day(120)),
        )
        return [add_action(self.worker, self.code, action) for action in actions]

    def sent(self) -> UUID:
        said = "Yes. But I do not want the others to know where I was."
        return send_plan(self.worker, self.code, Views("agrees", "partly", said, "If the goats really come."))

    def agreed(self, days: int) -> None:
        version = plan_of(self.worker, self.child_id).waiting
        if version is not None:
            decide_plan(self.supervisor, self.code, version.id, agreed=True, on=self.day(days))

    def helped(self) -> list[UUID]:
        self.assessed()
        lines = self.drafted()
        self.sent()
        self.agreed(24)
        move(self.worker, self.code, "begin_help", on=self.day(25))
        record_outcome(self.worker, self.code, lines[1], "done", on=self.day(38), words="The teacher said yes at once.")
        return lines

    def followed(self) -> list[UUID]:
        lines = self.helped()
        record_outcome(self.worker, self.code, lines[0], "done", on=self.day(70))
        move(self.worker, self.code, "follow_up", on=self.day(75))
        return lines

    def varied(self, days: int, facts: VariationFacts, action: ActionFacts) -> UUID:
        made = begin_variation(self.worker, self.code, facts)
        add_action(self.worker, self.code, action)
        self.sent()
        self.agreed(days + 3)
        return made

    def settled(self, lines: list[UUID]) -> None:
        for line in lines[2:]:
            record_outcome(self.worker, self.code, line, "done", on=self.day(300))


def _assessing(case: Case) -> None:
    move(case.worker, case.code, "assess", on=case.day(4))
    case.needs(10, send=False)


def _to_approve(case: Case) -> None:
    move(case.worker, case.code, "assess", on=case.day(4))
    case.needs(10)


def _planning(case: Case) -> None:
    case.assessed()
    case.drafted()


def _plan_waits(case: Case) -> None:
    _planning(case)
    case.sent()


def _helping(case: Case) -> None:
    lines = case.helped()
    because = "The goats were promised and did not come: the project has no money left this year."
    record_outcome(case.worker, case.code, lines[2], "not_done", because="no_service", words=because, on=case.day(95))


def _varied_with_success(case: Case) -> None:
    lines = case.followed()
    record_outcome(case.worker, case.code, lines[3], "not_done", because="too_far", on=case.day(130))
    facts = VariationFacts(
        "visit",
        "The health post is two hours away, and she does not want to go there alone.",
        "agrees",
        "psychosocial",
        "She sleeps through most nights.",
        case.day(140) + timedelta(days=90),
        "With the group it is not so strange.",
        case.day(140),
    )
    action = ActionFacts("psychosocial", "recreation", "community", "The girls' group on Saturdays", case.day(160))
    made = case.varied(140, facts, action)
    said = "Sleeps better, and walks to school with two of the group."
    check_variation(case.worker, case.code, made, "better", said, case.day(235))


def _varied_in_vain(case: Case) -> None:
    case.followed()
    facts = VariationFacts(
        "child_request",
        "The others laugh because she is older. She stays at home three days in the week.",
        "agrees",
        "social",
        "She goes to class on four days of five.",
        case.day(150) + timedelta(days=60),
        "I would go if I were not the oldest.",
        case.day(150),
    )
    made = case.varied(
        150, facts, ActionFacts("social", "education", "worker", "A talk with the teacher", case.day(160))
    )
    check_variation(case.worker, case.code, made, "no_change", "The teacher has changed; nobody told the new one.")
    facts = VariationFacts(
        "score",
        "The social score has fallen in two rounds, and nothing came of the talk.",
        "partly",
        "social",
        "She goes to the evening class that is for older girls.",
        case.day(260) + timedelta(days=60),
        "I will try it.",
        case.day(260),
    )
    case.varied(260, facts, ActionFacts("social", "education", "other_agency", "A place in the evening class"))


def _closed(case: Case) -> None:
    case.settled(case.followed())
    wish = Ending(
        "goals_met", planned=True, told="yes", reviewed_on=case.today, words="School, work and nights are well."
    )
    _ended(case, wish, 735)


def _opened_again(case: Case) -> None:
    case.settled(case.followed())
    early = "The family asked for it twice, and said that they manage."
    _ended(case, Ending("family_asks", told="yes", early=early), 330)
    reopen(case.worker, case.code, "came_back", "The mother came to the office: the child left school.", case.day(400))


def _ended_early(case: Case) -> None:
    lines = case.followed()
    for line in lines[2:]:
        record_outcome(case.worker, case.code, line, "handed_over", on=case.day(200))
    early = "The child left with an uncle; the mother asks us to keep her number."
    _ended(case, Ending("migrated_again", told="not_possible", early=early), 210)


def _end_waits(case: Case) -> None:
    case.settled(case.followed())
    early = "A neighbour called the mother a beggar in front of the child. They do not want our car at the house."
    ask_end(case.worker, case.code, Ending("harm_from_help", told="yes", early=early))


def _ended(case: Case, wish: Ending, days: int) -> None:
    made = ask_end(case.worker, case.code, wish)
    decide_end(case.supervisor, case.code, made, agreed=True, on=case.day(days))


# How many days ago the child must have come back at least, and what has happened since.
STORIES: tuple[tuple[int, Callable[[Case], None]], ...] = (
    (740, _closed),
    (420, _opened_again),
    (400, _varied_in_vain),
    (320, _varied_with_success),
    (320, _end_waits),
    (230, _ended_early),
    (100, _helping),
    (30, _plan_waits),
    (20, _planning),
    (20, _to_approve),
    (20, _assessing),
)


def plan_cases(builder: Builder, house: House, today: date) -> None:
    """Each story with the first child whom it fits. Again it changes nothing: who has steps has a story."""
    free = list(_free(builder, today))
    for days, story in STORIES:
        life = next((each for each in free if (today - each.anchor).days >= days), None)
        if life is None:
            continue
        free.remove(life)
        team, worker_id = builder.who_works_with(life.number)
        if team.supervisor is None:
            continue
        case = Case(actor_of_person_id(worker_id), actor_of_person_id(team.supervisor), life, today)
        if case_of(case.worker, case.child_id).steps:
            continue
        with transaction.atomic():  # a start that breaks off here leaves no half of a story
            story(case)


def _free(builder: Builder, today: date) -> Iterator[Life]:
    for number in range(FIRST, builder.programme.children - LAST):
        life = draw_life(builder.programme, number, today)
        if not life.is_host_peer and life.has_caregiver:
            yield life
