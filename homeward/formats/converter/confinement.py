"""What a process takes from itself before it looks at a stranger's file: memory and time, the network, all files but
the program's own, other processes. Whoever made the file and takes the process over finds it in an empty room.

Three barriers of the Linux kernel, none of which needs a right or a program: a network namespace with nothing in it,
Landlock for files, and a seccomp filter, which stands in for the namespace where a machine forbids those.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
SET_PARENT_DEATH_SIGNAL, SET_NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 1, 38, 22, 2
KILL = 9

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every processor
VERSION, PATH_BENEATH = 1, 1
READ_FILE, READ_FOLDER, EXECUTE = 1 << 2, 1 << 3, 1 << 0
PLAIN_FILES = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 8 | 1 << 14  # write, read, list, remove, make, cut: no links
FIRST, REFER, TRUNCATE, DEVICES = (1 << 13) - 1, 1 << 13, 1 << 14, 1 << 15
TCP = 0b11
SCOPES = 0b11  # abstract sockets and signals stay inside

SYSTEM = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/urandom",
)

THREAD = 0x10000
NO_SUCH_CALL, NOT_PERMITTED = 38, 1


@dataclass(frozen=True, slots=True)
class Processor:
    """Numbers of system calls. `clone` may only make threads; `clone3` hides its flags from a filter."""

    audit: int
    clone: int
    clone3: int
    refused: tuple[int, ...]


_BOTH = (424, 425, 426, 427, 434, 438)  # pidfd_send_signal, io_uring x 3, pidfd_open, pidfd_getfd
PROCESSORS = {
    # socket, connect, sendto, sendmsg, bind, listen, fork, vfork, execve, kill, ptrace, rt_sigqueueinfo, mount, tkill,
    # tgkill, add_key, request_key, keyctl, unshare, perf_event_open, setns, process_vm_readv, process_vm_writev, bpf,
    # execveat, userfaultfd
    "x86_64": Processor(
        0xC000003E,
        56,
        435,
        (41, 42, 44, 46, 49, 50, 57, 58, 59, 62, 101, 129, 165, 200, 234, 248, 249, 250, 272, 298, 308, 310, 311, 321)
        + (322, 323, *_BOTH),
    ),
    "aarch64": Processor(
        0xC00000B7,
        220,
        435,
        (198, 203, 206, 211, 200, 201, 221, 129, 117, 138, 40, 130, 131, 217, 218, 219, 97, 241, 268, 270, 271, 280)
        + (281, 282, *_BOTH),
    ),
}


@dataclass(frozen=True, slots=True)
class Limits:
    seconds: int = 30  # of a processor
    wall: float = 60  # until an answer, or the next line of one
    memory: int = 700_000_000
    open_files: int = 64
    written: int = 0  # bytes of a file, in the folder of its own; 0: it writes nothing anywhere
    answer: int = 80_000_000  # bytes in all
    line: int = 80_000_000


@dataclass(frozen=True, slots=True)
class Barriers:
    network: bool
    files: bool

    @property
    def hold(self) -> bool:
        return self.network and self.files


def limit(limits: Limits) -> None:
    wanted = {
        resource.RLIMIT_CPU: limits.seconds,
        resource.RLIMIT_DATA: limits.memory,
        resource.RLIMIT_FSIZE: limits.written,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in wanted.items():
        hard = resource.getrlimit(what)[1]  # whoever started us may have set less, which nobody can raise
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))
    _libc().prctl(SET_PARENT_DEATH_SIGNAL, KILL, 0, 0, 0)


def confine(readable: Iterable[str] = (), writable: str = "") -> Barriers:
    """Cannot be taken back. `readable` are files or folders beside the program's own, `writable` is one folder."""
    library = _libc()
    library.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    namespace = library.unshare(NEW_USER | NEW_NETWORK) == 0
    files = _only([*program_paths(), *SYSTEM, *readable], writable)
    filtered = _refuse_calls()
    return Barriers(network=namespace or filtered, files=files)


def program_paths() -> list[str]:
    """Of Python, its packages and Homeward; not the folder around Homeward, where a deployment may keep its data."""
    of_python = sysconfig.get_paths()
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return [str(Path(__file__).resolve().parents[2]), *(of_python[name] for name in names)]


def _libc() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return library


def _syscall(number: int, *values: object) -> int:
    return int(_libc().syscall(ctypes.c_long(number), *values))


def _only(paths: Sequence[str], writable: str) -> bool:
    """Landlock: from now on only what lies below these can be opened, to read; in one folder also to write."""
    version = _syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION))
    if version < 1:
        return False
    handled = FIRST | (REFER if version > 1 else 0) | (TRUNCATE if version > 2 else 0) | (DEVICES if version > 4 else 0)
    fields = [handled] + ([TCP] if version > 3 else []) + ([SCOPES] if version > 5 else [])
    attributes = (ctypes.c_uint64 * len(fields))(*fields)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    rules = _syscall(CREATE_RULESET, ctypes.byref(attributes), size, ctypes.c_uint32(0))
    if rules < 0:
        return False
    allowed = all(_allow(rules, path, _to_read(path)) for path in dict.fromkeys(paths) if Path(path).exists())
    if writable:
        allowed = allowed and _allow(rules, writable, handled & PLAIN_FILES)
    held = _syscall(RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0)) == 0
    os.close(rules)
    return allowed and held


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("parent", ctypes.c_int32))


def _to_read(path: str) -> int:
    return READ_FILE | READ_FOLDER | EXECUTE if Path(path).is_dir() else READ_FILE


def _allow(rules: int, path: str, rights: int) -> bool:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rule = _Beneath(rights, handle)
    done = _syscall(ADD_RULE, ctypes.c_int(rules), ctypes.c_int(PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    os.close(handle)
    return done == 0


class _Step(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Step)))


LOAD, IS, AT_LEAST, HAS, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE, END = 0x7FFF0000, 0x00050000, 0x80000000
CALL, PROCESSOR, FIRST_VALUE = 0, 4, 16  # where they lie in what the filter is given
FOREIGN = 0x40000000  # calls under the other numbering of x86


def _refuse_calls() -> bool:
    processor = PROCESSORS.get(platform.machine())
    if processor is None:
        return False
    refuse = (ANSWER, 0, 0, REFUSE | NOT_PERMITTED)
    steps = [
        (LOAD, 0, 0, PROCESSOR),
        (IS, 1, 0, processor.audit),
        (ANSWER, 0, 0, END),
        (LOAD, 0, 0, CALL),
        (AT_LEAST, 0, 1, FOREIGN),
        refuse,
        (IS, 0, 1, processor.clone3),
        (ANSWER, 0, 0, REFUSE | NO_SUCH_CALL),
    ]
    for number in processor.refused:
        steps += [(IS, 0, 1, number), refuse]
    steps += [(IS, 0, 3, processor.clone), (LOAD, 0, 0, FIRST_VALUE), (HAS, 1, 0, THREAD), refuse]
    steps += [(ANSWER, 0, 0, ALLOW)]
    written = (_Step * len(steps))(*(_Step(*step) for step in steps))
    program = _Program(len(steps), written)
    return bool(_libc().prctl(SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0) == 0)
