"""MIME: a message to its subject, header text, bodies, attachments and nested messages.

RFC 5322, RFC 2045, RFC 2046. Where two mail clients could show different things, all that
the standard parser shows is read, and a node named "structure" says why that may not be all.
"""

from __future__ import annotations

import binascii
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.utils import collapse_rfc2231_value

from gateway.extract import charset, fields, types
from gateway.extract.headers import header_section
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable
from gateway.extract.structure import defects

_LIFTABLE = re.compile(rb"\n((?:[A-Za-z0-9+/]{60,76}\r?\n){8,})")
_LIFTED = re.compile(rb"([0-9a-f]{32}x[0-9]+)x\r?\n?")
_BOUNDARY = re.compile(rb"boundary[*0-9]{0,9}\s{0,9}=\s{0,9}\"?([^\"\s;]{1,200})", re.IGNORECASE)
_LONG_FIELD = re.compile(
    rb"^content-[a-z-]{1,40}[ \t]*:(?:[^\n]|\n[ \t]){60000}", re.IGNORECASE | re.MULTILINE
)
_BROKEN_ESCAPE = re.compile(rb"=[ \t]*(?:\r(?!\n)|\n\n)|=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)[0-9A-Fa-f]?")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_UNCODED = {"", "7bit", "8bit", "binary", "7-bit", "8-bit", "7bits", "8bits"}
_BODIES = {types.TEXT: "plain", types.HTML: "html", "text/enriched": "enriched"}
_ELSEWHERE = {
    "message/partial": "a fragment of a message, the rest of which is in other messages",
    "message/external-body": "a body that is kept elsewhere",
}


Runs = dict[bytes, bytes]
"""Runs of base64 lines that were lifted out of a message, by the words that stand for them."""


class Entity(Message):
    """A MIME entity. A message within it is left in octets, to be opened as a file of its own."""

    def get_content_maintype(self) -> str:
        return super().get_content_maintype().replace("message", "application")

    def get_content_type(self) -> str:
        # The parser would split a delivery status into blocks of fields; it is text (RFC 3464).
        return super().get_content_type().replace("message/delivery-status", types.TEXT)


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """Subject, header text, bodies and attachments in their order, file names, structure."""
    content, runs = _lift(source.data)
    _refuse_excess(content, limits)
    entities = list(_entities(message_from_bytes(content, Entity), limits))
    root = entities[0][0]
    if subject := "\n".join(
        fields.decode(str(value)) for name, value in root.raw_items() if name.lower() == "subject"
    ):
        yield source.text(subject, "subject")
    if words := fields.written(item for entity, _ in entities for item in entity.raw_items()):
        yield source.text(words, "headers")
    reasons = [*_octet_defects(content)]
    for entity, outer in entities:
        reasons += defects(entity, outer)
    leaves = _Leaves(source, runs)
    for entity, _ in entities:
        yield from leaves.read(entity)
    if leaves.file_names:
        yield source.text("\n".join(leaves.file_names), "file names")
    for reason in dict.fromkeys(reasons):
        yield source.unscannable(reason, "structure")


def _lift(content: bytes) -> tuple[bytes, Runs]:
    """The content with a short word for each long run of base64 lines, and the runs by their words.

    The parser goes line by line; a line of base64 letters can be neither a field nor a
    boundary, so it sees the same structure in a fraction of the time.
    """
    nonce = secrets.token_hex(16).encode()
    runs: Runs = {}

    def lift(run: re.Match[bytes]) -> bytes:
        word = b"%bx%d" % (nonce, len(runs))
        runs[word] = run[1]
        return b"\n%bx\r\n" % word

    return _LIFTABLE.sub(lift, content), runs


def _put_back(octets: bytes, runs: Runs) -> bytes:
    return _LIFTED.sub(lambda word: runs.get(word[1], word[0]), octets) if runs else octets


def _refuse_excess(content: bytes, limits: Limits) -> None:
    """What the parser would take too long over."""
    if len(header_section(content)) > limits.header_octets or _LONG_FIELD.search(content):
        raise Unreadable("a header section longer than any mail client writes")
    if content.count(b"\n--") > limits.mime_parts:
        boundaries = set(_BOUNDARY.findall(content)[: limits.mime_parts])
        if sum(content.count(b"\n--" + boundary) for boundary in boundaries) > limits.mime_parts:
            raise Unreadable("more MIME parts than any mail client writes")


def _entities(root: Entity, limits: Limits) -> Iterator[tuple[Entity, tuple[str, ...]]]:
    """Every entity in the order of the message, with the boundaries of the multiparts around it."""
    waiting: list[tuple[Entity, tuple[str, ...]]] = [(root, ())]
    for _ in range(limits.mime_parts):
        if not waiting:
            return
        entity, outer = waiting.pop()
        if len(outer) > limits.mime_depth:
            raise Unreadable("multiparts nested too deep")
        if len(entity) > limits.headers:
            raise Unreadable("more header fields than any mail client writes")
        yield entity, outer
        inner = (*outer, str(entity.get_boundary("")))
        waiting += [(part, inner) for part in reversed(_parts(entity))]
    if waiting:
        raise Unreadable("more MIME parts than any mail client writes")


