from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.reading import LIMITS, nodes

MARK = "999 000 0018"


def read(text: str, limits: Limits = LIMITS) -> Node:
    (node,) = nodes(text.encode(), "a.csv", limits)
    return node


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Name,DOB\r\nAnn,1/2/1980\r\n", "Name\tDOB\nAnn\t1/2/1980"),
        ("Name;DOB\nAnn, B;1/2/1980\n", "Name\tDOB\nAnn, B\t1/2/1980"),
        ("Name\tDOB\nAnn\t1/2/1980\n", "Name\tDOB\nAnn\t1/2/1980"),
        ("Name|DOB\nAnn|1/2/1980\n", "Name\tDOB\nAnn\t1/2/1980"),
        ('Name,Address\nAnn,"1 High St,\nLeeds"\n', "Name\tAddress\nAnn\t1 High St, Leeds"),
        ('Name,Note\nAnn,"says ""no"""\n', 'Name\tNote\nAnn\tsays "no"'),
        (
            "List of patients\n\nName,DOB\nAnn\nBob,1/2/1980\n",
            "List of patients\nName\tDOB\nAnn\t\nBob\t1/2/1980",
        ),
        ("Name,DOB\r\nAnn,1/2/1980\r\n\0\0\0", "Name\tDOB\nAnn\t1/2/1980"),
        ("Name,Note\nAnn,1/2/1980,two\nBob,-\n", "Name\tNote\nAnn\t1/2/1980 two\nBob\t-"),
    ],
)
def test_fields_become_cells(text: str, shown: str) -> None:
    """Whatever parts them, fields stand in the columns of a sheet, those of several lines in one."""
    assert read(text).text == shown


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ann,\nthank you for the list.\nBob",
        "Name,DOB",
        "one line\nanother\n",
        'Name,Note\nAnn,"' + "no end " * 30_000 + "\nBob,-\n",
    ],
)
def test_what_is_no_table_stays_as_it_is(text: str) -> None:
    """Prose under the name of a list, a single line, and quotes that never end are read as they stand."""
    assert read(text).text == text


def test_more_cells_than_are_read_are_not_passed_over() -> None:
    """The limit of sheets is kept."""
    assert read("a,b\nc,d\ne,f\n", Limits(cells=5)).state is State.UNSCANNABLE


FIELDS = st.text(st.sampled_from('ab9 "\n,;\t'), max_size=6)


@given(st.lists(st.lists(FIELDS, min_size=3, max_size=3), min_size=2, max_size=6))
def test_fields_are_where_their_writer_put_them(rows: list[list[str]]) -> None:
    """Whatever is quoted, a field is found in the row and column that it was written to."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["Name", "NHS No", "DOB"]] * 20)
    writer.writerows([[f"{field}{MARK}" for field in row] for row in rows])
    node = read(file.getvalue())
    places = [at for at in range(len(node.text)) if node.text.startswith(MARK, at)]
    assert node.layout is not None
    found = list(node.layout.cells(node.text, places))
    assert found == [f"{column}{row}" for row, _ in enumerate(rows, 21) for column in "ABC"]
