"""What is next for a child who cannot be reached, against a slow obvious referee."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from homeward.domain.contacting import IN_VAIN, ContactEvent, Happened, StepRule, reach

RULES = (StepRule("second_contact", 3, 2, 7), StepRule("community", 5, 2, 14), StepRule("supervisor", 7, 3, 28))
STEPS = ("", *(rule.step for rule in RULES))
DAY = date(2026, 2, 20)
channels = st.sampled_from(("home", "phone", "message", "school"))
streams = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(Happened), channels), max_size=25)


def events(steps: list[tuple[int, Happened, str]]) -> list[ContactEvent]:
    day, found = DAY, []
    for later, what, channel in steps:
        day += timedelta(days=later)
        found.append(ContactEvent(day, what, channel))
    return found


def vain(*days: int, channel: str = "phone", what: Happened = Happened.VAIN) -> list[ContactEvent]:
    return [ContactEvent(DAY + timedelta(days=day), what, channel) for day in days]


def referee(stream: list[ContactEvent]) -> tuple[str, str]:
    """From behind: back to whoever was last reached."""
    tail: list[ContactEvent] = []
    last = None
    for event in reversed(stream):
        if event.what in (Happened.REACHED, Happened.REFUSED, Happened.FOUND, Happened.HEARD):
            last = event
            break
        tail.insert(0, event)
    failed = [event for event in tail if event.what in IN_VAIN]
    if any(event.what is Happened.LOST for event in tail):
        return "lost", ""
    if not failed:
        states = {Happened.REFUSED: "refused", Happened.HEARD: "heard"}
        return ("none" if last is None else states.get(last.what, "in_contact")), ""
    step = ""
    if any(event.what is Happened.MOVED for event in failed):
        step = "second_contact"
    for rule in RULES:
        enough = len(failed) >= rule.attempts and len({event.channel for event in failed}) >= rule.channels
        if enough and failed[-1].day - failed[0].day >= timedelta(days=rule.days):
            step = rule.step
    return "trying", "supervisor" if any(event.what is Happened.UNSAFE for event in failed) else step


@given(streams)
def test_state_and_step_are_those_of_the_referee(steps: list[tuple[int, Happened, str]]) -> None:
    found = reach(events(steps), RULES)
    assert (found.state, found.step) == referee(events(steps))
    assert found.last_step is (found.step == "supervisor")
    assert (found.since is None) is (found.attempts == 0)


@given(streams, st.integers(0, 9), st.sampled_from(sorted(IN_VAIN)), channels)
def test_one_more_attempt_in_vain_never_leads_back(
    steps: list[tuple[int, Happened, str]], later: int, what: Happened, channel: str
) -> None:
    before, after = reach(events(steps), RULES), reach(events([*steps, (later, what, channel)]), RULES)
    assert STEPS.index(after.step) >= STEPS.index(before.step)
    assert after.attempts == before.attempts + 1
    assert (after.state == "lost") is (before.state == "lost")


@given(streams, st.sampled_from((Happened.REACHED, Happened.FOUND)))
def test_whoever_is_reached_or_found_is_back_and_nothing_is_due(
    steps: list[tuple[int, Happened, str]], what: Happened
) -> None:
    found = reach(events([*steps, (1, what, "phone")]), RULES)
    assert (found.state, found.step, found.attempts, found.since) == ("in_contact", "", 0, None)


@given(streams)
def test_nobody_is_lost_without_a_decision(steps: list[tuple[int, Happened, str]]) -> None:
    undecided = [each for each in steps if each[1] is not Happened.LOST]
    assert reach(events(undecided), RULES).state != "lost"


def test_steps_follow_one_another_as_the_table_says() -> None:
    assert reach(vain(0, 1), RULES).step == ""
    assert reach(vain(0, 3, 9), RULES).step == ""  # one channel alone
    tried = vain(0, 3) + vain(9, channel="home")
    assert reach(tried, RULES).step == "second_contact"
    tried += vain(12, 15, channel="second_contact")
    assert reach(tried, RULES).step == "community"
    tried += vain(20, 30, channel="community")
    found = reach(tried, RULES)
    assert (found.step, found.last_step, found.attempts, found.channels) == ("supervisor", True, 7, 4)
    lost = [*tried, ContactEvent(DAY + timedelta(days=31), Happened.LOST)]
    assert (reach(lost, RULES).state, reach(lost, RULES).step) == ("lost", "")


def test_what_is_unsafe_goes_to_the_supervisor_at_once_and_a_move_to_the_second_contact() -> None:
    assert reach(vain(0, what=Happened.UNSAFE), RULES).step == "supervisor"
    assert reach(vain(0, what=Happened.MOVED), RULES).step == "second_contact"
    assert reach(vain(0), ()).step == ""


@given(streams)
def test_what_is_left_is_said_while_somebody_tries_and_taking_it_lets_a_person_decide(
    steps: list[tuple[int, Happened, str]],
) -> None:
    tried = events(steps)
    found = reach(tried, RULES)
    assert (found.left is not None) is (found.state == "trying" and not found.last_step)
    if found.left is None:
        return
    last = max(found.left.not_before, tried[-1].day)
    further = [ContactEvent(last, Happened.VAIN, f"way {number}") for number in range(found.left.attempts)]
    assert reach([*tried, *further], RULES).last_step
    assert not reach([*tried, *further[:-1]], RULES).last_step or found.left.attempts == 1
