"""More instruments in use than the cast begins with."""

from __future__ import annotations

from collections.abc import Iterable

from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from tests.world import House


def publish_more(house: House, references: Iterable[str]) -> None:
    """The monitoring officer proposes, the manager publishes."""
    for reference in references:
        form_id = load_from_library(house.system(), reference)
        propose_publication(house.actor("me_officer"), form_id)
        publish(house.actor("programme_manager"), form_id)
