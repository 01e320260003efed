from __future__ import annotations

import base64
import io
import struct
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageDraw, ImageFont, ImageOps, PngImagePlugin, TiffImagePlugin

from gateway.extract import ocr, pictures
from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.extract.source import Unreadable
from gateway.mail import State
from gateway.workers import WorkerOptions, Workers
from tests.gateway.extract import files
from tests.gateway.extract.files import attachment, multipart
from tests.gateway.extract.office_files import odf

LIMITS = Limits()
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
NUMBER = "999 000 0018"
LINES = "\n".join(
    ["Dear colleague, thank you for seeing", f"Mrs Jane Doe, NHS number {NUMBER}", "at your clinic"]
)
needs_ocr = pytest.mark.skipif(ocr.data_folder() is None, reason="Tesseract's English data are not installed")


def nodes(data: bytes, limits: Limits = LIMITS) -> list[Node]:
    return read_file(data, "a.png", "", limits)


def drawn(text: str = LINES) -> Image.Image:
    return files.drawn(text)


def file(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    octets = io.BytesIO()
    picture.save(octets, form, **options)
    return octets.getvalue()


def seen(found: list[Node]) -> bool:
    return any(NUMBER in node.text for node in found)


@needs_ocr
@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "AVIF", "JPEG2000"])
def test_reads_what_is_written_in_a_picture(form: str) -> None:
    """In every format that mail programs show."""
    found = nodes(file(drawn(), form))
    assert seen(found[:1])
    assert {node.state for node in found} == {State.CLEAN}


