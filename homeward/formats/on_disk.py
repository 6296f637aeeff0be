"""What must outlive a power cut: a file once its content is on the disk, a name once its folder is.

Without that a file made just before may be there afterwards and be empty, or not be there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO


def sync_file(file: IO[str] | IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
