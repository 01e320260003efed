"""The trained spaCy pipeline that finds PERSON, ADDRESS and CLINICAL, and the code that trains it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import spacy
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from thinc.api import use_ops

import detectors.pipeline.language  # noqa: F401 (registers the language that our pipeline is written in)

MODEL = Path(__file__).with_name("model")


def load(name: str = "") -> Language:
    """A pipeline ready to run: ours, or the installed package or folder that an operator names.

    Raises OSError, which names it, when there is no such pipeline.
    """
    # NumPy's OpenBLAS multiplies nearly all of its matrices, which are small, two or three times as fast.
    try:
        with use_ops("numpy", use_blis=False):
            pipeline = spacy.load(name or MODEL)
    except OSError as error:
        raise OSError(
            f"there is no spaCy pipeline {name}: must be an installed package, or a folder with a config.cfg"
        ) from error
    for _, component in pipeline.pipeline:
        for layer in component.model.walk() if isinstance(component, TrainablePipe) else ():
            if layer.name == "maxout" and layer.has_param("W"):
                layer.set_param("W", _by_input(layer.get_param("W")))
    return pipeline


def _by_input(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The same weights in the order of memory in which few rows are multiplied twice as fast.

    thinc multiplies by the transpose of a layer's (outputs, pieces, inputs), which is now as it lies.
    """
    outputs, pieces, inputs = weights.shape
    return np.ascontiguousarray(weights.reshape(-1, inputs).T).T.reshape(outputs, pieces, inputs)
