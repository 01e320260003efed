from __future__ import annotations

import pytest

from gateway.mail import State, Trait
from tests.gateway.extract.archive_files import LETTER, plain, rar, zip_of
from tests.gateway.extract.files import NOISE
from tests.gateway.extract.reading import nodes, reasons, texts

TEXT = LETTER.decode()
PROOF = "RAR AES: opens with a password only"


def test_stored_members_and_their_names_are_read() -> None:
    """Every member is a file of its own, and the names of all are text."""
    found = nodes(rar([("letter.txt", LETTER), ("Jane Doe/list.csv", b"a,b")]), "a.rar")
    assert texts(found) == {
        "a.rar › file names": "letter.txt\nJane Doe/list.csv",
        "a.rar › letter.txt": TEXT,
        "a.rar › Jane Doe/list.csv": "a,b",
    }
    assert not reasons(found)


def test_encryption_is_proved() -> None:
    """Members that are noise need a password; their names stand in the open."""
    found = nodes(rar([("letter.txt", LETTER)], "correct horse"))
    assert reasons(found, State.ENCRYPTED) == {"a › letter.txt": PROOF}
    assert texts(found) == {"a › file names": "letter.txt"}


def test_an_empty_password_protects_nothing() -> None:
    """What opens for everybody is read (E42)."""
    assert texts(nodes(rar([("letter.txt", LETTER)], "")))["a › letter.txt"] == TEXT


def test_a_password_beside_it_opens_a_member() -> None:
    """The password in a file beside it opens the member, which says so (E45)."""
    inner = rar([("letter.txt", LETTER)], "Surgery2026")
    found = nodes(zip_of(plain("a.rar", inner), plain("b.txt", b"It opens with Surgery2026.")))
    assert [node.text for node in found if Trait.OPENED in node.traits] == [TEXT]


def test_what_only_one_reader_makes_sense_of_is_read_and_not_clean() -> None:
    """rarfile stumbles over times that libarchive passes over."""
    found = nodes(rar([("letter.txt", LETTER)], record=b"\x0a\3\x13\1\1\1\1\xff\xff\xff\xff"))
    assert texts(found) == {"a › letter.txt": TEXT}
    assert reasons(found) == {"a": "a damaged RAR archive"}


def forged() -> bytes:
    """An archive that says its only member is encrypted, and has it in the open."""
    data = rar([("a.txt", LETTER)], "correct horse")
    start = data.index(b"a.txt")
    end = data.index(b"\5\0\0", start) - 5
    return data[: end - (len(LETTER) + -len(LETTER) % 16)] + LETTER + bytes(-len(LETTER) % 16) + data[end:]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(forged(), "says that it is encrypted, but is not", id="forged"),
        pytest.param(
            rar([("a.txt", LETTER)], split=True), "a volume of an archive that has several", id="volume"
        ),
        pytest.param(
            rar([("a.txt", b"a")]) + LETTER, "octets after the end of an archive", id="behind the end"
        ),
        pytest.param(
            rar([("../a.txt", LETTER)]), "a member whose name leads out of the archive", id="outwards"
        ),
        pytest.param(
            rar([("a.txt", LETTER)]).replace(b"asthma.", b"oedema."),
            "a damaged member of a RAR archive",
            id="changed",
        ),
    ],
)
def test_what_is_read_and_not_all_of_it(data: bytes, reason: str) -> None:
    """What can be read goes to the detectors, and the archive is neither clean nor encrypted."""
    found = nodes(data)
    assert any("NHS number 999 000 0018" in text for text in texts(found).values())
    assert reason in reasons(found).values()
    assert not reasons(found, State.ENCRYPTED)


@pytest.mark.parametrize(
    "data", [b"Rar!\x1a\x07\x01\0" + NOISE, b"Rar!\x1a\x07\0" + NOISE, b"Rar!\x1a\x07\0" + LETTER]
)
def test_what_only_begins_like_one_is_unscannable(data: bytes) -> None:
    """A signature alone is neither clean nor encrypted (E46)."""
    assert [node.state for node in nodes(data)] == [State.UNSCANNABLE]
