"""What initials, dates, codes and numbers stand for where no rule is sure: what labelled mail has taught.

A birth between bars, a hospital's number below a name, two letters before an illness: nothing calls them
so, but what stands around them tells. A figure shows signs: its own form, the words before and behind it,
the next ones with their places, and the heading of its column. Each sign has one weight, as in
`detectors.likelihood`, in a file for each kind of figure. What a figure looks like is said by the
detector of its subject (`possible`), and what calls it by its name by that detector's rules.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec

from detectors import bank_accounts, dates_of_birth, hospital_numbers, initials, nhs_numbers
from detectors.findings import COUNTS_AS, Finding, FindingType
from detectors.likelihood import TYPES, Signs, Tokens, likelihood, tokens, weights
from detectors.tables import Cell, Span, headed

BEFORE, BEHIND = 7, 5
"""Words whose place counts."""
NEAR, AROUND = 20, 70
"""Words of which it counts that they stand before or behind, and of which it counts that they are there."""
REACH = 500
"""Characters on either side in which those words are."""
COMPANY = 120
"""Characters on either side in which something else must have been found."""
NOTE = 600
"""Characters of a text in which initials and a figure are company enough though nothing else is found."""
MOST = 10_000
"""Figures of one text that are asked about: where there are more, a list, they have headings."""
AGES = (0, 1, 2, 3, 5, 10, 16, 18, 25, 40, 60, 80, 100, 115)
"""Steps of the years since a date."""
APART = (0, 1, 2, 3, 5, 8, 12, 20, 40, 60, 90)
"""Steps of the characters between a sort code and an account number."""

_LETTERS = re.compile("[a-z]+")
_LONGEST_FORM = 20
_REPEATED = re.compile(r"0+|[Aa]+")


class Kind(NamedTuple):
    """A kind of figures, whose file of weights has its name."""

    name: str
    type: FindingType
    """What one stands for if it is likely."""
    least: float
    """Likelihood from which it does."""
    doubt: float
    """Likelihood below which it stands for nothing, though a rule says so, unless it is called so."""
    why: str


INITIALS = Kind("initials", "PERSON", 0.5, 0.01, "initials that stand as those of people do")
BIRTHS = Kind("births", "DATE_OF_BIRTH", 0.5, 0.05, "a date that stands as dates of birth do")
HEALTH_NUMBERS = Kind(
    "health_numbers",
    "NHS_NUMBER",
    0.8,
    0.05,
    "ten digits with a valid check digit that stand as health numbers do",
)
HOSPITAL_NUMBERS = Kind(
    "hospital_numbers", "HOSPITAL_NUMBER", 0.6, 0.005, "a number that stands as those of hospitals do"
)
ACCOUNTS = Kind(
    "accounts",
    "UK_BANK_ACCOUNT",
    0.85,
    0.05,
    "six digits and eight that stand as a sort code and an account do",
)
KINDS = (INITIALS, BIRTHS, HEALTH_NUMBERS, HOSPITAL_NUMBERS, ACCOUNTS)
SCORE = 0.7
"""Of a figure that no rule knows."""
SURE = 0.88
"""Score of a finding from which it has been called what it is."""
CONFIRMED = 0.99
"""Likelihood from which a health number that a rule has found is no less than one that is called so."""
_MAY_COVER = frozenset({"PERSON", "CLINICAL", "CARE", "ADDRESS"})
"""Types of findings that a figure may have been taken for."""


class Figure(NamedTuple):
    """One that may stand for something."""

    kind: Kind
    spans: tuple[Span, ...]
    """In the order of the text; an account's code and number are two."""
    facts: tuple[str, ...]
    """Its own form, as signs."""

    @property
    def start(self) -> int:
        return self.spans[0][0]

    @property
    def end(self) -> int:
        return self.spans[-1][1]


