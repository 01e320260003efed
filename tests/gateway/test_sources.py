from __future__ import annotations

from pathlib import Path

import pytest

from gateway.sources import Source, SourceError, messages, printable
from tests.gateway.extract.office_files import doc, msg


def written(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def test_one_message_gets_the_line_ends_of_mail(tmp_path: Path) -> None:
    """An .eml that an editor saved is read as it went over the wire."""
    path = written(tmp_path, "a.eml", b"Subject: a\n\nb\r\n")
    assert list(messages(path)) == [Source(path, b"Subject: a\r\n\r\nb\r\n")]


def test_a_mailbox_gives_its_messages(tmp_path: Path) -> None:
    """Each message of an mbox is judged by itself, numbered from one."""
    path = written(
        tmp_path, "a.mbox", b"From a Mon\nSubject: one\n\n>From here\n\nFrom b Tue\nSubject: two\n\nb\n"
    )
    assert [(one.path, one.content) for one in messages(path)] == [
        (f"{path}#1", b"Subject: one\r\n\r\nFrom here\r\n\r\n"),
        (f"{path}#2", b"Subject: two\r\n\r\nb\r\n"),
    ]


def test_messages_of_outlook_stay_as_they_are(tmp_path: Path) -> None:
    """A .msg is not text: no octet of it changes."""
    content = msg({0x1000: "words\n"})
    path = written(tmp_path, "a.MSG", content)
    assert list(messages(path)) == [Source(path, content)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("one\n\ttwo", "one\n\ttwo"),
        ("one\rtwo\r\r\n", "one�two�\n"),
        ("\x1b[2J\u202e", "�[2J�"),
    ],
)
def test_a_terminal_gets_text_and_nothing_that_moves_it(text: str, shown: str) -> None:
    """Lines end as a terminal has them; whatever else is no letter is a replacement character."""
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.doc", doc(["words"]), "is an office document, not a message"),
        ("a.eml", b" \n", "is empty"),
    ],
)
def test_what_is_no_mail_is_named(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    """Whoever asked learns which file could not be read, and why."""
    path = written(tmp_path, name, content)
    with pytest.raises(SourceError, match=f"{name}: {reason}$"):
        list(messages(path))
