"""Fields for passwords: they hide what is typed, take it as it is, and let the browser's own store fill them in."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import walk_packages

import pytest
from django import forms
from django.contrib.auth.hashers import get_hasher
from django.test import Client

import homeward.web
from homeward.apps.access.accounts import CODE_LIFE, LENGTH
from homeward.apps.access.one_time import LETTERS, code_of
from homeward.web.ui.forms import PlainForm
from tests.repo.source import PACKAGE, ROOT

NAMED = re.compile(r"password|^current$|^new$|^again$")
TYPED = "  A Sentence nobody said, with Ünïcode and 🐘  " * 6  # blanks at both ends, 282 signs


def fields() -> list[tuple[str, forms.Field]]:
    """Of every form of the pages, those that take a password."""
    for module in walk_packages(homeward.web.__path__, "homeward.web."):
        import_module(module.name)
    found, kinds = [], [PlainForm]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        found += [
            (f"{kind.__name__}.{name}", field)
            for name, field in kind.base_fields.items()  # type: ignore[attr-defined]
            if NAMED.search(name) and isinstance(field, forms.CharField)
        ]
    return found


def test_every_field_hides_keeps_and_is_known_to_the_browser() -> None:
    found = fields()
    assert len(found) >= 8
    for name, field in found:
        assert isinstance(field, forms.CharField)
        assert isinstance(field.widget, forms.PasswordInput), name
        assert field.widget.input_type == "password", name
        assert field.widget.attrs["autocomplete"] in ("current-password", "new-password"), name
        assert field.strip is False, name
        assert field.max_length is None or field.max_length >= 128, name
        assert field.clean(TYPED) == TYPED, name


def test_nothing_keeps_anybody_from_pasting() -> None:
    sources = [PACKAGE / "web" / "ui" / "static" / "homeward.js", *(ROOT / "frontend" / "src").rglob("*.ts")]
    sources += (PACKAGE / "web" / "ui" / "templates").rglob("*.html")
    assert [path.name for path in sources if re.search(r"\bonpaste\b|['\"]paste['\"]", path.read_text("utf-8"))] == []


def test_a_password_is_compared_as_it_was_typed() -> None:
    hasher = get_hasher("argon2")
    kept = hasher.encode(TYPED, hasher.salt())
    assert hasher.verify(TYPED, kept)
    for other in (TYPED.strip(), TYPED.lower(), TYPED[:72], TYPED[:128], TYPED[:-1], TYPED.replace("Ü", "U")):
        assert not hasher.verify(other, kept)


def test_a_code_that_is_handed_over_is_random_and_short_lived() -> None:
    """Twelve of 31 signs: 59 bits, twenty tries in a quarter of an hour, one day."""
    made = {code_of(LENGTH, 4) for _ in range(500)}
    assert len(made) == 500
    assert set("".join(made)) - {"-"} == set(LETTERS)
    assert len(LETTERS) ** LENGTH > 1 << 59
    assert CODE_LIFE.total_seconds() <= 24 * 3600


@pytest.mark.database
@pytest.mark.django_db
def test_no_page_asks_for_a_secret_that_somebody_may_know() -> None:
    """Neither a hint nor a question about one's life leads to an account."""
    for path in ("/sign-in", "/code"):
        html = Client().get(path).content.decode()
        names = set(re.findall(r'name="([^"]+)"', html)) - {"csrfmiddlewaretoken", "viewport", "robots", "language"}
        assert names <= {"email", "password", "next", "code", "new", "again", "person", "htmx-config", "theme-color"}, (
            path
        )
