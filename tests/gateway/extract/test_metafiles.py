from __future__ import annotations

import io
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.extract import ocr
from gateway.mail import State
from tests.gateway.extract.files import drawn
from tests.gateway.extract.reading import nodes, reasons, texts

HIDDEN = "NHS 999 000 0018"


def emf_record(kind: int, content: bytes = b"") -> bytes:
    content += bytes(-len(content) % 4)
    return struct.pack("<II", kind, 8 + len(content)) + content


def emf(*records: bytes, title: str = "") -> bytes:
    """A header with a title, the records, and the end ([MS-EMF] 2.3.4)."""
    header = emf_record(1, bytes(32) + b" EMF" + bytes(56) + title.encode("utf-16-le"))
    return header + b"".join(records) + emf_record(14, bytes(12))


def emf_text(text: str, y: int = 0, options: int = 0, *, wide: bool = True) -> bytes:
    octets = text.encode("utf-16-le" if wide else "cp1252")
    fields = bytes(28) + struct.pack("<iiIII", 0, y, len(text), 76, options) + bytes(20)
    return emf_record(84 if wide else 83, fields + octets)


def emf_texts(*pieces: str) -> bytes:
    """EMR_POLYTEXTOUTW."""
    at = 40 + 40 * len(pieces)
    table = octets = b""
    for piece in pieces:
        table += struct.pack("<iiIII", 0, 0, len(piece), at + len(octets), 0) + bytes(20)
        octets += piece.encode("utf-16-le")
    return emf_record(97, bytes(28) + struct.pack("<I", len(pieces)) + table + octets)


def emf_small(text: str) -> bytes:
    return emf_record(108, struct.pack("<iiIIIff", 0, 0, len(text), 0x300, 1, 0, 0) + text.encode("cp1252"))


def emf_plus(text: str) -> bytes:
    return comment(
        plus(0x401C, struct.pack("<III4f", 0, 0, len(text), 0, 0, 0, 0) + text.encode("utf-16-le"))
    )


def comment(*records: bytes) -> bytes:
    octets = b"EMF+" + b"".join(records)
    return emf_record(70, struct.pack("<I", len(octets)) + octets)


def plus(kind: int, content: bytes, flags: int = 0) -> bytes:
    """A record of EMF+ ([MS-EMFPLUS] 2.3)."""
    content += bytes(-len(content) % 4)
    return struct.pack("<HHII", kind, flags, 12 + len(content), len(content)) + content


def driver_string(text: str, options: int = 1) -> bytes:
    places = b"".join(struct.pack("<ff", 8 * n, 50) for n in range(len(text)))
    fields = struct.pack("<IIII", 0, options, 0, len(text))
    return plus(0x4036, fields + text.encode("utf-16-le") + places)


DUAL = plus(0x4001, bytes(16), 1)


def path(*figures: list[tuple[int, int]], flags: int = 0) -> bytes:
    """An object that is a path, and the record that fills it."""
    points = [point for figure in figures for point in figure]
    kinds = b"".join(b"\0" + b"\1" * (len(figure) - 1) for figure in figures)
    packed = b"".join(struct.pack("<hh" if flags & 0x4000 else "<ff", *point) for point in points)
    if flags & 0x0800:
        packed = b"".join(
            _step(x - before[0]) + _step(y - before[1])
            for (x, y), before in zip(points, [(0, 0), *points], strict=False)
        )
    return plus(0x4008, struct.pack("<III", 0, len(points), flags) + packed + kinds, 0x300) + plus(
        0x4014, bytes(4)
    )


def _step(value: int) -> bytes:
    """In 7 bits or in 15."""
    return bytes([value % 128]) if -64 <= value < 64 else struct.pack(">H", 0x8000 | value % 0x8000)


def plus_picture(data: bytes, *, parts: int = 1) -> bytes:
    """An object that is a picture in a file, over so many records."""
    content = struct.pack("<II", 0, 1) + struct.pack("<iiiII", 0, 0, 0, 0, 1) + data
    if parts == 1:
        return plus(0x4008, content, 0x500)
    size = len(content) // parts + 1
    return b"".join(
        plus(0x4008, struct.pack("<I", len(content)) + content[start : start + size], 0x8500)
        for start in range(0, len(content), size)
    )


def plus_pixels(picture: Image.Image, form: int, mode: str, colours: bytes = b"") -> bytes:
    bits = form >> 8 & 0xFF
    stride = (picture.width * bits + 31) // 32 * 4
    raw = picture.tobytes("raw", mode, stride)
    fields = struct.pack("<II", 0, 1) + struct.pack("<iiiII", *picture.size, stride, form, 0)
    return plus(0x4008, fields + colours + raw, 0x500)


def letters(count: int, corners: int = 8) -> list[list[tuple[int, int]]]:
    """Figures of different shapes."""
    return [[(n * 9 + x * (n + 1) % 13, x * x % (7 + n)) for x in range(corners)] for n in range(count)]


