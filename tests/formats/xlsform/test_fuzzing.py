"""Whatever stands in the cells, loading, checking and converting end with findings and never with a crash."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.domain.problems import Problem, ProblemError
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.xlsform.checking import check
from homeward.formats.xlsform.differences import differences
from homeward.formats.xlsform.methods import methods_page
from homeward.formats.xlsform.xform_building import to_xform
from tests.formats.xlsform.forms import Draft

PLACES = [
    (sheet, row, column)
    for sheet, header in Draft().headers.items()
    for row in range(len(Draft().rows[sheet]))
    for column in header
]
FRAGMENTS = st.sampled_from(
    [
        "${friends}",
        "${",
        "}",
        "'",
        '"',
        " = ",
        " and ",
        "selected(",
        ")",
        "(",
        "0.5",
        "-1",
        "1e9",
        "NaN",
        "∞",
        "yes",
        "often",
    ]
    + [
        "begin_repeat",
        "end_group",
        "select_multiple often",
        "select_one",
        "or_other",
        "child",
        "{x}",
        "{",
        "%s",
        "\u202e",
        "\ud7ff",
    ]
    + [
        "value:",
        "0:0",
        "3+:1",
        "12-",
        "friends",
        "worried",
        "harm:high",
        "L4",
        "=1+1",
        "<a/>",
        "&amp;",
        "\u00a0",
        ":",
        "::",
        "#",
        "@",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=30), st.lists(FRAGMENTS, max_size=6).map("".join), st.lists(FRAGMENTS, max_size=6).map(" ".join)
)
TRIALS = max(60, int(5_000 * float(os.environ.get("HOMEWARD_TRIALS", "0.02"))))
SLOW = settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(st.lists(st.tuples(st.sampled_from(PLACES), TEXTS), min_size=1, max_size=4))
@SLOW
def test_any_text_in_any_cell_gives_findings(changes: list[Any]) -> None:
    draft = Draft()
    for (sheet, row, column), text in changes:
        draft.rows[sheet][row][column] = text
    _walk(draft)


@given(st.lists(st.tuples(st.sampled_from([*Draft().headers]), st.integers(0, 30), TEXTS), min_size=1, max_size=3))
@SLOW
def test_any_header_gives_findings(changes: list[Any]) -> None:
    draft = Draft()
    for sheet, place, text in changes:
        header = draft.headers[sheet]
        old = header[place % len(header)]
        if text not in header:
            draft.rename_column(sheet, old, text)
    _walk(draft)


def _walk(draft: Draft) -> None:
    refused: tuple[Problem, ...] = ()
    try:
        loaded = draft.load()
        for problem in check(loaded, focal_point_named=False, for_publication=True):
            assert str(problem)
        assert methods_page(loaded.instrument)
        assert differences(loaded.instrument, loaded.instrument) == ()
        to_xform(loaded)
    except ProblemError as error:
        refused = error.problems
    assert all(str(problem) for problem in refused)


@given(st.binary(max_size=300))
@SLOW
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    codes = ["table."]
    try:
        read_csv(data, "data")
    except ProblemError as error:
        codes = [problem.code for problem in error.problems]
    assert all(code.startswith("table.") for code in codes)
