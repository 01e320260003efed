"""Payment card numbers (PAN): ISO/IEC 7812, Luhn check, ranges of the schemes in use in 2026."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import luhn

from detectors.digits import Number, numbers
from detectors.findings import Finding

PUBLISHED_TESTS = frozenset(
    {
        "4111111111111111", "4242424242424242", "4012888888881881", "4222222222222", "4000056655665556",
        "5555555555554444", "5105105105105100", "5200828282828210", "5454545454545454", "2223003122003222",
        "2223000048400011", "2222420000001113", "378282246310005", "371449635398431", "378734493671000",
        "6011111111111117", "6011000990139424", "30569309025904", "38520000023237", "3530111333300000",
        "3566002020360505", "6759649826438453", "6200000000000005",
    }
)  # fmt: skip
"""Numbers that schemes and payment services print in their documentation. They pay for nothing."""

_MAESTRO = {16, 18, 19}
_LENGTHS_BY_RANGE = (
    ("2221", "2720", {16}),
    ("300", "305", {14}), ("309", "309", {14}), ("34", "34", {15}), ("3528", "3589", {16}),
    ("36", "36", {14}), ("37", "37", {15}), ("38", "39", {14}),
    ("4", "4", {13, 16, 19}),
    ("51", "55", {16}), ("5018", "5018", _MAESTRO), ("5020", "5020", _MAESTRO), ("5038", "5038", _MAESTRO),
    ("5893", "5893", _MAESTRO),
    ("6011", "6011", {16, 19}), ("62", "62", {16, 17, 18, 19}), ("6304", "6304", _MAESTRO),
    ("644", "649", {16, 19}), ("65", "65", {16, 19}), ("6759", "6759", _MAESTRO), ("6761", "6763", _MAESTRO),
    ("676770", "676770", _MAESTRO), ("676774", "676774", _MAESTRO),
)  # fmt: skip
"""First and last issuer prefix of a scheme's range, and how many digits its numbers have."""
_RANGES = {digit: [row for row in _LENGTHS_BY_RANGE if row[0][0] == digit] for digit in "23456"}
LENGTHS = frozenset({13, 14, 15, 16, 17, 18, 19})
_USUAL_SHAPES = {
    (13,), (14,), (15,), (16,), (17,), (18,), (19,), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3),
    (4, 4, 5), (4, 3, 3, 3), (6, 4, 4), (8, 8), (6, 13), (4, 4, 4, 6), (4, 4, 4, 3), (4, 4, 4, 2),
}  # fmt: skip
_CONTEXT = re.compile(
    r"(?<![a-z])(?:card|cards|visa|master\s?card|amex|american express|maestro|discover|diners|debit|credit|"
    r"pan|cvv2?|cvc2?|csc|exp(?:iry|ires?)?|valid (?:to|thru|from)|payment|pay|paid|long number)(?![a-z])",
    re.IGNORECASE,
)
_OTHER_LABEL = re.compile(
    r"(?<![a-z])(?:imei|iccid|sim|serial|tracking|track|consignment|parcel|barcode|ean|gtin|sscc|snomed|sctid|"
    r"concept|mpan|order|invoice|ref|reference|meter|licen[cs]e|asset|document|id|uuid|ticket|barcode|job|"
    r"case|batch|hash|build|epc|urn)\b[^\n]{0,24}$",
    re.IGNORECASE,
)


def find(text: str) -> Iterator[Finding]:
    """Full card numbers in normalised `text`, with any separator between any groups."""
    covered = -1
    for number in numbers(text, LENGTHS):
        if number.start < covered or not is_pan(number.digits):
            continue
        score, why = _weigh(text, number)
        if score:
            covered = number.end
            yield Finding("CREDIT_CARD", number.start, number.end, score, why)


def is_pan(digits: str) -> bool:
    """Whether `digits` is a number that a card could carry: range, length, Luhn, no published test."""
    if digits in PUBLISHED_TESTS:
        return False
    ranges = _RANGES.get(digits[0], ())
    in_range = any(
        len(digits) in lengths and low <= digits[: len(low)] <= high for low, high, lengths in ranges
    )
    return in_range and bool(luhn.is_valid(digits))


def _weigh(text: str, number: Number) -> tuple[float, str]:
    before = text[max(0, number.start - 80) : number.start]
    named = _CONTEXT.search(before)
    if _OTHER_LABEL.search(before) and not named:
        return 0.0, ""
    in_context = named or _CONTEXT.search(text[number.end : number.end + 60])
    if in_context and (number.shape in _USUAL_SHAPES or set(number.shape) == {1}):
        return 0.99, "card number with a valid check digit in a scheme's range, with payment words around"
    if _is_part_of_more(text, number):
        return 0.0, ""
    if number.shape in {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4)}:
        return 0.95, "number grouped like a card, with a valid check digit in a scheme's range"
    if in_context or number.shape == (len(number.digits),):
        return 0.8, "card number with a valid check digit in a scheme's range"
    return 0.0, ""


def _is_part_of_more(text: str, number: Number) -> bool:
    """Whether letters, digits or a decimal point join the number to something longer."""
    return bool(
        re.search(r"[A-Za-z0-9][-_.]?$|[&=/]$|[0-9]{4}[ -]$", text[max(0, number.start - 5) : number.start])
        or re.match(r"[-_.]?[A-Za-z0-9]|\s{1,4}[0-9]{4}(?![0-9])", text[number.end : number.end + 9])
    )
