"""The trained spaCy pipeline that finds PERSON, ADDRESS and CLINICAL, and the code that trains it."""

from __future__ import annotations

from pathlib import Path

import spacy
from spacy.language import Language
from thinc.api import use_ops

import detectors.pipeline.language  # noqa: F401 (registers the language that our pipeline is written in)

MODEL = Path(__file__).with_name("model")


def load(name: str = "") -> Language:
    """A pipeline ready to run: ours, or the installed package or folder that an operator names.

    Raises OSError when there is no such pipeline.
    """
    # NumPy's OpenBLAS multiplies nearly all of its matrices, which are small, two or three times as fast.
    with use_ops("numpy", use_blis=False):
        return spacy.load(name or MODEL)
