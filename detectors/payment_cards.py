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
        "4000000000000002", "4000000000009995", "4000000000009987", "4000000000009979", "4000000000000069",
        "4000000000000127", "4000000000000119", "4000002500003155", "4000002760003184", "4000003800000446",
        "4000008260003178", "4000008260000000", "4000058260000005", "4000000000003220", "4000000000000341",
        "4000000000000259", "4000000000000077", "4005519200000004", "4009348888881881", "4012000033330026",
        "4012000077777777", "4217651111111119", "4500600000000061", "4111111145551142", "4988438843884305",
        "4166676667666746", "4646464646464644", "4444333322221111", "4911830000000", "4917610000000000",
        "4917300800000000", "4462030000000000", "4484070000000000", "4929000000006", "4929000005559",
        "4929000000014", "4462000000000003", "4917300000000008", "4007000000027", "4012888818888",
        "4988080000000000", "4000620000000007", "4151500000000008", "4571000000000001", "5555555555554444",
        "5105105105105100", "5200828282828210", "5454545454545454", "5577000055770004", "5555444433331111",
        "5136333333333335", "5585558555855583", "5555341244441115", "5101180000000007", "5100290029002909",
        "5404000000000001", "5404000000000043", "5404000000000084", "5404000000000068", "5424000000000015",
        "2223003122003222", "2223000048400011", "2222420000001113", "2222410740360010", "2222400070000005",
        "2223000010309703", "2223000010309711", "2223520043560014", "2222400010000008", "378282246310005",
        "371449635398431", "378734493671000", "370000000000002", "343434343434343", "374200000000004",
        "374245455400126", "6011111111111117", "6011000990139424", "6011981111111113", "6011601160116611",
        "6445644564456445", "6011000000000012", "6011000000000004", "6555900000604105", "30569309025904",
        "38520000023237", "36227206271667", "36006666333344", "36700102000000", "36148900647913",
        "36259600000004", "38000000000006", "36000000000008", "3530111333300000", "3566002020360505",
        "3566111111111113", "3569990010095841", "3569990000000009", "6759649826438453", "6304000000000000",
        "6200000000000005", "6200000000000047", "6205500000000000004", "6250947000000014", "6243030000000001",
    }
)  # fmt: skip
"""Numbers that schemes and payment services print in their documentation. They pay for nothing."""

_MAESTRO = {12, 13, 16, 18, 19}
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
LENGTHS = frozenset({12, 13, 14, 15, 16, 17, 18, 19})
_USUAL_SHAPES = {
    (12,), (13,), (14,), (15,), (16,), (17,), (18,), (19,), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4),
    (4, 4, 4, 4, 3), (4, 4, 4), (4, 4, 5), (4, 3, 3, 3), (6, 4, 4), (8, 8), (6, 13),
    (4, 4, 4, 6), (4, 4, 4, 3), (4, 4, 4, 2),
}  # fmt: skip
_CARD_WORDS = re.compile(
    r"(?<![a-z])(?:card|cards|visa|master\s?card|amex|american express|maestro|discover|diners|debit|credit|"
    r"pan|cvv2?|cvc2?|csc|exp(?:iry|ires?)?|valid (?:to|thru|from)|long number)(?![a-z])",
    re.IGNORECASE,
)
_MONEY_WORDS = re.compile(r"(?<![a-z])(?:payments?|pay|paid|charge|deposit|refund)(?![a-z])", re.IGNORECASE)
LONGEST_LINE = 40
"""Characters of a line that holds nothing but a number."""
USUAL = 16
"""Digits; schemes allow more, and hardly any card has them: keys of programs have."""
_OTHER_LABEL = re.compile(
    r"(?<![a-z])(?:imei|iccid|sim|serial|tracking|track|consignment|parcel|barcode|ean|gtin|sscc|snomed|sctid|"
    r"concept|mpan|order|invoice|ref|reference|meter|licen[cs]e|asset|document|id|uuid|ticket|job|case|batch|"
    r"hash|build|epc|urn|code|voucher|coupon|membership|booking|policy|receipt|transaction|txn|docket|sku|"
    r"certificate|shipment|waybill|awb|key)(?![a-z])"
    r"(?:[^\n]{0,24}|[^\n0-9]{0,24}\n[^\n0-9]{0,4})\Z",
    re.IGNORECASE,
)
_RIGHT_BEFORE = re.compile(
    r"[a-z]+(?:[ .:#-]{1,3}(?:no|num|number|ref|reference|id|is))*[\s.:#-]{0,6}", re.IGNORECASE
)
"""From a label to the number that it names, with nothing else between."""
_MONTH_AND_YEAR = r"(?:0?[1-9]|1[0-2])[ ]?[-/.][ ]?(?:20)?[2-4][0-9](?![0-9]|[-/.][0-9])"
_EXPIRES_AFTER = re.compile(
    r"[\s,;:|/()\[\]-]{1,8}(?:(?:exp[a-z]{0,8}|ends?|valid|to)\b[\s:.-]{0,3}){0,3}"
    rf"(?:{_MONTH_AND_YEAR}|(?:0[1-9]|1[0-2])[ ]?[2-4][0-9](?![ -]?[0-9]{{4}}|[0-9]))",
    re.IGNORECASE,
)
_EXPIRES_BEFORE = re.compile(rf"(?<![0-9/.-]){_MONTH_AND_YEAR}[\s,;:|/()\[\]-]{{1,8}}\Z")
_GOES_BEFORE = re.compile(r"[A-Za-z0-9][-_.]?\Z|[&=/]\Z|(?<![0-9/.-])[0-9]{4}[ -]\Z")
_TRACK = re.compile(r"\^[A-Z][A-Z /.'-]{1,25}\^[0-9]{4}")
"""Behind a number on the first track of a magnetic stripe, before which "%B" stands (ISO/IEC 7813)."""
_ON_A_STRIPE = 0.99, "card number with a valid check digit, as a magnetic stripe has it"
_GOES_ON = re.compile(r"[-_.]?[A-Za-z0-9]|[ -]{1,4}[0-9]{4}(?![0-9])")


