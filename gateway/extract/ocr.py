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
_DATA = ("eng", "osd")
"""English, and the shapes of letters by which it is seen how a page lies."""
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
_SURELY = 3.0
"""Tesseract's confidence from which on a page lies as it seems; with less it may mistake left for right."""
_UPSIDE_DOWN = 180
_PATIENCE = 3.0
"""Seconds of CPU for a picture. An attempt that would end later at the pace of the last is not made."""
_INVERT_BELOW = "0.6"
"""Confidence in a line, of 1, below which Tesseract reads it as light on dark, too.

With its own, .7, doubtful pages take a tenth longer, for as many words; with .5 light letters are missed.
"""
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
    files = [f"{language}.traineddata" for language in _DATA]
    return next((place for place in places if all((place / file).exists() for file in files)), None)


@cache
def engines() -> tuple[tesserocr.PyTessBaseAPI, ...]:
    """One that reads, and one that sees how pages lie; none without their data.

    Loaded once, before workers are forked if possible: it takes more than a tenth of a second.
    """
    folder = data_folder()
    if folder is None:
        return ()
    tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
    loaded = tuple(tesserocr.PyTessBaseAPI(path=str(folder), lang=language) for language in _DATA)
    for tesseract in loaded:
        # It would open /dev/null for its complaints, and crash where it may not write.
        tesseract.SetVariable("debug_file", "")
        tesseract.SetVariable("invert_threshold", _INVERT_BELOW)
    return loaded


def expect(until: float) -> None:
    """Raises Unreadable without OCR, or when `until` (of time.monotonic) has passed."""
    if not engines():
        raise Unreadable(ABSENT)
    if until <= time.monotonic():
        raise Unreadable(TOO_SLOW)


def read(picture: Image.Image, until: float, *, once: bool = False) -> Words:
    """The words of a grey picture, upright or not; by every attempt that it took, or by the first.

    Where patience ends before an attempt is clear, as in drawings full of lines, too much counts as doubtful
    to be believed.
    Raises Unreadable without OCR, or when `until` (of time.monotonic) passes.
    """
    attempts: list[Words] = []
    begun = time.process_time()
    last = 0.0
    impatient = False
    for turned, layout in _ways(picture, attempts, until):
        spent = time.process_time() - begun
        impatient = bool(attempts) and spent + last > _PATIENCE
        if impatient:
            break
        attempts.append(_read(turned, until, layout))
        last = time.process_time() - begun - spent
        if once:
            break
    telling = [words for words in attempts if words.text] or attempts
    best = max(telling, key=lambda words: words.sure - words.doubtful)
    return Words(
        "\n".join(words.text for words in telling).strip(),
        best.sure,
        max(best.doubtful, best.sure, 1) if impatient else best.doubtful,
    )


def _ways(picture: Image.Image, attempts: list[Words], until: float) -> Iterator[tuple[Image.Image, int]]:
    """As it lies; level, if its lines slant; upside down, if unsure; as words strewn: until one is clear.

    Figures make sense upside down, too: where it is unsure how they lie, they are read both ways.
    """
    angle, surely = _lie(picture, until)
    if angle and not surely and not _is_clearer(picture, angle, until):
        angle = 0
    upright = picture.rotate(angle, expand=True)
    yield upright, tesserocr.PSM.AUTO
    if _is_clear(attempts[-1]):
        if not surely and _is_of_figures(attempts[-1]):
            yield upright.rotate(_UPSIDE_DOWN), tesserocr.PSM.AUTO
        return
    for turned, layout in _further_ways(upright, attempts, turn=not surely):
        yield turned, layout
        if _is_clear(attempts[-1]):
            return


def _further_ways(
    upright: Image.Image, attempts: list[Words], *, turn: bool
) -> Iterator[tuple[Image.Image, int]]:
    """When it is not clear as it lies."""
    if slant := _slant(upright):
        yield upright.rotate(slant, Image.Resampling.BICUBIC, expand=True, fillcolor=255), tesserocr.PSM.AUTO
    if turn and any(words.text for words in attempts):
        yield upright.rotate(_UPSIDE_DOWN), tesserocr.PSM.AUTO
    yield upright, tesserocr.PSM.SPARSE_TEXT


def _is_clearer(picture: Image.Image, angle: int, until: float) -> bool:
    """Whether the middle of a picture is clear when it is turned, and not as it is."""
    third = picture.height // 3
    middle = picture.crop((0, third, picture.width, 2 * third))
    if _is_clear(_read(middle, until, tesserocr.PSM.AUTO)):
        return False
    return _is_clear(_read(middle.rotate(angle, expand=True), until, tesserocr.PSM.AUTO))


def _is_clear(words: Words) -> bool:
    return words.sure > 0 and words.sure >= _CLEARLY * words.doubtful


def _is_of_figures(words: Words) -> bool:
    """Whether most of what was read are digits."""
    return 2 * sum(map(str.isdigit, words.text)) > sum(map(str.isalnum, words.text))


def _lie(picture: Image.Image, until: float) -> tuple[int, bool]:
    """By how many degrees to turn a picture so that it lies upright, and whether that is sure."""
    expect(until)
    _, tesseract = engines()
    try:
        with at_leisure(max(0.0, until - time.monotonic())):
            _show(tesseract, picture)
            seen = tesseract.DetectOrientationScript()
    finally:
        tesseract.Clear()
    return (seen["orient_deg"], seen["orient_conf"] >= _SURELY) if seen else (0, False)


def _slant(picture: Image.Image) -> int:
    """By how many degrees to turn it for its lines to lie level: then dark and light rows differ most."""
    small = picture.reduce(max(1, picture.width // _SMALL, picture.height // _SMALL))

    def contrast(angle: int) -> float:
        turned = small.rotate(angle, Image.Resampling.BILINEAR, fillcolor=255)
        return ImageStat.Stat(turned.resize((1, small.height), Image.Resampling.BOX)).var[0]

    return max(range(-_MOST_SLANT, _MOST_SLANT + 1), key=lambda angle: (contrast(angle), -abs(angle)))


def _read(picture: Image.Image, until: float, layout: int) -> Words:
    expect(until)
    tesseract, _ = engines()
    milliseconds = int(1000 * (until - time.monotonic()))
    tesseract.SetPageSegMode(layout)
    _show(tesseract, picture)
    try:
        with at_leisure(milliseconds / 1000):
            if not tesseract.Recognize(min(max(1, milliseconds), 2**31 - 1)):
                raise Unreadable(TOO_SLOW)
        return _words(tesseract)
    finally:
        tesseract.Clear()


def _show(tesseract: tesserocr.PyTessBaseAPI, picture: Image.Image) -> None:
    tesseract.SetImageBytes(picture.tobytes(), picture.width, picture.height, 1, picture.width)
    tesseract.SetSourceResolution(_RESOLUTION)


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
