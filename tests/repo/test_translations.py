"""Every text that people see is there in every language, whole and with its placeholders."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from homeward.domain.permissions import PERMISSIONS
from homeward.web.ui import labels
from tests.repo.collect_messages import LANGUAGES, LOCALE, catalogue
from tests.repo.problem_texts import GETTEXT, called, files, problem_texts, said_by_problems
from tests.repo.source import PACKAGE, name_of, python_files, tracked, tree_of

FORMS = {"fr": 2, "es": 2, "ar": 6}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")
LATIN = re.compile(r"[A-Za-z](?:[\w:/.-]*\w)?")
PRODUCTS = frozenset(
    {"Homeward", "ODK", "Central", "Collect", "KoboToolbox", "Excel", "OpenRosa", "JavaScript", "XLSForm", "XForm"}
    | {
        "CSV",
        "JSON",
        "Parquet",
        "XML",
        "PDF",
        "QR",
        "UTC",
        "DOCTYPE",
        "UTF-8",
        "UTF-16",
        "Windows-1252",
        "Primero",
        "Esc",
        "zip",
        "JPEG",
        "PNG",
    }
)
# Names of sheets, columns and cells stand in the workbook as they are, so they are said as they are.
CODES = frozenset(
    {"age-column", "age", "age1", "HOMEWARD_KEY_BACKUP_RECIPIENTS", "replace", "audit", "head", "create-key"}
    | {"about", "survey", "choices", "settings", "scoring", "examples", "media", "meta", "start", "external_choices"}
    | {"type", "name", "label", "list_name", "form_id", "when", "of", "how", "score", "missing", "bands", "count"}
    | {"collect", "required", "appearance", "draw", "audio", "select_multiple"}
    | {"fr", "ar", "LY", "DE"}  # of languages and countries, as somebody types them
    | {"HOMEWARD_CERTIFICATE", "HOMEWARD_AUDIT_WITNESS", "keys", "create", "backup", "rotate", "kek", "unlock"}
    | {"drill", "list", "recipients"}
    | {"SQLite", "PostgreSQL", "WAL", "FULL", "synchronous", "fsync", "full_page_writes"}
    | {"privacy", "reverse", "composite", "composite_weights", "external_id", "public_key", "submission_url"}
    | {"draft", "reviewed", "piloted", "yes", "no", "skip", "none", "value", "low", "medium", "high", "and"}
    | {"select_one", "select_one_from_file", "allow_choice_duplicates", "text", "integer", "date", "note", "csv"}
    | {
        "xlsx",
        "xls",
        "survey.csv",
        "hw_flag_",
        "xml_submission_file",
        "results",
        "sum",
        "selected",
        "join",
        "indexed-repeat",
    }
    | {"label::English", "English", "en", "weight", "language", "value:0.5", "harm:high", "question", "code", "https"}
    | {
        "homeward",
        "instrument",
        "freeze",
        "item",
        "mean",
        "worst_of",
        "max",
        "any",
        "select_multiple",
        "docs/methods/instrument-format.md",
        "L0",
        "L1",
        "L2",
        "L3",
        "ET",
        "HN",
        "L4",
    }
)
TEMPLATE_NOISE = re.compile(
    r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}"
    r"|{%\s*block \w+_class\s*%}.*?{%\s*endblock\s*%}|{{.*?}}|<script.*?</script>|<style.*?</style>"
    r"|<code.*?</code>|&\w+;",
    re.DOTALL,
)
READ_OUT = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"')


@cache
def translations(language: str) -> Catalog:
    with (LOCALE / catalogue(language)).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(language: str) -> list[Message]:
    return [message for message in translations(language) if message.id]


def texts(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


Id = tuple[str | None, str]  # context, singular


@cache
def ids_in_code() -> dict[Id, str]:
    found: dict[Id, str] = {(None, text): "a problem" for text in problem_texts()}
    for path in python_files():
        if path.is_relative_to(PACKAGE):
            found |= dict.fromkeys(ids_in(tree_of(path)), name_of(path))
    for path in tracked():
        if path.is_relative_to(PACKAGE) and path.suffix == ".html":
            found |= dict.fromkeys(ids_in_template(path.read_text("utf-8"), name_of(path)), name_of(path))
    return found


def ids_in(tree: ast.AST) -> Iterator[Id]:
    for node in ast.walk(tree):
        if called(node) in GETTEXT and isinstance(node, ast.Call):
            given = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if given and isinstance(node.args[0], ast.Constant):
                yield (given[0], given[1]) if "pgettext" in called(node) else (None, given[0])


def ids_in_template(source: str, name: str) -> Iterator[Id]:
    """Django writes a template's texts as calls of gettext; each is read as the Python that it is."""
    for line in templatize(source, origin=name).splitlines():
        for match in re.finditer(r"\bn?p?gettext\(", line):
            yield from ids_in(call_at(line[match.start() :]))


