"""What a Macintosh keeps beside files, and puts into every archive: AppleDouble, .DS_Store.

RFC 1740 appendix B; https://metacpan.org/dist/Mac-Finder-DSStore/view/DSStoreFormat.pod.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract import words
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable

_LONGEST = 2 << 20
"""Octets of notes on a folder: on thousands of files."""
_PIECE = 512
"""Octets that are looked at by themselves, for a file may be hidden among many zeros."""


def read(source: Source, limits: Limits) -> Iterator[Node]:
    """The words in it: where a file came from, comments, tags."""
    yield source.text(words.words(source.data), empty="no words in it")


def read_folder(source: Source, limits: Limits) -> Iterator[Node]:
    """The words in what notes how a folder is shown: names of files, comments on them."""
    data = source.data
    if len(data) > _LONGEST:
        raise Unreadable("notes on a folder longer than those on any")
    pieces = (data[place : place + _PIECE] for place in range(0, len(data), _PIECE))
    if any(map(words.is_packed, pieces)):
        raise Unreadable("octets that look packed where a Macintosh keeps none")
    said = (*words.wide_big_endian(data), *words.narrow(data))
    yield source.text("\n".join(dict.fromkeys(said)), empty="no words in it")
