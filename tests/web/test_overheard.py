from __future__ import annotations

import pytest

from tests.web.conftest import Interviewed, Reader
from tests.world import World

pytestmark = pytest.mark.database


def test_a_score_says_whether_others_listened(reader: Reader, interviewed: Interviewed, world: World) -> None:
    assert world.amani.child is not None
    page, client = f"/children/{world.amani.child.code}", reader("case_worker")
    interviewed(days=30)
    assert "others listened" not in client.get(page).content.decode()
    interviewed(days=2, changes={"in_private": "no"})
    html = client.get(page).content.decode()
    assert html.count('<span class="tag warn">others listened</span>') >= 3  # each dimension, and the table
