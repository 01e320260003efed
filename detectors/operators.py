"""An operator's own recognizers, from a Presidio YAML file.

Presidio logs a pattern that takes too long and goes on as if it had found nothing; here it fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import regex  # type: ignore[import-untyped]  # ships no types
from presidio_analyzer import (
    EntityRecognizer,
    PatternRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer, LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts

from detectors.failure import DetectionError
from detectors.findings import FINDING_TYPES

SECONDS = 5
"""How long a pattern may take over one text before it counts as failed."""
LANGUAGE = "en"
"""For which Presidio is asked, whatever a text is in."""
LONGEST_REASON = 300
"""Characters of what Presidio says of a bad file."""


def load(path: Path) -> tuple[PatternRecognizer, ...]:
    """The pattern recognizers in the file at `path`.

    Raises ValueError, naming the file and what Presidio says, when it is no such YAML or has no recognizer;
    also the recognizer, when one finds a type that is not ours, or could never find anything.
    """
    registry = RecognizerRegistry()
    try:
        registry.add_recognizers_from_yaml(path)
    except Exception as error:  # Presidio does not say what a bad file makes it raise.
        place = getattr(error, "problem_mark", None)
        line = f":{place.line + 1}" if place else ""
        raise ValueError(
            f"{path}{line}: must be YAML with a list of recognizers, as Presidio reads it, which says: "
            f"{' '.join(str(error).split())[:LONGEST_REASON]}"
        ) from error
    recognizers = tuple(each for each in registry.recognizers if isinstance(each, PatternRecognizer))
    if not recognizers:
        raise ValueError(f"{path}: must have a pattern recognizer under recognizers, and has none")
    for recognizer in recognizers:
        _check(path, recognizer)
        for pattern in _patterns(recognizer):
            pattern.compiled_with_flags = recognizer.global_regex_flags
            pattern.compiled_regex = _Strict(regex.compile(pattern.regex, recognizer.global_regex_flags))
    return recognizers


def matches(text: str, recognizers: Iterable[PatternRecognizer]) -> Iterator[tuple[int, int]]:
    """Spans of `text` that a pattern matches, so that the sieve lets them through."""
    for recognizer in recognizers:
        for pattern in _patterns(recognizer):
            for match in pattern.compiled_regex.finditer(text):
                yield match.span()


class Context(ContextAwareEnhancer):
    """Presidio's context words, for the recognizers that name some. Ours weigh context themselves."""

    def __init__(self) -> None:
        self._lemmas = LemmaContextAwareEnhancer()

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """The results, scored up where a recognizer's context words stand by."""
        if not any(recognizer.context for recognizer in recognizers):
            return raw_results
        return self._lemmas.enhance_using_context(text, raw_results, nlp_artifacts, recognizers, context)


class _Strict:
    """A compiled pattern that raises when it takes too long."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def finditer(self, text: str, **_: Any) -> Iterator[Any]:
        try:
            yield from self._compiled.finditer(text, timeout=SECONDS)
        except TimeoutError:
            raise DetectionError("an operator's pattern took too long") from None


def _patterns(recognizer: Any) -> Sequence[Any]:
    return tuple(recognizer.patterns)


def _check(path: Path, recognizer: Any) -> None:
    for kind in recognizer.supported_entities:
        if kind not in FINDING_TYPES:
            raise ValueError(
                f"{path}: {recognizer.name} finds {kind}, which is none of {', '.join(FINDING_TYPES)}"
            )
    if recognizer.supported_language != LANGUAGE:
        raise ValueError(
            f"{path}: {recognizer.name} has supported_language {recognizer.supported_language}; must be "
            f"{LANGUAGE}, or it is never asked"
        )
    for pattern in _patterns(recognizer):
        if not pattern.score:
            raise ValueError(
                f"{path}: {recognizer.name} has a pattern with score 0, which finds nothing; must be up to 1"
            )
