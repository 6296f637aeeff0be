"""The page of rules in docs/methods is the one these tables give. Write it anew with `make docs`."""

from __future__ import annotations

from tests.spec.render import PAGE, page


def test_the_page_of_rules_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
