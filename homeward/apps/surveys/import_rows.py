"""A row of a file, read as if a phone had sent it: the same form, the same rules, so the same result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from decimal import Decimal

from homeward.apps.surveys.definitions import Definition
from homeward.apps.surveys.reading import Reading, date_missing, read
from homeward.domain.instruments import Answer, Missing
from homeward.domain.problems import Problem, Where
from homeward.formats import safe_xml
from homeward.formats.exports.ages import read_date
from homeward.formats.exports.interviews import Interview, Interviews
from homeward.formats.xform.filling import filled
from homeward.formats.xform.model import Item
from homeward.formats.xform.partial import Partial

MOST_FORMS = 64  # one for each set of questions that the table's own skip logic hides
ID = b"<orx:instanceID>"
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # no letters of XML
# What is said of the reading of cells. All else the form's own rules say, in the words that a phone's interview gets.
OF_CELLS = frozenset(
    f"exports.{code}" for code in ("columns_disagree", "nothing_ticked", "missing_as_zero", "date_unreadable")
)
ZERO = "exports.missing_as_zero"


@dataclass(frozen=True, slots=True)
class Content:
    """The row as XML, around the id that it gets here."""

    head: bytes
    tail: bytes

    def under(self, instance_id: str) -> bytes:
        """`instance_id`: letters that stand in XML as they are."""
        return self.head + instance_id.encode() + self.tail


class RowReader:
    def __init__(self, definition: Definition, interviews: Interviews) -> None:
        self.definition, self.interviews = definition, interviews
        self._paths: dict[str, Item] = {}
        for item in definition.form.questions:
            if item.repeat() is None:
                self._paths.setdefault(item.name, item)
        self._forms: dict[tuple[frozenset[str], frozenset[str]], Definition] = {}
        self._partial = self._learn()

    def content(self, interview: Interview) -> Content:
        values = {item.path: text for item, text in self._texts(interview) if text}
        xml = filled(self.definition.form, values, "-")
        head, _, rest = xml.rpartition(ID)
        return Content(head + ID, rest[1:])

    def reading(self, interview: Interview, left_out: frozenset[str], xml: bytes, now: datetime) -> Reading:
        """`left_out`: answers that were given and are not in the file. Raises a ProblemError where a phone's interview
        would be refused. What a rule calls today was the day of the interview, not that of the import.
        """
        then = min(now, datetime.combine(interview.date, time(), UTC)) if interview.date else now
        reading = read(self._definition(interview, left_out), safe_xml.parse(xml), then)
        problems, day = [*reading.problems], reading.interviewed_on
        if day is None and (day := interview.date) is not None:
            problems = [each for each in problems if not each.code.startswith("interview.date_")]
        elif day is None:  # the day of an import says nothing about the interview
            told = [each for each in problems if each.code != "interview.date_not_asked"]
            missing = date_missing(Where(field=self.definition.instrument.about.date_question))
            problems = told if any(each.code == missing.code for each in told) else [missing, *told]
        placed = [replace(each, where=replace(each.where, row=interview.row)) for each in problems]
        cells = [each for each in interview.problems if each.code in OF_CELLS]
        return replace(reading, interviewed_on=day, problems=(*placed, *cells))

    def _texts(self, interview: Interview) -> Iterator[tuple[Item, str]]:
        zeros = {each.where.field for each in interview.problems if each.code == ZERO}
        for name, answer in {**interview.answers, **interview.left_out}.items():
            item = self._paths.get(name)
            if item is not None and not (name in zeros and name in interview.left_out):
                yield item, _text(answer, item.type)
        item = self._paths.get(self.definition.instrument.about.date_question)
        answer = interview.answers.get(item.name, Missing.NO_ANSWER) if item is not None else ""
        if item is not None and isinstance(answer, Missing) and interview.date is not None:
            yield item, interview.date.isoformat()  # its column has another name

    def _definition(self, interview: Interview, left_out: frozenset[str]) -> Definition:
        """What the file has no column for cannot be tested; whether it was asked, the table's skip logic says."""
        if self._partial.stated != self.interviews.columns.sources.keys():
            self._partial, self._forms = self._learn(), {}
        hidden = (name for name, answer in interview.answers.items() if answer is Missing.NOT_ASKED)
        partial = self._partial.without(left_out) if left_out else self._partial
        unasked = partial.untested.intersection(hidden)
        found = self._forms.get((left_out, unasked))
        if found is None:
            if len(self._forms) >= MOST_FORMS:
                self._forms.clear()
            found = replace(self.definition, form=partial.asking(unasked))
            self._forms[left_out, unasked] = found
        return found

    def _learn(self) -> Partial:
        stated = frozenset(self.interviews.columns.sources)
        return Partial(self.definition.form, stated, stated.union(self.interviews.calculations.names))


def _text(answer: Answer, kind: str) -> str:
    """As a phone writes it: a whole number without its point, a date without a time."""
    if isinstance(answer, Missing):
        return ""
    if isinstance(answer, Decimal):
        whole = answer == answer.to_integral_value()
        return format(answer.to_integral_value() if whole else answer, "f")
    text = UNWRITABLE.sub("\ufffd", " ".join(answer) if isinstance(answer, tuple) else answer)
    day = read_date(text) if kind == "date" else None
    return day.isoformat() if day is not None else text


def id_repeated(interview: Interview) -> Iterator[Problem]:
    for each in interview.problems:
        if each.code == "exports.id_repeated":
            yield Problem(
                "import.id_repeated",
                "The id of this row stands in row {other} too; the last of them counts.",
                "Keep one of the two rows in the file.",
                each.where,
                each.params,
                severity="warning",
            )
