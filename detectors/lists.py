"""Lists of people below a line that says what they have or wait for: "Patients with COPD:"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from detectors.clinical import DOUBTFUL
from detectors.findings import Finding
from detectors.lexicons import any_of
from detectors.tables import Span

LONGEST_HEADING = 150
"""Characters of the line above a list."""
LONGEST_REST = 80
"""Characters behind a name in its line: a birth date, a telephone number, a note."""
_MARGIN = 24
"""Characters of a bullet, a number and a title before it."""

_TITLE = r"(?:(?:mr|mrs|ms|miss|mx|master)\.?[ ])?"
_ITEM = re.compile(
    r"[ \t>|*•·–-]*(?:\(?[0-9]{1,3}[.):]?[ \t]|\[.?\]|[0-9]{1,2}(?:[.:]?[0-9]{2})?(?: ?[ap]m)?[ \t])?"
    rf"[ \t*•·–-]*{_TITLE}",
    re.IGNORECASE,
)
"""What stands before a name that heads a line of a list: a number, a box to tick, a time."""
_BETWEEN_LINES = re.compile(rf"[^\n]{{0,{LONGEST_REST}}}\n[ \t>]*(?:\n[ \t>]*)?")
"""From the end of a name to the line of the next one."""
_BETWEEN_NAMES = re.compile(
    rf"[ ]?(?:\([^()\n]{{1,40}}\)[ ]?)?(?:[,;/&]|,? and)[ ](?:and[ ])?{_TITLE}", re.IGNORECASE
)
"""From the end of a name to the next one of the same line."""
_ANNOUNCED = re.compile(rf":[ ]{{1,2}}{_TITLE}\Z", re.IGNORECASE)
"""Between a heading and the first name of its line."""
_OF_PATIENTS = re.compile(rf"(?<![a-z0-9])(?:{any_of('lists_of_patients')})(?![a-z])")
_PATIENTS = re.compile(r"(?<![a-z])(?:patients|pts)(?![a-z])")
_OF_CARE = re.compile(rf"(?<![a-z0-9])(?:{any_of('listed_care')})(?![a-z0-9])")
_OF_OTHERS = re.compile(
    rf"(?<![a-z])(?:{any_of('lists_of_others', 'job_titles')})s?(?![a-z])|"
    r"(?<![a-z])(?:by|to|from)[ :]*$|\?[ ]*$"
)
_OF_STAFF = re.compile(
    r"(?<![a-z])(?:staff|nurses|doctors|gps|volunteers|thank|thanks|who attended)(?![a-z])"
)
"""What outweighs that patients are spoken of."""


def listed(
    text: str, people: Sequence[Finding], terms: Sequence[Finding], others: Set[Finding] = frozenset()
) -> Iterator[Sequence[Finding]]:
    """Those of `people` who stand in one list below the heading of an illness or a treatment, list by list.

    Each of them heads a line, of two at least, or stands behind the heading in its line. The heading names
    nobody but `others`, who are greeted or have the clinic, says that it is of patients, and has one of the
    clinical `terms` or says what they wait for. All are in the order of the text.
    """
    ills = [term.start for term in terms if term.score > DOUBTFUL]
    named = [person.start for person in people if person not in others]
    for heading, names in (*_below(text, people), *_behind(text, people)):
        begin, end = heading
        if end - begin > LONGEST_HEADING or _is_one_within(named, heading):
            continue
        said = text[begin:end].lower()
        if _is_of_patients(said) and (_is_one_within(ills, heading) or _OF_CARE.search(said)):
            yield names


def is_of_patients(heading: str) -> bool:
    """Whether a heading says by itself that patients are listed below it: "Smears overdue"."""
    said = heading[: LONGEST_HEADING + 1].lower()
    return bool(len(said) <= LONGEST_HEADING and _OF_CARE.search(said)) and _is_of_patients(said)


def _is_of_patients(said: str) -> bool:
    if patients := _PATIENTS.search(said):
        return not (_OF_STAFF.search(said) or _OF_OTHERS.search(said, 0, patients.start()))
    return bool(_OF_PATIENTS.search(said)) and not _OF_OTHERS.search(said)


def _is_one_within(starts: Sequence[int], span: Span) -> bool:
    """Whether one of the places, which are in order, lies in the span."""
    return bisect_left(starts, span[0]) < bisect_left(starts, span[1])


def _below(text: str, people: Sequence[Finding]) -> Iterator[tuple[Span, Sequence[Finding]]]:
    """People who head lines that follow each other, with the last line above that says anything."""
    heads = [person for person in people if _ITEM.fullmatch(text, _line(text, person), person.start)]
    for names in _runs(heads, lambda one, other: _BETWEEN_LINES.fullmatch(text, one.end, _line(text, other))):
        line = _line(text, names[0])
        earliest = max(0, line - 2 * LONGEST_HEADING)
        above = text[earliest:line].rstrip("\n\t >")
        yield (earliest + above.rfind("\n") + 1, earliest + len(above)), names


def _behind(text: str, people: Sequence[Finding]) -> Iterator[tuple[Span, Sequence[Finding]]]:
    """People who follow each other in one line, with what announces them there as patients."""
    for names in _runs(people, lambda one, other: _BETWEEN_NAMES.fullmatch(text, one.end, other.start)):
        start = names[0].start
        if announced := _ANNOUNCED.search(text, max(0, start - _MARGIN), start):
            earliest = max(0, start - 2 * LONGEST_HEADING)
            heading = max(text.rfind("\n", earliest, start) + 1, earliest), announced.start()
            if _PATIENTS.search(text[slice(*heading)].lower()):
                yield heading, names


def _runs(
    people: Iterable[Finding], are_neighbours: Callable[[Finding, Finding], object]
) -> Iterator[Sequence[Finding]]:
    """Two or more of `people`, which are in order, of whom each is the next one's neighbour."""
    names: list[Finding] = []
    for person in people:
        if names and not are_neighbours(names[-1], person):
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
