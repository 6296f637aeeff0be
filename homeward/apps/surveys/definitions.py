"""What a form version means: the instrument, the form for skip logic, the scorer. Read once a process and kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID

from homeward.apps.cases.consent_rules import questions
from homeward.apps.surveys.models import FormVersion
from homeward.domain.instruments import Instrument
from homeward.domain.scoring import Scorer, compile_instrument
from homeward.formats.xform.model import Form
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.loading import Loaded, load

KEPT = 64  # versions in one process


@dataclass(frozen=True)
class Definition:
    loaded: Loaded
    form: Form
    scorer: Scorer  # raises flags also where nothing is scored

    @property
    def instrument(self) -> Instrument:
        return self.loaded.instrument

    @cached_property
    def from_file(self) -> frozenset[str]:
        """Questions whose choices come from a file beside the form."""
        return frozenset(item.name for item in self.instrument.by_name.values() if item.type.endswith("_from_file"))

    @cached_property
    def open_names(self) -> frozenset[str]:
        """Questions whose numbers, dates and chosen codes may lie coded; all others go to the sealed record, as do
        choices from a file: nothing here says what the file may have held.
        """
        instrument = self.instrument
        return frozenset(name for name in instrument.by_name if instrument.in_clear(name)) - self.from_file

    @cached_property
    def scores_sealed(self) -> bool:
        """Whether scoring again means to open what is sealed."""
        return not self.instrument.scored_names.isdisjoint(self.instrument.by_name.keys() - self.open_names)

    @cached_property
    def consent_names(self) -> tuple[str, ...]:
        """Questions that ask somebody to agree, by their names."""
        return tuple(name for name in questions() if name in self.names)

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(item.name for item in self.form.questions)


def definition_of(version: FormVersion) -> Definition:
    """Content never changes under one checksum, so that is the key; only a draft gets another."""
    return _definition(version.pk, version.checksum)


@lru_cache(maxsize=KEPT)
def _definition(form_id: UUID, checksum: str) -> Definition:
    row = FormVersion.objects.only("workbook", "xform", "instrument_id").get(pk=form_id)
    loaded = load(bytes(row.workbook), f"{row.instrument_id}.xlsx")
    return Definition(loaded, read_form(bytes(row.xform)), compile_instrument(loaded.instrument))
