"""Which question a column is: by name, by `group/question` or `group-question`, or by a label in any language.

Nothing is guessed: a header that fits several questions is used for none of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from homeward.domain.instruments import ChoiceList, Instrument, Question

SEPARATORS = "/-.:"
CONTAINERS = frozenset({"begin_group", "begin_repeat"})
SILENT = frozenset({"note", "end_group", "end_repeat", *CONTAINERS})
SYSTEM = re.compile(
    r"_.*|(?:.*[/:-])?(?:meta|__system|formhub)[/:-].*|meta|__id|__version__|KEY|PARENT_KEY|SET-OF-.*|SubmissionDate|SubmitterID"
    r"|SubmitterName|AttachmentsPresent|AttachmentsExpected|Status|ReviewState|DeviceID|Edits|FormVersion|instanceID|instanceName"
    r"|start|end|today|deviceid|device_id|phonenumber|simserial|subscriberid|username|email|audit|start-geopoint|background-audio"
    r"|rootUuid|formdef_version|.*(?:_URL|-(?:Latitude|Longitude|Altitude|Accuracy|type|coordinates-\d+|properties-accuracy))"
    r"|.*@odata\..*",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<[^<>]{1,200}>")


class Target(NamedTuple):
    question: str
    code: str = ""  # of a choice, where the column is one of a split multiple choice


@dataclass(frozen=True, slots=True)
class Match:
    target: Target | None = None
    candidates: tuple[str, ...] = ()  # questions that the header fits equally well
    system: bool = False


def plain(text: str) -> str:
    """Labels compare without case, markup, outer and double blanks, and in one Unicode form."""
    return " ".join(unicodedata.normalize("NFKC", _TAG.sub("", text)).casefold().split())


class Headers:
    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.names: dict[str, set[str]] = {}
        self.folded: dict[str, set[str]] = {}
        self.labels: dict[str, set[str]] = {}
        for question in instrument.questions:
            if question.type not in SILENT and question.name:
                self._add(question)
        self.options = {
            question.name: codes_by_text(choices)
            for question in instrument.questions
            if question.type == "select_multiple" and (choices := instrument.choices_of(question)) is not None
        }

    def _add(self, question: Question) -> None:
        spelt = {question.name, *(mark.join((*question.path, question.name)) for mark in SEPARATORS)}
        for text in spelt:
            self.names.setdefault(text, set()).add(question.name)
            self.folded.setdefault(text.casefold(), set()).add(question.name)
        for text in self._labels_of(question):
            self.labels.setdefault(text, set()).add(question.name)

    def _labels_of(self, question: Question) -> Iterator[str]:
        groups = [self.instrument.by_name.get(name) for name in question.path]
        for language, label in question.labels.items():
            if not plain(label):
                continue
            yield plain(label)
            around = [group.labels.get(language, "") or group.name for group in groups if group is not None]
            yield plain("/".join([*around, label]))
            named = [group.labels[language] for group in groups if group is not None and group.labels.get(language)]
            yield plain("/".join([*named, label]))

    def match(self, header: str) -> Match:
        found = self._question(header) or self._split(header) or self._regrouped(header)
        if len(found) == 1:
            return Match(next(iter(found)))
        if found:
            return Match(candidates=tuple(sorted({target.question for target in found})))
        return Match(system=bool(SYSTEM.fullmatch(header)) or not header)

    def _question(self, header: str) -> set[Target]:
        name = header.strip()
        for index, text in ((self.names, name), (self.folded, name.casefold()), (self.labels, plain(name))):
            if text in index:
                return {Target(question) for question in index[text]}
        return set()

    def _regrouped(self, header: str) -> set[Target]:
        """In another group than today. Only after the options: `who_helps/friends` is no question called `friends`."""
        return {Target(question) for question in self.names.get(header.strip().rpartition("/")[2], ())}

    def _split(self, header: str) -> set[Target]:
        """`question/code`: cut at each separator from the right until both sides are known."""
        found: set[Target] = set()
        for at in range(len(header) - 1, 0, -1):
            if header[at] not in SEPARATORS:
                continue
            for target in self._question(header[:at]) or self._regrouped(header[:at]):
                codes = self.options.get(target.question, {})
                right = header[at + 1 :].strip()
                found |= {Target(target.question, code) for code in codes.get(right, ()) or codes.get(plain(right), ())}
            if found:
                return found
        return found


def codes_by_text(choices: ChoiceList) -> Mapping[str, tuple[str, ...]]:
    """Code and labels (as `plain` makes them) -> codes; a text that several options share keeps them all.

    A code always means itself, even where another option has it as its label.
    """
    found: dict[str, tuple[str, ...]] = {}
    for choice in choices.choices:
        for label in choice.labels.values():
            text = plain(label)
            if text and choice.code not in found.get(text, ()):
                found[text] = (*found.get(text, ()), choice.code)
    for choice in choices.choices:
        folded = plain(choice.code)
        if folded not in found:
            found[folded] = (choice.code,)
    found.update({choice.code: (choice.code,) for choice in choices.choices})
    return found
