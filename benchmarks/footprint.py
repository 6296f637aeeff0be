"""F14: memory of web and worker together with 5,000 children, after people and phones have used them.

    python -m benchmarks.footprint [--children 5000]

The world is the demo's, one programme of that size with two rounds a child. Then `homeward serve` runs as an office
runs it (one web process with its threads, one worker), pages are opened, a list and all scores are downloaded,
interviews sent, and the resident memory of all its processes is read from the kernel. Goal: at most 512 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

from tests.durability.servers import ROOT, free_port

GOAL = 512  # MB


def resident(pid: int) -> dict[str, float]:
    """MB held by a process and its descendants; shared pages are counted once (PSS) and, beside it, in each (RSS)."""
    found = {"pss": 0.0, "rss": 0.0}
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        try:
            rollup = Path(f"/proc/{current}/smaps_rollup").read_text()
            children = Path(f"/proc/{current}/task/{current}/children").read_text().split()
        except OSError:
            continue
        for name in found:
            found[name] += int(re.search(rf"^{name.capitalize()}:\s+(\d+)", rollup, re.M | re.I)[1]) / 1024  # type: ignore[index]
        waiting += [int(child) for child in children]
    return found


def use(base: str, token: str) -> int:
    """What an office does in a morning, from several connections at once. The number of answers."""
    answers: list[int] = []

    def worker(role: str) -> None:
        with httpx.Client(base_url=base, timeout=120, follow_redirects=True) as client:
            front = client.get("/sign-in")
            csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', front.text)[1]  # type: ignore[index]
            person = next(
                match[1]
                for match in re.finditer(r'action="(/sign-in/as/[^"]+)".*?</form>', front.text, re.S)
                if role in match[0]
            )
            client.post(person, data={"csrfmiddlewaretoken": csrf}, headers={"Referer": base})
            for _ in range(5):
                pages = ["/", "/children", "/children?page=3", "/instruments", "/me"]
                found = re.findall(r'href="(/children/\d{9})"', client.get("/children").text)
                pages += found[:10]
                if role != "Case worker":
                    pages += ["/downloads/children.csv", "/downloads/scores.csv", "/downloads/scores.xlsx"]
                answers.extend(client.get(page).status_code for page in pages)

    roles = ["Case worker", "Supervisor", "Monitoring", "Case worker"]
    threads = [threading.Thread(target=worker, args=(role,)) for role in roles]
    for thread in threads:
        thread.start()
    for _ in range(20):
        subprocess.run(
            [sys.executable, "-m", "homeward.cli.main", "phone", f"{base}/key/{token}"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    for thread in threads:
        thread.join()
    wrong = [status for status in answers if status != 200]
    if wrong:
        raise SystemExit(f"pages answered {sorted(set(wrong))}")
    return len(answers)


def measure(folder: Path, children: int) -> None:
    environment = os.environ | {
        "HOMEWARD_DATA": str(folder),
        "HOMEWARD_PROFILE": "demo",
        "DJANGO_SETTINGS_MODULE": "homeward.config.settings",
    }
    command = [sys.executable, "-m", "benchmarks.prepare_footprint", str(children)]
    begun = time.monotonic()
    made = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    print(f"world of {children} children: {time.monotonic() - begun:.0f} s")
    port = free_port()
    serve = [sys.executable, "-m", "homeward.cli.main", "serve", "--port", str(port)]
    server = subprocess.Popen(serve, env=environment, cwd=ROOT)
    try:
        base = f"http://127.0.0.1:{port}"
        _await(base)
        at_start = resident(server.pid)
        answers = use(base, json.loads(made.stdout)["token"])
        after = resident(server.pid)
    finally:
        server.terminate()
        server.wait(30)
    print(f"at start: {at_start['pss']:.0f} MB (PSS), {at_start['rss']:.0f} MB (sum of RSS)")
    print(f"after {answers} pages and 20 interviews: {after['pss']:.0f} MB (PSS), {after['rss']:.0f} MB (sum of RSS)")
    print(f"goal {GOAL} MB: {'met' if after['rss'] <= GOAL else 'missed'}")


def _await(base: str) -> None:
    for _ in range(200):
        try:
            if httpx.get(f"{base}/health", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise SystemExit("the server did not answer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--children", type=int, default=5000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), args.children)


if __name__ == "__main__":
    main()
