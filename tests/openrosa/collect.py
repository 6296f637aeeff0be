"""ODK Collect's side of the talk, call by call: its headers, its order, its way of splitting an upload."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from tests.openrosa.phone import INCOMPLETE, Answer, Listed, Part, Phone, xml_part

DEVICE = "deviceID=collect%3Ae7uZLgVYkq2S6FLd"
MOST_FILES = 100
WITHOUT_HEADER = 10_000_000


def collects_headers() -> dict[str, str]:
    """The date's hours are in 12-hour style: no server may judge by it."""
    now = datetime.now(UTC)
    return {
        "User-Agent": "org.odk.collect.android/v2026.1.2 Dalvik/2.1.0 (Linux; U; Android 14; SM-A057F Build/UP1A)",
        "X-OpenRosa-Version": "1.0",
        "Date": now.strftime("%a, %d %b %Y %I:%M:%S GMT"),
        "Connection": "Keep-Alive",
        "Accept-Encoding": "gzip",
    }


@dataclass
class Collect:
    """A phone with a folder of forms, as the app keeps them."""

    phone: Phone
    folder: Path

    def update(self, form_id: str) -> Listed:
        """Fetch the list; then the form and its files, where their hashes are not the ones that are here."""
        listed = {form.form_id: form for form in self.phone.forms(f"?{DEVICE}")}[form_id]
        self._fetch(f"{form_id}.xml", listed.md5, listed.download_url)
        for name, (digest, address) in (self.phone.media(listed) if listed.manifest_url else {}).items():
            self._fetch(f"{form_id}-media/{Path(name).name}", digest, address)
        return listed

    def _fetch(self, name: str, digest: str, address: str) -> None:
        path = self.folder / name
        if path.exists() and md5(path.read_bytes()) == digest:
            return
        answer = self.phone.fetch(address)
        assert answer.status == 200
        assert md5(answer.body) == digest, "the app would take the form for updated for ever"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(answer.body)

    def send(self, xml: bytes, files: list[Part]) -> list[Answer]:
        """Ask first for how much is taken at once; stop at the first answer that is not 201 or 202."""
        head = self.phone.call("HEAD", f"/submission?{DEVICE}")
        assert head.status == 204, f"{head.status}: any other 2xx is taken for a captive portal"
        size = int(head.headers.get("x-openrosa-accept-content-length", WITHOUT_HEADER))
        answers: list[Answer] = []
        for parts in split(xml, files, size):
            answers.append(self.phone.post(xml_part(xml, f"{uuid4()}.xml"), *parts))
            if answers[-1].status not in (201, 202):
                break
        return answers


def split(xml: bytes, files: list[Part], size: int) -> Iterator[list[Part]]:
    """The document is in each; all but the last carry the marker."""
    batch: list[Part] = []
    used = len(xml)
    for number, file in enumerate(files):
        batch.append(file)
        used += len(file.content)
        following = files[number + 1] if number + 1 < len(files) else None
        if following and (len(batch) > MOST_FILES or used + len(following.content) > size):
            yield [*batch, INCOMPLETE]
            batch, used = [], len(xml)
    yield batch


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
