from __future__ import annotations

import base64
import io
import re
import zlib
from collections.abc import Iterable

import pytest
from PIL import Image

from gateway.extract import ocr
from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.files import (
    IMAGE_OBJECT,
    NOISE,
    PICTURE,
    PNG,
    drawn,
    pdf,
    protected_pdf,
    show,
    stream,
)

LIMITS = Limits()
HIDDEN = "NHS 999 000 0018"
NO_WORDS = "a picture in which no words are found, which is no proof"
TOO_SMALL = "a picture too small for words"
UNPROVED = "page without text that is not proved to be blank"
LETTER = show("Dear Ann, thank you for your letter.")


needs_ocr = pytest.mark.skipif(ocr.data_folder() is None, reason="Tesseract's English data are not installed")


def nodes(data: bytes, limits: Limits = LIMITS) -> list[Node]:
    return read_file(data, "a.pdf", "", limits)


def test_reads_the_text_of_every_page() -> None:
    """Pages follow each other in one node; hyphens at line ends are hyphens."""
    (node,) = nodes(pdf(show("NHS 999 000 0018 is on the first page"), show("Ann Lee is on the second")))
    assert node.text == "NHS 999 000 0018 is on the first page\nAnn Lee is on the second"


@pytest.mark.parametrize(
    "content",
    [
        show(HIDDEN + " and more words", y=2000),
        "3 Tr " + show(HIDDEN + " and more words"),
        "1 1 1 rg " + show(HIDDEN + " and more words"),
        f"BT /F 1 Tf 72 700 Td ({HIDDEN} and more words) Tj ET",
    ],
)
def test_reads_text_that_is_not_seen(content: str) -> None:
    """Text off the page, invisible, white or tiny is text like any other."""
    assert HIDDEN in nodes(pdf(content))[0].text


NOTE = f"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents ({HIDDEN}) >>"
FIELD = f"<< /Type /Annot /Subtype /Widget /FT /Tx /T (no) /V ({HIDDEN}) /Rect [0 0 9 9] >>"
HINT = f"<< /Type /Annot /Subtype /Widget /FT /Tx /TU ({HIDDEN}) /Rect [0 0 9 9] >>"
LINK = f"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (http://a.example/{HIDDEN}) >> >>"
CHILD = "<< /Type /Annot /Subtype /Widget /Parent 12 0 R /Rect [99 99 299 119] /AP << /N 11 0 R >> >>"
IN_HEXADECIMAL = f"<{HIDDEN.encode().hex()}> Tj"
KERNED = "[(NHS 9) 20 (99 00) -9 (0) -300 (0018)] TJ"
APPEARANCE = "/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F 3 0 R >> >>"


def shown(content: str) -> bytes:
    """What an annotation shows."""
    return stream(APPEARANCE, f"/Tx BMC BT /F 9 Tf {content} ET EMC".encode())


SHOWN = shown(f"({HIDDEN}) Tj")
STAMP = "<< /Type /Annot /Subtype /Stamp /Rect [99 99 299 119] /AP << /N 11 0 R >> >>"


OTHER = "<< /Type /Annot /Subtype /Widget /FT /Tx /V (none) /Rect [99 99 299 119] /AP << /N 11 0 R >> >>"


@pytest.mark.parametrize(
    "objects",
    [
        *([NOTE], [FIELD], [HINT], [LINK], [OTHER, SHOWN], [CHILD, SHOWN, "<< /FT /Tx >>"]),
        *([STAMP, SHOWN], [STAMP, shown(IN_HEXADECIMAL)], [STAMP, shown(KERNED)]),
    ],
)
def test_reads_annotations_and_form_values(objects: list[str | bytes]) -> None:
    """Notes, values and hints of fields, targets of links, and what a field shows, are read."""
    found = {node.name: node.text for node in nodes(pdf(LETTER, objects=objects, page="/Annots [10 0 R]"))}
    assert HIDDEN in found["a.pdf › annotations"]


