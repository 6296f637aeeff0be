"""Malformed files posted to the pages that take them: words on a page, one row in the trace, nothing stored. One of
each class; how each of all is refused, and what it costs, is tried without the web in tests/formats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pytest
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


def test_workbooks(world: World, reader: Reader) -> None:
    client, forms = reader("me_officer"), FormVersion.objects.count()
    for name, content in one_of_each(uploads.FORMS):
        Event.objects.filter(verb="refuse_workbook").delete()  # else one row stands for all of a minute
        answer = client.post("/instruments/new", {"file": SimpleUploadedFile("a.xlsx", content), "reference": ""})
        assert answer.status_code == 422, name
        assert answer.context["form"].errors, name
        assert refusals("refuse_workbook") == 1, name
    assert FormVersion.objects.count() == forms


def test_lists_of_children(world: World, reader: Reader) -> None:
    client, children = reader("supervisor"), Child.objects.count()
    for name, content in one_of_each(uploads.TABLES):
        Event.objects.filter(verb="refuse_caseload").delete()
        answer = client.post("/children/import", {"file": SimpleUploadedFile("a.xlsx", content)})
        assert answer.status_code in (200, 422), name
        assert refusals("refuse_caseload") == (answer.status_code == 422), name
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
