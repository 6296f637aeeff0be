"""What a process that a test starts is given."""

from __future__ import annotations

import os

PASSWORD = "9 quiet rivers, 4 bridges"


def without_settings() -> dict[str, str]:
    """The environment of this process, and none of our settings in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HOMEWARD_")}
