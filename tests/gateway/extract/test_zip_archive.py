from __future__ import annotations

import bz2
import io
import lzma
import struct
import sys
import zlib
from collections.abc import Callable
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import pytest

from gateway.extract import zip_end
from gateway.extract.node import Limits
from gateway.mail import State, Trait
from tests.gateway.extract.archive_files import (
    LETTER,
    Entry,
    aes,
    deflate64,
    lzma_of_literals,
    plain,
    ppmd,
    zip_crypto,
    zip_of,
    zipped,
)
from tests.gateway.extract.files import NOISE, docx, encrypted_office, paragraph
from tests.gateway.extract.reading import nodes, reasons, texts

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = LETTER.decode()
CRC = zlib.crc32(LETTER)
STRAY = "octets that belong to no member"
CONTRADICTION = "the two headers of a member contradict each other"
FORGED = "says that it is encrypted, but is not"
UNUSUAL = "a member packed by an unusual method"
TOO_MUCH = "more content than may be unfolded"


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2, ZIP_LZMA])
def test_members_and_their_names_are_read(method: int) -> None:
    """Every member is a file of its own, and the names of all are text."""
    found = nodes(zipped({"letter.txt": LETTER, "Jane Doe/list.csv": b"a,b"}, method), "a.zip")
    assert texts(found) == {
        "a.zip › file names": "letter.txt\nJane Doe/list.csv",
        "a.zip › letter.txt": TEXT,
        "a.zip › Jane Doe/list.csv": "a,b",
    }
    assert not reasons(found)


@pytest.mark.parametrize(
    ("method", "octets"),
    [
        *((93, zstd.compress(LETTER)), (95, lzma.compress(LETTER)), (12, bz2.compress(LETTER))),
        *((9, deflate64(LETTER)), (98, ppmd(LETTER)), (14, lzma_of_literals(LETTER))),
    ],
)
def test_unusual_methods_are_read(method: int, octets: bytes) -> None:
    """Zstandard, xz, Deflate64, PPMd, and LZMA that no mark ends, are methods like any other (E39)."""
    found = nodes(zip_of(Entry("a.txt", octets, len(LETTER), CRC, method)))
    assert texts(found)["a › a.txt"] == TEXT
    assert not reasons(found)


def test_files_in_members_are_opened() -> None:
    """A document in an archive in an archive is read under the whole way to it."""
    inner = zipped({"letter.docx": docx(paragraph("words"))})
    assert texts(nodes(zipped({"inner.zip": inner}), "a.zip"))["a.zip › inner.zip › letter.docx"] == "words"


def test_an_empty_archive_is_empty() -> None:
    """An archive that is nothing but its end holds nothing."""
    assert reasons(nodes(zipped({})), State.EMPTY) == {"a": "an archive without members"}


def test_comments_are_text() -> None:
    """The comment of an archive is shown by many programs."""
    assert texts(nodes(zipped({"a.txt": b"a"}, comment=b"Jane Doe")))["a › ZIP comments"] == "Jane Doe"


def test_what_a_macintosh_adds_is_no_obstacle() -> None:
    """Archives from a Macintosh have a companion beside each file; its words are text."""
    companion = b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(40) + b"from https://practice.example"
    found = nodes(zipped({"letter.txt": LETTER, "__MACOSX/._letter.txt": companion}))
    assert "https://practice.example" in texts(found)["a › __MACOSX/._letter.txt"]
    assert not reasons(found)


def of_a_folder(comment: str, beside: bytes = b"") -> bytes:
    """A .DS_Store: a file's name and a comment on it, each behind how many characters it has."""
    name, said = (struct.pack(">L", len(text)) + text.encode("utf-16-be") for text in ("a.txt", comment))
    return b"\0\0\0\1Bud1" + bytes(24) + b"\0\0\0\1" + name + b"cmmtustr" + said + bytes(2000) + beside


def test_how_a_macintosh_shows_a_folder_is_no_obstacle() -> None:
    """Its words are text, to the last digit; what is packed there, or far too long, is not passed over."""
    found = nodes(zipped({"a.txt": b"a", ".DS_Store": of_a_folder("NHS 999 000 0018")}))
    assert "NHS 999 000 0018" in texts(found)["a › .DS_Store"].split("\n")
    assert not reasons(found)
    assert reasons(nodes(of_a_folder("", NOISE[:1100])))
    assert not reasons(nodes(of_a_folder("", bytes(2_000_000))))
    assert reasons(nodes(of_a_folder("", bytes(2_100_000))))


def test_a_name_in_unicode_beside_an_older_one_is_honest() -> None:
    """The same name twice, of which one is for programs that know no Unicode (APPNOTE 4.6.9)."""
    name = "Zoë".encode()
    extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, zlib.crc32(b"Zoe.txt")) + name
    found = nodes(zip_of(plain("Zoe.txt", LETTER)._replace(extra=extra)))
    assert not reasons(found)


