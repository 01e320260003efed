"""Ways in which the MIME structure of a message lets two mail clients see two messages.

The sentences are reasons of nodes. Those in `SETTLED` honest mail has, too: it was cut off, or a
list added something; what some client could show in spite of them, `gateway.extract.sweep` finds.
Sources: RFC 2045 section 5.1, RFC 2046 section 5.1.1, and the
evasions of MIME parsers named in CVE-2024-28054 and CVE-2026-116264 to 116273.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email import errors
from email.message import Message as Entity

from gateway.extract import transfer

_NAME = r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+"
_BOUNDARY_CHARS = r"[0-9A-Za-z'()+_,\-./:=?*!#$%&@^{}|~ ]{0,69}[0-9A-Za-z'()+_,\-./:=?*!#$%&@^{}|~]"
_PARAMETER = rf'\s*;\s*(?:({_NAME})\s*=\s*("[^"\\]*"|[^\s;"()]+))?'
_MULTIPART = re.compile(rf"\s*multipart/{_NAME}((?:{_PARAMETER})*)\s*", re.IGNORECASE)
_ENCODED_WORD = re.compile(r"=\?.*\?=")
_BODY = re.compile(rf"\s*text/{_NAME}\s*(?:;|$)")
_PARAMETERS = re.compile(_PARAMETER)
_BOUNDARY = re.compile(rf'"{_BOUNDARY_CHARS}"|{_BOUNDARY_CHARS}')

_LABELLED = "multipart with a transfer encoding"
_BY_PARSER: dict[type[errors.MessageDefect], str] = {
    errors.NoBoundaryInMultipartDefect: "multipart without a boundary",
    errors.StartBoundaryNotFoundDefect: "multipart whose boundary never occurs",
    errors.CloseBoundaryNotFoundDefect: "multipart without an end boundary",
    errors.MultipartInvariantViolationDefect: "multipart without parts",
    errors.InvalidMultipartContentTransferEncodingDefect: _LABELLED,
    errors.FirstHeaderLineIsContinuationDefect: "header section begins with a folded line",
    errors.MissingHeaderBodySeparatorDefect: "header section ended by a line that is no field",
    errors.MisplacedEnvelopeHeaderDefect: "header section with an mbox line in it",
}
_QUOTED = "multipart labelled quoted-printable"
SETTLED = {
    _QUOTED,
    "multipart without an end boundary",
    "multipart without parts",
    "multipart whose boundary never occurs",
    "header section with an mbox line in it",
    "lines ended in two ways",
    "fields of a part where the parser sees none",
}


def defects(entity: Entity, outer: tuple[str, ...]) -> Iterator[str]:
    """Defects of one entity; `outer` are the boundaries of the multiparts around it."""
    for defect in entity.defects:
        sentence = _BY_PARSER.get(type(defect), "a part that the parser could not make sense of")
        labels = set(map(transfer.label, _all(entity, "Content-Transfer-Encoding")))
        yield _QUOTED if sentence == _LABELLED and labels == {"quoted-printable"} else sentence
    if len({str(value).strip() for value in entity.get_all("Content-Type", [])}) > 1:
        yield "contradictory Content-Type fields"
    if entity.is_multipart() and len(set(map(transfer.label, _all(entity, "Content-Transfer-Encoding")))) > 1:
        yield "contradictory Content-Transfer-Encoding fields"
    content_type = str(entity.get("Content-Type", ""))
    if re.search(r"multipart|boundary", content_type, re.IGNORECASE) and not _has_idle_boundary(entity):
        yield from _boundary_defects(entity, content_type, outer)


def octet_defects(content: bytes) -> Iterator[str]:
    """Defects that show before anything is parsed."""
    if b"\0" in content:
        yield "a NUL octet"
    returns, pairs = content.count(b"\r"), content.count(b"\r\n")
    if returns != pairs:
        yield "a CR that no LF follows"
    elif 0 < pairs < content.count(b"\n"):
        yield "lines ended in two ways"


def unseen_fields(content: bytes, entities: Iterable[Entity]) -> Iterator[str]:
    """A defect, if Content-Type or -Transfer-Encoding stands where some client could see a part's header."""
    seen = 0
    for entity in entities:
        seen += sum(name[:9].lower() == "content-t" for name in entity)
        if Entity.get_content_maintype(entity) == "message" and not entity.is_multipart():
            seen += _fields(b"\n" + str(entity.get_payload()).encode("ascii", "replace"))
    if _fields(b"\n" + content) > seen:
        yield "fields of a part where the parser sees none"


def _fields(content: bytes) -> int:
    text = content.lower()
    return sum(text.count(b"\n" + before + b"content-t") for before in (b"", b" ", b"\t"))


def _has_idle_boundary(entity: Entity) -> bool:
    """Whether it is a body with a boundary that never occurs, as some programs write it."""
    if entity.is_multipart() or not _BODY.match(str(entity.get("Content-Type", ""))):
        return False
    boundaries = [value for name, value in entity.get_params([]) if name.lower().startswith("boundary")]
    return not any(f"--{boundary}" in entity.get_payload() for boundary in boundaries)


def _all(entity: Entity, name: str) -> list[str]:
    return [str(value) for value in entity.get_all(name, [])]


def _boundary_defects(entity: Entity, content_type: str, outer: tuple[str, ...]) -> Iterator[str]:
    boundary = _plain_boundary(content_type)
    if not boundary or boundary != entity.get_boundary():
        yield "multipart whose boundary is ambiguous"
    elif boundary in outer:
        yield "multipart with the boundary of another around it"


def _plain_boundary(content_type: str) -> str:
    """The boundary, if the field is so plain that everybody reads the same one; else ""."""
    written = _MULTIPART.fullmatch(content_type)
    parameters = _PARAMETERS.findall(written[1]) if written else []
    boundaries = [value for name, value in parameters if name.lower() == "boundary"]
    continued = any("*" in name for name, _ in parameters)
    plain = len(boundaries) == 1 and not continued and not _ENCODED_WORD.search(boundaries[0])
    return boundaries[0].strip('"') if plain and _BOUNDARY.fullmatch(boundaries[0]) else ""