def wmf_polygon(points: list[tuple[int, int]]) -> bytes:
    return wmf_record(
        0x0324, struct.pack("<H", len(points)) + b"".join(struct.pack("<hh", *p) for p in points)
    )


def emf_polygon(points: list[tuple[int, int]], kind: int = 86) -> bytes:
    packed = b"".join(struct.pack("<hh", *point) for point in points)
    return emf_record(kind, bytes(16) + struct.pack("<I", len(points)) + packed)


def emf_strokes(points: list[tuple[int, int]]) -> bytes:
    """A move of the pen, then lines one by one."""
    return b"".join(
        emf_record(54 if number else 27, struct.pack("<ii", *point)) for number, point in enumerate(points)
    )


def wmf_record(kind: int, content: bytes = b"") -> bytes:
    content += bytes(len(content) % 2)
    return struct.pack("<IH", 3 + len(content) // 2, kind) + content


def wmf(*records: bytes, placeable: bool = False) -> bytes:
    """Records between the header ([MS-WMF] 2.3.2.2) and the end."""
    header = struct.pack("<HHHIHIH", 1, 9, 0x300, 0, 0, 0, 0)
    return (b"\xd7\xcd\xc6\x9a" + bytes(18)) * placeable + header + b"".join(records) + wmf_record(0)


def wmf_text(text: str) -> bytes:
    padded = text.encode("cp1252") + bytes(len(text) % 2)
    return wmf_record(0x0521, struct.pack("<H", len(text)) + padded + struct.pack("<hh", 0, 0))


def wmf_extended(text: str, options: int) -> bytes:
    fields = struct.pack("<hhHH", 0, 0, len(text), options) + bytes(8 if options else 0)
    return wmf_record(0x0A32, fields + text.encode("cp1252"))


@pytest.mark.parametrize(
    "data",
    [
        emf(emf_text(HIDDEN)),
        emf(emf_text(HIDDEN, wide=False)),
        emf(*(emf_text(letter, 5) for letter in HIDDEN)),
        emf(emf_text("NHS 999", 5), emf_text("000 0018", 5)),
        emf(emf_texts("NHS 999", "000 0018")),
        emf(emf_small(HIDDEN)),
        emf(emf_plus(HIDDEN)),
        emf(comment(driver_string(HIDDEN))),
        emf(comment(DUAL, driver_string("999", options=0)), emf_text(HIDDEN)),
        wmf(wmf_text(HIDDEN)),
        wmf(wmf_text(HIDDEN), placeable=True),
        wmf(wmf_extended(HIDDEN, 0)),
        wmf(wmf_extended(HIDDEN, 4)),
    ],
)
def test_what_a_drawing_writes_is_text(data: bytes) -> None:
    """Records that write, in any form and in as many pieces as there are."""
    assert texts(nodes(data)) == {"a": HIDDEN}


@pytest.mark.parametrize(
    "data",
    [
        emf(title=HIDDEN),
        emf(emf_record(70, struct.pack("<I", 16) + HIDDEN.encode())),
        wmf(wmf_record(0x0626, b"\0\x0f" + HIDDEN.encode())),
    ],
)
def test_titles_and_comments_of_drawings_are_text(data: bytes) -> None:
    """What no program shows is read, too."""
    assert HIDDEN in texts(nodes(data))["a › comments"]


@pytest.mark.skipif(ocr.data_folder() is None, reason="Tesseract's English data are not installed")
def test_pictures_in_a_drawing_are_read() -> None:
    """A scan in a metafile is a scan."""
    file = io.BytesIO()
    drawn(f"This is about Mrs Jane Doe\nwhose number is {HIDDEN}").convert("RGB").save(file, "DIB")
    found = nodes(emf(emf_record(81, bytes(72) + file.getvalue())))
    assert HIDDEN in texts(found)["a › picture 1"]


PRINT = drawn(f"This is about Mrs Jane Doe\nwhose number is {HIDDEN}")
ON_NOTHING = Image.merge(
    "RGBA", (*[Image.new("L", PRINT.size, 0)] * 3, PRINT.point(lambda shade: 255 - shade))
)
GREYS = struct.pack("<II", 0, 256) + b"".join(bytes([shade] * 3 + [255]) for shade in range(256))


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.mark.skipif(ocr.data_folder() is None, reason="Tesseract's English data are not installed")
@pytest.mark.parametrize(
    "records",
    [
        [plus_picture(png(PRINT))],
        [plus_picture(png(Image.new("L", (9, 9)))), plus_picture(png(PRINT))],
        [plus_picture(png(PRINT), parts=3)],
        [plus_pixels(PRINT.convert("RGB"), 0x21808, "BGR")],
        [plus_pixels(ON_NOTHING, 0x26200A, "BGRA")],
        [plus_pixels(PRINT, 0x30803, "L", GREYS)],
    ],
)
def test_pictures_in_records_of_emf_plus_are_read(records: list[bytes]) -> None:
    """Each of several, one over several records, and those that are no files but pixels."""
    found = texts(nodes(emf(comment(*records))))
    assert [name for name, text in found.items() if HIDDEN in text] == [f"a › picture {len(records)}"]


def test_pixels_that_are_no_numbers_of_colours_have_none() -> None:
    """A table with a colour for every number of so many bits would take gigabytes."""
    record = plus_pixels(Image.new("RGB", (2, 2)), 0x11800, "RGB", bytes(8))
    found = nodes(emf(comment(record)))
    assert [node.type for node in found if "picture" in node.name] == ["image/x-emf-plus"]


def test_more_pictures_in_a_comment_than_are_read_are_not_passed_over() -> None:
    """Each reaches to the end of the comment, for all that is known, so that many are much to read."""
    octets = b"\xff\xd8\xff" * 200
    found = nodes(emf(emf_text(CHART), emf_record(70, struct.pack("<I", len(octets)) + octets)))
    assert reasons(found) == {"a": "more pictures in comments of a drawing than are read"}


LETTERS, BARS = letters(26), [[(0, 0), (0, n), (4, n), (4, 0)] for n in range(60)]
MARKERS = [[(n, 0), (n + 4, 0), (n + 6, 2), (n + 4, 4), (n, 4), (n - 2, 2)] for n in range(60)]
CHART = "Attendances by quarter, 2020 to 2026"


@pytest.mark.parametrize(
    "draw",
    [
        lambda figures: wmf(wmf_text(CHART), *map(wmf_polygon, figures)),
        lambda figures: emf(emf_text(CHART), *map(emf_polygon, figures)),
        lambda figures: emf(emf_text(CHART), *map(emf_strokes, figures)),
        lambda figures: emf(emf_text(CHART), comment(path(*figures))),
        lambda figures: emf(emf_text(CHART), comment(path(*figures, flags=0x4000))),
        lambda figures: emf(emf_text(CHART), comment(path(*figures, flags=0x0800))),
    ],
    ids=["polygons of WMF", "polygons", "strokes", "path", "path in 16 bits", "path in steps"],
)
def test_outlines_beside_text_are_not_clean(draw: Callable[[list[list[tuple[int, int]]]], bytes]) -> None:
    """Many figures of many shapes may be letters, or handwriting; bars and markers are a chart."""
    for figures, held in ((LETTERS, True), (BARS, False), (MARKERS, False)):
        found = nodes(draw(figures))
        assert CHART in texts(found)["a"]
        assert ("a drawing whose lines may be letters" in reasons(found).values()) is held


def test_many_figures_under_a_caption_are_not_clean() -> None:
    """Next to no text beside them is none."""
    data = wmf(wmf_text("Chart 1"), *map(wmf_polygon, MARKERS))
    assert reasons(nodes(data)) == {"a › lines": "a drawing whose lines may be letters"}


@pytest.mark.parametrize(
    ("data", "state", "reason"),
    [
        (emf(), State.EMPTY, "a drawing in which nothing is drawn"),
        (wmf(), State.EMPTY, "a drawing in which nothing is drawn"),
        (emf(emf_record(86, bytes(40))), State.UNSCANNABLE, "a drawing whose lines may be letters"),
        (wmf(wmf_record(0x0325, bytes(20))), State.UNSCANNABLE, "a drawing whose lines may be letters"),
        (emf(comment(path(LETTERS[0]))), State.UNSCANNABLE, "a drawing whose lines may be letters"),
        (
            emf(emf_text(" "), emf_polygon(LETTERS[0])),
            State.UNSCANNABLE,
            "a drawing whose lines may be letters",
        ),
        (
            emf(comment(driver_string("abc", options=0))),
            State.UNSCANNABLE,
            "a drawing that names glyphs in the place of letters",
        ),
        (
            emf(comment(plus(0x401C, bytes(40))[:30])),
            State.UNSCANNABLE,
            "damaged: a record of a drawing is longer than the drawing",
        ),
        (emf()[:-20], State.UNSCANNABLE, "damaged: a record of a drawing is longer than the drawing"),
        (wmf()[:-6], State.UNSCANNABLE, "damaged: a record of a drawing is longer than the drawing"),
        (
            emf(emf_text("abc", options=0x10)),
            State.UNSCANNABLE,
            "a drawing that names glyphs in the place of letters",
        ),
    ],
)
def test_a_drawing_without_text_is_not_clean(data: bytes, state: State, reason: str) -> None:
    """Curves may be letters, glyphs may be any, and only what draws nothing is empty."""
    assert reason in reasons(nodes(data), state).values()


@given(st.binary(max_size=200), st.booleans())
def test_a_hostile_drawing_is_never_clean_without_text(noise: bytes, wide: bool) -> None:
    """Whatever stands in the records, the file ends with a state that has a reason or a text."""
    data = emf(emf_record(84, noise), emf_record(97, noise)) if wide else wmf(wmf_record(0x0A32, noise))
    assert all(node.text or node.reason for node in nodes(data))
