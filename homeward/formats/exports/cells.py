"""The text of a cell -> an answer by code. What is not certain stays as it is, for the scorer to refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from homeward.domain.instruments import Answer, ChoiceList, Missing, Question
from homeward.formats.exports.headers import codes_by_text, plain
from homeward.formats.numbers import bounded_decimal

NOTHING = frozenset({"", "na", "n/a", "nan", "null", "none", "nil", "#n/a", "-", "."})
ZEROS = frozenset({"0", "0.0"})
NUMBER_TYPES = frozenset({"integer", "decimal", "range"})
TICKED = frozenset({"1", "1.0", "true", "yes", "x", "✓"})
UNTICKED = frozenset({"0", "0.0", "false", "no"}) | NOTHING
NOT_ASKED = str(Missing.NOT_ASKED)  # how our own tables tell it from a question that was asked and left empty
BETWEEN_LABELS = " | "
QUOTED = ("'=", "'+", "'-", "'@")  # by whoever wrote the file, so that no spreadsheet takes it for a formula
_BARS = re.compile(r"\s*\|\s*")
_BETWEEN = re.compile(r"\s*[,;|\n\r]+\s*")
_WHOLE_FLOAT = re.compile(r"-?\d+\.0+")
_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+")
MOST_CACHED = 20_000
MOST_PIECES = 40


class CellReader:
    """For one question. The same few texts come a million times, so readings are remembered."""

    def __init__(self, question: Question, choices: ChoiceList | None, *, decimal_comma: bool = False) -> None:
        self.name = question.name
        self.type = question.type if choices is not None or question.type in NUMBER_TYPES else "text"
        self.codes: Mapping[str, tuple[str, ...]] = codes_by_text(choices) if choices else {}
        self.exact = frozenset(choice.code for choice in choices.choices) if choices else frozenset[str]()
        self.decimal_comma = decimal_comma
        self.zeros = False  # whether a 0 was met that is no option: how some programs store what is missing
        self.longest = max((len(text.split()) for text in self.codes), default=1)
        self.read = lru_cache(maxsize=MOST_CACHED)(self._read)

    def is_code(self, text: str) -> bool:
        return text in self.codes

    def _read(self, cell: str) -> Answer:
        text = cell.strip()
        if text.startswith(QUOTED) and not self._known(text):
            text = text[1:]
        missing = self._missing(text)
        if missing is not None:
            return missing
        if self.codes and text in ZEROS and not self._known(text):
            self.zeros = True
            return "0"
        if self.type == "select_one":
            return self._one(text) or text
        if self.type == "select_multiple":
            return self._many(text)
        if self.type in NUMBER_TYPES:
            return self._number(text)
        return text

    def _missing(self, text: str) -> Missing | None:
        if not text or (text.casefold() in NOTHING and not self._known(text)):
            return Missing.NO_ANSWER
        if text == NOT_ASKED and self.type != "text" and not self._known(text):
            return Missing.NOT_ASKED
        return None

    def ticked(self, cell: str, code: str) -> bool:
        """A cell of a split multiple choice; some exports repeat the option itself instead of 1."""
        text = cell.strip()
        folded = text.casefold()
        if folded in UNTICKED:
            return False
        return folded in TICKED or self._one(text) == code

    def _known(self, text: str) -> bool:
        return text in self.codes or plain(text) in self.codes

    def _one(self, text: str) -> str:
        """A code, a label of one option only, or a code that a spreadsheet turned into 1.0."""
        for spelt in (text, plain(text), text.partition(".")[0] if _WHOLE_FLOAT.fullmatch(text) else ""):
            codes = self.codes.get(spelt, ())
            if codes:
                return codes[0] if len(codes) == 1 else ""
        return ""

    def _many(self, text: str) -> Answer:
        single, words = self._one(text), text.split()
        if self.exact.issuperset(words):
            contradicted = single and len(set(words)) > 1
            return (text,) if contradicted else tuple(dict.fromkeys(words))
        if single:
            return (single,)
        for pieces in (words, _BARS.split(text), _BETWEEN.split(text)):
            codes = [self._one(piece) for piece in pieces if piece]
            if codes and all(codes):
                return tuple(dict.fromkeys(codes))
        return self._segmented(plain(text).split()) or (text,)

    def _segmented(self, words: list[str]) -> tuple[str, ...]:
        """Labels joined by blanks, where there is exactly one way to cut them apart."""
        ways: list[list[tuple[str, ...]]] = [[()], *([] for _ in words)]
        for end in range(1, len(words) + 1):
            for start in range(max(0, end - self.longest), end):
                codes = self.codes.get(" ".join(words[start:end]), ())
                if len(codes) == 1:
                    ways[end] += [(*way, codes[0]) for way in ways[start]]
            if len(ways[end]) > MOST_PIECES:
                return ()
        distinct = {tuple(dict.fromkeys(way)) for way in ways[-1]}
        return distinct.pop() if len(distinct) == 1 else ()

    def _number(self, text: str) -> Answer:
        if self.decimal_comma and _COMMA_NUMBER.fullmatch(text):
            text = text.replace(",", ".")
        number = bounded_decimal(text)
        return text if number is None else number
