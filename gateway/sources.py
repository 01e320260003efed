"""Mail in files, as an administrator has it: .eml, .msg, mbox, folders, standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gateway.extract import mbox

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class SourceError(Exception):
    """A path cannot be read as mail; the text names it and says why."""


class Source(msgspec.Struct, frozen=True):
    """One message or file, and where it came from."""

    path: str
    content: bytes


def printable(text: str) -> str:
    """Text of a mail, fit for a terminal: no control character but line end and tab can reach it."""
    return "".join(c if c in "\n\t" or c.isprintable() else "�" for c in text.replace("\r\n", "\n"))


def files(paths: Iterable[str]) -> list[str]:
    """The paths with folders replaced by all files in them, hidden ones left out. Raises SourceError."""
    found: list[str] = []
    for path in paths:
        if path != "-" and Path(path).is_dir():
            inside = sorted(file for file in Path(path).rglob("*") if file.is_file())
            found += [str(file) for file in inside if not file.name.startswith(".")]
        else:
            found.append(path)
    return found


def read(path: str) -> bytes:
    """The octets of a file, or of standard input for "-". Raises SourceError."""
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error


def messages(path: str) -> Iterator[Source]:
    """The messages of one file: one of .eml and .msg, as many as there are of mbox. Raises SourceError."""
    content = read(path)
    if content.startswith(_COMPOUND_FILE):
        if not path.lower().endswith(".msg"):
            raise SourceError(f"{path}: is an office document, not a message")
        yield Source(path, content)
        return
    if not content.strip():
        raise SourceError(f"{path}: is empty")
    if not content.startswith(b"From "):
        yield Source(path, content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        return
    for number, message in enumerate(mbox.messages(content), start=1):
        yield Source(f"{path}#{number}", message)
