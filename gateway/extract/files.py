"""Files by their true type: which reader opens what, and the limits of the whole tree.

To read a further format, write its reader (`gateway.extract.source.Reader`), let
`gateway.extract.types` know the type, and add a line to `READERS`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from gateway.extract import (
    apple_double,
    archives,
    calendars,
    certificates,
    charset,
    cms,
    compressed,
    delimited,
    doc,
    flat,
    html,
    kinds,
    mbox,
    metafiles,
    mime,
    objects,
    odf,
    office_encryption,
    ooxml,
    outlook,
    pdf,
    pgp,
    pictures,
    polyglots,
    ppt,
    rar,
    rtf,
    seven_zip,
    text,
    tnef,
    types,
    xls,
    yenc,
    zip_archive,
)
from gateway.extract.node import Limits, Node
from gateway.extract.passwords import candidates
from gateway.extract.source import (
    TOO_LONG_TO_OPEN,
    FileWithin,
    Found,
    Locked,
    Reader,
    Source,
    Unreadable,
    WrongPassword,
)
from gateway.mail import Trait

READERS: dict[str, Reader] = {
    types.TEXT: text.read,
    types.CSV: delimited.read,
    types.XML: flat.read,
    types.POSTSCRIPT: text.read_postscript,
    types.HTML: html.read,
    types.PDF: pdf.read,
    types.DOCX: ooxml.read,
    types.XLSX: ooxml.read,
    types.PPTX: ooxml.read,
    types.XLSB: ooxml.read,
    types.VSDX: ooxml.read,
    types.XPS: ooxml.read,
    types.DOC: doc.read,
    types.XLS: xls.read,
    types.PPT: ppt.read,
    types.RTF: rtf.read,
    types.OUTLOOK: outlook.read,
    types.TNEF: tnef.read,
    types.OLE: objects.read,
    types.MACROS: objects.read,
    types.ENCRYPTED_OFFICE: office_encryption.read,
    types.MESSAGE: mime.read,
    types.ZIP: zip_archive.read,
    types.APPLE_DOUBLE: apple_double.read,
    types.APPLE_FOLDER: apple_double.read_folder,
    types.CMS: cms.read,
    types.CERTIFICATE: certificates.read,
    types.CERTIFICATE_STORE: certificates.read_store,
    types.PGP: pgp.read,
    types.YENC: yenc.read,
    types.SEVEN_ZIP: seven_zip.read,
    types.RAR: rar.read,
    **dict.fromkeys((types.GZIP, types.BZIP2, types.XZ, types.ZSTD), compressed.read),
    **dict.fromkeys((types.LZIP, types.LZMA, types.ZLIB), compressed.read),
    **dict.fromkeys((types.LZ4, types.COMPRESS), compressed.read_by_libarchive),
    **dict.fromkeys((types.TAR, types.CPIO, types.AR, types.CAB, types.ISO), archives.read),
    types.MBOX: mbox.read,
    types.CALENDAR: calendars.read,
    types.CARD: calendars.read,
    **dict.fromkeys(pictures.TYPES, pictures.read),
    **dict.fromkeys(metafiles.TYPES, metafiles.read),
}


def read_file(data: bytes, name: str, declared: str, limits: Limits) -> list[Node]:
    """The nodes of one attachment or file, by its true type. Raises FileWithin and nothing else."""
    return unfold(Source(name, data, declared.lower()), limits)


def unfold(root: Source, limits: Limits) -> list[Node]:
    """The nodes of a whole tree, in its order; past a limit the last node says that more was there.

    What needs a password is opened where a word of the tree is that password.
    Raises FileWithin, if `limits.files` is unset.
    """
    limits = msgspec.structs.replace(limits, ocr_until=time.monotonic() + limits.ocr_seconds)
    tree = _Tree(limits)
    nodes = tree.read(_open(root, limits))
    tree.try_passwords(nodes)
    return [*nodes, root.unscannable("more content than may be unfolded", "rest")] if tree.full else nodes


class _Tree:
    """What one tree has unfolded to so far, and what is still locked in it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._nodes = self._octets = self._chars = 0
        self._locked: list[tuple[Locked, int]] = []
        """With the number of containers around each."""
        self._rounds = limits.password_rounds
        """Left for the empty password, and for what is inside of what a password opened."""

    @property
    def full(self) -> bool:
        limits = self._limits
        return self._nodes >= limits.nodes or self._octets > limits.octets or self._chars > limits.chars

    def read(self, found: Iterator[Found], depth: int = 0, *, opened: bool = False) -> list[Node]:
        """The nodes of what a reader finds and of all within it.

        `depth` containers are around it; `opened` says that a password in the message opened one.
        """
        nodes: list[Node] = []
        open_ = [found]
        while open_ and not self.full:
            item = next(open_[-1], None)
            if item is None:
                open_.pop()
            elif isinstance(item, Source) and depth + len(open_) <= self._limits.depth:
                self._octets += len(item.data)
                open_.append(_open(item, self._limits))
            elif isinstance(item, Locked) and not item.tried:
                open_[-1] = chain(_guarded(item.source, self._by_empty_password(item)), open_[-1])
            else:
                nodes.append(self._ended(item, depth + len(open_) - 1, opened))
        return nodes

    def _ended(self, item: Found, depth: int, opened: bool) -> Node:
        if isinstance(item, Source):
            node = item.unscannable("nested too deep")
        else:
            node = item.node if isinstance(item, Locked) else item
        if opened:
            node = msgspec.structs.replace(node, traits=(*node.traits, Trait.OPENED))
        if isinstance(item, Locked):
            self._locked.append((item._replace(node=node), depth))
        self._nodes += 1
        self._chars += len(node.text)
        return node

    def try_passwords(self, nodes: list[Node]) -> None:
        """Put what a word of the nodes opens in the place of what was locked."""
        words = candidates(nodes, self._limits.passwords) if self._locked else []
        rounds = self._limits.password_rounds
        while self._locked:
            locked, depth = self._locked.pop(0)
            for word in words:
                rounds -= locked.rounds
                if rounds < 0:
                    break
                if inside := self._inside(locked, word):
                    words = [word, *words]  # what opened one will open others
                    at = next(index for index, node in enumerate(nodes) if node is locked.node)
                    nodes[at : at + 1] = self.read(inside, depth, opened=True)
                    break

    def _by_empty_password(self, locked: Locked) -> Iterator[Found]:
        """What it opens; else the same lock. Raises Unreadable where that takes too long to know."""
        self._spend(locked.rounds)
        try:
            found = locked.open("")
        except WrongPassword:
            yield locked._replace(tried=True)
        else:
            yield from self._opened(locked, found)

    def _inside(self, locked: Locked, word: str) -> Iterator[Found] | None:
        """What the word opens; None if it is not the password."""
        try:
            return _guarded(locked.source, self._opened(locked, locked.open(word)))
        except Exception:  # as below; what cannot be opened stays as it is
            return None

    def _opened(self, locked: Locked, found: Iterable[Found]) -> Iterator[Found]:
        self._spend(locked.inside)
        yield from found

    def _spend(self, rounds: int) -> None:
        if rounds > self._rounds:
            raise Unreadable(TOO_LONG_TO_OPEN)
        self._rounds -= rounds


