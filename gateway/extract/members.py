"""What all archives have in common: names of members, and octets that unfold no further than they may."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.extract.node import Node
from gateway.extract.source import Source

_CONTROLS = re.compile(r"[\0-\x1f\x7f]")
_TAB = "\t"
"""Odd in a name, but nothing ends or turns there."""
_OUTWARDS = re.compile(r"[/\\]|[A-Za-z]:|(?:.*[/\\])?\.\.(?:[/\\]|$)", re.DOTALL)
_LONGEST = 200
"""Characters of a name; text of any length stands in the node "file names"."""

TOO_LARGE = "more content than may be unfolded"


def step(name: str) -> str:
    """A member's name as a step of the name of a node."""
    return _CONTROLS.sub("\ufffd", name)[:_LONGEST].strip("/") or "member without a name"


def leads_out(name: str) -> bool:
    """Whether a careless program would write the member somewhere else than where it is asked to.

    Slashes alone are what ar calls its tables of symbols and of names.
    """
    plain = name.replace(_TAB, " ")
    return bool(plain.strip("/") and (_OUTWARDS.match(plain) or _CONTROLS.search(plain)))


def file_names(source: Source, names: Iterable[str]) -> Node:
    """The names of all members, as text: people call files after patients."""
    words = "\n".join(names)
    if not words:
        return source.unscannable("an archive in which no members are found", "file names")
    return source.text(words, "file names")
