"""What a phone with little network fetches: small, once, and by a name that changes with its content."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.durability.servers import Server

pytestmark = pytest.mark.slow


def test_files_of_pages_are_packed_and_kept_for_good(server: Server) -> None:
    server.prepare()
    server.start()
    with httpx.Client(base_url=server.url, headers={"Accept-Encoding": "gzip"}) as client:
        page = client.get("/sign-in")
        names = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
        (engine,) = (server.folder / "static" / "built" / "assets").glob("engine-????????.js")
        assert names
        for name in (*names, f"/static/built/assets/{engine.name}"):
            answer = client.get(name)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["Cache-Control"], name
            if not name.endswith((".png", ".woff2")):
                assert answer.headers["Content-Encoding"] == "gzip", name
        assert int(client.head(f"/static/built/assets/{engine.name}").headers["Content-Length"]) < 400_000