def weigh(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """`findings` in normalised `text`, less what is unlikely, and figures that likely stand for something.

    They are apart and in order; what is returned is neither.
    """
    if len(text) > NOTE and not any(each.type in TYPES for each in findings):
        return list(findings)  # All figures are alone: prose costs nothing.
    figures = list(islice(possible(text), MOST))
    return _weighed(text, with_initials(text, findings, figures), figures)


def with_initials(text: str, findings: Sequence[Finding], beside: Sequence[Figure]) -> list[Finding]:
    """`findings`, less initials that are unlikely, and likely ones near one of them or a figure."""
    return _weighed(text, findings, list(islice(initialled(text, findings), MOST)), beside)


def _weighed(
    text: str, findings: Sequence[Finding], figures: Sequence[Figure], beside: Sequence[Figure] = ()
) -> list[Finding]:
    """In order, as `findings` are."""
    added: list[Finding] = []
    likeliest: dict[Finding, float] = {}
    doubts: dict[Finding, float] = {}
    mistaken: set[Finding] = set()
    asked = [figure for figure in figures if not _is_called(figure, findings)]
    for figure, signs in shown(text, findings, asked, beside):
        chance = likelihood(signs, weights(figure.kind.name))
        met = _meeting(findings, figure.start, figure.end)
        known = [each for each in met if _is_taken_for(figure, each)]
        likeliest.update((each, max(chance, likeliest.get(each, 0.0))) for each in known)
        doubts.update((each, figure.kind.doubt) for each in known)
        if chance >= figure.kind.least and not known and _MAY_COVER.issuperset(each.type for each in met):
            why = figure.kind.why
            added += [Finding(figure.kind.type, start, end, SCORE, why) for start, end in figure.spans]
            mistaken.update(met)
    doubted = {each for each, chance in likeliest.items() if chance < doubts[each] and each.score < SURE}
    dropped = mistaken | doubted
    kept = [each for each in findings if each not in dropped]
    confirmed = [_confirmed(each) if likeliest.get(each, 0.0) >= CONFIRMED else each for each in kept]
    return sorted([*confirmed, *added], key=_start)


def _confirmed(number: Finding) -> Finding:
    """A health number that a rule has found and whose surroundings say the same is as good as labelled."""
    if COUNTS_AS.get(number.type, number.type) != "NHS_NUMBER":
        return number
    return msgspec.structs.replace(number, score=max(number.score, nhs_numbers.LABELLED))


def _is_called(figure: Figure, findings: Sequence[Finding]) -> bool:
    """Whether it has been called what it is: nothing around it could tell more."""
    known = [each for each in _meeting(findings, figure.start, figure.end) if _is_taken_for(figure, each)]
    return bool(known) and all(each.score >= SURE for each in known)


def _is_taken_for(figure: Figure, found: Finding) -> bool:
    return COUNTS_AS.get(found.type, found.type) == figure.kind.type


def initialled(text: str, findings: Sequence[Finding]) -> Iterator[Figure]:
    """What may be somebody's initials, and is no part of what is known."""
    for start, end in initials.possible(text):
        met = _meeting(findings, start, end)
        goes_on = text[end : end + 1] == "-" and any(each.end > end for each in met)  # "PHQ-9"
        if not goes_on and all(
            each.type in ("CLINICAL", "CARE") or (each.start, each.end) == (start, end) for each in met
        ):
            facts = f"form {_form(text[start:end])}", *initials.facts(text[start:end])
            yield Figure(INITIALS, ((start, end),), facts)


def possible(text: str) -> Iterator[Figure]:
    """Every figure of a kind that stands for something now and then."""
    for date, years in dates_of_birth.possible(text):
        written = _LETTERS.sub("a", text[date.start : date.end].lower())
        facts = f"years {_step(years, AGES)}", f"form {_form(written)}"
        yield Figure(BIRTHS, ((date.start, date.end),), facts)
    health_numbers = list(nhs_numbers.valid(text))
    failing = nhs_numbers.strangers(text) if health_numbers else {}
    for number in health_numbers:
        form = f"form {_form(text[number.start : number.end])}"
        against = f"against {nhs_numbers.spoken_against(text, number)}"
        among = "among others" if nhs_numbers.is_among(failing, number) else "among none"
        yield Figure(HEALTH_NUMBERS, ((number.start, number.end),), (form, against, among))
    for start, end in hospital_numbers.possible(text):
        yield Figure(HOSPITAL_NUMBERS, ((start, end),), _build(_form(text[start:end])))
    for code, account in bank_accounts.possible(text):
        first, second = sorted(((code.start, code.end), (account.start, account.end)))
        between = text[first[1] : second[0]]
        pair = (
            f"form {_form(text[code.start : code.end])}",
            f"account {_form(text[account.start : account.end])}",
            f"apart {_step(len(between), APART)}",
            "code first" if code.start < account.start else "account first",
            "may be a date" if bank_accounts.may_be_date(code.digits) else "is no date",
        )
        within = [f"between {word}" for word in tokens(text, first[1], second[0], ()).words]
        yield Figure(ACCOUNTS, (first, second), (*pair, *within[:6], "between " + " ".join(within)))


def shown(
    text: str, findings: Sequence[Finding], figures: Sequence[Figure], beside: Sequence[Figure] = ()
) -> Iterator[tuple[Figure, Signs]]:
    """The signs of each of the figures that are not alone; figures `beside` them are company, too."""
    known = [each for each in findings if each.type in TYPES]
    others = sorted(each.start for each in beside)
    columns = headed(text) if figures else []
    for group in _together([each for each in figures if _has_company(known, others, each)]):
        begin, end = max(0, group[0].start - REACH), group[-1].end + REACH
        first = bisect_left(known, begin, key=_end)
        within = known[first : bisect_left(known, end, key=_start)]
        words = tokens(text, begin, min(end, len(text)), within)
        for figure in group:
            yield figure, _signs(figure, words, columns)


def _signs(figure: Figure, words: Tokens, columns: Sequence[Cell]) -> Signs:
    upto, on = bisect_right(words.ends, figure.start), bisect_left(words.starts, figure.end)
    before = words.words[max(0, upto - AROUND) : upto] or ["^"]
    behind = words.words[on : on + AROUND] or ["$"]
    signs = [
        *(f"{word} {'<' * place}" for place, word in enumerate(reversed(before[-BEFORE:]), 1)),
        *(f"{'>' * place} {word}" for place, word in enumerate(behind[:BEHIND], 1)),
        *(f"{' '.join(before[-many:])} |" for many in (2, 3)),
        *(f"| {' '.join(behind[:many])}" for many in (2, 3)),
        f"{before[-1]} | {behind[0]}",
        *(f"{word} .." for word in before[-NEAR:]),
        *(f".. {word}" for word in behind[:NEAR]),
        *(f"~ {word}" for word in (*before, *behind)),
        *(f"heading {word}" for word in _heading(columns, figure)),
    ]
    return Signs(tuple(dict.fromkeys(signs)), figure.facts)


def _heading(columns: Sequence[Cell], figure: Figure) -> list[str]:
    """The words above the column that a figure stands in."""
    at = bisect_right(columns, figure.start, key=_start) - 1
    within = at >= 0 and figure.end <= columns[at].end + 1
    return _LETTERS.findall(columns[at].heading.lower()) if within else []


def _together(figures: Sequence[Figure]) -> Iterator[list[Figure]]:
    """Those that are read at once, since their surroundings overlap."""
    group: list[Figure] = []
    for figure in sorted(figures, key=lambda each: each.start):
        if group and figure.start - group[-1].end > REACH:
            yield group
            group = []
        group.append(figure)
    if group:
        yield group


def _has_company(known: Sequence[Finding], others: Sequence[int], figure: Figure) -> bool:
    begin, end = figure.start - COMPANY, figure.end + COMPANY
    if bisect_left(others, begin) < bisect_left(others, end):
        return True
    return bool(_meeting(known, begin, figure.start) or _meeting(known, figure.end, end))


def _meeting(findings: Sequence[Finding], start: int, end: int) -> Sequence[Finding]:
    """Those of findings, which are apart and in order, that lie between two places, at least in part."""
    return findings[bisect_right(findings, start, key=_end) : bisect_left(findings, end, key=_start)]


def _form(written: str) -> str:
    """Digits as zeros, letters as "A" or "a"."""
    letters = (("0" if c.isdigit() else "A" if c.isupper() else "a") if c.isalnum() else c for c in written)
    return "".join(letters)[:_LONGEST_FORM].replace("\n", "↵").replace("\t", " ")


def _build(form: str) -> tuple[str, ...]:
    """A code's form, and what it has in common with others: each hospital has a form of its own."""
    return (
        f"form {form}",
        f"digits {form.count('0')}",
        f"letters {form.count('A') + form.count('a')}",
        f"shape {_REPEATED.sub(lambda same: same[0][0], form)}",
    )


def _step(size: int | None, steps: Sequence[int]) -> str:
    """The first of the steps that is not below a size."""
    if size is None:
        return "in words"
    return next((str(step) for step in steps if size <= step), "beyond")


def _start(each: Finding | Cell) -> int:
    return each.start


def _end(each: Finding) -> int:
    return each.end