def call_at(text: str) -> ast.AST:
    end = 0
    while (end := text.find(")", end) + 1) > 0:
        try:
            return ast.parse(text[:end].replace(",count)", ",0)"))
        except SyntaxError:
            continue
    raise AssertionError(f"no call begins {text[:60]}")


def visible_text(source: str) -> Iterator[str]:
    """What a template says by itself: between tags, and in the attributes that are shown or read out."""
    bare = re.sub(r"{%.*?%}", "", TEMPLATE_NOISE.sub("", source), flags=re.DOTALL)
    yield from READ_OUT.findall(bare)
    yield re.sub(r"<[^>]*>", " ", bare)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_is_translated(language: str) -> None:
    known = {(message.context or None, texts(message.id)[0]): message for message in messages(language)}
    lacking = {id_[1]: where for id_, where in ids_in_code().items() if id_ not in known}
    assert lacking == {}, "run `make messages` and translate what is new"
    assert [m.id for m in known.values() if not all(texts(m.string)) or m.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_nothing_that_left_the_code(language: str) -> None:
    known = {(message.context or None, texts(message.id)[0]) for message in messages(language)}
    assert known - ids_in_code().keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same_on_both_sides(language: str) -> None:
    """Zero, one and two may be said in words, so a plural may leave its number out; nothing may be added."""
    wrong = []
    for message in messages(language):
        wanted = set(PLACEHOLDER.findall(texts(message.id)[-1]))
        for form in texts(message.string):
            found = set(PLACEHOLDER.findall(form))
            if found - wanted or (isinstance(message.id, str) and found != wanted):
                wrong.append((message.id, form))
        if set(PLACEHOLDER.findall(texts(message.string)[-1])) != wanted:
            wrong.append((message.id, texts(message.string)[-1]))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_are_complete(language: str) -> None:
    assert translations(language).num_plurals == FORMS[language]
    assert [
        message.id
        for message in messages(language)
        if isinstance(message.id, tuple) and len([form for form in texts(message.string) if form]) != FORMS[language]
    ] == []


def test_arabic_holds_no_latin_words_but_names_of_products_and_codes() -> None:
    found = {
        word
        for message in messages("ar")
        for form in texts(message.string)
        for word in LATIN.findall(PLACEHOLDER.sub("", form))
        if word not in PRODUCTS | CODES
    }
    assert found == set()


def test_arabic_has_the_punctuation_of_arabic() -> None:
    wrong = re.compile(r"[\u0600-\u06ff] ?[,;?]|/[\u0600-\u06ff]")  # a slash would break the line: U+2060 follows it
    assert [form for message in messages("ar") for form in texts(message.string) if wrong.search(form)] == []


def test_arabic_does_not_deny_what_stands_beside_its_number() -> None:
    """Without a placeholder the number stands on the page by itself: "0, no new children" would say it twice."""
    alone = [each for each in messages("ar") if each.pluralizable and not PLACEHOLDER.search("".join(each.id))]
    assert len(alone) > 5
    assert [each.string[0] for each in alone if each.string[0].startswith("لا ")] == []


def test_french_does_not_break_lines_before_its_punctuation() -> None:
    wrong = re.compile(r"\w[;?!»]| [:;?!»](\s|$)|« ")
    assert [form for message in messages("fr") for form in texts(message.string) if wrong.search(form)] == []


@pytest.mark.parametrize(
    "path", [p for p in tracked() if p.suffix == ".html" and p.is_relative_to(PACKAGE)], ids=name_of
)
def test_no_template_says_what_is_not_translated(path) -> None:  # type: ignore[no-untyped-def]
    said = " ".join(visible_text(path.read_text("utf-8")))
    assert [word for word in re.findall(r"[^\W\d_]{2,}", said) if word not in PRODUCTS] == []


def test_no_problem_puts_its_words_together_at_run_time() -> None:
    """Such a text is in no catalogue: it takes placeholders instead."""
    wrong = [
        f"{name_of(path)}:{given.lineno}"
        for path in files()
        for given in said_by_problems(tree_of(path))
        if isinstance(given, ast.JoinedStr | ast.BinOp)
    ]
    assert wrong == []


def test_every_right_has_words_for_a_refusal() -> None:
    assert labels.PERMISSIONS.keys() == PERMISSIONS.keys()
