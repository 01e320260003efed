from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random
from unittest.mock import Mock

import pytest

from gateway.extract import ink, ocr, pdf_annotations
from gateway.extract.node import Limits
from gateway.mail import State
from tests.gateway.extract.files import docx, paragraph, pdf, show
from tests.gateway.extract.reading import nodes, reasons, texts

needs_ocr = pytest.mark.skipif(ocr.data_folder() is None, reason="Tesseract's English data are not installed")

WORDS = "THE LITTLE HILL"
TICK = [[(0, 10), (5, 20), (20, 0)]]
_LETTERS: dict[str, list[list[tuple[float, float]]]] = {
    "E": [[(1, 0), (0, 0), (0, 2), (1, 2)], [(0, 1), (1, 1)]],
    "H": [[(0, 0), (0, 2)], [(1, 0), (1, 2)], [(0, 1), (1, 1)]],
    "I": [[(0.5, 0), (0.5, 2)]],
    "L": [[(0, 0), (0, 2), (1, 2)]],
    "T": [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 2)]],
}
"""Strokes of letters that are one wide and two high."""

Strokes = list[list[tuple[int, int]]]


def written(text: str, size: int) -> Strokes:
    """A line of capital letters by pen, each so wide."""
    return [
        [(round((column * 1.6 + x) * size), round(y * size)) for x, y in stroke]
        for column, letter in enumerate(text)
        for stroke in _LETTERS.get(letter, [])
    ]


def inkml(traces: list[str], resolution: int = 1_000) -> str:
    channels = "".join(
        f'<channelProperty channel="{channel}" name="resolution" value="{resolution}" units="1/cm"/>'
        for channel in "XYF"
    )
    body = "".join(f'<trace brushRef="#br0">{trace}</trace>' for trace in traces)
    return f'<ink xmlns="http://www.w3.org/2003/InkML">{channels}{body}</ink>'


def in_places(strokes: Strokes) -> list[str]:
    return [",".join(f"{x} {y} 24575" for x, y in stroke) for stroke in strokes]


def in_steps(strokes: Strokes) -> list[str]:
    """As Office writes them: the first place, then by how much it changes, or by how much that changes."""
    traces = []
    for stroke in strokes:
        steps = [(x - a, y - b) for (a, b), (x, y) in pairwise(stroke)]
        parts = [f"{stroke[0][0]} {stroke[0][1]} 24575", *(f"'{x}'{y}'0" for x, y in steps[:1])]
        parts += [f'"{x - a}"{y - b}"0' for (a, b), (x, y) in pairwise(steps)]
        traces.append(",".join(parts))
    return traces


def document(traces: list[str], resolution: int = 1_000) -> bytes:
    return docx(paragraph("See the note"), {"word/ink/ink1.xml": inkml(traces, resolution)})


def pages(*notes: tuple[Strokes, str]) -> bytes:
    """A PDF with each of these as an annotation of its own, in its rectangle."""
    annotations = []
    for strokes, rectangle in notes:
        left, top = int(rectangle.split()[0]), int(rectangle.split()[3])
        lists = " ".join(f"[{' '.join(f'{left + x} {top - y}' for x, y in stroke)}]" for stroke in strokes)
        annotations.append(f"<< /Type /Annot /Subtype /Ink /Rect [{rectangle}] /F 4 /InkList [{lists}] >>")
    numbers = " ".join(f"{10 + n} 0 R" for n in range(len(notes)))
    return pdf(show("Dear Ann, thank you for your letter."), objects=annotations, page=f"/Annots [{numbers}]")


@needs_ocr
@pytest.mark.parametrize("traces", [in_places, in_steps])
def test_reads_print_by_pen_in_documents(traces: Callable[[Strokes], list[str]]) -> None:
    """Handwriting is a picture, and numbers are no text."""
    found = texts(nodes(document(traces(written(WORDS, 300)))))
    assert found["a › ink/ink1"].upper() == WORDS


