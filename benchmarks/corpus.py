"""Two corpora of mail that nobody would hold: *small*, and *mixed*, a practice's day.

Both are generated: the same seed makes the same octets, and no two messages are alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from itertools import cycle
from random import Random
from typing import NamedTuple

import msgspec

from benchmarks import prose
from benchmarks.files.archive import zipped
from benchmarks.files.ooxml import docx, xlsx
from benchmarks.files.pdf import pdf

DEFAULT_SEED = 2026
SMALL_SIZE = 4096
"""Octets of a small message, give or take a few hundred."""
WriteFile = Callable[[Random, int], bytes]
"""Makes a file of about so many octets."""

_POLICY = SMTP.clone(cte_type="7bit")
_DATE = "Mon, 02 Mar 2026 09:00:00 +0000"
_SENDER = "office@practice.example"
_COLLEAGUE = "manager@practice.example"
_INSIDE = (_COLLEAGUE, "secretary@nhs.net")
_ANYBODY = (*_INSIDE, "accounts@supplier.example", "editor@newsletter.example")
_FRAME_SIZE = 800
"""Octets of a message around its paragraphs, give or take."""
_FIFTY = ("text",) * 35 + ("office",) * 10 + ("large",) * 4 + ("zip",)
_GOLDEN = (math.sqrt(5) - 1) / 2
_IN_FILE_NAMES = str.maketrans(" ", "_", ",'")


class _Format(NamedTuple):
    """A kind of file, and who writes it."""

    extension: str
    subtype: str
    """Of the media type application."""
    write: WriteFile


class _Attachments(NamedTuple):
    """What messages of one kind carry."""

    formats: tuple[_Format, ...]
    least: int
    """Octets; small files are the most common."""
    most: int


_OFFICE = (
    _Format("pdf", "pdf", pdf),
    _Format("docx", "vnd.openxmlformats-officedocument.wordprocessingml.document", docx),
    _Format("xlsx", "vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx),
)
_ATTACHMENTS = {
    "office": _Attachments(_OFFICE, 50_000, 300_000),
    "large": _Attachments(_OFFICE, 1_000_000, 2_650_000),
    "zip": _Attachments((_Format("zip", "zip", zipped),), 50_000, 300_000),
}


class Mail(msgspec.Struct, frozen=True):
    """A message as a client submits it."""

    kind: str
    """"text" (3 to 15 KB, mixed with HTML), "office" (a file of 50 to 300 KB), "large" (1 to 3 MB), "zip"."""
    mail_from: str
    recipients: tuple[str, ...]
    content: bytes
    """RFC 5322 with CRLF line ends, not dot-stuffed, without the marker that each transmission gets."""


def small(count: int, seed: int = DEFAULT_SEED) -> Iterator[Mail]:
    """Plain text of about 4 KB each."""
    random = Random(f"small {seed}")
    for number in range(count):
        yield _mail("text", _message(random, f"small-{seed}-{number}", SMALL_SIZE - _FRAME_SIZE))


def mixed(count: int, seed: int = DEFAULT_SEED) -> Iterator[Mail]:
    """Of every fifty: 35 of text and HTML, 10 with a file, 4 with a large one, 1 with a zip, shuffled."""
    random = Random(f"mixed {seed}")
    files = {kind: _files(random, attachments) for kind, attachments in _ATTACHMENTS.items()}
    kinds: list[str] = []
    for number in range(count):
        kinds = kinds or random.sample(_FIFTY, len(_FIFTY))
        kind, name = kinds.pop(), f"mixed-{seed}-{number}"
        yield _mail(
            kind,
            _with_html(random, name) if kind == "text" else _with_file(random, name, *next(files[kind])),
        )


def _files(random: Random, attachments: _Attachments) -> Iterator[tuple[_Format, int]]:
    """Formats in turn, with sizes of a triangular distribution.

    Sizes are drawn at steps of the golden ratio, so that few already have the right mean.
    """
    chance = random.random()
    for format_ in cycle(attachments.formats):
        chance = (chance + _GOLDEN) % 1
        spread = attachments.most - attachments.least
        yield format_, attachments.least + int(spread * (1 - math.sqrt(chance)))


def _with_html(random: Random, name: str) -> EmailMessage:
    message = _message(random, name, random.randrange(1_000, 5_800))
    message.add_alternative(_html(message.get_content()), subtype="html")
    return message


def _with_file(random: Random, name: str, format_: _Format, size: int) -> EmailMessage:
    message = _message(random, name, random.randrange(300, 1_500))
    # What cannot be read is held on its way out: pictures to insecure recipients, zips to everybody.
    message.replace_header("To", _COLLEAGUE if format_.extension == "zip" else random.choice(_INSIDE))
    message.add_attachment(
        format_.write(random, size),
        maintype="application",
        subtype=format_.subtype,
        filename=f"{prose.subject(random).translate(_IN_FILE_NAMES)}.{format_.extension}",
    )
    return message


def _message(random: Random, name: str, chars: int) -> EmailMessage:
    """A message of plain text, the paragraphs of which have `chars` characters or a few more."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = f"The practice office <{_SENDER}>"
    message["To"] = random.choice(_ANYBODY)
    message["Subject"] = prose.subject(random)
    message["Date"] = _DATE
    message["Message-ID"] = f"<{name}@practice.example>"
    text = [prose.greeting(random), *prose.paragraphs(random, chars), prose.signature(random)]
    message.set_content("\n\n".join(text))
    return message


def _html(text: str) -> str:
    body = "".join(f'<p style="margin:0 0 12px 0">{escape(part)}</p>\n' for part in text.split("\n\n"))
    return (
        "<html><head><style>p {font-family: Calibri, sans-serif; font-size: 11pt}</style></head>\n"
        f"<body>\n{body}</body></html>\n"
    )


def _mail(kind: str, message: EmailMessage) -> Mail:
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_part_{number}_{message['Message-ID'].strip('<>').partition('@')[0]}")
    return Mail(kind, _SENDER, (str(message["To"]),), message.as_bytes())
