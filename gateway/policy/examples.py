"""Examples that a rule is explained and tested by, and the real messages they become."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from email.message import EmailMessage
from email.policy import SMTP
from typing import Annotated, Literal, Self

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from allowlists.domains import DomainError, a_label
from gateway.mail import Envelope, Inspection, State, VirusScan

OWN_DOMAINS = ("practice.example",)
"""The organisation's domains in every example."""

LOCKED_PDF = base64.b64decode(
    """
    JVBERi0xLjMKJeLjz9MKMiAwIG9iago8PAovVHlwZSAvUGFnZXMKL0NvdW50IDEKL0tpZHMgWyA0IDAgUiBdCj4+CmVuZG9iagozIDAg
    b2JqCjw8Ci9UeXBlIC9DYXRhbG9nCi9QYWdlcyAyIDAgUgo+PgplbmRvYmoKNCAwIG9iago8PAovVHlwZSAvUGFnZQovUmVzb3VyY2Vz
    IDw8Cj4+Ci9NZWRpYUJveCBbIDAuMCAwLjAgNzIgNzIgXQovUGFyZW50IDIgMCBSCj4+CmVuZG9iago1IDAgb2JqCjw8Ci9WIDUKL1Ig
    NgovTGVuZ3RoIDI1NgovUCA0Mjk0OTY3MjkyCi9GaWx0ZXIgL1N0YW5kYXJkCi9PIDxhZDA3OWUxYTg2M2U2MDllMDRhNWJkNjE3MmJm
    NWI4OGU3Y2Q2MmU5MGEyM2U0ZDA5NDQ0MWNhOTZiYWI4ZGNjZmZjZWFkMjVjMjhlNTRkMTU1YzgwM2M0YjJiN2M1ODQ+Ci9VIDwxOGQ3
    YzAyZTQ5NWRkODhmMDZjOTY0MzgzODY5NmIwZWUyYTkxNmUwZGY2MWJiOWE1ZmI0Y2FkNDk3ZTg4MDFhNGM4MTRiMWJlMGVlZjczZjA1
    NTVlNWUzYmVhZTVhZWU+Ci9DRiA8PAovU3RkQ0YgPDwKL0F1dGhFdmVudCAvRG9jT3BlbgovQ0ZNIC9BRVNWMwovTGVuZ3RoIDMyCj4+
    Cj4+Ci9TdG1GIC9TdGRDRgovU3RyRiAvU3RkQ0YKL09FIDxjMDZmZThkYjU4ZmJlYjViZTY0ZTJiZTY4NGM3OGJiYTBjYzFkMTk3ZTVh
    YzE5NmFjYzlmNjU2Mzg5MjJkMjBiPgovVUUgPDAwNzcxMjBlNDlmMGFkNTU5MGQyNTYwZDI2NTEwYmU4ZTNmNDdiNGEyYjM4YTA2MjEx
    Njk4M2MwZmQ4OTY4YTE+Ci9QZXJtcyA8MTg3ZDY3YmRmYTE0NDkyNjM5OGMyM2VlOTQ3MzA3NWI+Cj4+CmVuZG9iagp4cmVmCjAgNgow
    MDAwMDAwMDAxIDY1NTM1IGYgCjAwMDAwMDAwMDAgMDAwMDEgZiAKMDAwMDAwMDAxNSAwMDAwMCBuIAowMDAwMDAwMDc0IDAwMDAwIG4g
    CjAwMDAwMDAxMjMgMDAwMDAgbiAKMDAwMDAwMDIxNSAwMDAwMCBuIAp0cmFpbGVyCjw8Ci9TaXplIDYKL1Jvb3QgMyAwIFIKL0lEIFsg
    PDIxNDA3OTRmYWVjMWYxNjMwYWE1OGRjNzM5YWE1MDM3PiA8MjE0MDc5NGZhZWMxZjE2MzBhYTU4ZGM3MzlhYTUwMzc+IF0KL0VuY3J5
    cHQgNSAwIFIKPj4Kc3RhcnR4cmVmCjc3MAolJUVPRgo=
    """
)
"""An empty page, encrypted with AES-256 (ISO 32000-2, revision 6); it opens with "Surgery2026"."""


