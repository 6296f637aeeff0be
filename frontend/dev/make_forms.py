"""Make the XForms of tests/fixtures from the tables in dev/forms (XLSForm written as text).

Run with the project's Python, from any folder: .venv/bin/python frontend/dev/make_forms.py
"""

from pathlib import Path

from pyxform.xls2xform import convert

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "tests" / "fixtures"


def main() -> None:
    for table in sorted((HERE / "forms").glob("*.md")):
        form = convert(xlsform=table.read_text(encoding="utf-8"), file_type=".md", form_name="data").xform
        (FIXTURES / f"{table.stem}.xml").write_text(form, encoding="utf-8")


if __name__ == "__main__":
    main()
