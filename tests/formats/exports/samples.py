"""A small form in three languages, and one interview, written the ways that KoboToolbox and ODK Central write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from homeward.domain.instruments import Answer, Instrument
from homeward.formats.exports.columns import Chosen
from homeward.formats.exports.interviews import Interview, Interviews
from homeward.formats.exports.opening import open_export
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.xlsform.loading import load_sheets

TODAY = date(2026, 6, 1)
SURVEY = """\
type,name,label::English (en),label::Français (fr),label::العربية (ar),relevant
begin_group,start,Start,Début,البداية,
text,child_code,Code of the child,Code de l'enfant,رمز الطفل,
date,interview_date,Date,Date de l'entretien,التاريخ,
select_one who,respondent,Who answers?,Qui répond ?,من يجيب؟,
select_one yes_no,agree,Do you agree?,D'accord ?,هل توافق؟,
end_group,,,,,
begin_group,life,Life,Vie,الحياة,${agree} = 'yes'
select_one often,meals,"Meals, enough?",Assez de repas ?,هل الطعام كاف؟,
select_multiple things,owns,What do you have?,Que possédez-vous ?,ماذا تملك؟,
select_one yes_no,debt,Any debt?,Des dettes ?,هل عليك دين؟,
select_one often,debt_worry,Does debt worry you?,La dette vous inquiète ?,هل يقلقك الدين؟,${debt} = 'yes'
integer,hours,Hours of work,Heures de travail,ساعات العمل,
end_group,,,,,
begin_repeat,people,People,Personnes,الأشخاص,
text,person,Name of the person,Nom,الاسم,
end_repeat,,,,,
"""
CHOICES = """\
list_name,name,label::English (en),label::Français (fr),label::العربية (ar),score,missing,exclusive,flag
yes_no,yes,Yes,Oui,نعم,1,,,
yes_no,no,No,Non,لا,0,,,
often,never,Never,Jamais,أبدا,0,,,hunger:high
often,sometimes,Some times,Parfois,أحيانا,0.5,,,
often,always,Always,Toujours,دائما,1,,,
often,dk,Do not know,Ne sait pas,لا أعرف,,dont_know,,
things,bed,A bed,Un lit,سرير,1,,,
things,coat,"A coat, warm",Un manteau,معطف,0.5,,,
things,none,None of these,Rien de cela,لا شيء,0,,yes,
who,child,Child,Enfant,الطفل,,not_applicable,,
who,caregiver,Caregiver,Parent,مقدم الرعاية,,not_applicable,,
"""
SCORING = """\
component,how,of,bands,dimension
meals,item,meals,,economic
owns,any,owns,,economic
debt_worry,item,debt_worry,,economic
hours,bands,hours,0-10:1 11-40:0.5,economic
"""
ABOUT = """\
key,value
id,sample
version,1.0
dimensions,economic
min_age,6
max_age,17
title::en,Sample
language::en,reviewed
language::fr,draft
language::ar,draft
"""
NAMES = ("start/child_code", "start/interview_date", "start/respondent", "start/agree", "life/meals", "life/owns")
HEADER = ("_id", *NAMES, "life/debt", "life/debt_worry", "life/hours", "age")
ROW = ("101", "482193067", "2026-05-01", "child", "yes", "sometimes", "bed coat", "yes", "always", "12", "13")


def sample() -> Instrument:
    texts = {"about": ABOUT, "survey": SURVEY, "choices": CHOICES, "scoring": SCORING}
    loaded = load_sheets({name: read_csv(text.encode(), name) for name, text in texts.items()})
    assert not [problem for problem in loaded.problems if problem.severity == "error"], loaded.problems
    return loaded.instrument


def csv_bytes(rows: Iterable[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def changed(**cells: str) -> tuple[str, ...]:
    """The sample row with other cells, named by the last part of the header."""
    values = dict(zip((name.rpartition("/")[2] for name in HEADER), ROW, strict=True))
    assert cells.keys() <= values.keys()
    return tuple((values | cells).values())


def reading(path: Path, **chosen: str) -> Interviews:
    return Interviews(open_export(path), sample(), today=TODAY, chosen=Chosen(**chosen))


def read(path: Path, **chosen: str) -> list[Interview]:
    return list(reading(path, **chosen))


def codes(interview: Interview) -> set[tuple[str, str]]:
    return {(problem.where.field, problem.code.removeprefix("exports.")) for problem in interview.problems}


def scored_answers(interview: Interview) -> dict[str, Answer]:
    return {name: interview.answers[name] for name in ("meals", "owns", "debt_worry", "hours")}