@needs_ocr
@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture.rotate(90, expand=True),
        lambda picture: picture.rotate(180, expand=True),
        lambda picture: picture.rotate(270, expand=True),
        lambda picture: picture.rotate(10, expand=True, fillcolor=255),
        lambda picture: picture.rotate(-14, expand=True, fillcolor=255),
        lambda picture: picture.resize((picture.width // 3, picture.height // 3), Image.Resampling.BICUBIC),
        lambda picture: picture.resize((picture.width * 4, picture.height * 4)),
        lambda picture: picture.point(lambda shade: 255 - shade),
        lambda picture: picture.point(lambda shade: 120 + shade // 10),
        lambda picture: picture.convert("1"),
        lambda picture: picture.convert("P"),
        lambda picture: picture.convert("CMYK").convert("RGB"),
        lambda picture: Image.merge(
            "LA", (Image.new("L", picture.size, 0), picture.point(lambda s: 255 - s))
        ),
        lambda picture: Image.merge(
            "LA", (Image.new("L", picture.size, 255), picture.point(lambda s: 255 - s))
        ),
    ],
)
def test_reads_it_however_it_is_shown(change: Callable[[Image.Image], Image.Image]) -> None:
    """Turned, aslant, small, large, light on dark, faint, in few colours, on nothing at all."""
    assert seen(nodes(file(change(drawn()))))


@needs_ocr
@pytest.mark.parametrize("size", [11, 14, 20, 32, 64])
def test_reads_print_of_any_size(size: int) -> None:
    """Every digit, from what a telephone shows of a letter to a heading; JPEG may blur a gap away."""
    short = LINES.replace(", ", ",\n").replace("number ", "number\n") if size > 32 else LINES
    for form, options in {"PNG": {}, "JPEG": {"quality": 25}}.items():
        (node,) = nodes(file(files.drawn(short, size), form, **options))
        assert NUMBER.replace(" ", "") in node.text.replace(" ", "")


CONTAINERS: dict[str, Callable[[bytes], bytes]] = {
    "Word": lambda picture: files.docx("", {"word/media/image1.png": picture}),
    "Excel": lambda picture: files.xlsx({"List": ""}, parts={"xl/media/image1.png": picture}),
    "PowerPoint": lambda picture: files.package({"ppt/media/image1.png": picture}),
    "OpenDocument": lambda picture: odf("", {"Pictures/1.png": picture}),
    "a page": lambda picture: b"<img src='data:image/png;base64,%b'>" % base64.b64encode(picture),
    "a message": lambda picture: multipart(attachment(picture, "a.png", "image/png"), fields=["Subject: a"]),
    "a message in a message": lambda picture: multipart(
        files.entity(multipart(attachment(picture, "a.png", "image/png")), "Content-Type: message/rfc822"),
        fields=["Subject: a"],
        boundary="=_o",
    ),
}


@needs_ocr
@pytest.mark.parametrize("container", CONTAINERS)
def test_reads_pictures_wherever_they_are(container: str) -> None:
    """Words that stand in a picture alone, and the picture in a file (E29)."""
    found = read_file(CONTAINERS[container](file(drawn())), "a", "", LIMITS)
    assert seen(found)


def _badge(letters: str, width: int, height: int, ground: str) -> Image.Image:
    badge = Image.new("RGB", (width, height), ground)
    font = ImageFont.load_default(height * 0.6)
    ImageDraw.Draw(badge).text((width * 0.12, height * 0.1), letters, "white", font)
    return badge


def _rings(size: int) -> Image.Image:
    rings = Image.new("RGB", (size, size), "white")
    for number, colour in enumerate(("red", "green", "blue")):
        box = (size * (1 + number) / 7, size / 5, size * (4 + number) / 7, size * 3 / 5)
        ImageDraw.Draw(rings).ellipse(box, outline=colour, width=9)
    return rings


@needs_ocr
@pytest.mark.parametrize(
    "picture",
    [
        _badge("NHS", 180, 60, "#005eb8"),
        _badge("NHS", 80, 32, "#005eb8"),
        _badge("f", 32, 32, "#1877f2"),
        _badge("CQC Good", 280, 70, "#66bb22"),
        _badge("Winter clinics are open now", 700, 60, "#330072"),
        _rings(90),
        _rings(200),
        Image.new("RGB", (600, 3), "navy"),
        Image.new("RGB", (1, 1)),
    ],
)
@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF"])
def test_what_signatures_are_decorated_with_is_read_or_empty(picture: Image.Image, form: str) -> None:
    """Logos, badges, rules and icons are in thousands of mails a day, and hold up none."""
    assert State.UNSCANNABLE not in {node.state for node in nodes(file(picture, form))}


@needs_ocr
def test_reads_a_photograph_as_its_camera_was_held() -> None:
    """The orientation in EXIF counts."""
    exif = Image.Exif()
    exif[0x0112] = 6
    assert seen(nodes(file(drawn().rotate(90, expand=True), "JPEG", exif=exif)))


@needs_ocr
def test_reads_every_page() -> None:
    """A fax of several pages gives a node for each; past the limit the rest is not passed over."""
    pages = [drawn("This is the first of the pages"), drawn(), drawn("This is the last of the pages")]
    data = file(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert [(node.name, seen([node])) for node in nodes(data)] == [
        *(("a.png › picture 1", False), ("a.png › picture 2", True), ("a.png › picture 3", False)),
    ]
    assert nodes(data, Limits(ocr_pages=2))[-1].reason == "more pictures than are read"


def tiff(order: str, behind: int, picture: Image.Image) -> bytes:
    """A page in octets of that order, and where the next one is said to begin: TIFF 6.0, section 2."""
    tags = {256: picture.width, 257: picture.height, 258: 8, 259: 1, 262: 1, 273: 8, 278: picture.height}
    tags[279] = picture.width * picture.height
    begin = b"II*\0" if order == "<" else b"MM\0*"
    fields = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags.items())
    page = struct.pack(f"{order}H", len(tags)) + fields + struct.pack(f"{order}I", behind)
    return begin + struct.pack(f"{order}I", 8 + tags[279]) + picture.tobytes() + page


@needs_ocr
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_page_that_would_begin_behind_the_file_is_none(order: str) -> None:
    """Some programs say so of the one after the last; what lies in the file and is no page is damage."""
    picture = drawn()
    end = len(tiff(order, 0, picture))
    for behind in (0, end, end + 2, 2**32 - 1):
        found = nodes(tiff(order, behind, picture))
        assert (seen(found), {node.state for node in found}) == (True, {State.CLEAN})
    assert State.UNSCANNABLE in {node.state for node in nodes(tiff(order, end, picture) + b"\1\0 more")}


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_that_ends_as_it_should_is_read_to_its_end(order: str) -> None:
    """What stands behind the last page, pixels where one looks for a page, says nothing of pages."""
    page = noise(700, 700)
    end = len(tiff(order, 0, page))
    assert pictures._pages_within(tiff(order, 0, page)) is None
    assert pictures._pages_within(tiff(order, end, page)) == 1


def noise(width: int, height: int) -> Image.Image:
    return Image.frombytes("L", (width, height), Random(width).randbytes(width * height))


@needs_ocr
@pytest.mark.parametrize(
    ("picture", "state"),
    [
        (Image.new("L", (1000, 1000), 255), State.EMPTY),
        (Image.new("RGB", (3000, 2000), (0, 90, 180)), State.EMPTY),
        (Image.linear_gradient("L").resize((1200, 900)), State.EMPTY),
        (Image.new("L", (1, 1)), State.EMPTY),
        (noise(30, 200), State.EMPTY),
        (noise(200, 7), State.EMPTY),
        (Image.radial_gradient("L").resize((200, 200)), State.EMPTY),
        (noise(1000, 1000), State.UNSCANNABLE),
        (Image.effect_mandelbrot((1000, 800), (-2, -1.5, 1, 1.5), 100), State.UNSCANNABLE),
    ],
)
def test_finding_no_words_is_proof_only_where_there_is_no_place_for_them(
    picture: Image.Image, state: State
) -> None:
    """Plain, shaded and tiny pictures are empty; a large one without words may hold handwriting."""
    assert nodes(file(picture))[-1].state is state


@needs_ocr
def test_words_that_are_not_sure_are_told() -> None:
    """What can only be guessed is given to the detectors, and is not clean."""
    found = nodes(file(drawn(LINES * 3).rotate(35, expand=True, fillcolor=255)))
    assert State.UNSCANNABLE in {node.state for node in found}


def test_without_ocr_no_picture_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Tesseract's data are not installed, a picture with anything in it is unscannable."""
    monkeypatch.setattr(ocr, "_PLACES", ())
    ocr.engines.cache_clear()
    try:
        (node,) = nodes(file(drawn()))
        assert (node.state, node.reason) == (State.UNSCANNABLE, "image: no OCR here")
    finally:
        ocr.engines.cache_clear()


@needs_ocr
def test_pictures_past_the_time_are_not_clean() -> None:
    """When there is no time left, what was not read is unscannable; what was before is kept."""
    content = multipart(*[attachment(file(drawn()), f"{n}.png", "image/png") for n in range(2)])
    found = read_file(content, "a.eml", "message/rfc822", Limits(ocr_seconds=0))
    assert {node.reason for node in found if node.type == "image/png"} == {
        "more pictures than can be read in time"
    }


def test_reads_the_properties() -> None:
    """Text chunks, comments, EXIF and XMP are text like any other."""
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Title", NUMBER)
    chunks.add_itxt("Comment", f"zipped {NUMBER}", zip=True)
    exif = Image.Exif()
    exif[0x010E] = f"described {NUMBER}"
    exif[0x9C9B] = f"titled {NUMBER}".encode("utf-16-le")
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + f"commented {NUMBER}".encode()
    xmp = f"<x:xmpmeta><dc:title>{NUMBER}</dc:title></x:xmpmeta>".encode()
    plain = Image.new("L", (20, 20))
    for data, times in (
        (file(plain, pnginfo=chunks), 2),
        (file(plain, "JPEG", exif=exif, comment=NUMBER.encode(), xmp=xmp), 5),
        (file(plain, "TIFF", tiffinfo={270: NUMBER}), 1),
        (file(plain, "GIF", comment=NUMBER.encode()), 1),
    ):
        (node,) = [node for node in nodes(data) if node.name == "a.png › properties"]
        assert node.text.count(NUMBER) == times


def test_reads_the_properties_of_every_page() -> None:
    """Each page of a TIFF has fields of its own (TIFF 6.0, section 2)."""
    written = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(written, new=True) as pages:
        for shade, words in enumerate((NUMBER, "second", "third")):
            Image.new("L", (20, 20), shade).save(pages, "TIFF", tiffinfo={270: words})
            pages.newFrame()
    found = {node.name: node.text for node in nodes(written.getvalue())}
    assert found["a.png › properties"] == f"{NUMBER}\nsecond\nthird"


@pytest.mark.parametrize(
    ("form", "front", "behind"),
    [
        ("GIF", b"!\xff\x0bXMP DataXMP", b"\1" + bytes(range(255, -1, -1)) + b"\0;"),
        ("JPEG2000", b"\0\0\0\0uuid" + XMP_UUID, b""),
    ],
)
def test_reads_packets_of_xmp(form: str, front: bytes, behind: bytes) -> None:
    """XMP part 3: as Photoshop writes them."""
    packet = f"<x:xmpmeta><dc:title>{NUMBER}</dc:title></x:xmpmeta>".encode()
    data = file(Image.new("L", (20, 20)), form)
    found = {node.name: node.text for node in nodes(data.removesuffix(b";") + front + packet + behind)}
    assert NUMBER in found["a.png › properties"]


def with_segments(*segments: tuple[int, bytes]) -> bytes:
    """A JPEG with these in front, each a marker and octets."""
    data = file(Image.new("L", (20, 20)), "JPEG")
    written = (b"\xff%c" % marker + (len(octets) + 2).to_bytes(2) + octets for marker, octets in segments)
    return data[:2] + b"".join(written) + data[2:]


def xmp_part(start: int, octets: bytes) -> tuple[int, bytes]:
    return 0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32 + struct.pack(">II", 99, start) + octets


@pytest.mark.parametrize(
    "data",
    [
        with_segments((0xFE, NUMBER.encode()), (0xFE, b"made by a scanner")),
        with_segments(xmp_part(10, f"s {NUMBER}</a>".encode()), xmp_part(0, b"<a>number i")),
        with_segments(xmp_part(6, b"000 0018</a>"), xmp_part(0, b"<a>999 ")),
    ],
)
def test_reads_every_segment_of_a_photograph(data: bytes) -> None:
    """Comments may be several, and what describes a picture longer than one segment."""
    assert [NUMBER in node.text for node in nodes(data) if node.name == "a.png › properties"] == [True]


def test_tables_of_a_picture_are_no_words() -> None:
    """JPEG in TIFF keeps its tables in a field, of octets like any text."""
    data = file(drawn(), "TIFF", compression="jpeg")
    assert "a.png › properties" not in {node.name for node in nodes(data)}


@pytest.mark.parametrize(
    ("tag", "octets"),
    [
        (0x015B, NUMBER.encode()),
        (0x015B, b"\xff\xd8\xff\xfe" + (2 + len(NUMBER)).to_bytes(2) + NUMBER.encode() + b"\xff\xd9"),
        (0x8773, NUMBER.encode()),
        (0x8773, bytes(36) + b"acsp" + NUMBER.encode()),
    ],
)
def test_reads_words_in_the_place_of_tables_and_profiles(tag: int, octets: bytes) -> None:
    """Fields of a TIFF hold whatever was written there."""
    fields = TiffImagePlugin.ImageFileDirectory_v2()
    fields[tag], fields.tagtype[tag] = octets, 7
    data = file(Image.new("L", (20, 20)), "TIFF", tiffinfo=fields)
    assert [NUMBER in node.text for node in nodes(data) if node.name == "a.png › properties"] == [True]


def test_a_colour_profile_is_no_words() -> None:
    """Its descriptions come with the program that made it."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = file(drawn(), "TIFF", icc_profile=profile)
    assert "a.png › properties" not in {node.name for node in nodes(data)}


def test_reads_the_caption_of_a_photograph() -> None:
    """IPTC IIM, 2:120, in the resource 0x0404 of Photoshop (APP13)."""
    said = NUMBER.encode()
    caption = b"\x1c\x02\x78" + len(said).to_bytes(2) + said
    resource = b"8BIM\x04\x04\0\0" + len(caption).to_bytes(4) + caption + bytes(len(caption) % 2)
    segment = b"Photoshop 3.0\0" + resource
    data = with_segments((0xED, segment))
    assert [NUMBER in node.text for node in nodes(data) if node.name == "a.png › properties"] == [True]


@needs_ocr
@pytest.mark.parametrize(("mode", "form"), [("I;16", "PNG"), ("I;16", "TIFF"), ("F", "TIFF"), ("I", "TIFF")])
def test_reads_grey_of_more_than_eight_bits(mode: str, form: str) -> None:
    """As instruments and scanners write it; ink of a tenth and paper of half the light, too."""
    values = drawn().convert("F").point(lambda shade: shade * 100 + 6_000)
    deep = values if mode == "F" else values.convert("I")
    assert seen(nodes(file(deep if mode != "I;16" else deep.convert("I;16"), form))[:1])


@needs_ocr
@pytest.mark.parametrize("form", ["I;16", "F"])
@pytest.mark.parametrize("glare", [[65_535], [0], [0, 65_535], [9_000, 30_000, 65_535]])
def test_reads_grey_beside_a_glaring_spot(form: str, glare: list[int]) -> None:
    """One pixel of full light, or a mark, takes all other shades together."""
    values = drawn().convert("F").point(lambda shade: shade * 2 + 6_000)
    for place, shade in enumerate(glare):
        values.paste(shade, (10 * place, 0, 10 * place + 4, 4))
    deep = values.convert("I").convert("I;16") if form == "I;16" else values
    assert seen(nodes(file(deep, "TIFF")))


@needs_ocr
def test_print_in_few_pixels_is_no_spot() -> None:
    """The picture is looked at in both ways: what is cut off as a spot may have been a line."""
    print_ = files.drawn(NUMBER, 20).crop((0, 0, 300, 60))
    page = Image.new("L", (2_000, 1_500), 255)
    page.paste(print_, (200, 200))
    assert seen(nodes(file(page.convert("F").point(lambda shade: shade * 100 + 0.0), "TIFF")))


def test_shades_that_are_no_numbers_are_unscannable() -> None:
    endless = Image.new("F", (100, 100), float("nan"))
    assert [node.state for node in nodes(file(endless, "TIFF"))] == [State.UNSCANNABLE]


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        file(drawn())[:500],
        file(drawn(), "JPEG")[:200],
        file(Image.new("1", (30_000, 30_000))),
    ],
)
def test_damage_and_excess_are_unscannable(data: bytes) -> None:
    """What Pillow cannot decode in full, or would need too much memory for, is not empty."""
    assert {node.state for node in nodes(data)} == {State.UNSCANNABLE}


def test_the_engine_is_found_without_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Workers have an empty environment."""
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert ocr.data_folder() != tmp_path


@needs_ocr
def test_attempts_stop_when_the_time_has_come() -> None:
    """A moment in the past lets nothing be read."""
    with pytest.raises(Unreadable, match="in time"):
        ocr.read(drawn(), time.monotonic())


@needs_ocr
@pytest.mark.parametrize("turn", [0, 90, 180])
def test_how_a_page_lies_is_seen_before_it_is_read(turn: int) -> None:
    """That takes a tenth of the time that reading a full page upside down does."""
    page = files.drawn("\n".join(f"{LINES}, letter {number}" for number in range(12)), 20)
    words = ocr.read(page.rotate(turn, expand=True), time.monotonic() + 60, once=True)
    assert words.text.count(NUMBER) == 12


@needs_ocr
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_digits_are_read_however_they_lie(turn: int) -> None:
    """Upside down they are digits, too, and nothing tells which of them are meant."""
    listed = "\n".join(["NHS No", *["999 000 0018", "999 000 0069", "999 000 0085"] * 3])
    (node,) = nodes(file(files.drawn(listed, 26).rotate(turn, expand=True)))
    assert [node.text.count(number) for number in ("999 000 0018", "999 000 0069", "999 000 0085")] == [
        3,
        3,
        3,
    ]


@needs_ocr
def test_what_patience_ends_before_it_is_clear_is_not_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drawing of many lines may take long at every attempt; what the last ones would show is not known."""
    aslant = file(drawn().rotate(10, expand=True, fillcolor=255))
    assert {node.state for node in nodes(aslant)} == {State.CLEAN}
    monkeypatch.setattr(ocr, "_PATIENCE", 0.0)
    *_, last = nodes(aslant)
    assert (last.state, last.reason) == (
        State.UNSCANNABLE,
        "a picture with words that cannot be read for sure",
    )


@needs_ocr
async def test_a_confined_worker_reads_pictures() -> None:
    """Tesseract needs nothing that is forbidden there, whatever it has to complain of."""
    workers = Workers(WorkerOptions(memory=2**29, seconds=20), count=1, deadline=20, lifetime=10)
    await workers.start()
    try:
        aslant = file(drawn().rotate(10, expand=True, fillcolor=255))
        assert seen(await workers.read(aslant, "a.png"))
        (node,) = await workers.read(file(noise(300, 300).resize((600, 600))), "a.png")
        assert node.state is State.UNSCANNABLE
    finally:
        await workers.close()


@pytest.mark.parametrize(
    ("darkest", "brightest"), [(0, 255), (7, 7), (3, 200), (90, 91), (0, 254), (13, 255)]
)
def test_contrast_is_stretched_as_pillow_does_it(darkest: int, brightest: int) -> None:
    """Without its histogram, octet by octet the same."""
    shades = bytes(range(darkest, brightest + 1))
    grey = Image.frombytes("L", (len(shades), 1), shades)
    assert pictures.stretched(grey).tobytes() == ImageOps.autocontrast(grey).tobytes()
