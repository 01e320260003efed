"""The modulus check of UK bank accounts (Vocalink, "Validating account numbers").

Whether an account number can exist at a sort code is said by a table that Vocalink licenses and that is
never shipped. An operator who has it names the file: lines of `valacdos.txt`, and after them, if wanted,
those of `scsubtab.txt` (two sort codes a line).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

Digits = Sequence[int]
"""Fourteen digits: u to z of the sort code, a to h of the account number."""
A, B, C, G, H = 6, 7, 8, 12, 13
"""Places of the account number's digits that exceptions speak of."""

_SORT_CODE_OF_8 = "090126"
_SORT_CODE_OF_9 = "309634"
_WEIGHTS_OF_2 = (0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1)
_WEIGHTS_OF_2_WITH_9 = (0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 10, 9, 3, 1)
_ONE_CHECK_IS_ENOUGH = frozenset({(2, 9), (10, 11), (12, 13)})
"""Exceptions of a first and a second row of which either may pass."""
_METHODS: dict[str, tuple[int, Callable[[int], int]]] = {
    "MOD10": (10, lambda product: product),
    "MOD11": (11, lambda product: product),
    "DBLAL": (10, lambda product: sum(map(int, str(product)))),
}
"""Modulus of each method, and what each product counts."""


class Row(msgspec.Struct, frozen=True):
    """One line of the table: how the accounts of a range of sort codes are checked."""

    first: str
    last: str
    method: str
    weights: tuple[int, ...]
    exception: int = 0


class Table(msgspec.Struct, frozen=True):
    rows: tuple[Row, ...]
    substitutes: dict[str, str]
    """Sort codes that are checked as if they were another (exception 5)."""

    def could_exist(self, sort_code: str, account: str) -> bool:
        """Whether there can be such an account; True when the table does not know the sort code.

        `sort_code` has six digits and `account` eight.
        """
        rows = [row for row in self.rows if row.first <= sort_code <= row.last]
        if not rows or (any(row.exception == 6 for row in rows) and _is_foreign(account)):
            return True
        passed = (self._passes(row, second, sort_code, account) for second, row in enumerate(rows))
        enough = any if tuple(row.exception for row in rows) in _ONE_CHECK_IS_ENOUGH else all
        return enough(passed)

    def _passes(self, row: Row, second: int, sort_code: str, account: str) -> bool:
        if row.exception == 5:
            sort_code = self.substitutes.get(sort_code, sort_code)
        digits = _digits({8: _SORT_CODE_OF_8, 9: _SORT_CODE_OF_9}.get(row.exception, sort_code), account)
        if row.exception == 3 and second and digits[C] in (6, 9):
            return True
        if _is_right(row, digits):
            return True
        again = row.exception == 14 and digits[H] in (0, 1, 9)
        return again and _is_right(row, _digits(sort_code, f"0{account[:7]}"))


def read(path: Path) -> Table:
    """The table in the file at `path`. Raises OSError, and ValueError that names a line of another form."""
    rows, substitutes = [], {}
    for number, line in enumerate(path.read_text(encoding="ascii", errors="replace").splitlines(), start=1):
        fields = line.split()
        if not _is_form(fields):
            raise ValueError(f"{path}:{number}: neither a line of valacdos.txt nor one of scsubtab.txt")
        if len(fields) == 2:
            substitutes[fields[0]] = fields[1]
        elif fields:
            weights = tuple(map(int, fields[3:17]))
            rows.append(Row(fields[0], fields[1], fields[2], weights, int(fields[17]) if fields[17:] else 0))
    return Table(tuple(rows), substitutes)


def _is_form(fields: list[str]) -> bool:
    if not fields:
        return True
    if len(fields) not in (2, 17, 18) or not all(len(code) == 6 and code.isdigit() for code in fields[:2]):
        return False
    return len(fields) == 2 or (
        fields[2] in _METHODS and all(field.removeprefix("-").isdigit() for field in fields[3:])
    )


def _digits(sort_code: str, account: str) -> Digits:
    return tuple(map(int, sort_code + account))


def _is_foreign(account: str) -> bool:
    """Whether exception 6 takes the account for one in foreign currency, which is not checked."""
    return account[0] in "45678" and account[6] == account[7]


def _is_right(row: Row, digits: Digits) -> bool:
    modulus, counts = _METHODS[row.method]
    products = (digit * weight for digit, weight in zip(digits, _weights(row, digits), strict=True))
    rest = (sum(map(counts, products)) + (27 if row.exception == 1 else 0)) % modulus
    if row.exception == 4:
        return rest == 10 * digits[G] + digits[H]
    if row.exception == 5:
        return rest != 1 and -rest % 11 == digits[G] if modulus == 11 else -rest % 10 == digits[H]
    return rest == 0


def _weights(row: Row, digits: Digits) -> Sequence[int]:
    """The row's weights, as its exception changes them for these digits."""
    if row.exception == 2 and digits[A] != 0:
        return _WEIGHTS_OF_2_WITH_9 if digits[G] == 9 else _WEIGHTS_OF_2
    unmarked = row.exception in (10, 11) and (digits[A], digits[B]) not in ((0, 9), (9, 9))
    if row.exception in (7, 10, 11) and digits[G] == 9 and not unmarked:
        return (*[0] * (B + 1), *row.weights[C:])
    return row.weights
