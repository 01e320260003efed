"""Files by their true type: which reader opens what, and the limits of the whole tree.

To read a further format, write its reader (`gateway.extract.source.Reader`), let
`gateway.extract.types` know the type, and add a line to `READERS`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gateway.extract import charset, html, mime, office_encryption, ooxml, pdf, text, types
from gateway.extract.node import Limits, Node
from gateway.extract.source import FileWithin, Reader, Source, Unreadable

READERS: dict[str, Reader] = {
    types.TEXT: text.read,
    types.XML: text.read_xml,
    types.HTML: html.read,
    types.PDF: pdf.read,
    types.DOCX: ooxml.read,
    types.XLSX: ooxml.read,
    types.ENCRYPTED_OFFICE: office_encryption.read,
    types.MESSAGE: mime.read,
}


def read_file(data: bytes, name: str, declared: str, limits: Limits) -> list[Node]:
    """The nodes of one attachment or file, by its true type. Raises FileWithin and nothing else."""
    return unfold(Source(name, data, declared.lower()), limits)


def unfold(root: Source, limits: Limits) -> list[Node]:
    """The nodes of a whole tree, in its order; past a limit the last node says that more was there.

    Raises FileWithin, if `limits.files` is unset.
    """
    nodes: list[Node] = []
    octets = chars = 0
    opened = [_open(root, limits)]
    while opened:
        item = next(opened[-1], None)
        if item is None:
            opened.pop()
        elif isinstance(item, Node):
            nodes.append(item)
            chars += len(item.text)
        elif len(opened) > limits.depth:
            nodes.append(item.unscannable("nested too deep"))
        else:
            octets += len(item.data)
            opened.append(_open(item, limits))
        if len(nodes) >= limits.nodes or octets > limits.octets or chars > limits.chars:
            nodes.append(root.unscannable("more content than may be unfolded", "rest"))
            break
    return nodes


def _open(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """What the reader finds; whatever goes wrong in it, the source ends with a state."""
    if not source.data:
        yield source.text("", empty="no octets")
        return
    if not limits.files and _is_file(source):
        raise FileWithin
    try:
        known = source.type or types.true_type(source.data, source.declared, source.name)
        source = msgspec.structs.replace(source, type=known)
        found = False
        for item in _reader(known)(source, limits):
            found = True
            yield item
        if not found:
            raise Unreadable("nothing in it could be read")
    except Unreadable as refusal:
        yield source.unscannable(str(refusal))
    except Exception:  # a parser may raise anything on hostile octets, and its words may quote them
        yield source.unscannable("damaged: reading it failed")


def _is_file(source: Source) -> bool:
    """Whether it takes more than the readers of text, HTML and messages, which are plain Python and lexbor."""
    known = source.type
    if not known and charset.is_text(source.data):
        known = types.true_type(source.data, source.declared, source.name)
    return not known.startswith(("text/", types.MESSAGE))


def _reader(known: str) -> Reader:
    if reader := READERS.get(known.partition(";")[0]):
        return reader
    if known.startswith("text/"):
        return text.read
    if known.startswith("image/"):
        raise Unreadable("image: not read")
    raise Unreadable(f"unsupported type {known}")
