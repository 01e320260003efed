"""Two corpora of mail that nobody would hold: *small*, and *mixed*, a practice's day.

Both are generated: the same seed makes the same octets, and no two messages are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from random import Random

import msgspec

from benchmarks import office_files, prose

DEFAULT_SEED = 2026
SMALL_SIZE = 4096
"""Octets of a small message, give or take a few hundred."""
KINDS = ("text", "office", "large", "zip")
_FIFTY = ("text",) * 35 + ("office",) * 10 + ("large",) * 4 + ("zip",)
_POLICY = SMTP.clone(cte_type="7bit")
_DATE = "Mon, 02 Mar 2026 09:00:00 +0000"
_SENDER = "office@practice.example"
_COLLEAGUE = "manager@practice.example"
"""Who gets the zips: what cannot be inspected may be held on its way out of the house."""
_RECIPIENTS = (_COLLEAGUE, "secretary@nhs.net", "accounts@supplier.example", "editor@newsletter.example")
_FRAME_SIZE = 800
"""Octets of a message around its paragraphs, give or take."""
_FILE_SIZES = {"office": (50_000, 300_000, 50_000), "large": (1_000_000, 2_400_000, 1_000_000)}
"""Octets: least, most, most common."""
_IN_FILE_NAMES = str.maketrans(" ", "_", ",'")
WriteFile = Callable[[Random, int], bytes]
"""Makes a file of about so many octets."""
_OFFICE_TYPES: dict[str, tuple[str, WriteFile]] = {
    "pdf": ("pdf", office_files.pdf),
    "docx": ("vnd.openxmlformats-officedocument.wordprocessingml.document", office_files.docx),
    "xlsx": ("vnd.openxmlformats-officedocument.spreadsheetml.sheet", office_files.xlsx),
}


class Mail(msgspec.Struct, frozen=True):
    """A message as a client submits it."""

    kind: str
    """One of KINDS: text and HTML of 3 to 15 KB; a file of 50 to 300 KB; one of 1 to 3 MB; a zip."""
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
    kinds: list[str] = []
    for number in range(count):
        kinds = kinds or random.sample(_FIFTY, len(_FIFTY))
        yield _of_kind(kinds.pop(), random, f"mixed-{seed}-{number}")


def _of_kind(kind: str, random: Random, name: str) -> Mail:
    if kind == "text":
        message = _message(random, name, random.randrange(1_000, 5_800))
        message.add_alternative(_html(message.get_content()), subtype="html")
        return _mail(kind, message)
    message = _message(random, name, random.randrange(300, 1_500))
    if kind == "zip":
        content = office_files.zipped(random, random.randrange(50_000, 300_000))
        message.add_attachment(content, maintype="application", subtype="zip", filename="stock.zip")
        message.replace_header("To", _COLLEAGUE)
        return _mail(kind, message)
    extension = random.choice(list(_OFFICE_TYPES))
    subtype, write = _OFFICE_TYPES[extension]
    content = write(random, int(random.triangular(*_FILE_SIZES[kind])))
    name = prose.subject(random).translate(_IN_FILE_NAMES)
    message.add_attachment(content, maintype="application", subtype=subtype, filename=f"{name}.{extension}")
    return _mail(kind, message)


def _message(random: Random, name: str, chars: int) -> EmailMessage:
    """A message of plain text, the paragraphs of which have `chars` characters or a few more."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = f"The practice office <{_SENDER}>"
    message["To"] = random.choice(_RECIPIENTS)
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
