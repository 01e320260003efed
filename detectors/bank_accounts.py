"""UK sort codes with account numbers, and IBANs.

A sort code is six digits, an account number eight (Vocalink, Validating account numbers); neither
has a check digit that may be shipped, so the pair counts only with banking words around it. Who has
the licensed table (detectors.modulus) gets by it rid of pairs that no label names and that cannot be
an account; one that is labelled counts as it stands, for it was meant to be somebody's. An IBAN
proves itself by its country's structure and modulus 97 (ISO 13616).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import islice

from stdnum import iban

from detectors.digits import Number, numbers
from detectors.findings import Finding
from detectors.tables import cells, is_within

SIX, EIGHT = frozenset({6}), frozenset({8})
"""Digits of a sort code and of an account number."""
REACH = 90
"""Characters that may lie between a sort code and its account number."""
LONGEST = 40
"""Characters of an account number, however it is written."""

_BANKS = (
    r"barclays|lloyds|hsbc|natwest|santander|nationwide|monzo|starling|halifax|tsb|rbs|metro bank|"
    r"co-?op(?:erative)? bank|revolut|tide|first direct|virgin money|clydesdale|ulster bank|danske bank|"
    r"bank of scotland|coutts|handelsbanken|triodos|unity trust|caf bank|cater allen|allied irish|"
    r"yorkshire bank"
)
"""Whom people in the United Kingdom bank with."""
_AMOUNT_AFTER = re.compile(r"[\"',;|\t ]{1,4}(?:£ ?[0-9]|[0-9]{1,7}\.[0-9]{2}(?![0-9]))")
"""Behind a pair, as in rows of a list of payments."""
_BANK_WORDS = re.compile(
    rf"(?<![a-z])(?:{_BANKS}|mileage|expenses|overpayments?)(?![a-z])|"
    r"(?<![a-z])(?:sort\s{0,2}-?code|sort|s/c|a/c|acc(?:oun)?ts?|acct?s?|(?<!blood )bank|banking|bacs|chaps|"
    r"faster payments?|"
    r"pay|payee|payable|payments?|paid|refund(?:ed|s)?|reimburse(?:d|ment)?|remit\w*|salary|wages|transfers?|"
    r"direct debit|building society|beneficiary|donat\w+|contributions?|collection|present|owed?)(?![a-z])",
    re.IGNORECASE,
)
_PAYING = re.compile(
    r"(?<![a-z])(?:bank(?: (?:details|acc(?:oun)?t|transfer))?|"
    r"(?:bacs|faster payments?|transfers?)(?: it)?(?: (?:to|into))?|"
    r"£[0-9.,]{1,9} (?:each |please )?(?:to|for) [a-z'-]{2,20}(?: [a-z'-]{2,20}){0,3}[ ]?[-:,]|"
    r"(?:pa(?:y|ys|id|yable|yments?)|go|goes|taken|debited)(?: £?[0-9][0-9.,]{0,9})? (?:to|from|into)|"
    r"(?:new|old|our|my|her|his|their|main|current|savings|trust|practice|business) (?:bank )?account|"
    r"(?:bank|account|a/c)(?: now|,? which)? is|"
    r"(?:new|bank|payment|account|my|our|your|her|his|their) details"
    r"(?:[^.\d\n]{0,24} (?:are|is|now))?|bank (?:it |this |them )?(?:to|into|with)|"
    rf"{_BANKS}|"
    r"(?:pay|payee|standing order|direct debit|dd|"
    r"donations?|contributions?|collection|deposit|money|rent|fees?)(?![a-z])"
    r"(?:(?!ref|inv|order|receipt)[^.\d\n]){0,40})"
    r"[^\w\n]{0,4}(?:\n[ \t>|*]{0,8})?$",
    re.IGNORECASE,
)
"""Directly before a pair: it is one, even where its sort code could be a date."""
_SORT_LABEL = re.compile(
    r"(?<![a-z])(?:s[ort]{2,4}e?[ _-]{0,2}co?de?|sort|s/c(?:ode)?|s\.c\.|sc(?![0-9]))(?![a-z])"
    r"(?: ?\([0-9] digits\))?[^\d\n]{0,20}\n?[^\d\n]{0,6}$",
    re.IGNORECASE,
)
_JOINED_LABEL = re.compile(r"(?<![A-Za-z])(?:SC|sc)$")
"""Right before a sort code: "SC10-20-30"."""
_OF_A_LEDGER = re.compile(
    r"(?<![a-z])(?<!our )(?:supplier|customer|client|user|utility|ledger|trade|credit|portal) "
    r"a(?:/c|cc?(?:oun)?t?s?)(?![a-z])[^\d\n]{0,24}$",
    re.IGNORECASE,
)
"""Before the number under which a supplier or customer is kept: no bank's."""
_ACCOUNT_SHAPES = frozenset(
    {(8,), (4, 4), (1,) * 8, (2, 2, 2, 2), (2, 2, 4), (4, 2, 2), (3, 5), (2, 6), (2, 3, 3), (3, 2, 3)}
)
"""Groups of digits in which an account number is written."""
_CODE_SHAPES = frozenset({(6,), (2, 2, 2), (1,) * 6})
"""The same of a sort code."""
_GAPS_OF_SIX = 5
"""Between the digits of a sort code that stand one by one."""
_DIALLED = re.compile(r"(?:(?<![0-9])\(?0[0-9]{2,4}\)?|(?:\+|(?<![0-9])00)44 ?(?:\(0\) ?)?[0-9]{2,4})[ .-]?$")
"""Before the rest of a telephone number."""
_ACCOUNT_LABEL = re.compile(
    r"(?<![a-z0-9])(?:a/c|acc?(?:o?u?n?t)?s?)(?![a-z])(?: (?:number|no\.?))?(?: ?\([0-9] digits\))?"
    r"[^\d\n]{0,24}\n?[^\d\n]{0,6}$",
    re.IGNORECASE,
)
_HOLDER_AFTER = re.compile(
    r"[ ,;(]{1,3}(?:a/c|acct?|account) (?:name|holder|in the name)(?![a-z])", re.IGNORECASE
)
_OTHER_LABEL = re.compile(
    r"(?<![a-z])(?:invoice|order|po|ticket|tel|phone|telephone|call|ring|dial|batch|lot|part|sku|barcode|"
    r"fax|mobile|job|docket|asset|serial|list|"
    r"dob|birth|nhs|hospital|mrn|patient|user|member|payroll|works|customer|employee|reg|registration|charity|company|"
    r"ref|reference|meter|policy|quote|claim|number is|build|version|cost (?:centre|code)|budget|"
    r"ledger)\b[^\d\n]{0,12}$",
    re.IGNORECASE,
)
_BOOKED = re.compile(
    r"(?<![a-z])cost (?:centre|code|group)(?: (?:number|no\.?|is))?[ :#=]{1,3}$", re.IGNORECASE
)
"""Before what finance teams book by."""
_SORT_HEADING = re.compile(r"(?<![a-z])(?:sort[ _-]?(?:code)?|s/c|sc)(?![a-z])", re.IGNORECASE)
_ACCOUNT_HEADING = re.compile(
    r"(?<![a-z])(?:a/c|acct?|account)(?! ?(?:name|holder|type))(?![a-z])", re.IGNORECASE
)
_PAIRED = re.compile(
    r"(?:[ ]?[/,;|&+]?|[ ]-(?=[ ]))[ ]{0,3}(?:\n[ \t>|*]{0,8})?"
    r"(?:(?:and|then|with|number|no\.?|account|acct?\.?|a/c)(?: (?:number|no\.?))?[: ]{1,2})?"
)
"""Between a sort code and an account number that are written as one."""
_BRACKETED = re.compile(r"[ ]?\([0-9 ./-]{6,10}\)")
"""A sort code in brackets behind its account number."""
_CODE_BEFORE = re.compile(
    rf"(?<![0-9])[0-9]{{2}}([-/. ]?)[0-9]{{2}}\1[0-9]{{2}}(?<!\s)(?:{_PAIRED.pattern})$", re.IGNORECASE
)
_NINO_BEGINS = re.compile(r"(?<![A-Za-z])[A-Za-z]{2}[ -]$")
_NINO_ENDS = re.compile(r"[ -]?[A-Da-d](?![A-Za-z])")
_DATE_LABEL = re.compile(r"(?<![a-z])(?:dates?|dated|due|on|from|until|to|by)\b[^\d\n]{0,6}$", re.IGNORECASE)
_IBAN_START = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z]{2}|[A-Z]{2} )[0-9]{2}(?=[ \t]{0,3}[-._'/=]?[ \t]{0,3}\n?[A-Za-z0-9]{2})"
)
_ALNUM = re.compile(r"[A-Za-z0-9]+")
_IBAN_GAP = re.compile(r"[ \t]{0,3}[-._'/]?[ \t]{0,3}|[ \t]{0,3}[-=]?[ \t]{0,3}\n[ \t]{0,8}")

CouldExist = Callable[[str, str], bool]
"""Whether there can be an account of this number at this sort code, both in plain digits."""


def find(text: str, could_exist: CouldExist | None = None) -> Iterator[Finding]:
    """Sort codes and account numbers that stand together in normalised `text`, one finding each."""
    for code, account in _in_tables(text):
        yield from _both(code, account, 0.95, "a sort code and an account number in columns headed so")
    for code, account, why in _side_by_side(text, could_exist):
        labelled = _SORT_LABEL.search(text, max(0, code.start - 30), code.start)
        yield from _both(code, account, 0.95 if labelled else 0.8, why)


def _both(code: Number, account: Number, score: float, why: str) -> Iterator[Finding]:
    yield Finding("UK_BANK_ACCOUNT", code.start, code.end, score, why)
    yield Finding("UK_BANK_ACCOUNT", account.start, account.end, score, why)


def _side_by_side(text: str, could_exist: CouldExist | None) -> Iterator[tuple[Number, Number, str]]:
    """Pairs in running text; to an account with a labelled sort code no other code belongs."""
    accounts = [number for number in numbers(text, EIGHT) if _is_account(text, number)]
    if not accounts:
        return
    codes = [code for code in numbers(text, SIX) if _is_sort_code(text, code)]
    codes.sort(key=lambda code: not _SORT_LABEL.search(text, max(0, code.start - 30), code.start))
    settled: set[int] = set()
    layouts: set[tuple[str, ...]] = set()
    doubtful: list[tuple[Number, Number]] = []
    for code in codes:
        account = _nearest(text, code, accounts)
        if account is None or account.start in settled:
            continue
        if _is_labelled(text, code, account) or (
            (_is_written_as_pair(text, code, account) or _speak_of_money(text, code, account))
            and (could_exist is None or could_exist(code.digits, account.digits))
        ):
            settled.add(account.start)
            layouts.add(_layout(text, code, account))
            yield code, account, "a sort code next to an account number, with banking words around"
        else:
            doubtful.append((code, account))
    for code, account in doubtful:
        if account.start not in settled and _layout(text, code, account) in layouts:
            yield code, account, "a sort code next to an account number, written as another pair is"


def possible(text: str) -> Iterator[tuple[Number, Number]]:
    """Every six digits and the eight next to them that are written as sort codes and accounts are.

    A cost centre is none.
    """
    accounts = [number for number in numbers(text, EIGHT) if _may_be_account(number)]
    for code in numbers(text, SIX) if accounts else ():
        whole = code.shape in _CODE_SHAPES and _is_in_one_hand(text, code)
        account = _nearest(text, code, accounts) if whole and not _is_booked(text, code) else None
        if account and not (_is_in_code(text, code) or _is_in_code(text, account)):
            yield code, account


def _is_booked(text: str, code: Number) -> bool:
    """Whether six digits are called a cost centre."""
    return _BOOKED.search(text, max(0, code.start - 40), code.start) is not None


def _is_in_code(text: str, number: Number) -> bool:
    """Whether letters or a dollar sign join a number on either side, as in what programs number mail by."""
    around = text[max(0, number.start - 1) : number.start] + text[number.end : number.end + 1]
    return any(letter.isalnum() or letter == "$" for letter in around)


def _layout(text: str, code: Number, account: Number) -> tuple[str, ...]:
    """How a pair is written: what stands before it in its line, between the two, and within the code."""
    if code.start > account.start:
        return (text[code.start : code.end],)  # like no other
    line = text.rfind("\n", 0, code.start) + 1
    return text[line : code.start], text[code.end : account.start], *_gaps(text, code)


def _is_written_as_pair(text: str, code: Number, account: Number) -> bool:
    """Whether the code is in three parts and no date in any order, and the account follows at once."""
    separators = set(_gaps(text, code))
    return (
        code.shape == (2, 2, 2)
        and separators <= {"-", "/"}
        and not _may_be_any_date(code.digits)
        and _PAIRED.fullmatch(text, code.end, account.start) is not None
    )


def _in_tables(text: str) -> Iterator[tuple[Number, Number]]:
    """Pairs in one row, in columns headed as sort codes and account numbers."""
    codes, accounts = _in_column(text, SIX, _SORT_HEADING), _in_column(text, EIGHT, _ACCOUNT_HEADING)
    lines = {text.rfind("\n", 0, account.start): account for account in accounts}
    for code in codes:
        account = lines.get(text.rfind("\n", 0, code.start))
        if account:
            yield code, account


def _in_column(text: str, length: frozenset[int], heading: re.Pattern[str]) -> list[Number]:
    """The numbers of so many digits that fill a cell of a column headed so."""
    columns = list(cells(text, heading.search))
    within = numbers(text, length) if columns else ()
    return [number for number in within if is_within(columns, number.start, number.end)]


def _is_account(text: str, number: Number) -> bool:
    if not _may_be_account(number) or _is_dialled(text, number):
        return False
    before = text[max(0, number.start - 30) : number.start]
    if _OF_A_LEDGER.search(text, max(0, number.start - 60), number.start):
        return False
    if _ACCOUNT_LABEL.search(before):
        return True
    if number.shape in {(8,), (4, 4)}:
        return not _OTHER_LABEL.search(before)
    return _CODE_BEFORE.search(before) is not None


def _may_be_account(number: Number) -> bool:
    """Whether it is written as accounts are, and does not stand for one in forms and examples."""
    is_filler = len(set(number.digits)) == 1 or number.digits in "1234567890987654321"
    return number.shape in _ACCOUNT_SHAPES and not is_filler


def _is_dialled(text: str, number: Number) -> bool:
    """Whether it is the rest of a telephone number, or begins one from abroad."""
    return number.digits.startswith("0044") or bool(
        _DIALLED.search(text, max(0, number.start - 16), number.start)
    )


def _is_sort_code(text: str, number: Number) -> bool:
    before = text[max(0, number.start - 30) : number.start]
    if number.shape not in _CODE_SHAPES or not _is_in_one_hand(text, number) or _is_dialled(text, number):
        return False
    joined = text[number.start - 1 : number.start].isalpha() and not _JOINED_LABEL.search(before)
    if joined or _is_of_nino(text, number):
        return False
    if _SORT_LABEL.search(before) or _PAYING.search(text, max(0, number.start - 80), number.start):
        return True
    return not (_OTHER_LABEL.search(before) or (may_be_date(number.digits) and _DATE_LABEL.search(before)))


def _is_of_nino(text: str, number: Number) -> bool:
    """Whether two letters before and one behind make a National Insurance number of the six digits."""
    before, behind = text[max(0, number.start - 4) : number.start], text[number.end : number.end + 3]
    return bool(_NINO_BEGINS.search(before) and _NINO_ENDS.match(behind))


def _gaps(text: str, number: Number) -> Iterator[str]:
    """What stands between its groups, space aside."""
    for group, following in zip(number.groups, number.groups[1:], strict=False):
        yield text[group.end : following.start].strip()


def _is_in_one_hand(text: str, code: Number) -> bool:
    """Whether the same stands between the parts of a sort code, as it does in "1 0 - 2 0 - 3 0", too."""
    gaps = list(_gaps(text, code))
    if len(gaps) == _GAPS_OF_SIX and not any(gaps[::2]):
        gaps = gaps[1::2]
    return len(set(gaps)) < 2


def _nearest(text: str, code: Number, accounts: list[Number]) -> Number | None:
    """The account number closest to the sort code: in its line, and behind it before in front of it."""
    after = bisect_left(accounts, code.end, key=_start)
    behind = accounts[after] if after < len(accounts) else None
    behind = behind if behind and behind.start - code.end <= REACH else None
    earliest = bisect_left(accounts, code.start - REACH - LONGEST, key=_start)
    in_front = (account for account in reversed(accounts[earliest:after]) if account.end <= code.start)
    front = next(in_front, None)
    front = front if front and code.start - front.end <= REACH else None
    if not (behind and front):
        return behind or front
    next_line, this_line = text[code.end : behind.start], text[front.end : code.start]
    return front if "\n" in next_line and "\n" not in this_line else behind


def _start(number: Number) -> int:
    return number.start


def _is_labelled(text: str, code: Number, account: Number) -> bool:
    return bool(
        _SORT_LABEL.search(text[max(0, code.start - 30) : code.start])
        or _ACCOUNT_LABEL.search(text[max(0, account.start - 30) : account.start])
        or _HOLDER_AFTER.match(text, account.end)
    )


def _speak_of_money(text: str, code: Number, account: Number) -> bool:
    """Whether a pair that no label names stands close together among banking words."""
    start, end = min(code.start, account.start), max(code.end, account.end)
    if end - start > 30:
        return False
    paired = _PAIRED.fullmatch(text, code.end, account.start) or _BRACKETED.fullmatch(
        text, account.end, end + 1
    )
    if paired and _PAYING.search(text, max(0, start - 80), start):
        return True
    between = text[code.end : account.start]
    if between in (",", ";", "\t", "|") and _SORT_HEADING.search(text, max(0, start - 2_000), start):
        return True
    if may_be_date(code.digits):
        return False
    if (code.shape, account.shape) != ((2, 2, 2), (8,)) and not _PAIRED.fullmatch(
        text, code.end, account.start
    ):
        return False
    return bool(_AMOUNT_AFTER.match(text, end) or _BANK_WORDS.search(text[max(0, start - 100) : end + 60]))


def may_be_date(digits: str) -> bool:
    """Whether six digits begin with a day and a month."""
    return 1 <= int(digits[:2]) <= 31 and 1 <= int(digits[2:4]) <= 12


def _may_be_any_date(digits: str) -> bool:
    """Whether the six digits are a day, month and year in one of the orders that people write."""
    first, second, third = digits[:2], digits[2:4], digits[4:]
    return any(map(may_be_date, (digits, second + first, third + second)))


def find_ibans(text: str) -> Iterator[Finding]:
    """International account numbers, in any grouping, that pass their country's rules."""
    for start in _IBAN_START.finditer(text):
        end = _iban_end(text, start.start())
        if end:
            why = "an international account number with valid check digits"
            yield Finding("IBAN", start.start(), end, 0.99, why)


def _iban_end(text: str, start: int) -> int:
    """Where the IBAN that begins at `start` ends; 0 when there is none."""
    written, last, ends = "", start, []
    for group in islice(_ALNUM.finditer(text, start, start + 80), 34):
        if not _IBAN_GAP.fullmatch(text, last, group.start()) or len(written) + len(group[0]) > 34:
            break
        written, last = written + group[0], group.end()
        ends.append((written, last))
    return next((end for digits, end in reversed(ends) if len(digits) >= 15 and _is_iban(digits)), 0)


def _is_iban(written: str) -> bool:
    """Whether structure and modulus 97 are right; check digits of a country's own are left to its banks."""
    return bool(iban.is_valid(written, check_country=False))
