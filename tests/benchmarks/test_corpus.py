from __future__ import annotations

import io
import posixpath
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from random import Random
from statistics import fmean
from xml.etree.ElementTree import fromstring
from zipfile import ZipFile

import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest

from benchmarks import corpus
from benchmarks.corpus import Mail
from benchmarks.files.ooxml import docx, xlsx
from benchmarks.files.pdf import pdf


@pytest.fixture(scope="module")
def hundred() -> list[Mail]:
    return list(corpus.mixed(100))


def _parsed(mail: Mail) -> EmailMessage:
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_same_seed_makes_the_same_octets() -> None:
    """Whoever repeats a benchmark sends the same mail."""
    assert list(corpus.mixed(20, seed=7)) == list(corpus.mixed(20, seed=7))
    assert list(corpus.small(20, seed=7)) == list(corpus.small(20, seed=7))


def test_another_seed_makes_other_mail() -> None:
    """The seed decides about every message."""
    pairs = zip(corpus.small(20, seed=7), corpus.small(20, seed=8), strict=True)
    assert all(one.content != other.content for one, other in pairs)


def test_no_message_is_repeated(hundred: list[Mail]) -> None:
    """Nothing could be gained by remembering a message."""
    assert len({mail.content for mail in hundred}) == 100


def test_a_hundred_messages_have_the_shares_of_a_practices_day(hundred: list[Mail]) -> None:
    """Seventy are text and HTML, twenty carry a file, eight a large one, two a zip."""
    assert Counter(mail.kind for mail in hundred) == {"text": 70, "office": 20, "large": 8, "zip": 2}


def test_mixed_mail_weighs_what_was_promised(hundred: list[Mail]) -> None:
    """The mean is 218 KB, give or take a tenth, and text has 3 to 15 KB."""
    assert fmean(len(mail.content) for mail in hundred) == pytest.approx(218_000, rel=0.1)
    assert all(3_000 < len(mail.content) < 15_500 for mail in hundred if mail.kind == "text")


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("office", 49_000, 310_000), ("large", 980_000, 3_000_000)]
)
def test_attachments_weigh_what_was_promised(hundred: list[Mail], kind: str, least: int, most: int) -> None:
    """A file is as large as its kind says."""
    for mail in hundred:
        if mail.kind == kind:
            (attachment,) = _parsed(mail).iter_attachments()
            assert least <= len(attachment.get_content()) <= most


def test_small_mail_is_about_4_kb() -> None:
    """Small messages differ by a few hundred octets only."""
    assert all(3_500 < len(mail.content) < 4_700 for mail in corpus.small(200))


def test_every_message_is_whole_and_can_be_relayed(hundred: list[Mail]) -> None:
    """Lines end in CRLF, all is ASCII, no line passes RFC 5321's 1000 octets, and the parser is content."""
    for mail in hundred:
        lines = mail.content.split(b"\r\n")
        assert lines[-1] == b""
        assert all(len(line) <= 998 and b"\n" not in line and b"\r" not in line for line in lines)
        assert mail.content.isascii()
        message = _parsed(mail)
        assert not any(part.defects for part in message.walk())
        assert message["To"].addresses[0].addr_spec == mail.recipients[0]


def test_some_lines_begin_with_a_dot(hundred: list[Mail]) -> None:
    """Dot-stuffing is put to the test by the corpus itself."""
    assert any(b"\r\n." in mail.content for mail in hundred)


def test_a_pdf_opens_and_shows_its_text_and_picture() -> None:
    """pdfium reads the text of the first page, and finds a picture beside it."""
    document = pypdfium2.PdfDocument(pdf(Random(1), 100_000))
    assert len(document[0].get_textpage().get_text_bounded()) > 1_000
    assert any(isinstance(item, pypdfium2.PdfImage) for item in document[0].get_objects())


@pytest.mark.parametrize("write", [docx, xlsx])
def test_an_office_file_is_a_whole_package(write: corpus.WriteFile) -> None:
    """Checksums are right, every XML part is well-formed, every relationship leads to a part."""
    with ZipFile(io.BytesIO(write(Random(1), 100_000))) as package:
        assert package.testzip() is None
        names = set(package.namelist())
        for name in names:
            if name.endswith(".png"):
                continue
            tree = fromstring(package.read(name))  # noqa: S314 - our own
            folder = name.partition("_rels/")[0]
            targets = (item.get("Target") for item in tree)
            assert all(posixpath.normpath(folder + target) in names for target in targets if target)
