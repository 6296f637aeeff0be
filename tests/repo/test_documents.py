"""What the documents promise is there: settings, commands, decisions, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from homeward.config.env import SETTINGS
from tests.repo.source import ROOT, name_of, tracked

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
DOCUMENTS = [path for path in tracked() if path.suffix == ".md" and "library" not in path.parts]


def test_every_setting_is_in_the_deployment_guide_with_its_default() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(HOMEWARD_\w+)` \| `?([^|`]*)`? \|", guide, re.MULTILINE))
    assert {name: value.strip() for name, value in rows.items()} == {s.name: s.default for s in SETTINGS}


def test_only_settings_on_the_list_are_read_from_the_environment() -> None:
    """`config.env` reads them; commands that run before Django, which may not import `config`, read them by name."""
    sources = [path for path in tracked() if path.suffix == ".py" and name_of(path).startswith("homeward/")]
    readers = {name_of(path): path.read_text("utf-8") for path in sources if "os.environ" in path.read_text("utf-8")}
    outside = [name for name in readers if not name.startswith(("homeward/config/", "homeward/cli/"))]
    named = {word for text in readers.values() for word in re.findall(r'"(HOMEWARD_\w+)"', text)}
    assert outside == []
    assert named - {setting.name for setting in SETTINGS} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_and_pictures_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text("utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_make_targets_named_in_documents_exist(document: Path) -> None:
    named = set(re.findall(r"`make ([a-z-]+)`", document.read_text("utf-8")))
    assert {name for name in named if not re.search(rf"^{name}:", MAKEFILE, re.MULTILINE)} == set()


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    decisions = [path.name for path in (ROOT / "docs" / "adr").glob("0*.md")]
    assert [name for name in decisions if name not in index] == []
