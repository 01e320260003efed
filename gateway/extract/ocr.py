"""Words in pictures, by Tesseract (https://tesseract-ocr.github.io) with the English data of the system."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import tesserocr  # type: ignore[import-untyped]  # ships no types
from PIL import Image, ImageStat

from gateway.confinement import at_leisure
from gateway.extract.source import Unreadable

_PLACES = (
    "share/tesseract-ocr/*/tessdata",
    "share/tessdata",
    "share/tesseract/tessdata",
    "local/share/tessdata",
)
_DATA = "eng.traineddata"
ABSENT = "image: no OCR here"
TOO_SLOW = "more pictures than can be read in time"
_SURE = 60
_DOUBTFUL = 30
"""Confidences in per cent: letters have the first, texture has less than the second."""
_WORD = 3
"""Letters and digits; shorter ones are seen in any texture."""
_CLEARLY = 6
"""So many letters must be sure for one that is doubtful, or another attempt is made."""
_MOST_SLANT = 20
"""Degrees."""
_SMALL = 400
"""Pixels that are enough to see lines in."""
_RESOLUTION = 200
"""Dots per inch that Tesseract is told; pictures seldom know better."""


class Words(NamedTuple):
    """What was read in one picture."""

    text: str
    sure: int
    """Letters and digits of words that were read for sure."""
    doubtful: int
    """Of words that were not, and of scraps beyond those that any text has."""


def data_folder() -> Path | None:
    """Where Tesseract's data are; None where they are not installed."""
    places = (place for pattern in _PLACES for place in Path("/usr").glob(pattern))
    return next((place for place in places if (place / _DATA).exists()), None)


@cache
def engine() -> tesserocr.PyTessBaseAPI | None:
    """Loaded once, before workers are forked if possible: it takes a tenth of a second."""
    folder = data_folder()
    if folder is None:
        return None
    tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
    tesseract = tesserocr.PyTessBaseAPI(path=str(folder), lang="eng")
    # It would open /dev/null for its complaints, and crash where it may not write.
    tesseract.SetVariable("debug_file", "")
    return tesseract


def expect(until: float) -> None:
    """Raises Unreadable without OCR, or when `until` (of time.monotonic) has passed."""
    if engine() is None:
        raise Unreadable(ABSENT)
    if until <= time.monotonic():
        raise Unreadable(TOO_SLOW)


def read(picture: Image.Image, until: float, *, once: bool = False) -> Words:
    """The words of a grey picture, upright or not; by every attempt that it took, or by the first.

    Raises Unreadable without OCR, or when `until` (of time.monotonic) passes.
    """
    attempts: list[Words] = []
    for turned, layout in _ways(picture, attempts):
        attempts.append(_read(turned, until, layout))
        if once or (attempts[-1].sure and attempts[-1].sure >= _CLEARLY * attempts[-1].doubtful):
            break
    telling = [words for words in attempts if words.text] or attempts
    best = max(telling, key=lambda words: words.sure - words.doubtful)
    return best._replace(text="\n".join(words.text for words in telling).strip())


def _ways(picture: Image.Image, attempts: list[Words]) -> Iterator[tuple[Image.Image, int]]:
    """As it is, upright or on its right side; level, if its lines slant; upside down; as words strewn."""
    yield picture, tesserocr.PSM.AUTO
    if angle := _slant(picture):
        yield picture.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255), tesserocr.PSM.AUTO
    if any(words.text for words in attempts):
        yield picture.transpose(Image.Transpose.ROTATE_180), tesserocr.PSM.AUTO
    yield picture, tesserocr.PSM.SPARSE_TEXT


def _slant(picture: Image.Image) -> int:
    """By how many degrees to turn it for its lines to lie level: then dark and light rows differ most."""
    small = picture.reduce(max(1, picture.width // _SMALL, picture.height // _SMALL))

    def contrast(angle: int) -> float:
        turned = small.rotate(angle, Image.Resampling.BILINEAR, fillcolor=255)
        return ImageStat.Stat(turned.resize((1, small.height), Image.Resampling.BOX)).var[0]

    return max(range(-_MOST_SLANT, _MOST_SLANT + 1), key=lambda angle: (contrast(angle), -abs(angle)))


def _read(picture: Image.Image, until: float, layout: int) -> Words:
    tesseract = engine()
    if tesseract is None:
        raise Unreadable(ABSENT)
    milliseconds = int(1000 * (until - time.monotonic()))
    if milliseconds <= 0:
        raise Unreadable(TOO_SLOW)
    tesseract.SetPageSegMode(layout)
    tesseract.SetImageBytes(picture.tobytes(), picture.width, picture.height, 1, picture.width)
    tesseract.SetSourceResolution(_RESOLUTION)
    try:
        with at_leisure(milliseconds / 1000):
            if not tesseract.Recognize(min(milliseconds, 2**31 - 1)):
                raise Unreadable(TOO_SLOW)
        return _words(tesseract)
    finally:
        tesseract.Clear()


def _words(tesseract: tesserocr.PyTessBaseAPI) -> Words:
    found = [one for one in _confidences(tesseract) if one[1] >= _DOUBTFUL]
    scraps = sum(letters for letters, _ in found if letters < _WORD)
    sure = sum(letters for letters, confidence in found if letters >= _WORD and confidence >= _SURE)
    doubtful = sum(letters for letters, confidence in found if letters >= _WORD and confidence < _SURE)
    doubtful += max(0, scraps - sure // 2)
    return Words(tesseract.GetUTF8Text().strip() if sure or doubtful else "", sure, doubtful)


def _confidences(tesseract: tesserocr.PyTessBaseAPI) -> Iterator[tuple[int, float]]:
    """Letters and digits of every word, and how sure they are, in per cent."""
    results = tesseract.GetIterator()
    for word in tesserocr.iterate_level(results, tesserocr.RIL.WORD) if results else ():
        try:
            text = word.GetUTF8Text(tesserocr.RIL.WORD)
        except RuntimeError:  # a block that is a picture has no words
            continue
        yield sum(map(str.isalnum, text)), word.Confidence(tesserocr.RIL.WORD)
