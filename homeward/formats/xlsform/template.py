"""A small scored instrument to start from: complete, in one language, and without findings."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping

from homeward.domain.codes import XFORM_CHECK
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.xlsform.loading import Loaded, load_sheets

ID = re.compile(r"[a-z0-9][a-z0-9-]{1,48}")
LABEL = "label::English (en)"
MESSAGE = "constraint_message::English (en)"
Rows = tuple[dict[str, str], ...]


def template(instrument_id: str) -> Loaded:
    """Two questions, one component each, two worked examples."""
    if not ID.fullmatch(instrument_id):
        raise ProblemError(
            Problem(
                "instrument.bad_id",
                "“{id}” cannot be the id of an instrument.",
                "Use small letters, digits and hyphens, beginning with a letter or a digit.",
                Where(field="id"),
                {"id": instrument_id[:60]},
            )
        )
    tables: Mapping[str, Rows] = {
        "about": _about(instrument_id),
        "survey": SURVEY_ROWS,
        "choices": CHOICE_ROWS,
        "settings": (
            {
                "form_title": "New instrument",
                "form_id": instrument_id,
                "version": "0.1",
                "default_language": "English (en)",
            },
        ),
        "scoring": SCORING_ROWS,
        "examples": EXAMPLE_ROWS,
    }
    return load_sheets({name: read_csv(_bytes(rows), name) for name, rows in tables.items()}, file=instrument_id)


def _bytes(rows: Rows) -> bytes:
    buffer = io.StringIO()
    header = list(dict.fromkeys(column for row in rows for column in row))
    writer = csv.DictWriter(buffer, header, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def _about(instrument_id: str) -> Rows:
    values = {
        "id": instrument_id,
        "version": "0.1",
        "family": "survey",
        "title::en": "New instrument",
        "dimensions": "social psychosocial",
        "population": "returnee host_peer",
        "respondents": "child",
        "min_age": "12",
        "max_age": "17",
        "wording_status": "own",
        "language::en": "draft",
        "default_language": "en",
        "source": "Say here whose questions these are.",
        "licence": "Say here who may use them.",
        "consultation": "not consulted",
        "subject": "child",
    }
    return tuple({"key": key, "value": value} for key, value in values.items())


def _asked(kind: str, name: str, label: str, **more: str) -> dict[str, str]:
    return {"type": kind, "name": name, LABEL: label, "privacy": "L3", "consultation": "not consulted", **more}


SURVEY_ROWS: Rows = (
    {
        "type": "begin_group",
        "name": "start",
        LABEL: "Before we start",
        "required": "",
        "relevant": "",
        "constraint": "",
        MESSAGE: "",
        "appearance": "",
        "default": "",
        "calculation": "",
        "indicator": "",
        "concept": "",
        "anchor": "",
        "reverse": "",
        "privacy": "",
        "guardian_visible": "",
        "consultation": "",
    },
    _asked("select_one yes_no", "child_known", "Is the child in your list?", required="yes"),
    _asked(
        "select_one_from_file children.csv",
        "child_listed",
        "Which child is it?",
        required="yes",
        relevant="${child_known} = 'yes'",
        privacy="L2",
    ),
    _asked(
        "text",
        "child_typed",
        "Code of the child (9 digits)",
        required="yes",
        relevant="${child_known} = 'no'",
        constraint=XFORM_CHECK,
        appearance="numbers",
        privacy="L2",
        **{MESSAGE: "This code has a wrong digit."},
    ),
    {
        "type": "calculate",
        "name": "child_code",
        "calculation": "if(${child_known} = 'yes', ${child_listed}, ${child_typed})",
        "privacy": "L2",
    },
    _asked(
        "date",
        "interview_date",
        "Date of the interview",
        required="yes",
        default="today()",
        constraint=". <= today()",
        **{MESSAGE: "The date is in the future."},
    ),
    _asked("select_one respondent", "respondent", "Who answers?", required="yes"),
    {
        "type": "note",
        "name": "limits",
        LABEL: "Say what this is for, what you cannot promise, and when you must tell somebody.",
    },
    _asked("select_one agree", "child_assent", "Does the child agree to go on?", required="yes"),
    {"type": "end_group"},
    {"type": "begin_group", "name": "questions", LABEL: "Questions", "relevant": "${child_assent} = 'yes'"},
    _asked("select_one often", "friends", "How often do you meet friends?", indicator="friends", concept="friends"),
    _asked(
        "select_one often",
        "worried",
        "How often are you worried?",
        indicator="worried",
        concept="worried",
        reverse="yes",
    ),
    {"type": "end_group"},
)


def _option(list_name: str, code: str, label: str, **more: str) -> dict[str, str]:
    return {"list_name": list_name, "name": code, LABEL: label, **more}


CHOICE_ROWS: Rows = (
    {"list_name": "yes_no", "name": "yes", LABEL: "Yes", "score": "", "missing": "", "exclusive": "", "flag": ""},
    _option("yes_no", "no", "No"),
    _option("respondent", "child", "The child"),
    _option("agree", "yes", "Agrees"),
    _option("agree", "no", "Does not agree"),
    _option("often", "always", "Always", score="1"),
    _option("often", "sometimes", "Sometimes", score="0.5"),
    _option("often", "never", "Never", score="0"),
    _option("often", "dont_know", "I do not know", missing="dont_know"),
    _option("often", "refused", "I prefer not to say", missing="refused"),
)
SCORING_ROWS: Rows = (
    {
        "component": "friends",
        "how": "item",
        "of": "friends",
        "bands": "",
        "when": "",
        "dimension": "social",
        "weight": "",
        "missing": "skip",
        "minimum_share": "",
        "ages": "",
    },
    {"component": "worried", "how": "item", "of": "worried", "dimension": "psychosocial", "missing": "skip"},
)


def _example(case: str, friends: str, worried: str, social: str, psychosocial: str) -> dict[str, str]:
    answers = {"case": case, "age": "13", "friends": friends, "worried": worried}
    return {**answers, "expect::social": social, "expect::psychosocial": psychosocial}


EXAMPLE_ROWS: Rows = (
    _example("best", "always", "never", "1.000000", "1.000000"),
    _example("worst", "never", "always", "0.000000", "0.000000"),
    _example("mixed", "sometimes", "refused", "0.500000", "none"),
)
