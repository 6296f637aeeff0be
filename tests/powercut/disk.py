"""A disk whose power can be cut: an ext4 file system in a file, behind a loop device.

The kernel drops what it held for the disk and had not written: pages of files, and the journal's open transaction. It
is what a power cut leaves of a disk that keeps its word; it does not tear sectors, and no cache of the disk lies.
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
WITHOUT_LOG = struct.pack("I", 2)  # the journal's open transaction is lost too
UNMOUNTED_WITHIN = 20.0  # seconds; killed processes may still hold files for a moment


class NoDiskError(Exception):
    """This machine lets nobody cut the power of a disk; the text says why."""


class Disk:
    """Mounted at `root` between `mount` and `unmount`. `remove` leaves nothing, whatever happened before."""

    def __init__(self, folder: Path, megabytes: int = 1024) -> None:
        self.image, self.root, self.megabytes = folder / "disk.img", folder / "disk", megabytes
        self.root.mkdir()

    def format(self) -> None:
        with self.image.open("wb") as file:
            file.truncate(self.megabytes * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self.image))

    def copy(self, image: Path) -> None:
        _run("cp", "--sparse=always", str(image), str(self.image))

    def mount(self) -> None:
        """Nothing is written in passing: with ordered data a sync of any file would take all others to the disk too."""
        _run("mount", "-t", "ext4", "-o", "loop,data=writeback,commit=600", str(self.image), str(self.root))

    def cut(self) -> None:
        """From this moment nothing reaches the disk, and what had not reached it is gone."""
        handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(handle, SHUTDOWN, WITHOUT_LOG)
        finally:
            os.close(handle)

    def unmount(self) -> None:
        until = time.monotonic() + UNMOUNTED_WITHIN
        while self.root.is_mount():
            done = subprocess.run(["umount", str(self.root)], capture_output=True, text=True, check=False)
            if done.returncode and time.monotonic() > until:
                raise AssertionError(f"{done.stderr.strip()}; held by {self.holders()}")
            time.sleep(0.05 if done.returncode else 0)

    def holders(self) -> list[str]:
        found, device = [], os.stat(self.root).st_dev
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if any(_lies_on(handle, device) for handle in (process / "fd").iterdir()):
                    found.append(f"{process.name} {(process / 'comm').read_text().strip()}")
        return found

    def remove(self) -> None:
        """The loop device goes with its last mount; one that stayed is detached by name."""
        if self.root.is_mount():
            try:
                self.unmount()
            except AssertionError:
                _run("umount", "-l", str(self.root))
        if self.image.exists():
            for line in _run("losetup", "-n", "-O", "NAME", "-j", str(self.image)).split():
                _run("losetup", "-d", line)
        self.image.unlink(missing_ok=True)


def _lies_on(handle: Path, device: int) -> bool:
    try:
        return os.stat(handle).st_dev == device
    except OSError:
        return False


def _run(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip() or str(error.returncode)).splitlines()[0]
        raise NoDiskError(f"{command[0]}: {said.removeprefix(f'{command[0]}: ')}") from error
    except OSError as error:
        raise NoDiskError(f"{command[0]}: {error.strerror}") from error


def why_not() -> str:
    """Empty where the power can be cut: a file that was synced is there afterwards, one that was not is lost."""
    if os.geteuid() != 0:
        return "mounting needs root"
    with tempfile.TemporaryDirectory(prefix="homeward-cut-") as folder:
        disk = Disk(Path(folder), megabytes=32)
        try:
            disk.format()
            disk.mount()
            return _tried(disk)
        except (NoDiskError, OSError) as error:
            return str(error).replace(f"{folder}/", "")
        finally:
            disk.remove()


def _tried(disk: Disk) -> str:
    for name in ("synced", "not-synced"):
        with (disk.root / name).open("wb") as file:
            file.write(name.encode() * 1000)
            file.flush()
            if name == "synced":
                os.fsync(file.fileno())
    disk.cut()
    disk.unmount()
    disk.mount()
    kept = {path.name for path in disk.root.iterdir() if path.is_file() and path.stat().st_size}
    return "" if kept == {"synced"} else f"a cut left {sorted(kept)} where it leaves one synced file"