@pytest.mark.parametrize(
    "content",
    [
        *(f"({HIDDEN}) Tj", IN_HEXADECIMAL, KERNED, "(NHS 999) Tj 0 -9 Td (000 0018) Tj"),
        "".join(f"({letter}) Tj " for letter in HIDDEN),
    ],
)
def test_reads_what_hidden_annotations_would_show(content: str) -> None:
    """No viewer shows them, and whoever unhides them sees it."""
    hidden = STAMP.replace("/Rect", "/F 2 /Rect")
    found = nodes(pdf(LETTER, objects=[hidden, shown(content)], page="/Annots [10 0 R]"))
    assert [node.name for node in found if HIDDEN in node.text] == ["a.pdf › objects"]


def test_what_stands_in_glyphs_is_no_text() -> None:
    """Hexadecimal digits mostly are numbers of glyphs, of which the text of the page is made already."""
    glyphs = shown("<002A00480003> Tj")
    assert [node.name for node in nodes(pdf(LETTER, objects=[glyphs]))] == ["a.pdf"]


def test_reads_what_is_beside_the_pages() -> None:
    """Properties, outline, scripts and the packets of an XFA form are nodes of their own."""
    data = pdf(
        LETTER,
        info=f"/Title ({HIDDEN})",
        catalog=(
            "/Outlines 10 0 R /Names << /JavaScript << /Names [(a) 12 0 R] >> >> "
            "/AcroForm << /Fields [] /XFA [(datasets) 13 0 R] >>"
        ),
        objects=[
            "<< /Type /Outlines /First 11 0 R /Last 11 0 R >>",
            f"<< /Title ({HIDDEN}) /Parent 10 0 R >>",
            f"<< /S /JavaScript /JS (app.alert\\('{HIDDEN}'\\)) >>",
            stream("", f"<data><patient>{HIDDEN}</patient></data>".encode()),
        ],
    )
    found = [node.name for node in nodes(data) if HIDDEN in node.text]
    assert found == [
        *("a.pdf › outline", "a.pdf › properties", "a.pdf › scripts"),
        *("a.pdf › XFA form", "a.pdf › XFA form › content"),
    ]


def test_opens_embedded_files() -> None:
    """A file within a PDF is read by its own type."""
    for content, reason in (
        (b"NHS 999 000 0018", ""),
        (PNG, "a damaged picture"),
        (NOISE, "unsupported type"),
    ):
        data = pdf(
            LETTER,
            catalog="/Names << /EmbeddedFiles << /Names [(a) 10 0 R] >> >>",
            objects=[
                "<< /Type /Filespec /F (list.txt) /UF (list.txt) /EF << /F 11 0 R >> >>",
                stream("/Type /EmbeddedFile", content),
            ],
        )
        node = nodes(data)[-1]
        assert node.name == "a.pdf › list.txt"
        assert node.reason.startswith(reason)
        assert node.text == ("" if reason else HIDDEN)


@needs_ocr
@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ([PICTURE], [("a.pdf › page 1", NO_WORDS), ("a.pdf › page 1 › picture 1", TOO_SMALL)]),
        ([LETTER + PICTURE], [("a.pdf", ""), ("a.pdf › page 1 › picture 1", TOO_SMALL)]),
        (["72 72 100 100 re f"], [("a.pdf › page 1", NO_WORDS)]),
        (["", LETTER], [("a.pdf", "")]),
        ([""], [("a.pdf", "every page is blank")]),
        ([show("   ")], [("a.pdf", "every page is blank")]),
        (["q 1 0 0 1 0 0 cm /P << /MCID 0 >> BDC BT /F 1 Tf ET EMC Q"], [("a.pdf", "every page is blank")]),
        (["(words that nothing shows)"], [("a.pdf › page 1", UNPROVED)]),
        (["72 72 Xx"], [("a.pdf › page 1", UNPROVED)]),
    ],
)
def test_a_page_without_text_is_not_clean(pages: list[str], found: list[tuple[str, str]]) -> None:
    """Scans and drawings are looked at page by page; only what has nothing on it is empty."""
    assert [(node.name, node.reason) for node in nodes(pdf(*pages, objects=[IMAGE_OBJECT]))] == found