def _address(text: str) -> str:
    local, _, domain = text.rpartition("@")
    try:
        if local.isascii() and local.isprintable() and not set(local) & set(' "(),:;<>@[\\]'):
            return f"{local}@{a_label(domain)}"
    except DomainError:
        pass
    raise PydanticCustomError("address", 'must be an address such as "patient@mail.example"')


Line = Annotated[str, Strict(), Field(pattern=r"^[^\r\n\x00]+$")]
Address = Annotated[Line, AfterValidator(_address)]


class Attachment(BaseModel):
    """A file of an example: a text, a picture, or one in a state that cannot be read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Line
    text: Annotated[str, Strict()] | None = None
    state: Literal["encrypted", "unscannable", "infected"] | None = None
    """A PDF that needs a password, octets of no known type, or what the virus scanner calls a virus."""
    picture: Annotated[int, Strict(), Field(ge=100, le=10_000_000)] | None = None
    """A PNG picture of about so many octets, in which nothing can be read."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(value is not None for value in (self.text, self.state, self.picture)) != 1:
            raise PydanticCustomError("attachment", "must have exactly one of text, state and picture")
        return self


class Example(BaseModel):
    """A message as far as rules care. Without `from` a member of staff sends it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sender: Address = Field(f"a.clerk@{OWN_DOMAINS[0]}", alias="from")
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    to_field: Line | None = None
    """The To field as written, where it is not simply the addresses of `to`."""
    subject: Line = "Message"
    text: Annotated[str, Strict()] = ""
    attachments: tuple[Attachment, ...] = ()
    virus_scan: Literal["failed"] | None = None
    """The virus scanner does not get through it."""

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if not (self.to or self.cc or self.bcc):
            raise PydanticCustomError("recipients", "must have a recipient in to, cc or bcc")
        return self


def message(example: Example) -> tuple[Envelope, bytes]:
    """The SMTP envelope and the RFC 5322 message that the example describes."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = example.sender
    mail["Subject"] = example.subject
    mail["Date"] = "Sat, 21 Nov 2026 09:00:00 +0000"
    mail["Message-ID"] = f"<example@{OWN_DOMAINS[0]}>"
    mail.set_content(example.text)
    for attachment in example.attachments:
        _attach(mail, attachment)
    # To and Cc are written by hand: the email package would mend a defective field.
    fields = (("To", example.to_field or _listed(example.to)), ("Cc", _listed(example.cc)))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields if value)
    recipients = dict.fromkeys((*example.to, *example.cc, *example.bcc))
    return Envelope(mail_from=example.sender, recipients=tuple(recipients)), head.encode() + mail.as_bytes()


def scanned(example: Example, inspection: Inspection) -> Inspection:
    """The facts with what the virus scanner would say. It is not asked: nobody keeps viruses for examples."""
    if example.virus_scan:
        return msgspec.structs.replace(inspection, virus_scan=VirusScan.FAILED)
    infected = {file.name for file in example.attachments if file.state == "infected"}
    parts = (
        msgspec.structs.replace(part, state=State.INFECTED) if part.name in infected else part
        for part in inspection.parts
    )
    return msgspec.structs.replace(inspection, parts=tuple(parts), virus_scan=VirusScan.DONE)


def _listed(addresses: tuple[str, ...]) -> str:
    return ",\r\n ".join(addresses)


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    if attachment.text is not None:
        subtype = "csv" if attachment.name.endswith(".csv") else "plain"
        mail.add_attachment(attachment.text, subtype=subtype, filename=attachment.name)
        return
    maintype, subtype, content = "application", "octet-stream", bytes(range(256))
    if attachment.state == "encrypted":
        subtype, content = "pdf", LOCKED_PDF
    elif attachment.picture is not None:
        maintype, subtype, content = "image", "png", _picture(attachment.picture)
    mail.add_attachment(content, maintype=maintype, subtype=subtype, filename=attachment.name)


def _picture(octets: int) -> bytes:
    """A PNG picture (ISO/IEC 15948) of grey noise, in which there is nothing to be read."""
    rows = octets // 65 + 1
    noise = hashlib.shake_256(b"picture").digest(64 * rows)
    lines = b"".join(b"\0" + noise[start : start + 64] for start in range(0, len(noise), 64))
    header = struct.pack(">IIBBBBB", 64, rows, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
