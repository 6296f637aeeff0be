"""`homeward demo`: a synthetic programme of five countries, ready to look at. Nothing here is for real children."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import FrameType

from homeward.cli.backup import keygen
from homeward.cli.certificate import local_certificate
from homeward.cli.main import CANNOT, DONE
from homeward.cli.ports import require_free

DEFAULT_FOLDER = Path("var") / "demo"
MODULE = "homeward.cli.demo_world"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets a phone in the same network in")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--tls", action="store_true", help="with a certificate made for this machine")
    parser.add_argument("--fresh", action="store_true", help="throw the demo's world away first")
    parser.add_argument("--build-only", choices=("first", "all"), help="make the world and stop")


def run(args: argparse.Namespace) -> int:
    """Settings are read when Django starts, so the world is built in a process of its own, with the demo's settings."""
    if os.environ.get("HOMEWARD_PROFILE", "demo") != "demo":
        print("The demo runs in the demo profile only: unset HOMEWARD_PROFILE.", file=sys.stderr)
        return CANNOT
    folder = Path(os.environ.get("HOMEWARD_DATA", DEFAULT_FOLDER)).resolve()
    if not args.build_only:
        require_free(args.host, args.port)
    if args.fresh and (folder / "world.json").exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "locked").unlink(missing_ok=True)  # somebody tried the key last time
    address = _address(args.host)
    scheme = "https" if args.tls else "http"
    settings = os.environ | {
        "HOMEWARD_PROFILE": "demo",
        "HOMEWARD_DATA": str(folder),
        "HOMEWARD_HOSTS": f"{os.environ.get('HOMEWARD_HOSTS', '')} {address}".strip(),
        "DJANGO_SETTINGS_MODULE": "homeward.config.settings",
    }
    settings |= _recipients(folder)
    return _build_and_serve(args, settings, f"{scheme}://{address}:{args.port}")


def _build_and_serve(args: argparse.Namespace, settings: dict[str, str], base: str) -> int:
    if _world(settings, "first", base) != DONE:
        return CANNOT
    if args.build_only:
        return _world(settings, "rest", base) if args.build_only == "all" else DONE
    serve = [sys.executable, "-m", "homeward.cli.main", "serve", "--host", args.host, "--port", str(args.port)]
    if args.tls:
        certificate, key = local_certificate(Path(settings["HOMEWARD_DATA"]), _address(args.host))
        serve += ["--certificate", str(certificate), "--key", str(key)]
    server = subprocess.Popen(serve, env=settings)  # noqa: S603 - our own command
    grower = subprocess.Popen([sys.executable, "-m", MODULE, "rest", base], env=settings)  # noqa: S603
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return server.wait()
    except KeyboardInterrupt:
        return DONE
    finally:
        for process in (grower, server):
            process.terminate()
        for process in (grower, server):
            process.wait(timeout=30)


def _recipients(folder: Path) -> dict[str, str]:
    """Two made-up people who could open the demo's backups. Their private keys lie beside them, as nobody's should: so
    the demo shows a drill with a recipient's key.
    """
    public = []
    for number in ("one", "two"):
        path = folder / f"demo-recipient-{number}.txt"
        if not path.exists():
            keygen(path)
        public.append(path.read_text(encoding="ascii").split("# public key: ")[1].split()[0])
    return {
        "HOMEWARD_BACKUPS": str(folder / "backups"),
        "HOMEWARD_BACKUP_RECIPIENTS": " ".join(public),
        "HOMEWARD_DRILL_IDENTITY": str(folder / "demo-recipient-one.txt"),
    }


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _world(settings: dict[str, str], part: str, base: str) -> int:
    return subprocess.run([sys.executable, "-m", MODULE, part, base], env=settings, check=False).returncode  # noqa: S603


def _address(host: str) -> str:
    """What a phone in the same network would type; nothing is sent to find out."""
    if host != "0.0.0.0":  # noqa: S104 - compared, not bound # nosec B104
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
