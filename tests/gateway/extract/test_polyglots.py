from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.mail import State
from tests.gateway.extract.archive_files import LETTER, rar, seven_zip, zipped
from tests.gateway.extract.files import NOISE, PNG, docx, paragraph, pdf, show
from tests.gateway.extract.reading import nodes, reasons, texts
from tests.gateway.extract.test_archives import tar
from tests.gateway.extract.test_certificates import certificate
from tests.gateway.extract.test_metafiles import emf, emf_record, emf_text

TEXT = LETTER.decode()
PICTURE = PNG + b"\0\0\0\0IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + NOISE[:500] + b"\xff\xd9"
GIF = b"GIF89a" + NOISE[:500] + b"\0;"
MEMBERS = {"letter.txt": LETTER}


@pytest.mark.parametrize(
    "front", [PICTURE, JPEG, GIF, pdf(show("page")), b"MZ\x90\0" + NOISE, b"ID3" + NOISE]
)
@pytest.mark.parametrize(
    "archive", [zipped(MEMBERS), seven_zip(MEMBERS), rar(MEMBERS.items()), zipped(MEMBERS, comment=b"words")]
)
def test_an_archive_behind_something_else_is_read(front: bytes, archive: bytes) -> None:
    """Archivers open a file from its end, or search for a beginning: what they find is read (E40)."""
    assert TEXT in texts(nodes(front + archive)).values()


def test_a_document_behind_a_picture_is_read() -> None:
    """A package is an archive, wherever it begins."""
    assert "words" in texts(nodes(JPEG + docx(paragraph("words")))).values()


@pytest.mark.parametrize("front", [PICTURE, JPEG, GIF])
def test_words_behind_a_picture_are_read(front: bytes) -> None:
    """What stands behind the end of a picture, no viewer shows and everybody can read."""
    found = nodes(front + LETTER)
    assert "NHS number 999 000 0018" in texts(found)["a › behind it"]
    assert any(node.state is State.UNSCANNABLE for node in found)


def test_a_tar_archive_that_begins_like_a_document_is_read() -> None:
    """The first name in a tar archive can be the beginning of another kind of file."""
    assert TEXT in texts(nodes(tar(("%PDF-1.7", b"words"), ("letter.txt", LETTER)))).values()


@pytest.mark.parametrize(
    "data",
    [
        emf(emf_text("Figure 1"), emf_record(70, bytes(8) + pdf(show("page")))),
        certificate(pdf(show("page"))).public_bytes(Encoding.DER),
    ],
    ids=["EMF", "certificate"],
)
def test_what_a_viewer_finds_behind_another_opening_is_read(data: bytes) -> None:
    """Of PDF anywhere in the first 1,024 octets."""
    found = nodes(data)
    assert "page" in [node.text.strip() for node in found if node.type == "application/pdf"]
    assert "nested too deep" not in reasons(found).values()


@pytest.mark.parametrize("data", [PICTURE, JPEG, GIF, PICTURE + bytes(100), pdf(show("page"))])
def test_nothing_is_found_where_nothing_is(data: bytes) -> None:
    """Files that are one thing have no further nodes."""
    assert not [node.name for node in nodes(data) if "behind" in node.name or " as " in node.name]
