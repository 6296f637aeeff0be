"""Every run-time dependency, transitive ones too, carries a licence fit for an Apache-2.0 product."""

from __future__ import annotations

import json
import re
from importlib import metadata

import pytest

from tests.repo.source import ROOT

ALLOWED = re.compile(
    r"(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public|LGPL|Lesser General|ZPL|Unlicense|CC0|HPND"
    r"|Zlib|BlueOak|Python-2\.0|CC-BY)",
    re.IGNORECASE,
)
REFUSED = re.compile(
    r"(?<!L)(?<!Lesser )(AGPL|\bGPL|GNU General|GNU Affero|SSPL|BUSL|Commons Clause|NonCommercial|NC-)", re.IGNORECASE
)


def locked(name: str) -> list[str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)


def licence_of(package: str) -> str:
    found = metadata.metadata(package)
    classifiers = [line.split("::")[-1] for line in found.get_all("Classifier", []) if line.startswith("License ::")]
    stated = found.get("License-Expression") or (found.get("License") or "").split("\n")[0]
    return " / ".join([*classifiers, stated]).strip(" /") or licence_by_its_text(package)


def licence_by_its_text(package: str) -> str:
    """Some packages ship the licence and name it nowhere."""
    files = [file for file in metadata.files(package) or [] if "LICENSE" in file.name.upper()]
    texts = " ".join(str(file.locate().read_text(encoding="utf-8")) for file in files)
    if "Permission is hereby granted, free of charge, to any person obtaining a copy" in texts:
        return "MIT (by its text)"
    return "BSD (by its text)" if "Redistribution and use in source and binary forms" in texts else ""


@pytest.mark.parametrize("package", locked("run.txt"))
def test_run_time_package_has_an_allowed_licence(package: str) -> None:
    try:
        licence = licence_of(package)
    except metadata.PackageNotFoundError:
        pytest.skip("not for this platform")
    assert ALLOWED.search(licence), f"{package}: {licence or 'no licence stated'}"
    assert not REFUSED.search(licence), f"{package}: {licence}"


def test_front_end_packages_have_an_allowed_licence() -> None:
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    shipped = {name: entry.get("license", "") for name, entry in packages.items() if name and not entry.get("dev")}
    refused = {
        name: licence for name, licence in shipped.items() if not ALLOWED.search(licence) or REFUSED.search(licence)
    }
    assert refused == {}


def test_no_lock_names_where_packages_come_from() -> None:
    lock = (ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved": "http' not in lock
    assert "--index-url" not in "".join(p.read_text("utf-8") for p in (ROOT / "requirements").glob("*.txt"))
