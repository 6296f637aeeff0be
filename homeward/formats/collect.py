"""The QR code that sets up ODK Collect: base64 of zlib-compressed JSON."""

from __future__ import annotations

import base64
import json
import zlib


def collect_settings(server_url: str, project_name: str, user_name: str = "", password: str = "") -> str:
    """`server_url` ends with the device's token, or names the Basic door and then user name and password are given."""
    general: dict[str, object] = {
        "server_url": server_url,
        "form_update_mode": "match_exactly",
        "autosend": "wifi_and_cellular",
        "delete_send": True,  # nothing stays on the phone once it has been sent
    }
    if user_name:
        general |= {"username": user_name, "password": password}
    settings = {"general": general, "admin": {}, "project": {"name": project_name}}
    packed = zlib.compress(json.dumps(settings, separators=(",", ":")).encode("utf-8"), 9)
    return base64.b64encode(packed).decode("ascii")