def find(text: str) -> Iterator[Finding]:
    """Full card numbers in normalised `text`, with any separator between any groups."""
    covered = -1
    for number in numbers(text, LENGTHS, "23456"):
        if number.start < covered or not is_pan(number.digits):
            continue
        score, why = _ON_A_STRIPE if _is_on_a_stripe(text, number) else _weigh(text, number)
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


def _is_on_a_stripe(text: str, number: Number) -> bool:
    return text.endswith("%B", 0, number.start) and _TRACK.match(text, number.end) is not None


def _weigh(text: str, number: Number) -> tuple[float, str]:
    before = text[max(0, number.start - 80) : number.start]
    after = text[number.end : number.end + 60]
    expires = _EXPIRES_AFTER.match(after) or _EXPIRES_BEFORE.search(before)
    grouped = number.shape in {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4)}
    if number.shape[:3] == (2, 2, 2) or (not expires and _is_something_else(before, grouped=grouped)):
        return 0.0, ""
    around = before + "\n" + after
    in_context = expires or _CARD_WORDS.search(around) or _MONEY_WORDS.search(around)
    if in_context and (number.shape in _USUAL_SHAPES or set(number.shape) == {1}):
        return 0.99, "card number with a valid check digit in a scheme's range, with payment words around"
    if _is_part_of_more(text, number) or _is_listed_with_others(text, number):
        return 0.0, ""
    if grouped:
        return 0.95, "number grouped like a card, with a valid check digit in a scheme's range"
    if in_context or (number.shape == (len(number.digits),) and len(number.digits) <= USUAL):
        return 0.8, "card number with a valid check digit in a scheme's range"
    return 0.0, ""


def _is_something_else(before: str, *, grouped: bool) -> bool:
    """Whether a label in front names another kind of number, and its sentence speaks of no card or money.

    What is `grouped` like a card is one unless the label stands right before it.
    """
    label = _OTHER_LABEL.search(before)
    if not label or (grouped and not _RIGHT_BEFORE.fullmatch(before, label.start())):
        return False
    if _CARD_WORDS.search(before, before.rfind(". ", 0, label.start()) + 1):
        return False
    return not _MONEY_WORDS.search(before, label.start())


def _is_listed_with_others(text: str, number: Number) -> bool:
    """Whether the line above or below holds as many digits that are no card's, as lists of parcels do."""
    above, below = text.rfind("\n", 0, number.start), text.find("\n", number.end)
    lines = [text[text.rfind("\n", 0, max(0, above)) + 1 : max(0, above)]]
    if below >= 0:
        lines.append(text[below + 1 :].partition("\n")[0])
    digits = [re.sub("[ -]", "", line[:LONGEST_LINE]).strip() for line in lines]
    return any(len(each) == len(number.digits) and each.isdigit() and not is_pan(each) for each in digits)


def _is_part_of_more(text: str, number: Number) -> bool:
    """Whether letters, digits or a decimal point join the number to something longer."""
    return bool(
        _GOES_BEFORE.search(text, max(0, number.start - 6), number.start)
        or _GOES_ON.match(text, number.end, number.end + 9)
    )
