from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.houses import is_postgres
from tests.powercut.disk import why_not
from tests.powercut.place import DATABASE, Manner, Prepared, place_in


@pytest.fixture(scope="session")
def cuttable() -> None:
    """Only where the power can be cut, and loses what it should lose."""
    reason = why_not()
    if reason:
        pytest.skip(f"the power of no disk can be cut here: {reason}")


@pytest.fixture(scope="session")
def prepared(cuttable: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    folder = tmp_path_factory.mktemp("prepared")
    image = folder / "kept.img"
    with place_in(folder, is_postgres(), Manner()) as place:
        if place.cluster:
            place.cluster.make()
            place.cluster.start()
            place.cluster.create(DATABASE)
        phone = json.loads(place.program("tests.durability.prepare"))
        place.stop()
        place.disk.unmount()
        place.disk.image.rename(image)
    yield Prepared(image, phone)
    image.unlink()
