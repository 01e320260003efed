from __future__ import annotations

import zlib

import pytest

from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.files import (
    IMAGE_OBJECT,
    NOISE,
    PICTURE,
    PNG,
    pdf,
    protected_pdf,
    show,
    stream,
)

LIMITS = Limits()
HIDDEN = "NHS 999 000 0018"
UNPROVED = "page without text that is not proved to be blank"
LETTER = show("Dear Ann, thank you for your letter.")


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
CHILD = "<< /Type /Annot /Subtype /Widget /Parent 12 0 R /Rect [0 0 9 9] /AP << /N 11 0 R >> >>"
SHOWN = stream("/Type /XObject /Subtype /Form /BBox [0 0 9 9]", f"/Tx BMC BT ({HIDDEN}) Tj ET EMC".encode())


@pytest.mark.parametrize("objects", [[NOTE], [FIELD], [HINT], [LINK], [CHILD, SHOWN, "<< /FT /Tx >>"]])
def test_reads_annotations_and_form_values(objects: list[str | bytes]) -> None:
    """Notes, values and hints of fields, targets of links, and what a field shows, are read."""
    found = {node.name: node.text for node in nodes(pdf(LETTER, objects=objects, page="/Annots [10 0 R]"))}
    assert HIDDEN in found["a.pdf › annotations"]


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
    for content, reason in ((b"NHS 999 000 0018", ""), (PNG, "a damaged picture"), (NOISE, "unsupported type")):
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


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ([PICTURE], [("a.pdf › page 1", "scanned page")]),
        ([LETTER, PICTURE], [("a.pdf", ""), ("a.pdf › page 2", "scanned page")]),
        ([show("- 1 -") + PICTURE], [("a.pdf", ""), ("a.pdf › page 1", "scanned page")]),
        ([LETTER + PICTURE], [("a.pdf", ""), ("a.pdf › pictures", "image: not read")]),
        (["72 72 100 100 re f"], [("a.pdf › page 1", "page drawn without text")]),
        (["", LETTER], [("a.pdf", "")]),
        ([""], [("a.pdf", "every page is blank")]),
        ([show("   ")], [("a.pdf", "every page is blank")]),
        (["q 1 0 0 1 0 0 cm /P << /MCID 0 >> BDC BT /F 1 Tf ET EMC Q"], [("a.pdf", "every page is blank")]),
        (["(words that nothing shows)"], [("a.pdf › page 1", UNPROVED)]),
        (["72 72 Xx"], [("a.pdf › page 1", UNPROVED)]),
    ],
)
def test_a_page_without_text_is_not_clean(pages: list[str], found: list[tuple[str, str]]) -> None:
    """Scans and drawings are unscannable page by page; only what has nothing on it is empty."""
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


@pytest.mark.parametrize("damage", [bytes(20), b"?"])
def test_a_page_that_cannot_be_decoded_is_not_blank(damage: bytes) -> None:
    """pdfium shows nothing of a damaged content stream, which is no proof that nothing is there."""
    packed = zlib.compress(LETTER.encode())
    data = pdf(LETTER).replace(packed, damage + packed[len(damage) :])
    assert [(node.name, node.reason) for node in nodes(data)] == [("a.pdf › page 1", UNPROVED)]
