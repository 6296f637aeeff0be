"""What somebody who takes the phone finds in the browser's files: nothing that was said, written or typed."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.e2e.field_phone import PATIENCE, Phone
from tests.e2e.site import Site, on_its_database
from tests.e2e.test_field_monitor import OWN, enrolled, made_ready, status
from tests.e2e.test_field_storm import reached, row_of
from tests.e2e.test_interview import Interviewer

pytestmark = [pytest.mark.browser, pytest.mark.database, pytest.mark.slow]

PLANT = """
async ([raw, wide, coded]) => {
  localStorage.setItem('control', raw);
  sessionStorage.setItem('control', wide + '\\u0639');  // one letter beyond Latin: two bytes for each
  history.replaceState({ control: raw }, '');
  await new Promise((done) => {
    const ask = indexedDB.open('control', 1);
    ask.onupgradeneeded = () => ask.result.createObjectStore('kept');
    ask.onsuccess = () => {
      const write = ask.result.transaction('kept', 'readwrite', { durability: 'strict' });
      write.objectStore('kept').put({ wide: wide + '\\u0639', coded: btoa(coded) }, 'one');
      write.oncomplete = () => { ask.result.close(); done(); };
    };
  });
}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with on_its_database(tmp_path_factory.mktemp("traces")) as site:
        yield site


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


def written(value: str) -> list[bytes]:
    """The ways in which a browser may have written it down."""
    raw = value.encode()
    shifted = [base64.b64encode(b"x" * ahead + raw)[4 if ahead else 0 :] for ahead in range(3)]
    return [raw, value.encode("utf-16-le"), value.encode("utf-16-be"), *(each[:-4] for each in shifted)]


def traces(profile: Path, value: str) -> set[str]:
    """Files that hold it, whatever they are for: databases and their journals, sessions, what was typed, caches."""
    forms = written(value)
    files = [path for path in profile.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 50
    return {str(path.relative_to(profile)) for path in files if any(form in path.read_bytes() for form in forms)}


def none_of(profile: Path, values: list[str]) -> None:
    assert {value: traces(profile, value) for value in values} == {value: set() for value in values}


def new() -> str:
    return secrets.token_hex(15)


def until_the_end(worker: Interviewer, code: str, phone: Phone) -> None:
    reached(phone, code)
    asked = worker.fill()
    assert "anything_to_say" in asked


@pytest.mark.goal("P-2")
def test_nothing_of_an_interview_is_found_in_the_files_of_the_browser(
    driver: Playwright, site: Site, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    profile, said = tmp_path / "profile", new()
    with Phone(driver, profile, site) as phone:
        phone.make_ready()
        begun = Interviewer.of(phone.page, "en", 0)
        worker = replace(begun, answers={**begun.answers, "anything_to_say": said})
        phone.offline(True)
        until_the_end(worker, site.child, phone)
        phone.page.wait_for_timeout(1_500)  # the draft is on the disk
        phone.kill()
        secret = [said, phone.passphrase]
        none_of(profile, secret)
        phone.start()
        phone.open()
        assert row_of(phone, site.child).locator(".fd-mark").count() == 1
        reached(phone, site.child)
        phone.page.locator(".iv-main-action").click()
        phone.page.locator(".iv-good").wait_for(timeout=PATIENCE)
        phone.kill()
        none_of(profile, secret)  # sealed, and not sent yet
        phone.start()
        phone.open()
        phone.close()  # as a browser that has time: it writes its session, and orders its databases
        none_of(profile, secret)
        phone.start()
        phone.open()
        phone.send_all()
        phone.close()
        none_of(profile, secret)
        found = control(phone, profile)
    record_property("ran", f"{len(secret)} values at 4 moments; controls found in {len(found)} files")


def test_what_is_left_of_the_code_opens_nothing_and_the_token_lies_in_one_place(
    driver: Playwright, site: Site, tmp_path: Path
) -> None:
    profile, code = tmp_path / "profile", enrolled(site)
    with Phone(driver, profile, site) as phone:
        passphrase = made_ready(phone.page, code)
        token = str(phone.page.evaluate(OWN))
        phone.page.wait_for_timeout(1_500)
        phone.close()
        assert {Path(name).parts[1] for name in traces(profile, token)} == {"IndexedDB"}
        none_of(profile, [passphrase])
    assert status(site, code) == 401


def control(phone: Phone, profile: Path) -> set[str]:
    """Whoever finds nothing has to be able to find something."""
    raw, wide, coded = new(), new(), new()
    phone.start()
    phone.open()
    phone.page.evaluate(PLANT, [raw, wide, coded])
    phone.page.wait_for_timeout(1_500)
    phone.close()
    found = [traces(profile, value) for value in (raw, wide, coded)]
    assert all(found)
    assert any("IndexedDB" in each for each in found[1])
    assert any("IndexedDB" in each for each in found[2])
    assert any("Local Storage" in each for each in found[0])
    assert any("Sessions" in each or "Session Storage" in each for each in found[0] | found[1])
    return set().union(*found)
