"""AppleDouble (RFC 1740 appendix B): what a Macintosh keeps beside a file, and puts into every archive."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract import words
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source


def read(source: Source, limits: Limits) -> Iterator[Node]:
    """The words in it: where a file came from, comments, tags."""
    yield source.text(words.words(source.data), empty="no words in it")
