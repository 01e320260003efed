"""The nouns that travel: frozen values without I/O.

Whatever crosses a process boundary or is kept in the store is one of these, encoded
by msgspec. Nothing is pickled: what a worker answers was computed from hostile bytes,
and unpickling it would let them out of the box.
"""

from __future__ import annotations

import base64
import os
import re
import time
from enum import StrEnum

import msgspec

from detectors.findings import Finding, Judgement

_RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)
_HEADER_OCTETS = 256 * 1024


class Trust(StrEnum):
    """How far a recipient may be trusted with patient data; judged on RCPT, never on headers."""

    INTERNAL = "internal"
    SECURE = "secure"
    CONSENTED = "consented"
    INSECURE = "insecure"


class State(StrEnum):
    """How reading a part ended. A part never ends without a state; the last ones are the worst."""

    EMPTY = "empty"
    CLEAN = "clean"
    MATCHED = "matched"
    ENCRYPTED = "encrypted"
    UNSCANNABLE = "unscannable"
    INFECTED = "infected"


class Trait(StrEnum):
    """What policy may mind about a file, whatever stands in it."""

    EXECUTABLE = "executable"
    """A program, script, installer or disk image."""
    MACROS = "macros"
    """An office document with a program in it."""
    DISGUISED = "disguised"
    """Something else than its name, or failing that its declared type, says."""
    OPENED = "opened"
    """It needs a password, and one in the same message opened it."""
    DIFFERING = "differing"
    """HTML that says something else than the plain text in whose place it is shown."""


class VirusScan(StrEnum):
    """Whether a message was scanned for viruses, in words that every verdict repeats."""

    OFF = "not scanned for viruses"
    FAILED = "not scanned for viruses: the scanner did not get through it"
    DONE = "scanned for viruses"


class Action(StrEnum):
    """What becomes of a message, weakest first; the strongest of the rules that fire wins."""

    DELIVER = "deliver"
    NOTIFY = "notify"
    CONVERT = "convert"
    ENCRYPT = "encrypt"
    HOLD = "hold"
    REJECT = "reject"

    @property
    def strength(self) -> int:
        return list(Action).index(self)


class Severity(StrEnum):
    """Grades of AUP section 14. Software proposes them, a person confirms (AUP-14.2)."""

    NONE = "none"
    MINOR = "minor"
    MODERATE = "moderate"
    SEVERE = "severe"


class Envelope(msgspec.Struct, frozen=True):
    """What the SMTP transaction said, apart from the content (RFC 5321 section 2.3.1)."""

    mail_from: str
    """The reverse-path without angle brackets; empty for the null reverse-path."""
    recipients: tuple[str, ...]
    """Forward-paths without angle brackets, domains as A-labels, in the order of RCPT."""
    client: str = ""
    """IP address of the client."""
    user: str = ""
    """Who authenticated, if anyone did."""
    smtputf8: bool = False
    eight_bit: bool = False
    """The client declared BODY=8BITMIME (RFC 6152)."""


class Message(msgspec.Struct, frozen=True):
    """One message that Postern has, or is about to have, in its care."""

    id: str
    envelope: Envelope
    content: bytes
    """RFC 5322 message with CRLF line ends, our Received field in front, not dot-stuffed."""
    received_at: float
    """Seconds since the epoch, UTC."""
    strict: bool = False
    """Its content is known to be a strict CRLF stream: it has just come through a DotReader."""

    @property
    def header_section(self) -> bytes:
        """Up to the first empty line; no more than the first 256 KiB."""
        return self.content[:_HEADER_OCTETS].partition(b"\r\n\r\n")[0]

    @property
    def hops(self) -> int:
        """Number of Received fields: a loop shows here (RFC 5321 section 6.3)."""
        return len(_RECEIVED.findall(self.header_section))


def new_id() -> str:
    """A fresh message id: 16 characters of base32hex that sort by time of creation."""
    moment = time.time_ns() // 1_000_000
    return base64.b32hexencode(moment.to_bytes(6, "big") + os.urandom(4)).decode().lower()


class Headers(msgspec.Struct, frozen=True):
    """What policy needs of the header section, read in a worker."""

    authors: tuple[str, ...] = ()
    """Addresses of From and Sender."""
    visible: tuple[str, ...] = ()
    """Addresses that every recipient gets to see: To and Cc."""
    blind: tuple[str, ...] = ()
    """Addresses of Bcc, in a message that has not been sent yet."""
    secure_keyword: bool = False
    """The Subject carries the `[secure]` keyword."""
    automatic: bool = False
    """Auto-Submitted, Precedence or List-Id says that no person wrote this (RFC 3834)."""
    defects: tuple[str, ...] = ()
    """Ways in which header fields are broken, as fixed sentences ("To: address cannot be parsed")."""


class Part(msgspec.Struct, frozen=True):
    """One node of the message: subject, body, attachment, or something inside an attachment."""

    name: str
    """Where it stands: "body", "letter.docx", "letter.docx › comments"."""
    type: str
    """Its true media type, found by looking at the bytes."""
    size: int
    """Octets as decoded."""
    state: State
    reason: str = ""
    """Why it is unscannable, what proved it encrypted or empty; a fixed sentence."""
    chars: int = 0
    """Length of the text that the detectors got, in code points."""
    findings: tuple[Finding, ...] = ()
    traits: tuple[Trait, ...] = ()


class Attachment(msgspec.Struct, frozen=True):
    """A file that a message carries, decoded."""

    name: str
    """As the part of the same name: "letter.docx", "forwarded.eml › letter.docx"."""
    type: str
    """Media type that the sender declared."""
    data: bytes


class Inspection(msgspec.Struct, frozen=True):
    """Everything a worker, and the virus scanner, found out about one message."""

    headers: Headers
    parts: tuple[Part, ...]
    judgement: Judgement
    virus_scan: VirusScan = VirusScan.OFF

    @property
    def infected(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.state is State.INFECTED)


class Detection(msgspec.Struct, frozen=True):
    """What a worker found in one text that is not a message."""

    findings: tuple[Finding, ...]
    judgement: Judgement


class Fired(msgspec.Struct, frozen=True):
    """A rule that applied to a message, and why. Evidence never quotes the message."""

    id: str
    clause: str
    severity: Severity
    action: Action
    reason: str
    """One sentence for the sender and the reviewer."""
    advice: str = ""
    """What the sender can do now."""
    evidence: tuple[str, ...] = ()
    monitored: bool = False
    """The rule runs in monitor mode: recorded, not enforced."""


class Verdict(msgspec.Struct, frozen=True):
    """What is to become of a message, and every rule that says so."""

    action: Action
    rules: tuple[Fired, ...]
    policy: str
    """Version of the policy that judged: "2026-11 (3f9a12…)"."""
    virus_scan: VirusScan = VirusScan.OFF


class Reply(msgspec.Struct, frozen=True):
    """An SMTP reply: three digits, and one line of text that begins with an enhanced status code."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    @property
    def positive(self) -> bool:
        return 200 <= self.code < 300

    @property
    def permanent(self) -> bool:
        return self.code >= 500
