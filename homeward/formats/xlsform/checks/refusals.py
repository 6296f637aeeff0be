"""What a child's key *Skip* records: the option for rather not saying, where it can be told which one that is."""

from __future__ import annotations

from homeward.domain.fitting import manner_of
from homeward.domain.instruments import Choice
from homeward.formats.xlsform.about_sheet import settings_values
from homeward.formats.xlsform.checks.subject import START_GROUP, Subject, holds_answer
from homeward.formats.xlsform.columns import SETTINGS, STYLE, STYLE_PREFIX, STYLES

REFUSALS = frozenset({"skip", "refused", "prefer_not", "prefer_not_to_say", "no_answer"})  # as the browser knows them
ENDINGS = tuple(f"_{code}" for code in sorted(REFUSALS))
CHILD = f"{STYLE_PREFIX}child"
FOR_ADULT = f"{STYLE_PREFIX}adult"


def check_refusals(subject: Subject) -> None:
    if not _is_put_to_a_child(subject):
        return
    for name in sorted(_lists_of_the_child(subject)):
        choice_list = subject.instrument.choice_lists.get(name)
        unclear = _unclear(choice_list.choices) if choice_list else ()
        if unclear:
            subject.report.add(
                "refusal_unclear",
                "When a child skips, no option of the list {name} is recorded: it is unclear whether {codes} is meant.",
                "Give the one option for rather not saying the code skip, and no other option such a code.",
                subject.at(unclear[0].where, "name"),
                {"name": name, "codes": ", ".join(choice.code for choice in unclear)},
                severity="warning",
            )


def _is_put_to_a_child(subject: Subject) -> bool:
    style = settings_values(subject.sheet(SETTINGS)).get(STYLE)
    words = [word for word in style.value.split() if word in STYLES] if style else []
    return words[0] == CHILD if words else f"{STYLE_PREFIX}{manner_of(subject.instrument.about)}" == CHILD


def _lists_of_the_child(subject: Subject) -> set[str]:
    return {
        question.list_name
        for question in subject.instrument.questions
        if question.list_name
        and holds_answer(question)
        and question.path[:1] != (START_GROUP,)
        and FOR_ADULT not in subject.cell(question, "appearance").split()
    }


def _unclear(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Two that say so, or none that does beside some whose code only ends like one."""
    whole = tuple(choice for choice in choices if choice.code in REFUSALS)
    if whole:
        return whole if len(whole) > 1 else ()
    return tuple(choice for choice in choices if choice.code.endswith(ENDINGS))
