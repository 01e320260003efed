"""Ways in which the MIME structure of a message lets two mail clients see two messages.

The sentences are reasons of nodes. Sources: RFC 2045 section 5.1, RFC 2046 section 5.1.1, and the
evasions of MIME parsers named in CVE-2024-28054 and CVE-2026-116264 to 116273.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import errors
from email.message import Message as Entity

_SINGLE = ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition")
_NAME = r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+"
_BOUNDARY_CHARS = r"[0-9A-Za-z'()+_,\-./:=?*!#$%&@^{}|~ ]{0,69}[0-9A-Za-z'()+_,\-./:=?*!#$%&@^{}|~]"
_PARAMETER = rf'\s*;\s*(?:({_NAME})\s*=\s*("[^"\\]*"|[^\s;"()]+))?'
_MULTIPART = re.compile(rf"\s*multipart/{_NAME}((?:{_PARAMETER})*)\s*", re.IGNORECASE)
_PARAMETERS = re.compile(_PARAMETER)
_BOUNDARY = re.compile(rf'"{_BOUNDARY_CHARS}"|{_BOUNDARY_CHARS}')

_BY_PARSER: dict[type[errors.MessageDefect], str] = {
    errors.NoBoundaryInMultipartDefect: "multipart without a boundary",
    errors.StartBoundaryNotFoundDefect: "multipart whose boundary never occurs",
    errors.CloseBoundaryNotFoundDefect: "multipart without an end boundary",
    errors.MultipartInvariantViolationDefect: "multipart without parts",
    errors.InvalidMultipartContentTransferEncodingDefect: "multipart with a transfer encoding",
    errors.FirstHeaderLineIsContinuationDefect: "header section begins with a folded line",
    errors.MissingHeaderBodySeparatorDefect: "header section ended by a line that is no field",
    errors.MisplacedEnvelopeHeaderDefect: "header section with an mbox line in it",
}


def defects(entity: Entity, outer: tuple[str, ...]) -> Iterator[str]:
    """Defects of one entity; `outer` are the boundaries of the multiparts around it."""
    for defect in entity.defects:
        yield _BY_PARSER.get(type(defect), "a part that the parser could not make sense of")
    for name in _SINGLE:
        if len({str(value).strip() for value in entity.get_all(name, [])}) > 1:
            yield f"contradictory {name} fields"
    content_type = str(entity.get("Content-Type", ""))
    if re.search(r"multipart|boundary", content_type, re.IGNORECASE):
        yield from _boundary_defects(entity, content_type, outer)


def _boundary_defects(entity: Entity, content_type: str, outer: tuple[str, ...]) -> Iterator[str]:
    boundary = _plain_boundary(content_type)
    if not boundary or boundary != entity.get_boundary():
        yield "multipart whose boundary is ambiguous"
    elif any(boundary.startswith(other) or other.startswith(boundary) for other in outer):
        yield "multipart with the boundary of another around it"


def _plain_boundary(content_type: str) -> str:
    """The boundary, if the field is so plain that everybody reads the same one; else ""."""
    written = _MULTIPART.fullmatch(content_type)
    parameters = _PARAMETERS.findall(written[1]) if written else []
    boundaries = [value for name, value in parameters if name.lower() == "boundary"]
    continued = any("*" in name for name, _ in parameters)
    plain = len(boundaries) == 1 and not continued and _BOUNDARY.fullmatch(boundaries[0])
    return boundaries[0].strip('"') if plain else ""
