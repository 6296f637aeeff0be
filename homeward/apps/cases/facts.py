"""What is recorded of a child, as plain values, and how it becomes columns: sealed, hashed or coded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from homeward.apps.cases.initials import initials_from, letters_of
from homeward.apps.cases.models import Child, Population, ReturnBasis, Sex, Status
from homeward.apps.cases.sealing import (
    BIRTH_DATE,
    EXTERNAL_ID,
    INITIALS,
    NAME,
    birth_date_of,
    external_id_hash,
    external_id_of,
    initials_of,
    name_of,
    seal_of_child,
)
from homeward.domain.ages import band_at, band_changes_on, birth_from_age, completed_years
from homeward.domain.problems import Problem, ProblemError, Where

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,4})?")  # as long as the column
A_YEAR = timedelta(days=366)
OLDEST = 25  # a child at return, followed for years, may be grown up by now


class BirthReason(models.TextChoices):
    """Why a birth date is moved by more than a year: who has agreed, and which questions are asked, goes by it."""

    MISTYPED = "mistyped", _("Typed wrongly")
    DOCUMENT = "document", _("A document shows it")
    TOLD = "told", _("The child or the family says so")
    ESTIMATED = "estimated", _("Estimated anew")


@dataclass(frozen=True, slots=True)
class ChildFacts:
    """Either a birth date or an age in years, which then gives an estimate."""

    population: str = Population.RETURNEE
    sex: str = Sex.UNKNOWN
    name: str = ""
    initials: str = ""
    birth_date: date | None = None
    age: int | None = None
    birth_estimated: bool = False
    return_date: date | None = None
    return_date_basis: str = ReturnBasis.KNOWN
    external_id: str = ""
    language: str = "en"
    status: str = Status.OPEN
    team_id: UUID | None = None
    place_id: UUID | None = None


def checked(facts: ChildFacts, today: date) -> ChildFacts:
    """The facts, completed, or every problem at once."""
    facts = _completed(facts, today)
    found = (*_closed_lists(facts), _birth(facts, today), _return(facts, today))
    problems = [problem for problem in found if problem]
    if problems:
        raise ProblemError(problems)
    return facts


def refuse_unexplained(before: ChildFacts, facts: ChildFacts, why: str) -> None:
    """Another age group voids agreements and parts scores: a birth date is not moved so far without a word."""
    if before.birth_date is None or facts.birth_date is None or abs(before.birth_date - facts.birth_date) <= A_YEAR:
        return
    if why not in BirthReason.values:
        message = "The birth date moves by more than a year. Agreements may be void after that."
        action = "Say why it is changed."
        raise ProblemError(Problem("child.birth_reason", message, action, Where(field="birth_reason")))


def _completed(facts: ChildFacts, today: date) -> ChildFacts:
    facts = replace(facts, name=facts.name.strip(), external_id=facts.external_id.strip())
    if facts.birth_date is None and facts.age is not None and 0 <= facts.age <= OLDEST:
        facts = replace(facts, birth_date=_estimate(facts.age, facts.return_date, today), birth_estimated=True)
    return replace(facts, age=None, initials=letters_of(facts.initials) or initials_from(facts.name))


def _estimate(age: int, returned: date | None, today: date) -> date:
    """Not after the return, where the age leaves room for that: a baby returned some months ago was born before."""
    born = birth_from_age(age, today)
    if returned is not None and returned < born and completed_years(returned, today) == age:
        return returned
    return born


def _closed_lists(facts: ChildFacts) -> Iterator[Problem]:
    for field, value, known in (
        ("population", facts.population, Population.values),
        ("sex", facts.sex, Sex.values),
        ("status", facts.status, Status.values),
        ("return_date_basis", facts.return_date_basis, ReturnBasis.values),
    ):
        if value not in known:
            params = {"field": field, "known": ", ".join(known)}
            yield Problem(
                "child.not_listed", "{field} must be one of: {known}.", "Use one of these.", Where(field=field), params
            )
    if not LANGUAGE.fullmatch(facts.language):
        action = "Write a code of two or three letters, such as en, fr or ar."
        yield Problem("child.language", "This is not the code of a language.", action, Where(field="language"))


def _birth(facts: ChildFacts, today: date) -> Problem | None:
    where = Where(field="birth_date")
    if facts.birth_date is None:
        return Problem(
            "child.birth_missing", "Neither a birth date nor an age is given.", "Give one; an estimate will do.", where
        )
    if facts.birth_date > today or completed_years(facts.birth_date, today) > OLDEST:
        params = {"oldest": OLDEST}
        return Problem(
            "child.birth_impossible", "This age is not between 0 and {oldest}.", "Correct the date.", where, params
        )
    return None


def _return(facts: ChildFacts, today: date) -> Problem | None:
    where = Where(field="return_date")
    unknown = facts.return_date_basis == ReturnBasis.UNKNOWN
    if facts.population == Population.HOST_PEER or (facts.return_date is None and unknown):
        return None
    if facts.return_date is None:
        action = "Give it, or an estimate; or say that it is not known."
        return Problem("child.return_missing", "The day of the return is missing.", action, where)
    if unknown:
        message, action = "A day is given, and it is said that it is not known.", "Keep one of the two."
        return Problem("child.return_unknown", message, action, where)
    if facts.return_date > today:
        return Problem("child.return_future", "The day of the return is in the future.", "Correct the date.", where)
    if facts.birth_date is not None and facts.return_date < facts.birth_date:
        return Problem("child.return_before_birth", "The return lies before the birth.", "Correct one of both.", where)
    return None


def columns_of(child_id: UUID, organisation_id: UUID, facts: ChildFacts, today: date) -> dict[str, Any]:
    birth = facts.birth_date
    if birth is None:
        raise ValueError("facts are checked first")
    return {
        "population": facts.population,
        "sex": facts.sex,
        "status": facts.status,
        "language": facts.language,
        "return_date": facts.return_date,
        "return_date_basis": facts.return_date_basis,
        "place_id": facts.place_id,
        "birth_estimated": facts.birth_estimated,
        "age_band": band_at(birth, today).code,
        "age_changes_on": band_changes_on(birth, today),
        "name": seal_of_child(child_id, NAME, facts.name),
        "initials": seal_of_child(child_id, INITIALS, facts.initials),
        "birth_date": seal_of_child(child_id, BIRTH_DATE, birth.isoformat()),
        "external_id": seal_of_child(child_id, EXTERNAL_ID, facts.external_id),
        "external_id_hash": external_id_hash(organisation_id, facts.external_id),
    }


def facts_of(child: Child) -> ChildFacts:
    """What is recorded, opened. Only for somebody who may see the name."""
    return ChildFacts(
        population=child.population,
        sex=child.sex,
        name=name_of(child),
        initials=initials_of(child),
        birth_date=birth_date_of(child),
        birth_estimated=child.birth_estimated,
        return_date=child.return_date,
        return_date_basis=child.return_date_basis,
        external_id=external_id_of(child),
        language=child.language,
        status=child.status,
        team_id=child.team_id,
        place_id=child.place_id,
    )


def version_of(child: Child) -> str:
    """Another one after each change of what is recorded."""
    return child.changed_at.isoformat()
