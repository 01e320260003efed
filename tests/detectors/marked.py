"""Texts in which what should be found is marked: "Ring {{PHONE|020 7946 0123}}"."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from detectors.findings import COUNTS_AS, Finding

_MARK = re.compile(r"\{\{(?P<type>[A-Z_]+)\|(?P<text>.*?)\}\}", re.DOTALL)


class Span(msgspec.Struct, frozen=True):
    type: str
    start: int
    end: int

    def overlap(self, other: Span) -> int:
        """Characters in common with a span of the same type."""
        return (
            max(0, min(self.end, other.end) - max(self.start, other.start)) if self.type == other.type else 0
        )


def unmark(marked: str) -> tuple[str, list[Span]]:
    """The text without its marks, and what they marked."""
    text, spans, done = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[done : mark.start()]
        spans.append(Span(mark["type"], len(text), len(text) + len(mark["text"])))
        text, done = text + mark["text"], mark.end()
    return text + marked[done:], spans


def spans_of(findings: Iterable[Finding]) -> list[Span]:
    """Findings as spans of the types that the labels know."""
    return [Span(COUNTS_AS.get(found.type, found.type), found.start, found.end) for found in findings]


def mistakes(text: str, expected: list[Span], found: list[Span]) -> list[str]:
    """What was missed (less than half covered) and what was found without reason or far too broadly."""
    missed = [
        span for span in expected if 2 * sum(span.overlap(each) for each in found) < span.end - span.start
    ]
    idle = [each for each in found if not any(_matches(span, each) for span in expected)]
    return [f"missed {span.type} {text[span.start : span.end]!r}" for span in missed] + [
        f"wrong {span.type} {text[span.start : span.end]!r}" for span in idle
    ]


def _matches(expected: Span, found: Span) -> bool:
    return found.overlap(expected) > 0 and found.end - found.start <= 2 * (expected.end - expected.start) + 2
