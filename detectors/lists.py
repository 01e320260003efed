"""Lists of people below a line that says what they have or wait for: "Patients with COPD:"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from detectors.clinical import DOUBTFUL
from detectors.findings import Finding
from detectors.lexicons import any_of
from detectors.tables import Span

LONGEST_HEADING = 150
"""Characters of the line above a list."""
SURELY_LISTED = 3
"""People of a list whose heading says no more than an illness."""
LONGEST_REST = 80
"""Characters behind a name in its line: a birth date, a telephone number, a note."""
_MARGIN = 24
"""Characters of a bullet, a number and a title before it."""

_ITEM = re.compile(
    r"[ \t>|*•·–-]*(?:\(?[0-9]{1,3}[.):]?[ \t]|\[.?\])?[ \t*•·–-]*(?:(?:mr|mrs|ms|miss|mx|master)\.?[ ])?",
    re.IGNORECASE,
)
"""What stands before a name that heads a line of a list."""
_BETWEEN_LINES = re.compile(rf"[^\n]{{0,{LONGEST_REST}}}\n[ \t>]*(?:\n[ \t>]*)?")
"""From the end of a name to the line of the next one."""
_OF_PATIENTS = re.compile(rf"(?<![a-z])(?:{any_of('lists_of_patients')})(?![a-z])")
_OF_CARE = re.compile(rf"(?<![a-z0-9])(?:{any_of('listed_care')})(?![a-z0-9])")
_OF_OTHERS = re.compile(rf"(?<![a-z])(?:{any_of('lists_of_others', 'job_titles')})s?(?![a-z])")


def listed(text: str, people: Sequence[Finding], terms: Sequence[Finding]) -> Iterator[Sequence[Finding]]:
    """Those of `people` who stand in one list below the heading of an illness or a treatment, list by list.

    Each of them heads a line, of two at least. The line above names nobody, has one of the clinical
    `terms` or says what patients wait for, and nothing that colleagues do. All in the order of the text.
    """
    ills = [term.start for term in terms if term.score > DOUBTFUL]
    named = [person.start for person in people]
    for names in _lists(text, people):
        heading = begin, end = _heading(text, names[0])
        if end - begin > LONGEST_HEADING or _is_one_within(named, heading):
            continue
        said = text[begin:end].lower()
        ailing = _is_one_within(ills, heading) or _OF_CARE.search(said)
        if ailing and _is_of_patients(said, len(names)) and not _OF_OTHERS.search(said):
            yield names


def _is_of_patients(said: str, names: int) -> bool:
    """Whether a heading says so or, above many names, no more than an illness; it ends no sentence then."""
    return bool(_OF_PATIENTS.search(said)) or (names >= SURELY_LISTED and not said.endswith((".", "!", "?")))


def _is_one_within(starts: Sequence[int], span: Span) -> bool:
    """Whether one of the places, which are in order, lies in the span."""
    return bisect_left(starts, span[0]) < bisect_left(starts, span[1])


def _lists(text: str, people: Sequence[Finding]) -> Iterator[Sequence[Finding]]:
    """People who head lines that follow each other."""
    names: list[Finding] = []
    for person in people:
        line = _line(text, person)
        if not _ITEM.fullmatch(text, line, person.start):
            continue
        if names and not _BETWEEN_LINES.fullmatch(text, names[-1].end, line):
            if len(names) > 1:
                yield names
            names = []
        names.append(person)
    if len(names) > 1:
        yield names


def _line(text: str, person: Finding) -> int:
    """Where the line of a name begins, or what stands in it before the name if that is long."""
    earliest = max(0, person.start - _MARGIN)
    return max(text.rfind("\n", earliest, person.start) + 1, earliest)


def _heading(text: str, first: Finding) -> Span:
    """The last line above a list that says anything, or the end of it if it is long."""
    line = _line(text, first)
    earliest = max(0, line - 2 * LONGEST_HEADING)
    above = text[earliest:line].rstrip("\n\t >")
    return earliest + above.rfind("\n") + 1, earliest + len(above)