def test_pages_past_the_limit_are_not_passed_over() -> None:
    """A document of too many pages says so beside the text of the first ones."""
    found = nodes(pdf(LETTER, LETTER, LETTER), Limits(pdf_pages=2))
    assert ("a.pdf › further pages", "more pages than are read") in [
        (node.name, node.reason) for node in found
    ]


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (protected_pdf("", "owner", HIDDEN), State.CLEAN),
        (protected_pdf("user", "owner", HIDDEN), State.ENCRYPTED),
        (protected_pdf("user", "owner", HIDDEN, forged=True), State.UNSCANNABLE),
        (protected_pdf("user", "owner", HIDDEN).replace(b"/Standard", b"/Adobe.XX"), State.UNSCANNABLE),
        (protected_pdf("user", "owner", HIDDEN)[:300], State.UNSCANNABLE),
        (pdf(LETTER)[:60] + b"/Encrypt", State.UNSCANNABLE),
    ],
)
def test_only_a_user_password_is_encryption(data: bytes, state: State) -> None:
    """An owner password protects nothing; a forged or damaged dictionary proves nothing."""
    assert nodes(data)[0].state is state


def test_an_error_is_not_taken_from_the_file_before() -> None:
    """A damaged file after an encrypted one in the same process is not called encrypted."""
    nodes(protected_pdf("user", "owner", HIDDEN))
    (node,) = nodes(pdf().replace(b"/Title", b"/Encrypt") + b"/Encrypt")
    assert node.state is State.UNSCANNABLE


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"%PDF-1.7\n" + NOISE, pdf(LETTER)[9:], pdf()])
def test_damage_is_unscannable_or_read(data: bytes) -> None:
    """What pdfium cannot open is not clean; what it repairs is read."""
    assert all(node.state is State.UNSCANNABLE or node.text for node in nodes(data))


def test_what_only_some_viewers_repair_is_read_and_not_clean() -> None:
    """pdfium asks for a trailer; qpdf does without."""
    text, damage = nodes(pdf(LETTER).replace(b"trailer", b"railer"))
    assert text.text == "Dear Ann, thank you for your letter."
    assert damage.state is State.UNSCANNABLE


def test_a_password_for_embedded_files_hides_no_pages() -> None:
    """Only what is embedded need be encrypted; a reader that asks for the password sees no object."""
    only_files = (
        b"/V 4 /R 4 /CF << /E << /AuthEvent /EFOpen /CFM /AESV2 >> >> /StmF /Identity /StrF /Identity"
    )
    data = protected_pdf("user", "owner", HIDDEN, forged=True).replace(b"/V 1 /R 2", only_files + b" /EFF /E")
    text, objects = nodes(data)
    assert HIDDEN in text.text
    assert objects.state is State.UNSCANNABLE


@pytest.mark.parametrize("damage", [bytes(20), b"?"])
def test_a_page_that_cannot_be_decoded_is_not_blank(damage: bytes) -> None:
    """pdfium shows nothing of a damaged content stream, which is no proof that nothing is there."""
    packed = zlib.compress(LETTER.encode())
    data = pdf(LETTER).replace(packed, damage + packed[len(damage) :])
    assert [(node.name, node.reason) for node in nodes(data)] == [("a.pdf › page 1", UNPROVED)]


