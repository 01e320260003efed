"""Cells of tables in plain text, with the headings of their columns."""

from __future__ import annotations

import pytest

from detectors.tables import cells, tables


def read(text: str) -> list[tuple[str, str]]:
    return [
        (heading, text[start:end].strip())
        for table in tables(text)
        for row in zip(*map(table.column, range(len(table.headings))), strict=True)
        for heading, (start, end) in zip(table.headings, row, strict=True)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Name,DOB\nJane,1950",
        "Name\tDOB\nJane\t1950",
        "Name;DOB\nJane;1950\n",
        "Name    DOB\nJane    1950",
        '"Name","DOB"\nJane,1950',
        "Name\tDOB\n\nJane\t1950",
    ],
)
def test_a_cell_knows_its_heading(text: str) -> None:
    """Commas, tabs, semicolons and aligned spaces all make columns."""
    assert read(text) == [("Name", "Jane"), ("DOB", "1950")]


def test_a_quoted_comma_is_no_border() -> None:
    """A quoted field keeps its comma (RFC 4180)."""
    assert read('Name,DOB\n"Doe, Jane",1950') == [("Name", '"Doe, Jane"'), ("DOB", "1950")]


def test_values_of_a_statement_have_their_columns() -> None:
    """The rows of an SQL statement stand under the names of its columns, unquoted; it may be in any case."""
    for words in (("INSERT INTO", "VALUES"), ("iNSERT into", "\n\tvalues")):
        text = "{} pt (name, dob) {} ('Doe, Jane', '1950'), ('Roe', NULL);".format(*words)
        assert read(text) == [("name", "Doe, Jane"), ("dob", "1950"), ("name", "Roe"), ("dob", "NULL")]


def test_a_statement_takes_nothing_from_the_lists_around_it() -> None:
    """A list before or after an SQL statement keeps its headings."""
    statement = "INSERT INTO pt (name, dob) VALUES ('Roe', '1960');"
    text = f"Name,DOB\nDoe,1950\n\n{statement}\n\nNHS No;Ward\n999;4"
    assert read(text) == [
        ("Name", "Doe"),
        ("DOB", "1950"),
        ("name", "Roe"),
        ("dob", "1960"),
        ("NHS No", "999"),
        ("Ward", "4"),
    ]


def test_commas_of_thousands_are_no_borders() -> None:
    """An amount keeps its commas."""
    assert read("Name,Amount\nJane,£1,510.09") == [("Name", "Jane"), ("Amount", "£1,510.09")]


def test_a_table_goes_on_under_its_heading() -> None:
    """Every line with as many columns belongs to the heading above them."""
    assert [heading for heading, _ in read("A,B\n1,2\n3,4\n5,6")] == ["A", "B"] * 3


def test_headings_may_have_a_digit() -> None:
    """ "Address 1" is a heading; a line with a date or a number in it is none."""
    assert read("Name,Address 1\nJane,Leeds") == [("Name", "Jane"), ("Address 1", "Leeds")]
    assert read("Jane,12/03/1950\nJohn,13/04/1951") == []


def test_a_line_over_groups_of_columns_is_no_heading() -> None:
    """Where two lines head a table, the lower one says what the columns hold."""
    assert read("Patient,,Bank\nName,DOB,Account\nJane,1950,1") == [
        ("Name", "Jane"),
        ("DOB", "1950"),
        ("Account", "1"),
    ]


@pytest.mark.parametrize(
    "text",
    ["", "Name", "Name\nJane", "1,2\n3,4", "Name,DOB\nJane", "Name,DOB\n\nJane 1950", "a" * 50 + ",b\n1,2"],
)
def test_other_lines_are_no_tables(text: str) -> None:
    """Without a heading line and lines like it there are no cells."""
    assert read(text) == []


def test_only_the_wanted_columns_are_given() -> None:
    """A column is asked for by its heading, and its cells come in order."""
    text = "Name,DOB\nJane,1950\nJohn,1951"
    assert [text[start:end] for start, end in cells(text, "DOB".__eq__)] == ["1950", "1951"]


def test_a_line_of_too_many_fields_is_no_table_s() -> None:
    """A line of a thousand fields neither heads a table nor belongs to one."""
    assert tables("a," * 1000 + "\n" + "b," * 1000) == ()
