"""Whoever answers alone is not spoken to as an interviewer; what is sent answers the form as it was published."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from homeward.apps.surveys.alone_words import for_one_alone, words
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.xform_building import to_xform

INSTRUMENTS = ("caregiver", "child-15-17")
TO_AN_INTERVIEWER = re.compile(
    r"read this aloud|you two|wait for a clear|ask the caregiver|the child allows|voix haute|attendez|posez|voz alta|"
    r"espere|pregunte a|بصوت مسموع|يُنتظر|بإذن الطفل",
    re.IGNORECASE,
)


def form_of(instrument: str) -> bytes:
    return to_xform(Library().load(instrument)).xml


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_nothing_at_the_beginning_speaks_to_an_interviewer(instrument: str) -> None:
    before, after = read_form(form_of(instrument)), read_form(for_one_alone(instrument, form_of(instrument)))

    def told(form: object) -> list[str]:
        texts = form.itext.items()  # type: ignore[attr-defined]
        return [words for _language, some in texts for words in some.values() if TO_AN_INTERVIEWER.search(words)]

    assert told(before)
    assert told(after) == []


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_questions_answers_and_logic_are_those_that_were_published(instrument: str) -> None:
    before, after = form_of(instrument), for_one_alone(instrument, form_of(instrument))
    assert before != after

    def bare(xml: bytes) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
        root = etree.fromstring(xml)
        for each in list(root.iterfind(".//{*}itext")) + list(root.iterfind(".//{*}hint")):
            each.getparent().remove(each)
        return [
            (str(each.tag), tuple(sorted((str(k), str(v)) for k, v in each.attrib.items()))) for each in root.iter()
        ]

    assert bare(before) == bare(after)
    assert [each.path for each in read_form(before).questions] == [each.path for each in read_form(after).questions]


def test_each_is_said_in_every_language_of_ours_or_left_out_in_all() -> None:
    for instrument, texts in words().items():
        assert instrument in INSTRUMENTS
        for key, said in texts.items():
            assert set(said) == {"en", "fr", "es", "ar"}, key
            assert len({bool(text) for text in said.values()}) == 1, key


def test_a_form_that_says_it_otherwise_stays_as_it_is() -> None:
    other = form_of("child-12-14")
    assert for_one_alone("child-12-14", other) == other
    assert for_one_alone("child-15-17", other) == other
