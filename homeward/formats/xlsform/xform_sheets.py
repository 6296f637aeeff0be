"""The sheets that may leave for a phone: ours stripped, exclusive options enforced, flags as calculates.

Every choice list becomes data inside the XForm, extra columns too; so whatever is ours is taken out before, by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from homeward.domain.fitting import PLAIN, manner_of
from homeward.domain.instruments import Choice, Instrument, Question
from homeward.formats.tables.sheets import Sheet
from homeward.formats.xlsform.about_sheet import default_language, settings_values
from homeward.formats.xlsform.columns import (
    ABOUT,
    CHOICES,
    OUR_CHOICE_COLUMNS,
    OUR_SURVEY_COLUMNS,
    SETTINGS,
    STYLE,
    STYLE_PREFIX,
    STYLES,
    SURVEY,
    TEXT_COLUMNS,
    XLSFORM_SHEETS,
    Columns,
    base_and_language,
    canonical,
    language_code,
    plain_expression,
)
from homeward.formats.xlsform.form_sheets import survey_columns
from homeward.formats.xlsform.loading import Loaded

FLAG_PREFIX = "hw_flag_"
STRIPPED = OUR_SURVEY_COLUMNS | OUR_CHOICE_COLUMNS
FOREIGN_SETTINGS = frozenset(
    {"submission_url", "public_key", "auto_send", "auto_delete", "client_editable", "sms_keyword", "sms_separator"}
)
TITLES = frozenset({"form_title", "set_form_title", "title"})
OURS_TO_SET = TITLES | {"form_id", "set_form_id", "id_string", "version", "default_language"}
EXCLUSIVE_MESSAGES = {
    "en": "This answer cannot be ticked together with others.",
    "fr": "Cette réponse ne peut pas être cochée avec d'autres.",
    "es": "Esta respuesta no se puede marcar junto con otras.",
    "ar": "لا يمكن اختيار هذه الإجابة مع إجابات أخرى.",
}

Rows = list[dict[str, str]]


def is_ours(header: str) -> bool:
    """Also `score::en` and `Score`: the name before any `::` decides."""
    return canonical(header.split("::")[0]) in STRIPPED


def sheets_for_phone(loaded: Loaded) -> dict[str, Rows]:
    """Rows keep their numbers: an empty dictionary stands for each empty row, so that messages name the right one."""
    sheets = {name: _rows(loaded.sheets[name]) for name in XLSFORM_SHEETS if name in loaded.sheets}
    columns = survey_columns(loaded.sheets[SURVEY], _default_language(loaded))
    _enforce_exclusive(sheets[SURVEY], loaded.instrument, columns, loaded.sheets[SURVEY])
    sheets[SURVEY] += _flag_rows(loaded.instrument, columns)
    sheets[SETTINGS] = [_settings(loaded)]
    if not sheets.get(CHOICES):
        sheets.pop(CHOICES, None)
    return sheets


def _default_language(loaded: Loaded) -> str:
    return default_language(loaded.sheets.get(ABOUT), settings_values(loaded.sheets.get(SETTINGS)))


def _rows(sheet: Sheet) -> Rows:
    kept = [header for header in sheet.header if not is_ours(header)]
    rows: Rows = []
    for row in sheet:
        rows += [{}] * (row.number - 2 - len(rows))
        rows.append({_header(header): _cell(header, row.cells[header]) for header in kept if header in row.cells})
    return rows


def _header(header: str) -> str:
    return "list_name" if canonical(header) == "list_name" else header


def _cell(header: str, text: str) -> str:
    """Blanks that do not break are good in a label and fatal in an expression."""
    base, _ = base_and_language(header)
    return text if base in TEXT_COLUMNS else plain_expression(text)


def _settings(loaded: Loaded) -> dict[str, str]:
    sheet = loaded.sheets.get(SETTINGS)
    cells = sheet.rows[0].cells if sheet and sheet.rows else {}
    kept = {header: text for header, text in cells.items() if canonical(header) not in FOREIGN_SETTINGS | OURS_TO_SET}
    about = loaded.instrument.about
    title = next((text for header, text in cells.items() if canonical(header) in TITLES), _title(loaded.instrument))
    settings = {**kept, **_style(loaded, kept), "form_id": about.id, "version": about.version, "form_title": title}
    language = _spoken_language(loaded, next((t for h, t in cells.items() if canonical(h) == "default_language"), ""))
    return {**settings, "default_language": language} if language else settings


def _style(loaded: Loaded, kept: Mapping[str, str]) -> dict[str, str]:
    """How the browser puts the questions, in the class of the body: what the settings say, else what follows from
    who is asked and how old. Collect knows none of these classes and leaves them alone.
    """
    header = next((name for name in kept if canonical(name) == STYLE), STYLE)
    words = kept.get(header, "").split()
    manner = manner_of(loaded.instrument.about)
    if manner == PLAIN or any(word in STYLES for word in words):
        return {}
    return {header: " ".join([*words, f"{STYLE_PREFIX}{manner}"])}


def _spoken_language(loaded: Loaded, named: str) -> str:
    """The default language as the label headers write it; a language that no label speaks would blank every text."""
    spoken = [
        base_and_language(header)[1]
        for header in loaded.sheets[SURVEY].header
        if base_and_language(header)[0] == "label"
    ]
    if named in spoken or "" in spoken:
        return named
    wanted = language_code(named) if named else loaded.instrument.about.default_language
    return next((name for name in spoken if language_code(name) == wanted), "")


def _title(instrument: Instrument) -> str:
    titles = instrument.about.titles
    return titles.get(instrument.about.default_language) or next(iter(titles.values()), instrument.id)


def _enforce_exclusive(rows: Rows, instrument: Instrument, columns: Columns, sheet: Sheet) -> None:
    constraint = columns.header.get("constraint", "constraint")
    for question in instrument.questions:
        codes = exclusive_codes(instrument, question)
        if not codes:
            continue
        row = rows[(question.where.row or 2) - 2]
        alone = " and ".join(f"not(selected(., {quoted(code)}) and count-selected(.) > 1)" for code in codes)
        row[constraint] = f"({row[constraint]}) and {alone}" if row.get(constraint) else alone
        for header, message in _exclusive_messages(columns, sheet):
            row.setdefault(header, message)


def exclusive_codes(instrument: Instrument, question: Question) -> tuple[str, ...]:
    options = instrument.choices_of(question) if question.type == "select_multiple" else None
    return tuple(choice.code for choice in options.choices if choice.exclusive) if options else ()


def _exclusive_messages(columns: Columns, sheet: Sheet) -> Iterable[tuple[str, str]]:
    """One message for each language that the labels speak, under the header that the sheet uses if it has one."""
    existing = columns.texts.get("constraint_message", {})
    languages: Mapping[str, str] = {}
    for header in sheet.header:
        base, language = base_and_language(header)
        if base == "label":
            languages = {**languages, language: language_code(language) if language else "en"}
    for language, code in languages.items():
        default = f"constraint_message::{language}" if language else "constraint_message"
        yield existing.get(code, default), EXCLUSIVE_MESSAGES.get(code, EXCLUSIVE_MESSAGES["en"])


def flagging(instrument: Instrument) -> dict[str, list[tuple[Question, Choice]]]:
    """Severity -> the questions and options that raise it, in the order of the form."""
    found: dict[str, list[tuple[Question, Choice]]] = {}
    for question in instrument.questions:
        options = instrument.choices_of(question)
        for choice in options.choices if options else ():
            if choice.flag is not None:
                found.setdefault(choice.flag.severity, []).append((question, choice))
    return found


def _flag_rows(instrument: Instrument, columns: Columns) -> Rows:
    kind, name = columns.header.get("type", "type"), columns.header.get("name", "name")
    calculation = columns.header.get("calculation", "calculation")
    marks = flagging(instrument)
    return [
        {
            kind: "calculate",
            name: f"{FLAG_PREFIX}{severity}",
            calculation: f"if({' or '.join(_raised(marks[severity]))}, 1, 0)",
        }
        for severity in ("high", "medium", "low")
        if severity in marks
    ]


def _raised(marks: Sequence[tuple[Question, Choice]]) -> Iterable[str]:
    for question, choice in marks:
        reference, code = f"${{{question.name}}}", quoted(choice.code)
        multiple = question.type == "select_multiple"
        if question.repeat:
            test = f"selected(., {code})" if multiple else f". = {code}"
            yield f"count({reference}[{test}]) > 0"
        elif multiple:
            yield f"selected({reference}, {code})"
        else:
            yield f"{reference} = {code}"


def quoted(code: str) -> str:
    """XPath has no escapes: a code with one kind of quote mark stands in the other kind."""
    return f'"{code}"' if "'" in code else f"'{code}'"
