"""The pipeline that ships."""

from __future__ import annotations

from pathlib import Path

import pytest
from spacy.language import Language

from detectors.pipeline import MODEL, load
from detectors.pipeline.generator import LABELS

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def nlp() -> Language:
    return load()


def test_it_is_small_and_says_what_it_finds(nlp: Language) -> None:
    """At most 15 MB on disk, three labels, and none of the words it was trained on."""
    assert sum(file.stat().st_size for file in MODEL.rglob("*")) < 15_000_000
    assert nlp.get_pipe("ner").labels == tuple(sorted(LABELS))  # type: ignore[attr-defined]
    assert len(load().vocab.strings) < 1000
