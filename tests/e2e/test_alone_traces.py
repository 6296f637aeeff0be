"""What somebody who takes the phone finds in the browser's files after an answer alone: nothing that was said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.e2e.site import Site
from tests.e2e.test_alone import Person, begun, send_key, site  # noqa: F401 - a fixture
from tests.e2e.test_field_traces import PLANT, new, none_of, traces

pytestmark = [pytest.mark.browser, pytest.mark.database, pytest.mark.slow]


def test_nothing_of_an_answer_is_found_in_the_files_of_the_browser(
    site: Site,  # noqa: F811
    tmp_path: Path,
) -> None:
    person, said, left = Person("caregiver", "caregiver", "en", site.child), new(), new()
    profile = tmp_path / "profile"
    with sync_playwright() as driver:

        @contextmanager
        def phone() -> Iterator[Page]:
            context = driver.chromium.launch_persistent_context(
                str(profile),
                executable_path="/usr/bin/chromium",
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
                viewport={"width": 360, "height": 760},
                base_url=site.url,
                locale="en",
            )
            yield context.pages[0]
            context.close()

        with phone() as page:
            begun(page, person, person.token(site))
            worker = person.on(page, said)
            worker.fill()
            page.wait_for_timeout(1_500)
            send_key(page).click()
            page.locator(".iv-good").wait_for()
            send_key(page).click()
            page.wait_for_url("**/blank")
            page.wait_for_timeout(1_500)
            none_of(profile, [said])
        none_of(profile, [said])
        with phone() as page:  # and where somebody goes away in the middle, by closing the browser
            begun(page, person, person.token(site))
            other = person.on(page, left)
            other.fill()
            page.wait_for_timeout(1_500)
        none_of(profile, [said, left])
        raw, wide, coded = new(), new(), new()
        with phone() as page:
            page.goto("/blank")
            page.evaluate(PLANT, [raw, wide, coded])
            page.wait_for_timeout(1_500)
        assert all(traces(profile, value) for value in (raw, wide, coded))  # whoever finds nothing can find something
