"""Numbers with a check digit, as people write them, and others that pass the same checks. All are drawn.

Health numbers come from 999 000 0000 to 999 999 9999, which are never issued.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable

from stdnum import iban as ibans
from stdnum import luhn
from stdnum.gb import nhs as mod11

Draw = Callable[[random.Random], str]

_JOINTS = (" ",) * 7 + ("-", ".", "\u00a0", "\u2011", "\u2013", "\u2009")
_LINE_BREAKS = ("\n", "\n> ")
_DIGITS = ("０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩")


def nhs(rng: random.Random) -> str:
    """Now and then broken over two lines, as mail wraps and quotes it."""
    digits = _passing(rng, "999")
    if rng.random() < 0.06:
        return rng.choice(_LINE_BREAKS).join((digits[:3], f"{digits[3:6]} {digits[6:]}"))
    return _grouped(rng, digits, (3, 3, 4))


def nhs_in_row(rng: random.Random) -> str:
    """As a table holds it."""
    digits = _passing(rng, "999")
    return rng.choice((digits, digits, f"{digits[:3]} {digits[3:6]} {digits[6:]}"))


def mistyped_nhs(rng: random.Random) -> str:
    """Ten digits in the usual groups that fail the check."""
    digits = _passing(rng, "999")
    wrong = digits[:-1] + str((int(digits[-1]) + rng.randint(1, 9)) % 10)
    return f"{wrong[:3]} {wrong[3:6]} {wrong[6:]}"


def ten(rng: random.Random) -> str:
    """A number of something else that passes the check of health numbers."""
    return _passing(rng, rng.choice(("4", "6", "70", "71", "9")))


def ten_grouped(rng: random.Random) -> str:
    digits = ten(rng)
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def isbn(rng: random.Random) -> str:
    """An ISBN-10, whose check is that of health numbers."""
    return _passing(rng, rng.choice(("0", "1")))


def card(rng: random.Random) -> str:
    """A number that passes Luhn's check in a range of Visa, Mastercard (both) or American Express."""
    if rng.random() < 0.12:
        digits = _with_luhn(rng, rng.choice(("34", "37")), 15)
        return _grouped(rng, digits, (4, 6, 5))
    head = rng.choice(("4", "4", str(rng.randint(51, 55)), str(rng.randint(2221, 2720))))
    return _grouped(rng, _with_luhn(rng, head, 16), (4, 4, 4, 4))


def sixteen(rng: random.Random) -> str:
    """A tracking or serial number that passes Luhn's check outside of every scheme's range."""
    return _with_luhn(rng, rng.choice("0179"), 16)


def iban(rng: random.Random) -> str:
    country, bank, count = rng.choice(
        (("GB", "ABCD", 14), ("GB", "WXYZ", 14), ("DE", "", 18), ("IE", "ABCD", 14))
    )
    body = bank + _figures(rng, count)
    number = country + ibans.calc_check_digits(f"{country}00{body}") + body
    return number if rng.random() < 0.35 else str(ibans.format(number))


def _figures(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def _passing(rng: random.Random, head: str) -> str:
    """Ten digits that begin with `head` and pass the check of health numbers."""
    while True:
        digits = head + _figures(rng, 10 - len(head))
        if mod11.is_valid(digits):
            return digits


def _with_luhn(rng: random.Random, head: str, length: int) -> str:
    stem = head + _figures(rng, length - 1 - len(head))
    return stem + str(luhn.calc_check_digit(stem))


def _grouped(rng: random.Random, digits: str, shape: tuple[int, ...]) -> str:
    """The digits together, in groups, one by one, or in those of another script."""
    draw = rng.random()
    if draw < 0.26:
        return digits
    if draw < 0.29:
        return digits.translate(str.maketrans(string.digits, rng.choice(_DIGITS)))
    if draw < 0.31:
        return " ".join(digits)
    groups, at = [], 0
    for length in shape:
        groups.append(digits[at : at + length])
        at += length
    return rng.choice(_JOINTS).join(groups)


DRAWN: dict[str, tuple[str, Draw]] = {
    "nhs": ("NHS_NUMBER", nhs),
    "nhs.row": ("NHS_NUMBER", nhs_in_row),
    "card": ("CREDIT_CARD", card),
    "iban": ("IBAN", iban),
    "mistyped": ("", mistyped_nhs),
    "ten": ("", ten),
    "ten.grouped": ("", ten_grouped),
    "sixteen": ("", sixteen),
    "isbn": ("", isbn),
}
"""What a slot of a template yields, and its label; "" for what is none of what is looked for."""