@needs_ocr
def test_reads_print_by_pen_on_pages() -> None:
    """Whether all strokes are in one annotation, or each in one of its own."""
    strokes = written(WORDS, 12)
    alone = [([stroke], "60 400 400 500") for stroke in strokes]
    for data in (pages((strokes, "60 400 400 500")), pages(*alone)):
        found = texts(nodes(data))
        assert found["a › page 1 › ink 1"].upper() == WORDS


SCRAWL = [
    [(Random(n).randrange(900), Random(~n).randrange(90)) for n in range(40 * m, 40 * m + 40)]
    for m in range(15)
]


@needs_ocr
@pytest.mark.parametrize(
    "data", [document(in_places(SCRAWL)), pages((SCRAWL, "60 400 160 420"))], ids=["document", "page"]
)
def test_handwriting_that_nobody_reads_is_not_clean(data: bytes) -> None:
    """However small it was written."""
    assert any("ink" in name for name in reasons(nodes(data)))


@needs_ocr
@pytest.mark.parametrize(
    "data",
    [document(in_places(TICK)), pages((TICK, "60 400 80 420"), (TICK, "60 300 80 320"))],
    ids=["document", "page"],
)
def test_a_tick_is_no_handwriting(data: bytes) -> None:
    """Nor an arrow, or a circle: forms are full of them."""
    assert not reasons(nodes(data))
    assert any("ink" in name for name in reasons(nodes(data), State.EMPTY))


@needs_ocr
def test_a_rectangle_on_paper_says_nothing_of_what_was_written() -> None:
    """Nor does one that is far larger make it smaller."""
    found = texts(nodes(pages((written(WORDS, 12), "60 -900000 900000 500"))))
    assert found["a › page 1 › ink 1"].upper() == WORDS


@pytest.mark.parametrize(
    "data",
    [
        document([*in_places(SCRAWL), "90000000 90000000"]),
        document([*in_places(SCRAWL), f"1 {'9' * 400}"]),
        pages(([*SCRAWL, [(900_000, 0)]], "60 400 160 420")),
    ],
)
def test_strokes_too_far_apart_to_be_seen_are_not_clean(data: bytes) -> None:
    """A dot somewhere else makes all the rest too small."""
    assert "written with a pen over more space than can be looked at" in reasons(nodes(data)).values()


@pytest.mark.parametrize("trace", ["Jane Doe", "1 2, 3 4 seen by 5 6", "#FF #F0, #FA #F0", "1"])
def test_what_is_no_numbers_is_no_stroke(trace: str) -> None:
    """It is read as text, and what else it may stand for is not known."""
    found = nodes(document([*in_places(TICK), trace]))
    assert trace in texts(found)["a › ink/ink1"]
    assert reasons(found)["a › ink/ink1"] == "written with a pen in a way that cannot be drawn"


@pytest.mark.parametrize("trace", ["", "1 2 T,3 4 F,", " .5 -1.25 ,'3 '4\n", "'1\"-2,*"])
def test_numbers_may_be_written_as_they_are(trace: str) -> None:
    """Values of other channels, a comma at the end, no trace at all."""
    assert ("*" in trace) is bool(reasons(nodes(document([*in_places(TICK), trace]))))


def test_ink_is_not_drawn_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is past the limit takes no memory, and is not passed over."""
    drawn = Mock(side_effect=ink.picture)
    monkeypatch.setattr(ink, "picture", drawn)
    notes = [(TICK, f"60 {50 * n} 80 {50 * n + 20}") for n in range(12)]
    found = nodes(pages(*notes), limits=Limits(ocr_pages=5))
    assert reasons(found) == {"a › further pictures": "more pictures than are read"}
    assert drawn.call_count <= 6


def test_ink_past_the_limit_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of notes far apart are no more work than so many as are read."""
    compared = Mock(side_effect=pdf_annotations._near)
    monkeypatch.setattr(pdf_annotations, "_near", compared)
    nodes(pages(*((TICK, f"60 {50 * n} 80 {50 * n + 20}") for n in range(100))), limits=Limits(ocr_pages=5))
    assert compared.call_count <= 15
