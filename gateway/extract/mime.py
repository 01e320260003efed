"""MIME: a message to its subject, header text, bodies, attachments and nested messages.

RFC 5322, RFC 2045, RFC 2046. Where two mail clients could show different things, all that the
standard parser shows is read, and all that can be swept up otherwise; unless that is all for sure,
a node named "structure" says why it may not be.
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

import msgspec

from gateway.extract import charset, codes, fields, sweep, transfer, types
from gateway.extract.alternatives import differ
from gateway.extract.headers import header_section
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable
from gateway.extract.structure import SETTLED, defects, octet_defects, unseen_fields
from gateway.mail import Trait

_LIFTABLE = re.compile(rb"\n((?:[A-Za-z0-9+/]{60,76}\r?\n){8,})")
_LIFTED = re.compile(rb"([0-9a-f]{32}x[0-9]+)x\r?\n?")
_BOUNDARY = re.compile(rb"boundary[*0-9]{0,9}\s{0,9}=\s{0,9}\"?([^\"\s;]{1,200})", re.IGNORECASE)
_LONG_FIELD = re.compile(
    rb"^content-[a-z-]{1,40}[ \t]*:(?:[^\n]|\n[ \t]){60000}", re.IGNORECASE | re.MULTILINE
)
_QUOTED_PAIR = re.compile(r"\\(.)")
"""RFC 2822, section 3.2.2; Python undoes those of quotes and backslashes alone."""
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
    subjects = [value for name, value in root.raw_items() if name.lower() == "subject"]
    others = [item for item in root.raw_items() if item[0].lower() != "subject"]
    yield from _words(source, "subject", "\n".join(fields.decode(str(value)) for value in subjects))
    others += (item for entity, _ in entities[1:] for item in entity.raw_items())
    yield from _words(source, "headers", fields.written(others))
    reasons = [*octet_defects(content), *unseen_fields(content, (entity for entity, _ in entities))]
    for entity, outer in entities:
        reasons += defects(entity, outer)
    leaves = _Leaves(source, runs)
    for entity, _ in entities:
        yield from leaves.read(entity)
    if reasons:
        yield from leaves.sweep(content)
    yield from _words(source, "file names", "\n".join(dict.fromkeys(leaves.file_names)))
    for reason in dict.fromkeys(reasons):
        if reason not in SETTLED:
            yield source.unscannable(reason, "structure")


def _words(source: Source, step: str, text: str) -> Iterator[Node | Source]:
    """Words of header fields, if there are any, and what they say in other letters."""
    if text:
        yield source.text(text, step)
        yield from codes.within(msgspec.structs.replace(source, name=source.within(step)), text)


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


class _Leaves:
    """Reads the entities of one message, and names them so that no two have the same name."""

    def __init__(self, source: Source, runs: Runs) -> None:
        self._source = source
        self._runs = runs
        self._named: Counter[str] = Counter()
        self._attachments = 0
        self._seen: set[bytes] = set()
        self._decoded: dict[Entity, tuple[list[bytes], str]] = {}
        self._differing: set[Entity] = set()
        self.file_names: list[str] = []

    def read(self, entity: Entity) -> Iterator[Node | Source]:
        if entity.is_multipart():
            if Message.get_content_type(entity) == "multipart/alternative":
                self._compare(entity)
            yield from self._around(entity)
        else:
            yield from self._leaf(entity, *self._decode(entity))

    def sweep(self, content: bytes) -> Iterator[Node | Source]:
        """What else some client could show: parts that only it sees, and the octets as they stand."""
        told = {"text": b"", "message": b""}
        for octets in dict.fromkeys((content, binascii.a2b_qp(content))):
            for entity in sweep.entities(octets, Entity):
                readings, reason = self._undo(entity)
                kind = Message.get_content_maintype(entity)
                if kind in told and len(readings) == 1 and _is_written(readings[0]):
                    if told[kind].endswith(readings[0]):
                        continue  # the end of what is read as the same kind of thing already
                    told[kind] = readings[0]
                if not self._seen.issuperset(data for data in readings if data.strip()):
                    yield from self._leaf(entity, readings, reason)
        body = _put_back(content[len(header_section(content)) :], self._runs)
        for step, octets in sweep.views(body, self._seen):
            yield Source(self._source.within(step), octets, type=types.TEXT)

    def _leaf(self, entity: Entity, readings: list[bytes], reason: str) -> Iterator[Node | Source]:
        declared = Message.get_content_type(entity)
        names = _file_names(entity)
        self.file_names += names
        body = _BODIES.get(declared, "") if not names and not _is_attachment(entity) else ""
        name = self._name(body, names, declared)
        if declared in _ELSEWHERE:
            yield self._source.unscannable(_ELSEWHERE[declared], name)
            declared = types.TEXT
        charset = str(entity.get_content_charset("") or "")
        for data in readings:
            self._seen.add(data)
            item = self._open(name, data, declared, charset, bool(body))
            if entity in self._differing:
                item = msgspec.structs.replace(item, traits=(Trait.DIFFERING,))
            yield item
        if reason:
            yield self._source.unscannable(reason, name)

    def _compare(self, entity: Entity) -> None:
        """Note down the HTML among alternatives that says something else than the plain text."""
        leaves = [part for part in entity.walk() if not (part.is_multipart() or _is_attachment(part))]
        plain = [part for part in leaves if Message.get_content_type(part) == types.TEXT]
        html = [part for part in leaves if Message.get_content_type(part) == types.HTML]
        if plain and html and differ(self._text(plain), self._text(html)):
            self._differing.update(html)

    def _text(self, entities: list[Entity]) -> str:
        """Some clients cut HTML where a picture stands."""
        return "\n".join(
            charset.decode(self._decode(entity)[0][0], str(entity.get_content_charset("") or ""))
            for entity in entities
        )

    def _decode(self, entity: Entity) -> tuple[list[bytes], str]:
        if entity not in self._decoded:
            self._decoded[entity] = self._undo(entity)
        return self._decoded[entity]

    def _undo(self, entity: Entity) -> tuple[list[bytes], str]:
        labels = [str(value) for value in entity.get_all("Content-Transfer-Encoding", [])]
        del entity["Content-Transfer-Encoding"]
        coded = _put_back(bytes(entity.get_payload(decode=True) or b""), self._runs)
        return transfer.decode(coded, labels)

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


def _is_written(data: bytes) -> bool:
    """Whether it is text, of whatever kind, or a message."""
    return types.true_type(data).startswith(("text/", types.MESSAGE))


def _is_attachment(entity: Entity) -> bool:
    return str(entity.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _file_names(entity: Entity) -> list[str]:
    """Every file name that some client would show, best first."""
    names = []
    for header, parameter in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        for field in (value for name, value in entity.raw_items() if name.lower() == header.lower()):
            alone = Message()
            alone[header] = fields.as_text(str(field))
            for key, value in alone.get_params([], header):
                if key.lower() == parameter:
                    name = fields.decode(collapse_rfc2231_value(value))
                    names += [name, _QUOTED_PAIR.sub(r"\1", name)]
    return list(dict.fromkeys(filter(None, names)))
