"""Entries of a child's record in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from homeward.apps.cases.family_models import Arrangement, ChangeReason
from homeward.apps.cases.record_models import (
    Attending,
    Basis,
    CameWith,
    DocumentKind,
    DocumentState,
    LeftReason,
    Level,
    NameKind,
    Notice,
    ReturnBasis,
    ReturnKind,
    Traced,
)
from homeward.apps.cases.record_queries import ChildRecord, EntryRow
from homeward.domain.child_record import season_of
from homeward.domain.functioning import DIFFICULTY, NO_DIFFICULTY, NOT_DETERMINED, overall
from homeward.domain.likeness import AGAINST

TITLES: Mapping[str, Any] = {
    "returns": gettext_lazy("Returns"),
    "names": gettext_lazy("Other names and spellings"),
    "birth": gettext_lazy("Where the age comes from"),
    "languages": gettext_lazy("Languages the child speaks"),
    "documents": gettext_lazy("Documents"),
    "schooling": gettext_lazy("School"),
    "functioning": gettext_lazy("Functional difficulties"),
    "care": gettext_lazy("Who cares for the child"),
    "household": gettext_lazy("Household"),
}
QUESTIONS: Mapping[str, Any] = {
    "returns": gettext_lazy("How did the child come back?"),
    "names": gettext_lazy("By what other name is the child known?"),
    "birth": gettext_lazy("How do we know how old the child is?"),
    "languages": gettext_lazy("Which language does the child speak?"),
    "documents": gettext_lazy("Does the child have this document?"),
    "schooling": gettext_lazy("Which school does the child go to?"),
    "functioning": gettext_lazy("What did the functioning questions come to?"),
    "care": gettext_lazy("Who cares for the child now?"),
    "household": gettext_lazy("With whom does the child live?"),
}
DOMAINS: Mapping[str, Any] = {
    "seeing": gettext_lazy("Seeing"),
    "hearing": gettext_lazy("Hearing"),
    "walking": gettext_lazy("Walking"),
    "fine_motor": gettext_lazy("Using the hands"),
    "communication": gettext_lazy("Communication"),
    "learning": gettext_lazy("Learning"),
    "playing": gettext_lazy("Playing"),
    "self_care": gettext_lazy("Self-care"),
    "remembering": gettext_lazy("Remembering"),
    "concentrating": gettext_lazy("Concentrating"),
    "accepting_change": gettext_lazy("Accepting change"),
    "controlling_behaviour": gettext_lazy("Controlling behaviour"),
    "making_friends": gettext_lazy("Making friends"),
    "anxiety": gettext_lazy("Anxiety"),
    "depression": gettext_lazy("Depression"),
}
RESULTS: Mapping[str, Any] = {
    DIFFICULTY: gettext_lazy("Difficulty"),
    NO_DIFFICULTY: gettext_lazy("No difficulty"),
    NOT_DETERMINED: gettext_lazy("Not determined"),
}
SEASONS: Mapping[str, Any] = {
    "dec_feb": gettext_lazy("December to February"),
    "mar_may": gettext_lazy("March to May"),
    "jun_aug": gettext_lazy("June to August"),
    "sep_nov": gettext_lazy("September to November"),
}
REASONS: Mapping[str, Any] = {
    "same_spelling": gettext_lazy("a name is spelt the same"),
    "same_sound": gettext_lazy("a name sounds the same"),
    "some_parts": gettext_lazy("parts of a name are alike"),
    "same_birth_date": gettext_lazy("the same birth date"),
    "birth_within_a_year": gettext_lazy("about the same age"),
    "ages_differ": gettext_lazy("the ages differ"),
    "same_sex": gettext_lazy("the same sex"),
    "other_sex": gettext_lazy("not the same sex"),
    "same_place": gettext_lazy("the same place"),
    "same_return": gettext_lazy("returned on the same days"),
}
# Names of languages as their speakers write them, so that none needs a translation.
SPOKEN: Mapping[str, str] = {
    "am": "አማርኛ",
    "ar": "العربية",
    "bm": "Bamanankan",
    "bn": "বাংলা",
    "ckb": "کوردیی ناوەندی",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fa": "فارسی",
    "fr": "Français",
    "ff": "Fulfulde",
    "ha": "Hausa",
    "hy": "Հայերեն",
    "ig": "Igbo",
    "it": "Italiano",
    "ka": "ქართული",
    "kmr": "Kurmancî",
    "ln": "Lingála",
    "mnk": "Mandinka",
    "nl": "Nederlands",
    "om": "Afaan Oromoo",
    "prs": "دری",
    "ps": "پښتو",
    "pt": "Português",
    "ru": "Русский",
    "rw": "Ikinyarwanda",
    "so": "Soomaali",
    "sq": "Shqip",
    "sr": "Srpski",
    "sw": "Kiswahili",
    "ti": "ትግርኛ",
    "tr": "Türkçe",
    "uk": "Українська",
    "ur": "اردو",
    "wo": "Wolof",
    "yo": "Yorùbá",
}


def label_of(choices: Any, code: str) -> str:
    return str(choices(code).label) if code else ""


def joined(parts: Iterator[str]) -> str:
    return " · ".join(part for part in parts if part)


def row_words(row: EntryRow) -> str:
    return joined(_WORDS[row.topic](row))


def _return(row: EntryRow) -> Iterator[str]:
    values = row.values
    day = values["returned_on"]
    yield _("Return %(number)d") % {"number": values["number"]}
    yield date_format(day, "DATE_FORMAT") if day else label_of(ReturnBasis, values["basis"])
    if day and values["basis"] == ReturnBasis.ESTIMATED:
        yield label_of(ReturnBasis, values["basis"])
    yield str(SEASONS[season_of(day)]) if day else ""
    yield _("from %(country)s") % {"country": values["from_country"]} if values["from_country"] else ""
    away = values["months_away"]
    yield (
        ""
        if away is None
        else ngettext("away for %(months)d month", "away for %(months)d months", away) % {"months": away}
    )
    yield _("born abroad") if values["born_abroad"] else ""
    for name, choices in (("kind", ReturnKind), ("came_with", CameWith)):
        yield "" if values[name] == "unknown" else label_of(choices, values[name])
    if values["notice"] != "unknown":
        yield _("notice: %(notice)s") % {"notice": label_of(Notice, values["notice"])}
    if values["family_traced"] not in ("unknown", "not_needed"):
        yield _("family: %(traced)s") % {"traced": label_of(Traced, values["family_traced"])}
    if values["left_on"]:
        yield _("left again on %(day)s") % {"day": date_format(values["left_on"], "DATE_FORMAT")}


def _name(row: EntryRow) -> Iterator[str]:
    yield label_of(NameKind, row.values["kind"])


def _birth(row: EntryRow) -> Iterator[str]:
    yield label_of(Basis, row.values["basis"])


def _language(row: EntryRow) -> Iterator[str]:
    yield spoken(row.values["language"])


def spoken(code: str) -> str:
    return SPOKEN.get(code, code)


def _document(row: EntryRow) -> Iterator[str]:
    yield label_of(DocumentKind, row.values["kind"])
    yield label_of(DocumentState, row.values["state"])


def _school(row: EntryRow) -> Iterator[str]:
    yield label_of(Level, row.values["level"])
    if row.values["level"] != Level.NONE and row.values["attending"] != Attending.UNKNOWN:
        yield label_of(Attending, row.values["attending"])
    yield label_of(LeftReason, row.values["left_reason"])


def _functioning(row: EntryRow) -> Iterator[str]:
    form, results = row.values["form"], row.values["results"]
    yield str(RESULTS[overall(form, results)])
    found = [str(DOMAINS[domain]) for domain, result in results.items() if result == DIFFICULTY]
    yield ", ".join(found)


def _care(row: EntryRow) -> Iterator[str]:
    yield label_of(Arrangement, row.values["arrangement"])
    yield label_of(ChangeReason, row.values["reason"])


def _household(row: EntryRow) -> Iterator[str]:
    members, children = row.values["members"], row.values["children"]
    if members is not None:
        yield ngettext("%(people)d person", "%(people)d people", members) % {"people": members}
    if children is not None:
        yield ngettext("%(number)d child", "%(number)d children", children) % {"number": children}


_WORDS: Mapping[str, Callable[[EntryRow], Iterator[str]]] = {
    "returns": _return,
    "names": _name,
    "birth": _birth,
    "languages": _language,
    "documents": _document,
    "schooling": _school,
    "functioning": _functioning,
    "care": _care,
    "household": _household,
}


def section_words(found: ChildRecord, topic: str) -> str:
    """What holds now, in one line; empty where nothing is recorded."""
    rows = found.holding(topic)
    if topic == "names":
        return ngettext("%(number)d name", "%(number)d names", len(rows)) % {"number": len(rows)} if rows else ""
    if topic == "languages":
        return joined(spoken(code) for code in found.languages)
    if topic == "documents":
        return joined(row_words(row).replace(" · ", ": ", 1) for row in found.documents.values())
    return row_words(rows[0]) if rows else ""


def reasons_words(reasons: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """What speaks for it, and what against."""
    speaking = [str(REASONS[reason]) for reason in reasons if reason not in AGAINST]
    return speaking, [str(REASONS[reason]) for reason in reasons if reason in AGAINST]
