from __future__ import annotations

import pytest

from homeward.domain.problems import ProblemError
from homeward.formats.converter.confinement import Limits
from homeward.formats.xlsform import isolation
from homeward.formats.xlsform.isolation import convert, convert_upload, load_upload
from homeward.formats.xlsform.loading import load
from homeward.formats.xlsform.packing import workbook_bytes
from tests.formats.tables.test_hostile_workbooks import BAD, CODES
from tests.formats.xlsform.forms import Draft


def test_an_upload_gives_the_same_instrument_as_the_loader() -> None:
    data = workbook_bytes(Draft().french().set("choices", "often/never", "score", "2").load())
    assert load_upload(data, "form.xlsx") == load(data, "form.xlsx")


@pytest.mark.parametrize("name", ["a bomb in one part", "macros", "cut short", "an outside entity", "nothing"])
def test_a_hostile_upload_is_refused_as_the_loader_refuses_it(name: str) -> None:
    with pytest.raises(ProblemError) as caught:
        load_upload(BAD[name], "form.xlsx")
    assert caught.value.first.code == CODES.get(name, "workbook.unreadable")
    assert caught.value.first.where.file == "form.xlsx"


def test_what_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "LIMITS", Limits(wall=0.01))
    with pytest.raises(ProblemError) as caught:
        load_upload(workbook_bytes(Draft().load()), "form.xlsx")
    assert caught.value.first.code == "workbook.too_heavy"


def test_an_upload_is_converted_as_an_instrument_of_our_own() -> None:
    content = workbook_bytes(Draft().load())
    asked = {"focal_point_named": False, "for_publication": True}
    assert convert_upload(content, "form.xlsx", **asked) == convert(load(content, "form.xlsx"), **asked)


def test_what_the_converter_refuses_of_an_upload_comes_with_what_the_check_found() -> None:
    content = workbook_bytes(Draft().question("guess", "odd").load())
    made = convert_upload(content, "form.xlsx")
    assert made.xform is None
    assert made.refusals[0].code == "instrument.type_unknown"
    assert made.refusals[0] in made.found
