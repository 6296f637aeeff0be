"""What `homeward serve` speaks where it has a certificate of its own."""

from __future__ import annotations

import ssl
from pathlib import Path

from gunicorn.config import Config
from gunicorn.sock import ssl_context

from homeward.cli.certificate import local_certificate
from homeward.cli.serve import Address, web_command


def test_no_tls_older_than_1_2_is_spoken(tmp_path: Path) -> None:
    certificate, key = local_certificate(tmp_path, "127.0.0.1")
    command = web_command(Address(certificate=certificate, key=key), processes=1, threads=2)
    assert command[command.index("--certfile") + 1] == str(certificate)
    assert not [word for word in command if word.startswith(("--ssl-version", "--ciphers"))]
    config = Config()
    config.set("certfile", str(certificate))
    config.set("keyfile", str(key))
    context = ssl_context(config)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.maximum_version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.MAXIMUM_SUPPORTED)
    assert (key.stat().st_mode & 0o077) == 0
