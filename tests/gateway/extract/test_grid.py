from __future__ import annotations

import pytest

from detectors.tables import cells
from gateway.extract.grid import Row, cell, table


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


@pytest.mark.parametrize(
    ("text", "shown"), [("1 High St\nLeeds", "1 High St Leeds"), ("a\tb", "a b"), ("", "")]
)
def test_a_cell_is_one_line(text: str, shown: str) -> None:
    """Breaks within a cell do not end its row."""
    assert cell(text) == shown
