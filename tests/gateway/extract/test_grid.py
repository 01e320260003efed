from __future__ import annotations

import pytest

from detectors.tables import cells
from gateway.extract.grid import CELL, END, ROW, Row, cell, table, within


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (["Name\tDOB", "Ann"], "Name\tDOB\nAnn\t"),
        (["Patients", "Name\tDOB", "Ann"], "Patients\nName\tDOB\nAnn\t"),
        (["Name\tDOB", "Ann\t1/2/1980\tnote"], "Name\tDOB\nAnn\t1/2/1980 note"),
        (["Name\tDOB", "", "\t", "Ann\t1/2/1980"], "Name\tDOB\nAnn\t1/2/1980"),
        (["Name\tDOB", "Ward\tName\tDOB", "3"], "Name\tDOB\nWard\tName\tDOB\n3\t\t"),
        ([], ""),
    ],
)
def test_rows_are_as_wide_as_their_headings(rows: list[str], text: str) -> None:
    """Short rows get their empty cells back, long ones end in the last; titles stay as they are."""
    assert table(map(Row, rows))[0] == text


def test_every_cell_is_found_under_its_heading() -> None:
    """Whoever looks for tables in text finds the heading of each cell, wherever a row ends."""
    rows = ["List of patients", "Name\tNHS No\tDOB", "Ann\t999 000 0018", "Bob\t999 000 0026\t1/2/1980"]
    text, _ = table(map(Row, rows))
    found = [text[start:end] for start, end in cells(text, "NHS No".__eq__)]
    assert found == ["999 000 0018", "999 000 0026"]


def marked(*rows: str) -> str:
    """Rows of a text, their cells parted by bars, as a reader of documents marks them."""
    return "".join(f"{ROW}{row.replace('|', CELL)}{CELL}{END}" for row in rows)


@pytest.mark.parametrize(
    ("text", "laid_out"),
    [
        ("no table", "no table"),
        (f"before {marked('Name|DOB', 'Ann|1/2/1980')}behind", "before\nName\tDOB\nAnn\t1/2/1980\nbehind"),
        (
            marked("Name|Address|DOB", "Ann|1 High St\nLeeds|", "|x|1"),
            "\nName\tAddress\tDOB\nAnn\t1 High St Leeds\t\n\tx\t1\n",
        ),
        (marked("Name|DOB", "Ward 3", "Ann|1/2/1980"), "\nName\tDOB\nWard 3\t\nAnn\t1/2/1980\n"),
        (marked("Dr Bob\nGP|Leeds"), "\nDr Bob\nGP\tLeeds\n"),
        (marked("one\ntwo", "three"), "\none\ntwo\nthree\n"),
        (marked("a|b", f"c\n{'d' * 400}|e"), f"\na\tb\nc\n{'d' * 400}\te\n"),
        (f"{ROW}out{CELL}{marked('a|b', 'c|d')}{CELL}{END}", "\nout\t\na\tb\nc\td\n\t\n"),
        (f"{ROW}cut{CELL}short", "\ncut\tshort"),
    ],
)
def test_tables_in_a_text_are_rows_of_one_width(text: str, laid_out: str) -> None:
    """Cells of several lines share one; what only arranges a page, or holds a table, keeps its lines."""
    assert within(text) == laid_out


@pytest.mark.parametrize(
    ("text", "shown"), [("1 High St\nLeeds", "1 High St Leeds"), ("a\tb", "a b"), ("", "")]
)
def test_a_cell_is_one_line(text: str, shown: str) -> None:
    """Breaks within a cell do not end its row."""
    assert cell(text) == shown