def _parts(entity: Entity) -> list[Entity]:
    payload = entity.get_payload() if entity.is_multipart() else []
    return [part for part in payload if isinstance(part, Entity)]


def _octet_defects(content: bytes) -> Iterator[str]:
    if b"\0" in content:
        yield "a NUL octet"
    if content.count(b"\r") != content.count(b"\r\n"):
        yield "a CR that no LF follows"


class _Leaves:
    """Reads the entities of one message, and names them so that no two have the same name."""

    def __init__(self, source: Source, runs: Runs) -> None:
        self._source = source
        self._runs = runs
        self._named: Counter[str] = Counter()
        self._attachments = 0
        self.file_names: list[str] = []

    def read(self, entity: Entity) -> Iterator[Node | Source]:
        if entity.is_multipart():
            yield from self._around(entity)
            return
        declared = Message.get_content_type(entity)
        names = _file_names(entity)
        self.file_names += names
        body = _BODIES.get(declared, "") if not names and not _is_attachment(entity) else ""
        name = self._name(body, names, declared)
        if declared in _ELSEWHERE:
            yield self._source.unscannable(_ELSEWHERE[declared], name)
            return
        charset = str(entity.get_content_charset("") or "")
        readings, reason = _decode(entity, self._runs)
        for data in readings:
            yield self._open(name, data, declared, charset, bool(body))
        if reason:
            yield self._source.unscannable(reason, name)

    def _open(self, name: str, data: bytes, declared: str, label: str, body: bool) -> Source:
        as_type = ""
        if body and charset.is_text(data):
            html = declared == types.HTML or types.true_type(data) == types.HTML
            as_type = types.HTML if html else types.TEXT
        elif declared in {types.MESSAGE, "message/global"}:
            as_type = types.MESSAGE
        return Source(self._source.within(name), data, declared, label, as_type)

    def _around(self, entity: Entity) -> Iterator[Source]:
        """Text before the first and after the last part, which most clients do not show."""
        for step, text in (("preamble", entity.preamble), ("epilogue", entity.epilogue)):
            if text and not text.isspace():
                octets = _put_back(text.encode("ascii", "surrogateescape"), self._runs)
                yield Source(self._source.within(self._unique(step)), octets, type=types.TEXT)

    def _name(self, body: str, names: list[str], declared: str) -> str:
        if body:
            return self._unique(f"body ({body})" if self._named["body"] else "body")
        self._attachments += 1
        return self._unique(names[0] if names else f"attachment {self._attachments} ({declared})")

    def _unique(self, name: str) -> str:
        self._named[name] += 1
        return name if self._named[name] == 1 else f"{name} ({self._named[name]})"


def _is_attachment(entity: Entity) -> bool:
    return str(entity.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _file_names(entity: Entity) -> list[str]:
    """Every file name that some client would show, best first."""
    names = []
    for header, parameter in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        for key, value in entity.get_params([], header):
            if key.lower() == parameter:
                names.append(fields.decode(collapse_rfc2231_value(value)))
    return list(dict.fromkeys(filter(None, names)))


def _decode(entity: Entity, runs: Runs) -> tuple[list[bytes], str]:
    """The octets behind the transfer encoding, in every reading, and why they may not be all."""
    encoding = str(entity.get("Content-Transfer-Encoding", "")).strip().lower()
    del entity["Content-Transfer-Encoding"]
    coded = _put_back(bytes(entity.get_payload(decode=True) or b""), runs)
    if encoding in _UNCODED:
        return [coded], ""
    if encoding == "quoted-printable":
        return _decode_quoted(coded), ""
    if encoding == "base64":
        return _decode_base64(coded)
    readings = [coded, *_decode_quoted(coded), *_decode_base64(coded)[0]]
    return list(dict.fromkeys(readings)), "unknown transfer encoding"


def _decode_quoted(coded: bytes) -> list[bytes]:
    """RFC 2045 section 6.7; with escapes that are none, also as a forgiving client has it."""
    readings = [binascii.a2b_qp(coded)]
    if _BROKEN_ESCAPE.search(coded):
        readings.append(binascii.a2b_qp(_BROKEN_ESCAPE.sub(b"", coded)))
    return readings


def _decode_base64(coded: bytes) -> tuple[list[bytes], str]:
    """RFC 2045 section 6.8; what is not by it is read as far as it goes."""
    letters = coded.translate(None, b" \t\r\n")
    try:
        return [binascii.a2b_base64(letters, strict_mode=True)], ""
    except binascii.Error:
        runs = [_NO_BASE64.sub(b"", run) for run in letters.split(b"=")]
        read = b"".join(binascii.a2b_base64(run + b"A" * (len(run) % 4 == 1) + b"==") for run in runs)
        return [read], "base64 that cannot be decoded exactly"
