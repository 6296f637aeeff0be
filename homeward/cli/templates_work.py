"""What `homeward templates` writes, once Django is set up. A file that is there already is never written over."""

from __future__ import annotations

from pathlib import Path

from homeward.apps.operations.facts import facts_of, organisation_named
from homeward.cli.main import DONE, print_json
from homeward.cli.standing import require_house
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.papers import as_word, blanks, filled

PAPERS = Path(__file__).resolve().parents[1] / "library" / "papers"


def write(folder: Path, organisation: str, *, as_json: bool) -> int:
    require_house()
    facts = facts_of(organisation_named(organisation))
    folder.mkdir(parents=True, exist_ok=True)
    written: list[dict[str, object]] = []
    for template in sorted(PAPERS.glob("*.md")):
        text = filled(template.read_text(encoding="utf-8"), facts.texts, facts.tables)
        for path, content in (
            (folder / template.name, text.encode()),
            (folder / f"{template.stem}.docx", as_word(text)),
        ):
            _new(path, content)
            written.append({"file": str(path), "blanks": blanks(text)})
    if as_json:
        print_json({"written": written})
    else:
        for each in written:
            print(f"{each['file']}: {each['blanks']} blanks to fill in")
    return DONE


def _new(path: Path, content: bytes) -> None:
    """Somebody may have worked on the last one for days."""
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        message, action = "The file is there already.", "Name another folder; nobody's work is written over."
        raise ProblemError(Problem("templates.exists", message, action, Where(file=str(path)))) from error