@pytest.mark.parametrize(
    ("catalog", "item"),
    [
        ("/Metadata 11 0 R", stream("/Type /Metadata /Subtype /XML", f"<x>{HIDDEN}</x>".encode())),
        ("/Metadata 11 0 R", stream("", f"<x>{HIDDEN}</x>".encode())),
        ("/OpenAction 11 0 R", f"<< /S /JavaScript /JS (go\\('{HIDDEN}'\\)) >>"),
        ("/AA << /WC << /S /JavaScript /JS 11 0 R >> >>", stream("", f"go('{HIDDEN}')".encode())),
        ("/OCProperties << /OCGs [11 0 R] >>", f"<< /Type /OCG /Name ({HIDDEN}) >>"),
        ("/StructTreeRoot 11 0 R", f"<< /Type /StructTreeRoot /K << /S /Figure /Alt ({HIDDEN}) >> >>"),
        ("/Collection << /Schema 11 0 R >>", f"<< /a << /Subtype /S /N ({HIDDEN}) >> >>"),
        ("/Dests 11 0 R", f"<< /a [100 0 R ({HIDDEN})] >>"),
        ("", f"<< /Unused ({HIDDEN}) >>"),
        ("", f"<< /Unused <{HIDDEN.encode().hex()}> >>"),
        ("", b"<< /Unused <%b> >>" % ("\ufeff" + HIDDEN).encode("utf-16-be").hex().encode()),
        ("", stream("", show(HIDDEN).encode())),
        ("", stream("", f"BT {IN_HEXADECIMAL} ET".encode())),
        ("", stream("", f"BT {KERNED} ET".encode())),
        ("", stream("/Type /EmbeddedFile", HIDDEN.encode())),
        ("/AF [<< /Type /Filespec /F (a.txt) /EF << /F 11 0 R >> >>]", stream("", HIDDEN.encode())),
    ],
)
def test_reads_what_its_objects_hold(catalog: str, item: str | bytes) -> None:
    """Wherever in the tree of objects, or in none: strings, metadata, scripts, files, old content."""
    found = nodes(pdf(LETTER, catalog=catalog, objects=[IMAGE_OBJECT, item]))
    assert any(HIDDEN in node.text for node in found[1:])


@pytest.mark.parametrize(("side", "held"), [(200, False), (400, True)])
def test_a_preview_in_metadata_is_one(side: int, held: bool) -> None:
    """Programs keep a small picture of the first page in XMP, on which nobody reads what is not on it."""
    octets = io.BytesIO()
    Image.effect_noise((side, side), 200).save(octets, "PNG")
    coded = base64.encodebytes(octets.getvalue()).decode().replace("\n", "&#xA;")
    metadata = stream("/Type /Metadata /Subtype /XML", f"<x><image>{coded}</image>{HIDDEN}</x>".encode())
    found = nodes(pdf(LETTER, catalog="/Metadata 11 0 R", objects=[IMAGE_OBJECT, metadata]))
    (shown,) = [node for node in found if node.name == "a.pdf › metadata › base64"]
    assert shown.type == "image/png; preview"
    assert (shown.state is State.UNSCANNABLE) is held
    assert any(HIDDEN in node.text for node in found)


FORM = "/Type /XObject /Subtype /Form /BBox [0 0 500 800] /Resources << /Font << /F 3 0 R >> >>"
PATTERN = "/Type /Pattern /PatternType 1 /BBox [0 0 9 9] /Resources << /Font << /F 3 0 R >> >>"


@pytest.mark.parametrize("entries", [FORM, PATTERN])
def test_reads_what_a_page_could_draw_and_does_not(entries: str) -> None:
    """A form among the resources of a page, and a pattern, are content that no page need show."""
    found = nodes(pdf(LETTER, objects=[stream(entries, show(HIDDEN).encode())]))
    assert [node.name for node in found if HIDDEN in node.text] == ["a.pdf › objects"]


def test_what_a_page_draws_is_read_once() -> None:
    """A form that is drawn is text of the page, and of nothing else."""
    data = pdf(LETTER + "/Im Do", objects=[stream(FORM, show(HIDDEN).encode())])
    assert [node.name for node in nodes(data) if HIDDEN in node.text] == ["a.pdf"]