def test_members_of_unknown_size_are_honest() -> None:
    """Sizes may follow a member instead of standing in front of it, as in archives written to a pipe."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

    pipe = Pipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", LETTER)
        archive.writestr("b.txt", b"words")
    found = nodes(pipe.getvalue())
    assert texts(found).keys() == {"a › file names", "a › a.txt", "a › b.txt"}
    assert not reasons(found)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(zipped({"b.txt": b"b"}) + zipped({"a.txt": LETTER}), STRAY, id="concatenated, first"),
        pytest.param(zipped({"a.txt": LETTER}) + zipped({"b.txt": b"b"}), STRAY, id="concatenated, last"),
        pytest.param(zipped({"b.txt": b"b"}) + LETTER, STRAY, id="behind the end"),
        pytest.param(
            zip_of(plain("b.txt", b"b"), plain("a.txt", LETTER)._replace(listed=False)), STRAY, id="unlisted"
        ),
        pytest.param(
            zip_of(plain("a.txt", LETTER)._replace(own_name="b.txt")), CONTRADICTION, id="two names"
        ),
        pytest.param(zip_of(plain("a.txt", LETTER)._replace(own_method=8)), CONTRADICTION, id="two methods"),
        pytest.param(
            zip_of(plain("a.txt", LETTER)._replace(own_flags=1)), CONTRADICTION, id="encrypted, says its own"
        ),
        pytest.param(
            zip_of(plain("../../a.txt", LETTER)),
            "a member whose name leads out of the archive",
            id="outwards",
        ),
        pytest.param(
            zip_of(plain("/a.txt", LETTER)), "a member whose name leads out of the archive", id="absolute"
        ),
        pytest.param(
            zip_of(plain("C:\\a.txt", LETTER)), "a member whose name leads out of the archive", id="drive"
        ),
    ],
)
def test_whatever_some_program_would_find_is_read_and_the_archive_unscannable(
    data: bytes, reason: str
) -> None:
    """Two views of one archive: both are given to the detectors, and neither is called clean (E37)."""
    found = nodes(data)
    assert TEXT in texts(found).values()
    assert reason in reasons(found).values()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zipped({"a.txt": LETTER})[:-30], "a damaged ZIP archive"),
        (zip_of(plain("a.txt", LETTER)._replace(crc=1)), "a damaged member of a ZIP archive"),
        (zip_of(plain("a.txt", LETTER)._replace(size=9)), "a damaged member of a ZIP archive"),
        (
            zip_of(Entry("a.txt", zlib.compress(LETTER), len(LETTER), CRC, 8)),
            "a damaged member of a ZIP archive",
        ),
        (zip_of(plain("a.txt", LETTER)._replace(method=10)), UNUSUAL),
        (zip_of(plain("a.txt", LETTER)._replace(method=6)), "a damaged member of a ZIP archive"),
        (zip_of(plain("a.txt", LETTER)._replace(method=98)), "a damaged archive"),
        (zip_of(plain("a.txt", NOISE)._replace(method=9)), "a damaged member of a ZIP archive"),
        (
            zip_of(Entry("a.txt", deflate64(bytes(10_000_000)), 1_000, 0, 9)),
            "a damaged member of a ZIP archive",
        ),
        (zip_of(plain("a.txt", LETTER)._replace(size=1 << 29)), TOO_MUCH),
        (
            zipped({"a.txt": LETTER}).replace(b"PK\5\6\0\0", b"PK\5\6\1\0"),
            "a volume of an archive that has several",
        ),
        (
            zipped({"a.txt": LETTER}).replace(b"\1\0\1\0", b"\0\0\0\0"),
            "members that the directory does not count",
        ),
    ],
)
def test_what_cannot_be_read_in_full_is_unscannable(data: bytes, reason: str) -> None:
    """Damage, volumes, methods that nobody uses, and sizes that nobody sends."""
    assert reason in reasons(nodes(data)).values()


def test_members_of_a_damaged_archive_are_still_read() -> None:
    """An archive without its end is unscannable, and what can be had of it goes to the detectors."""
    assert TEXT in texts(nodes(zipped({"a.txt": LETTER, "b.txt": b"words"})[:-30])).values()


def test_an_archive_of_too_many_members_is_not_listed() -> None:
    """Its end states how many there are, in one of two forms (APPNOTE 4.3.14 and 4.3.16)."""
    data = zipped({"a.txt": LETTER})
    end = data.index(b"PK\5\6")
    many = (60_000).to_bytes(2, "little") * 2
    assert list(reasons(nodes(data[: end + 8] + many + data[end + 12 :])).values()) == [TOO_MUCH]
    long_end = b"PK\6\6" + bytes(28) + (100_000).to_bytes(8, "little") + bytes(16)
    assert zip_end.stated_members(long_end + data[end : end + 8] + b"\xff" * 4 + data[end + 12 :]) == 100_000
    assert zip_end.stated_members(data) == 1
    assert zip_end.stated_members(b"PK\5\6") == 0


def test_overlapping_members_are_refused() -> None:
    """A bomb whose members share their octets is not unpacked (E38)."""
    once = zipped({"a.txt": LETTER})
    at = once.index(b"PK\1\2")
    end = once.index(b"PK\5\6")
    listed = once[at:end]
    size = (2 * len(listed)).to_bytes(4, "little")
    twice = once[:at] + listed * 2 + once[end : end + 8] + b"\2\0\2\0" + size + once[end + 16 :]
    assert reasons(nodes(twice)) == {"a": "members that overlap"}


def test_a_bomb_ends_within_the_limits() -> None:
    """Archives in archives stop at the octets that a tree may have (E38)."""
    data = bytes(1_000_000)
    for _ in range(4):
        data = zipped({f"{number}.zip": data for number in range(8)})
    found = nodes(data, limits=Limits(octets=20_000_000))
    assert found[-1].reason == TOO_MUCH


def test_aes_is_proved() -> None:
    """A member that both headers call encrypted, and that is noise, needs a password."""
    found = nodes(zip_of(aes("letter.txt", LETTER, "correct horse")))
    assert reasons(found, State.ENCRYPTED) == {"a › letter.txt": "AES: opens with a password only"}
    assert texts(found) == {"a › file names": "letter.txt"}


def test_plain_members_beside_an_encrypted_one_are_read() -> None:
    """One encrypted member protects itself, not what lies beside it (E44)."""
    found = nodes(zip_of(aes("a.txt", b"secret words, 16", "correct horse"), plain("b.txt", LETTER)))
    assert texts(found)["a › b.txt"] == TEXT
    assert len(reasons(found, State.ENCRYPTED)) == 1


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(plain("a.txt", LETTER)._replace(flags=1), id="flag in both headers"),
        pytest.param(plain("a.txt", LETTER)._replace(flags=1, own_flags=0), id="flag in the directory"),
        pytest.param(Entry("a.txt", zlib.compress(LETTER)[2:-4], len(LETTER), CRC, 8, 1), id="deflated"),
        pytest.param(plain("a.txt", LETTER)._replace(flags=1, method=99), id="said to be AES"),
    ],
)
def test_forged_flags_hide_nothing(entry: Entry) -> None:
    """What is there for everybody who does not heed a flag is read, and is not encrypted (E41)."""
    found = nodes(zip_of(entry))
    assert texts(found)["a › a.txt"] == TEXT
    assert FORGED in reasons(found).values()
    assert not reasons(found, State.ENCRYPTED)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (aes("a.txt", LETTER, "a")._replace(octets=LETTER), FORGED),
        (
            aes("a.txt", LETTER, "a")._replace(
                octets=bytes(18) + zlib.compress(NOISE.hex().encode()), size=9
            ),
            FORGED,
        ),
        (aes("a.txt", LETTER, "a")._replace(own_flags=0), FORGED),
        (aes("a.txt", LETTER, "a")._replace(size=5), FORGED),
        (aes("a.txt", LETTER, "a")._replace(extra=b""), "encrypted in a way that cannot be checked"),
        (aes("a.txt", LETTER, "a")._replace(flags=0x41), "encrypted in a way that cannot be checked"),
        (zip_crypto("a.txt", LETTER, "correct horse"), "encrypted by ZipCrypto, which protects nothing"),
    ],
)
def test_what_is_not_proved_is_not_encrypted(entry: Entry, reason: str) -> None:
    """Readable octets, headers that contradict each other, unknown schemes, and ZipCrypto (E41)."""
    found = nodes(zip_of(entry))
    assert reason in reasons(found).values()
    assert not reasons(found, State.ENCRYPTED)


@pytest.mark.parametrize("password", ["", "VelvetSweatshop"])
def test_passwords_that_everybody_has_protect_nothing(password: str) -> None:
    """An empty or default password is tried, and the content read (E42)."""
    assert texts(nodes(zip_of(aes("a.txt", LETTER, password))))["a › a.txt"] == TEXT


@pytest.mark.parametrize("encrypt", [aes, zip_crypto])
def test_a_password_beside_it_opens_a_member(encrypt: Callable[[str, bytes, str], Entry]) -> None:
    """The password in another member opens this one, and every part of it says so (E45)."""
    members = (encrypt("a.txt", LETTER, "Surgery2026"), plain("b.txt", b"password: Surgery2026"))
    (opened,) = [node for node in nodes(zip_of(*members)) if Trait.OPENED in node.traits]
    assert (opened.name, opened.text) == ("a › a.txt", TEXT)


def test_a_document_with_a_password_of_its_own_is_opened_by_the_same() -> None:
    """What lies encrypted in something that was opened is opened, too."""
    inner = zip_of(aes("b.docx", encrypted_office("Surgery2026"), "Surgery2026"))
    found = nodes(zip_of(plain("Surgery2026.txt", b"-"), plain("b.zip", inner)))
    assert any(text.startswith("words") for text in texts(found).values())
    assert not reasons(found, State.ENCRYPTED)
