"""Malformed files posted to the pages that take them: words on a page, one row in the trace, nothing stored. One of
each class; how each of all is refused, and what it costs, is tried without the web in tests/formats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child
from homeward.apps.surveys.import_job import run_import
from homeward.apps.surveys.models import FormVersion, Import, Submission
from tests.formats.malformed import uploads
from tests.formats.malformed.documents import Named
from tests.web.conftest import Reader
from tests.world import World

pytestmark = pytest.mark.slow


def one_of_each(classes: Mapping[str, Callable[[], Iterable[Named]]]) -> Iterable[tuple[str, bytes]]:
    for kind, make in classes.items():
        files = [(name, content) for name, content in make() if content]
        yield f"{kind}: {files[len(files) // 2][0]}", files[len(files) // 2][1]


def refusals(verb: str) -> int:
    return Event.objects.filter(verb=verb, allowed=False).count()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        yield clock


def next_minute(clock: time_machine.Traveller) -> None:
    """One row stands for all refusals of a minute."""
    clock.shift(61)


def test_workbooks(world: World, reader: Reader, clock: time_machine.Traveller) -> None:
    client, forms = reader("me_officer"), FormVersion.objects.count()
    for name, content in one_of_each(uploads.FORMS):
        before = refusals("refuse_workbook")
        answer = client.post("/instruments/new", {"file": SimpleUploadedFile("a.xlsx", content), "reference": ""})
        assert answer.status_code == 422, name
        assert answer.context["form"].errors, name
        assert refusals("refuse_workbook") - before == 1, name
        next_minute(clock)
    assert FormVersion.objects.count() == forms


def test_lists_of_children(world: World, reader: Reader, clock: time_machine.Traveller) -> None:
    client, children = reader("supervisor"), Child.objects.count()
    for name, content in one_of_each(uploads.TABLES):
        before = refusals("refuse_caseload")
        answer = client.post("/children/import", {"file": SimpleUploadedFile("a.xlsx", content)})
        assert answer.status_code in (200, 422), name
        assert refusals("refuse_caseload") - before == (answer.status_code == 422), name
        next_minute(clock)
    assert Child.objects.count() == children


def test_imports(world: World, reader: Reader) -> None:
    client, kept = reader("me_officer"), Submission.objects.count()
    for name, content in one_of_each(uploads.TABLES):
        given = {"form": str(world.amani.forms["child-12-14"]), "file": SimpleUploadedFile("a.csv", content)}
        answer = client.post("/imports/new", given)
        assert answer.status_code == 302, name
        key = answer.headers["Location"].rsplit("/", 1)[-1]
        run_import(key)
        row = Import.objects.get(pk=key)
        assert row.state in ("failed", "done"), name
        assert Event.objects.filter(verb="refuse_import", object_id=key).count() == (row.state == "failed"), name
        page = client.get(f"/imports/{key}")
        assert page.status_code == 200, name
        assert bytes(row.content) == b"", name
    assert Submission.objects.filter(child__isnull=False).count() == kept
