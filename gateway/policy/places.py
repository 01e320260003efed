"""Where in a TOML text a key stands: tomllib does not tell."""

from __future__ import annotations

import re
from collections import Counter

Place = tuple[int | str, ...]
"""Keys and indices from the root, counted from 0: ("rule", 2, "must", 0, "to")."""

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"\s*([\w-]+)\s*=")


def line_of(place: Place, text: str) -> int:
    """The line, from 1 on, of `place` or of the nearest table around it."""
    lines = _lines(text)
    return next((lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines), 1)


def _lines(text: str) -> dict[Place, int]:
    """The line of every table and key, as far as bare keys and one key a line go."""
    lines: dict[Place, int] = {}
    arrays: Counter[Place] = Counter()
    table: Place = ()
    quoted = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not quoted and (header := _HEADER.match(line)):
            table = _table(header[2].split("."), arrays, starts_element=header[1] == "[[")
            lines[table] = number
        elif not quoted and (key := _KEY.match(line)):
            lines[*table, key[1]] = number
        quoted ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return lines


def _table(names: list[str], arrays: Counter[Place], *, starts_element: bool) -> Place:
    """The place of the table that a header opens, inside the latest element of each array."""
    place: Place = ()
    for depth, name in enumerate(names, start=1):
        place = (*place, name)
        if starts_element and depth == len(names):
            arrays[place] += 1
        if place in arrays:
            place = (*place, arrays[place] - 1)
    return place
