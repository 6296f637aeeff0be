from __future__ import annotations

import pytest

from homeward.apps.surveys.models import State, Submission
from tests.web.conftest import Interviewed, Reader

pytestmark = pytest.mark.database


def test_what_came_twice_and_late_is_said_and_decided_in_the_inbox(reader: Reader, interviewed: Interviewed) -> None:
    first, second = (interviewed(days=54, said="The same") for _ in range(2))
    client = reader("supervisor")
    page = client.get(f"/inbox/{second}").content.decode()
    assert f"/submissions/{first}" in page
    assert 'value="same_twice"' in page
    assert 'value="keep_both"' in page
    assert "arrived 54 days later" in client.get(f"/submissions/{first}").content.decode()
    late = client.get("/inbox?state=late").content.decode()
    assert late.count("arrived 54 days later") == 2
    assert f"/submissions/{first}" in late
    assert f"/inbox/{second}" in late
    answer = client.post(f"/inbox/{second}", {"step": "same_twice", "reason": "One talk, two phones"})
    assert answer.status_code == 302
    assert Submission.objects.get(pk=second).state == State.SET_ASIDE
    assert "It came twice" in client.get(f"/submissions/{second}").content.decode()