def test_reads_comments_of_the_file() -> None:
    """What a person who opens the file in an editor would see."""
    data = pdf(LETTER).replace(b"endobj\n", b"endobj\n%" + HIDDEN.encode() + b"\n", 1)
    assert [node.name for node in nodes(data) if HIDDEN in node.text] == ["a.pdf › comments in the file"]


def test_reads_words_that_stand_for_what_is_shown() -> None:
    """What a content stream gives to those who cannot see it."""
    data = pdf(f"/Figure << /Alt (\\({HIDDEN}\\)) >> BDC {LETTER} EMC")
    assert any(f"({HIDDEN})" in node.text for node in nodes(data))


@pytest.mark.parametrize("item", ["3", "2.5", "true", "null", "/Name"])
def test_numbers_may_be_objects_of_their_own(item: str) -> None:
    """Many programs write the length of a stream as an object, whether it is used or not."""
    assert [node.name for node in nodes(pdf(LETTER, objects=[item]))] == ["a.pdf"]


def revised(first: str, second: str) -> bytes:
    """A document, and an incremental update that shows another content on its page."""
    return revised_object(pdf(first), 101, stream("", second.encode()))


def revised_object(data: bytes, number: int, content: bytes) -> bytes:
    """An incremental update with another object of this number (section 7.5.6)."""
    start = data.rindex(b"startxref") + 10
    before = int(data[start:].split()[0])
    item = b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, len(data))
    trailer = b"trailer\n<< /Size 102 /Root 1 0 R /Info 4 0 R /Prev %d >>\n" % before
    return data + item + table + trailer + b"startxref\n%d\n%%%%EOF\n" % (len(data) + len(item))


def test_reads_earlier_revisions() -> None:
    """What an update has replaced is still in the file; what it has kept is not read twice."""
    found = [(node.name, node.text) for node in nodes(revised(LETTER + show(HIDDEN, y=600), LETTER))]
    assert found == [
        ("a.pdf", "Dear Ann, thank you for your letter."),
        ("a.pdf › revision 1", HIDDEN),
    ]
    assert [node.name for node in nodes(revised(LETTER, LETTER))] == ["a.pdf"]


def test_revisions_past_the_limit_are_not_passed_over() -> None:
    """Of very many, the last ones are read, and that there were more is said."""
    data = pdf(LETTER)
    reasons = {node.reason for node in nodes(data + b"%%EOF\n" * 20)}
    assert "more revisions than are read" in reasons


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (pdf(LETTER) + b"\r\n\0\0\n", []),
        (pdf(LETTER) + f"\n{HIDDEN}".encode(), [("a.pdf › after the end", HIDDEN)]),
        (HIDDEN.encode() + b"\n" + pdf(LETTER), [("a.pdf › before the document", HIDDEN)]),
        (b"%" * 1000 + pdf(LETTER), [("a.pdf › before the document", "%" * 1000)]),
        (pdf(LETTER) + b"\x01\x02\x03\x04" + HIDDEN.encode(), [("a.pdf › after the end", HIDDEN)]),
    ],
)
def test_reads_what_stands_around_it(data: bytes, found: list[tuple[str, str]]) -> None:
    """A header need not stand in front, nor the end mark at the end; padding is nothing."""
    text, *rest = [(node.name, node.text) for node in nodes(data)]
    assert text == ("a.pdf", "Dear Ann, thank you for your letter.")
    assert [(name, text.strip()) for name, text in rest if "as " not in name] == found


def test_much_that_is_unknown_around_it_is_not_clean() -> None:
    """Octets of no known type after the end may be anything."""
    assert State.UNSCANNABLE in {node.state for node in nodes(pdf(LETTER) + NOISE)}


def picture(data: Image.Image) -> bytes:
    """An image XObject."""
    entries = f"/Type /XObject /Subtype /Image /Width {data.width} /Height {data.height}"
    return stream(f"{entries} /ColorSpace /DeviceGray /BitsPerComponent 8", data.tobytes())


