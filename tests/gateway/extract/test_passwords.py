from __future__ import annotations

import io
import re
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract.files import read_file
from gateway.extract.message import read_message
from gateway.extract.node import Limits, Node
from gateway.extract.passwords import candidates
from gateway.mail import State, Trait
from tests.gateway.extract.archive_files import LETTER, aes, plain, zip_of, zipped
from tests.gateway.extract.files import attachment, encrypted_office, entity, multipart, protected_pdf
from tests.gateway.extract.office_files import encrypted_odf


def said(text: str, name: str = "body") -> Node:
    return Node(name, "", "text/plain", len(text), State.CLEAN, text=text)


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("The password is Surgery2026.", "Surgery2026"),
        ("Password: Surgery 2026!\nRegards", "Surgery 2026!"),
        ("pw=xK9#mm", "xK9#mm"),
        ("the passcode for the attached list\nis\n\nblue-tiger-42", "blue-tiger-42"),
        ("PIN 482913 opens it", "482913"),
        ("Use “correct horse battery” to open it", "correct horse battery"),
        ("It opens with 'tiger lily'.", "tiger lily"),
        ("swordfish is the password", "swordfish"),
        ("Password is\r\n\r\n    Tuesday", "Tuesday"),
        ("Born 12/03/1961, as agreed.", "12/03/1961"),
        ("See Surgery2026.pdf", "Surgery2026"),
        ("Passwort? It ends in a mark: Surgery2026!", "Surgery2026!"),
    ],
)
def test_what_a_person_would_try_is_tried(text: str, password: str) -> None:
    """Words near a mention of a password, quotations, and words with digits."""
    assert password in candidates([said(text)], 50)


@pytest.mark.parametrize(
    "text", ["I will ring you with it.", "We meet on Tuesday at ten.", "It's John's list, and Ann's."]
)
def test_ordinary_words_are_not(text: str) -> None:
    """A message that mentions no password offers none of its ordinary words."""
    assert candidates([said(text)], 50) == []


def test_the_likeliest_come_first_and_there_are_not_too_many() -> None:
    """A thousand numbers in a list do not crowd out what is called a password."""
    found = candidates([said(" ".join(f"word{n}" for n in range(1000))), said("password: tiger")], 20)
    assert found[0] == "tiger"
    assert len(found) == 20


@given(st.lists(st.text(max_size=300), max_size=4), st.integers(1, 60))
def test_any_text_gives_a_short_list(texts: list[str], most: int) -> None:
    """Candidates are no more than asked for, and each is there once."""
    found = candidates([said(text) for text in texts], most)
    assert len(found) == len(set(found)) <= most


LOCKED = {
    "letter.zip": zip_of(aes("letter.txt", LETTER, "Surgery2026")),
    "letter.docx": encrypted_office("Surgery2026"),
    "letter.pdf": protected_pdf("Surgery2026", "owner", "words"),
    "letter.odt": encrypted_odf("Surgery2026", "<text:p>words</text:p>"),
    "old.odt": encrypted_odf("Surgery2026", "<text:p>words</text:p>", "blowfish"),
    "new.odt": encrypted_odf("Surgery2026", "<text:p>words</text:p>", "aes256-gcm"),
}


def message(name: str, body: bytes, subject: str = "Report") -> bytes:
    parts = entity(body, "Content-Type: text/plain"), attachment(LOCKED[name], name)
    return multipart(*parts, fields=[f"Subject: {subject}"])


@pytest.mark.parametrize("name", LOCKED)
def test_a_password_in_the_message_opens_what_is_attached(name: str) -> None:
    """In the body or in the subject: what it opens is read, and every part of it says so (E45)."""
    in_body = message(name, b"The password is Surgery2026.\r\n")
    in_subject = message(name, b"See below.\r\n", "Report (Surgery2026)")
    for content in (in_body, in_subject):
        _, nodes = read_message(content, Limits())
        opened = [node for node in nodes if Trait.OPENED in node.traits]
        assert opened[0].text
        assert all(node.name.startswith(name) for node in opened)
        assert all(node.state is not State.ENCRYPTED for node in nodes)