def _open(source: Source, limits: Limits) -> Iterator[Found]:
    """What the reader finds; whatever goes wrong in it, the source ends with a state."""
    if not source.data and source.storage is None:
        yield source.text("", empty="no octets")
        return
    if not limits.files and _is_file(source):
        raise FileWithin
    try:
        known = source.type or types.true_type(source.data, source.declared, source.name)
    except Exception:  # as below
        yield source.unscannable("damaged: reading it failed")
        return
    traits = (*source.traits, *kinds.traits(source, known))
    source = msgspec.structs.replace(source, type=known, traits=traits)
    yield from _guarded(source, _read(source, limits))


def _guarded(source: Source, items: Iterable[Found]) -> Iterator[Found]:
    """The items; in the place of an exception, or of no items at all, a node that says so."""
    found = False
    try:
        for item in items:
            found = True
            yield item
        if not found:
            raise Unreadable("nothing in it could be read")
    except Unreadable as refusal:
        yield source.unscannable(str(refusal))
    except Exception:  # a parser may raise anything on hostile octets, and its words may quote them
        yield source.unscannable("damaged: reading it failed")


def _read(source: Source, limits: Limits) -> Iterator[Found]:
    yield from polyglots.hidden(source)
    yield from _reader(source.type)(source, limits)


def _is_file(source: Source) -> bool:
    """Whether it takes more than the readers of text, HTML, messages, which are plain Python and lexbor."""
    known = source.type
    if not known and charset.is_text(source.data):
        known = types.true_type(source.data, source.declared, source.name)
    return not known.startswith(("text/", types.MESSAGE))


def _reader(known: str) -> Reader:
    if reader := READERS.get(known.partition(";")[0]):
        return reader
    if known.startswith("text/"):
        return text.read
    if known.startswith(types.OPEN_DOCUMENT):
        return odf.read
    if known.startswith("image/"):
        raise Unreadable("a picture of a kind that is not read: it can be read when it is sent as JPEG")
    raise Unreadable(f"unsupported type {known}")