PRINT = drawn(f"This is about Mrs Jane Doe\nwhose number is {HIDDEN}\nand who needs a letter")
HALVES = [PRINT.crop((0, 0, PRINT.width, PRINT.height // 2)), PRINT.crop((0, PRINT.height // 2, *PRINT.size))]
PLACED = "q {} cm /Im Do Q\n"


@needs_ocr
@pytest.mark.parametrize(
    "place",
    [
        "450 0 0 150 50 300",  # upright
        "-450 0 0 -150 500 450",  # upside down
        "0 450 -150 0 400 200",  # on its side
        "450 0 0 -150 50 450",  # mirrored, as the page shows it
        "90 0 0 30 50 300",  # small, but fine
        "450 0 0 150 5000 300",  # off the page
        "0 0 0 0 50 300",  # in a point
    ],
)
@pytest.mark.parametrize("text", ["", LETTER], ids=["scan", "letter"])
def test_reads_pictures_on_pages(place: str, text: str) -> None:
    """As the page shows them or, where that is less, as they are kept: a scan or a picture in a letter."""
    image = PRINT.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if "-150 50 450" in place else PRINT
    found = nodes(pdf(text + PLACED.format(place), objects=[picture(image)]))
    assert any("999 000 0018" in node.text for node in found)


def in_dots(print_: Image.Image, scale: float) -> str:
    """Content that draws dark runs of pixels as rectangles."""
    rows = [print_.crop((0, y, print_.width, y + 1)).tobytes() for y in range(print_.height)]
    dots = [
        f"{run.start() * scale} {-y * scale} {len(run[0]) * scale} {scale} re"
        for y, row in enumerate(rows)
        for run in re.finditer(rb"[\0-\x7f]+", row)
    ]
    return f"q 1 0 0 1 60 600 cm {' '.join(dots)} f Q\n"


def curves(places: Iterable[tuple[int, int]], size: int) -> str:
    """Content that fills a figure with a round side at every place."""
    figure = "{x} {y} m {x} {high} l {far} {high} l {far} {y} {far} {y} {x} {y} c f\n"
    return "".join(figure.format(x=x, y=y, far=x + size, high=y + size) for x, y in places)


SMALL_PRINT = drawn(f"This is about Mrs Jane Doe\nwhose number is {HIDDEN}\nand who needs a letter").crop(
    (0, 0, 900, 200)
)


@needs_ocr
@pytest.mark.parametrize("text", [show("Page 1 of 1", y=40), LETTER])
def test_reads_letters_that_are_drawn_beside_text(text: str) -> None:
    """A footer, or a letterhead, is not all that a page says; nor is it where a form draws the rest."""
    print_ = in_dots(SMALL_PRINT, 0.5)
    for page, form in ((text + print_, ""), (text + "q 1 0 0 1 0 -9 cm /Im Do Q", print_)):
        found = nodes(pdf(page, objects=[stream(FORM, form.encode())]))
        assert [node.name for node in found if HIDDEN in node.text] == ["a.pdf › page 1"]
        assert {node.state for node in found} == {State.CLEAN}


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (curves([(40 + 9 * n, 700) for n in range(50)], 7), True),  # a line
        (curves([(300, 100 + 9 * n) for n in range(50)], 7), True),  # on its side
        (curves([(40 + 9 * n, 700) for n in range(15)], 7), False),  # the name in a logo
        (
            curves([(40 + 60 * n, 700 - 60 * m) for n in range(8) for m in range(8)], 7),
            False,
        ),  # points of a map
        (curves([(40 * n, 90 * n) for n in range(9)], 300), False),  # shapes
        ("".join(f"{40 + 10 * n} 90 8 {9 * n} re f " for n in range(50)), False),  # a chart
        ("".join(f"{40 + n} 90 0.5 0.5 re f " for n in range(500)), False),  # a dotted rule
        ("".join(f"40 {40 + 9 * n} m 90 {40 + 9 * n} l S " for n in range(50)), False),  # a ruled form
        ("".join(f"{40 + 9 * n} 40 m 9 9 l n " for n in range(50)), False),  # nothing
        (curves([(40 + 9 * n, 700) for n in range(50)], 7).replace(" f", " n"), False),
        (curves([(n % 500, 700) for n in range(20_000)], 900), True),  # more than is looked at
    ],
)
def test_only_lines_of_small_figures_may_be_letters(content: str, seen: bool) -> None:
    """Honest pages are full of paths; that a page is looked at costs seconds."""
    found = nodes(pdf(LETTER * 3 + content), Limits(ocr_seconds=0))
    assert ("more pictures than can be read in time" in {node.reason for node in found}) is seen


@needs_ocr
def test_pictures_on_a_page_with_figures_are_read_one_by_one() -> None:
    """What makes a single picture doubtful is no less so among the words of its page."""
    figures = curves([(40 + 9 * n, 700) for n in range(50)], 7)
    found = nodes(pdf(LETTER + figures + PLACED.format("450 0 0 150 50 300"), objects=[picture(PRINT)]))
    assert "a.pdf › page 1 › picture 1" in {node.name for node in found if HIDDEN in node.text}


@needs_ocr
@pytest.mark.parametrize("kind", ["/Subtype /Stamp", "/Subtype /Widget /FT /Btn /Ff 65536 /T (photo)"])
def test_reads_pictures_of_annotations(kind: str) -> None:
    """Stamps and buttons may show a scan, and nothing on the page does."""
    objects: list[str | bytes] = [
        picture(PRINT),
        f"<< /Type /Annot {kind} /Rect [50 300 500 450] /F 4 /AP << /N 12 0 R >> >>",
        stream(
            "/Type /XObject /Subtype /Form /BBox [0 0 450 150] /Resources << /XObject << /Im 10 0 R >> >>",
            b"q 450 0 0 150 0 0 cm /Im Do Q",
        ),
    ]
    found = nodes(pdf(LETTER, objects=objects, page="/Annots [11 0 R]"))
    assert [node.name for node in found if HIDDEN in node.text] == ["a.pdf › page 1 › picture 1"]


UNSHOWN = "a.pdf › pictures that no page shows › page 1"
TILES = stream(
    "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 450 150] /XStep 450 /YStep 150 "
    "/Resources << /XObject << /Im 10 0 R >> >>",
    b"q 450 0 0 150 0 0 cm /Im Do Q",
)
MASKED = b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "


@needs_ocr
@pytest.mark.parametrize(
    ("page", "objects"),
    [
        ("", [picture(PRINT)]),
        ("/Resources << /Pattern << /P 11 0 R >> >>", [picture(PRINT), TILES]),
        ("/Thumb 10 0 R", [picture(PRINT)]),
        (
            "",
            [
                MASKED + b"/SMask 11 0 R /Length 1 >>\nstream\n\0\nendstream",
                picture(PRINT.point(lambda shade: 255 - shade)),
            ],
        ),
    ],
    ids=["unused", "pattern", "thumbnail", "mask"],
)
def test_reads_pictures_that_no_page_shows(page: str, objects: list[bytes]) -> None:
    """Whatever refers to them, or nothing."""
    found = nodes(pdf(LETTER, objects=objects, page=page))
    assert [node.name for node in found if HIDDEN in node.text] == [UNSHOWN]


@needs_ocr
@pytest.mark.parametrize(
    "image",
    [picture(PRINT.resize((39, 9))), picture(PRINT.resize((256, 100)))],
    ids=["small", "thumbnail"],
)
def test_small_pictures_that_no_page_shows_have_no_place_for_words(image: bytes) -> None:
    """Textures, and what programs make of a page to choose it by."""
    assert [node.name for node in nodes(pdf(LETTER, objects=[image], page="/Thumb 10 0 R"))] == ["a.pdf"]


@needs_ocr
def test_reads_pictures_of_earlier_revisions() -> None:
    """What an update has put in the place of a picture does not take it out of the file."""
    data = pdf(LETTER + PLACED.format("450 0 0 150 50 300"), objects=[picture(PRINT)])
    found = nodes(revised_object(data, 10, picture(PRINT.point(lambda shade: 255))))
    assert [node.name for node in found if HIDDEN in node.text] == ["a.pdf › revision 1 › pictures › page 1"]


@needs_ocr
def test_reads_a_picture_cut_into_strips() -> None:
    """Strips that touch are one picture, wherever a line of letters is cut."""
    upper, lower = (half.height * 450 / PRINT.width for half in HALVES)
    page = LETTER + f"q 450 0 0 {upper} 50 {300 + lower} cm /Im Do Q q 450 0 0 {lower} 50 300 cm /Im2 Do Q"
    data = pdf(page, objects=[*map(picture, HALVES)])
    data = data.replace(b"/Im 10 0 R >>", b"/Im 10 0 R/Im2 11 0 R>>")
    assert any("999 000 0018" in node.text for node in nodes(data))


@pytest.mark.parametrize(
    ("glyphs", "text", "seen"),
    [
        ("65 /g1 /g2 /g3 97 /g4 /g5 /g6 /g7 /g8", "Abcde", True),
        ("65 /g1 /g2 /g3", "ABC and so on", False),
        ("33 /g1 /g2 /g3 /g4 /g5 /g6 /g7 /g8", "!'() and so on", False),
        ("65 /g1 /g2 /g3 /g4 /g5", "A in B and C over D or E", False),
        ("65 /A /B /C /D /E", "ABCDE", False),
    ],
)
def test_letters_that_nobody_knows_are_looked_at(glyphs: str, text: str, seen: bool) -> None:
    """Glyphs with names of their own may show anything, however short the word; symbols are none."""
    encoding = f"/Encoding << /Differences [{glyphs}] >>".encode()
    data = pdf(show(text)).replace(b"/BaseFont /Helvetica", b"/BaseFont /Odd " + encoding)
    assert ("a.pdf › page 1" in {node.name for node in nodes(data)}) is seen


@needs_ocr
def test_reads_a_picture_on_many_pages_once() -> None:
    """A letterhead is looked at on the first page."""
    pages = [LETTER + PLACED.format("450 0 0 150 50 300")] * 5
    found = nodes(pdf(*pages, objects=[picture(PRINT)]))
    assert [node.name for node in found] == ["a.pdf", "a.pdf › page 1 › picture 1"]


@needs_ocr
def test_reads_letters_that_stand_for_others() -> None:
    """A page whose text is no language is also read as it looks."""
    turned = "q 1 0 0 1 0 0 cm " + show("gsv jfrxp yildm ulc qfnkh levi gsv ozab wlt " * 4) + "Q"
    found = nodes(pdf(turned + PLACED.format("450 0 0 150 50 300"), objects=[picture(PRINT)]))
    assert [node.name for node in found if "999 000 0018" in node.text] == ["a.pdf › page 1"]


@needs_ocr
def test_pictures_past_the_time_are_not_passed_over() -> None:
    """When there is no time left for OCR, no page is drawn for it; that there are pictures is said once."""
    data = pdf(
        *[show("NHS 999 000 0018") + PLACED.format("450 0 0 150 50 300")] * 3, objects=[picture(PRINT)]
    )
    found = nodes(data, Limits(ocr_seconds=0))
    assert [node.name for node in found if node.reason == "more pictures than can be read in time"] == [
        "a.pdf › further pictures"
    ]


@needs_ocr
def test_pictures_past_the_limit_are_not_passed_over() -> None:
    """So many pages are read by OCR; that there are more is said."""
    data = pdf(*[PLACED.format("450 0 0 150 50 300")] * 3, objects=[picture(PRINT)])
    found = nodes(data, Limits(ocr_pages=2))
    assert found[-1].reason == "more pictures than are read"
    assert sum("999 000 0018" in node.text for node in found) == 2