@pytest.mark.parametrize("name", LOCKED)
@pytest.mark.parametrize("body", [b"I will ring you with the password.", b"The password was Winter2025."])
def test_another_password_opens_nothing(name: str, body: bytes) -> None:
    """Without the right word the file stays encrypted, and says nothing else."""
    _, nodes = read_message(message(name, body), Limits())
    assert next(node.name for node in nodes if node.state is State.ENCRYPTED).startswith(name)
    assert not [node for node in nodes if Trait.OPENED in node.traits]


def test_trying_passwords_ends_within_the_limits() -> None:
    """No more rounds of hashing are spent than the limits allow."""
    content = zip_of(aes("a.txt", LETTER, "Surgery2026"), plain("b.txt", b"Surgery2026"))
    wrapped = multipart(attachment(content, "a.zip"))
    _, nodes = read_message(wrapped, Limits(password_rounds=3_999))
    assert [node.state for node in nodes if node.name == "a.zip › a.txt"] == [State.ENCRYPTED]
    _, nodes = read_message(wrapped, Limits(password_rounds=40_000))
    assert [node.state for node in nodes if node.name == "a.zip › a.txt"] == [State.CLEAN]


def states(data: bytes, rounds: int) -> list[State]:
    return [node.state for node in read_file(data, "a", "", Limits(password_rounds=rounds))]


def with_parts(document: bytes, count: int) -> bytes:
    """A locked document with its content in so many further parts, each with a key of its own."""
    with ZipFile(io.BytesIO(document)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    entry = re.search(rb"<m:file-entry.*</m:file-entry>", parts["META-INF/manifest.xml"], re.DOTALL)
    assert entry
    names = [f"part{number}.xml" for number in range(count)]
    entries = b"".join(entry[0].replace(b"content.xml", name.encode()) for name in names)
    listed = parts["META-INF/manifest.xml"].replace(entry[0], entry[0] + entries)
    further = dict.fromkeys(names, parts["content.xml"])
    return zipped(parts | {"META-INF/manifest.xml": listed} | further)


@pytest.mark.parametrize(
    ("password", "tried"), [("", [State.CLEAN]), ("Surgery2026", [State.ENCRYPTED, State.ENCRYPTED])]
)
def test_trying_the_empty_password_ends_within_the_limits(password: str, tried: list[State]) -> None:
    """Of many documents in an archive; 2,048 rounds it takes to try, and as many to open."""
    document = encrypted_odf(password, "<text:p>words</text:p>")
    data = zipped({f"{number}.odt": document for number in range(5)})
    assert states(data, 2 * 2_048)[1:] == tried + [State.UNSCANNABLE] * (5 - len(tried))
    assert states(data, 10 * 2_048)[1:] == tried[:1] * 5


def test_opening_what_is_inside_ends_within_the_limits() -> None:
    """Every part has a key of its own to make; what there is no time for is not passed over."""
    document = with_parts(encrypted_odf("", "<text:p>words</text:p>"), 5)
    assert states(document, 3 * 2_048) == [State.CLEAN] * 2 + [State.UNSCANNABLE] * 4
    assert states(document, 7 * 2_048) == [State.CLEAN] * 6


def test_a_password_opens_no_more_than_the_limits_allow() -> None:
    """What the words of the message open is counted, too."""
    document = with_parts(encrypted_odf("Surgery2026", "<text:p>words</text:p>"), 1)
    files = [attachment(document, f"{number}.odt") for number in range(3)]
    said = entity(b"The password is Surgery2026.\r\n", "Content-Type: text/plain")
    _, found = read_message(multipart(said, *files), Limits(password_rounds=8 * 2_048))
    assert [node.state for node in found if ".odt" in node.name] == ([State.CLEAN] * 4 + [State.UNSCANNABLE])
