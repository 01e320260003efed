"""The modulus check, by a small table of our own in the form of Vocalink's: its sort codes are nobody's."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.modulus import Table, read

NONE = "0 0 0 0 0 0"
TABLE = f"""
000100 000199 MOD10 {NONE} 7 1 3 7 1 3 7 1
000200 000200 MOD11 {NONE} 8 7 6 5 4 3 2 1
000300 000300 DBLAL {NONE} 2 1 2 1 2 1 2 1
000301 000301 DBLAL {NONE} 2 1 2 1 2 1 2 1 1
000320 000320 MOD11 {NONE} 8 7 6 5 4 3 2 1 2
000320 000320 MOD11 {NONE} 8 7 6 5 4 3 2 1 9
000330 000330 MOD10 {NONE} 1 1 1 1 1 1 1 1
000330 000330 DBLAL {NONE} 2 1 2 1 2 1 2 1 3
000340 000340 MOD11 {NONE} 8 7 6 5 4 3 0 0 4
000350 000350 MOD11 1 1 1 1 1 1 8 7 6 5 4 3 0 0 5
000350 000350 DBLAL {NONE} 2 1 2 1 2 1 2 0 5
000360 000360 MOD10 {NONE} 1 1 1 1 1 1 1 1 6
000370 000370 MOD10 9 9 9 9 9 9 9 9 1 1 1 1 1 1 7
000380 000380 MOD10 1 1 1 1 1 1 1 1 1 1 1 1 1 1 8
000400 000400 MOD10 1 1 1 1 1 1 9 9 1 1 1 1 1 1 10
000400 000400 DBLAL {NONE} 2 1 2 1 2 1 2 1 11
000420 000420 MOD11 {NONE} 8 7 6 5 4 3 2 1 12
000420 000420 MOD10 {NONE} 1 1 1 1 1 1 1 1 13
000440 000440 MOD10 {NONE} 1 2 3 4 5 6 7 8 14
309070 309070 MOD11 {NONE} 8 7 6 5 4 3 2 1 2
309070 309070 MOD11 1 1 1 1 1 1 8 7 6 5 4 3 2 1 9
000350 000360
"""


@pytest.fixture
def table(tmp_path: Path) -> Table:
    file = tmp_path / "table.txt"
    file.write_text(TABLE, encoding="ascii")
    return read(file)


@pytest.mark.parametrize(
    ("sort_code", "account", "exists"),
    [
        ("000150", "10000003", True),  # 7 + 3
        ("000150", "10000004", False),
        ("000200", "00000091", False),  # 18 + 1 = 19
        ("000200", "00000042", False),  # 8 + 2 = 10
        ("000200", "00000051", True),  # 10 + 1 = 11
        ("000300", "50000009", True),  # 10 counts 1, and 9
        ("000300", "50000000", False),
        ("000301", "00000003", True),  # 3 + 27
        ("000301", "00000000", False),
        ("999999", "12345678", True),  # the table does not know it
    ],
)
def test_the_three_methods(table: Table, sort_code: str, account: str, exists: bool) -> None:
    """Weighted sums modulo 10 and 11, and of digits; exception 1 adds 27."""
    assert table.could_exist(sort_code, account) is exists


@pytest.mark.parametrize(
    ("sort_code", "account", "exists"),
    [
        ("000320", "00000051", True),  # 2: no digit a, the row's own weights
        ("000330", "00600004", True),  # 3: c is 6, one check will do
        ("000330", "00500005", False),  # 3: else both
        ("000340", "00000003", False),  # 4: the rest must be 03
        ("000340", "00000103", True),  # 4: 3 is 03
        ("000350", "00000026", True),  # 5: as 000360; 11 - 9 is g, 10 - 4 is h
        ("000350", "00000036", False),
        ("000350", "00000027", False),
        ("000360", "40000011", True),  # 6: in foreign currency
        ("000360", "40000012", False),
        ("000370", "99000091", True),  # 7: g is 9, so only c to h count
        ("000370", "99000081", False),
        ("000380", "00000002", True),  # 8: as 090126, which sums to 18
        ("000380", "00000000", False),
        ("000400", "99000091", True),  # 10: ab is 99 and g is 9
        ("000400", "00000093", False),
        ("309070", "12345677", True),  # 2: a is not 0, and published: Vocalink's weights, not the row's
        ("309070", "12345678", False),
        ("309070", "99345694", True),  # 2: a is not 0, g is 9, and published
        ("309070", "99345693", False),
        ("309070", "00000024", True),  # 2 & 9: the second as 309634, which sums to 25
        ("309070", "00000025", False),
        ("000420", "00000051", True),  # 12: the first is enough
        ("000420", "00000055", True),  # 13: so is the second
        ("000420", "00000052", False),
        ("000440", "00000500", True),  # 14: at once
        ("000440", "50000000", True),  # 14: as 05000000
        ("000440", "50000002", False),  # 14: only where h is 0, 1 or 9
    ],
)
def test_the_exceptions(table: Table, sort_code: str, account: str, exists: bool) -> None:
    """Each numbered exception changes sort code, weights, or what has to pass."""
    assert table.could_exist(sort_code, account) is exists


@pytest.mark.parametrize(
    "line", ["000100", "000100 000199 MOD12 " + "1 " * 14, "000100 000199 MOD10 1 2", "a b"]
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, line: str) -> None:
    """The error names file and line."""
    file = tmp_path / "table.txt"
    file.write_text(f"\n{line}\n", encoding="ascii")
    with pytest.raises(ValueError, match=r"table\.txt:2"):
        read(file)
