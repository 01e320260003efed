"""Files and messages that are small, and large to whoever opens them: by size, depth, number or time."""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image

from tests.gateway.extract.archive_files import seven_zip
from tests.gateway.extract.compound_files import compound
from tests.gateway.extract.files import (
    W,
    entity,
    multipart,
    package,
    pdf,
    show,
    xlsx,
)
from tests.gateway.extract.office_files import odf

MIB = 1024 * 1024
PLAIN = entity(b"Dear Ann", "Content-Type: text/plain")


def deflated_zeros(mebibytes: int) -> bytes:
    """A raw deflated stream (RFC 1951) of so many MiB of zeros, without its end."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    first = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (mebibytes - 1)


def _gzip(mebibytes: int) -> bytes:
    return b"\x1f\x8b\x08\0\0\0\0\0\0\3" + deflated_zeros(mebibytes) + b"\3\0" + bytes(8)


def _zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def _zip_of_zips() -> bytes:
    """Five levels of sixteen, and at the bottom 4 MiB each: 4 TiB."""
    data = _zipped(("0", bytes(4 * MIB)))
    for _ in range(5):
        data = _zipped(*((f"{n}.zip", data) for n in range(16)))
    return data


def _zip_in_zip(depth: int = 1_000) -> bytes:
    data = b"words"
    for _ in range(depth):
        data = _zipped(("a.zip", data), method=zipfile.ZIP_STORED)
    return data


def _overlapping() -> bytes:
    """A thousand entries of the directory for the octets of one member."""
    data = _zipped(("a", bytes(64 * MIB)))
    start = data.index(b"PK\1\2")
    entry, end = data[start : data.index(b"PK\5\6")], data[data.index(b"PK\5\6") :]
    size = struct.pack("<HHII", 1000, 1000, len(entry) * 1000, start)
    return data[:start] + entry * 1000 + end[:8] + size + end[20:]


def _document(xml: bytes | str) -> bytes:
    return package({"word/document.xml": xml})


def _entities(definitions: str, use: str) -> bytes:
    document = (
        f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>{use}</w:t></w:r></w:p></w:body></w:document>'
    )
    return _document(f"<?xml version='1.0'?><!DOCTYPE w [{definitions}]>{document}")


def _laughs() -> bytes:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    return _entities(f'<!ENTITY a0 "ha">{levels}', "&a11;")


def _sparse() -> bytes:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return xlsx({"List": rows})


def _unique() -> bytes:
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="4294967295"/>'
    )
    return xlsx(
        {"List": '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'}, parts={"xl/sharedStrings.xml": strings}
    )


def _content_stream(mebibytes: int, filters: str, *, twice: bool) -> bytes:
    data = b"\x78\x9c" + deflated_zeros(mebibytes) + b"\3\0" + bytes(4)
    data = zlib.compress(data) if twice else data
    item = f"<< /Length {len(data)} /Filter {filters} >>\nstream\n".encode() + data + b"\nendstream"
    return pdf("", objects=[item]).replace(b"/Contents 101 0 R", b"/Contents 10 0 R ")


def _nested(depth: int) -> bytes:
    content = multipart(PLAIN, boundary="b")
    for level in range(depth):
        content = b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n%b\r\n--%d--\r\n' % (
            *(level, level, content, level),
        )
    return content


def _png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(MIB))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _gif(frames: int) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((16, 16)).save(file, "GIF")
    one = file.getvalue()
    start = one.index(b"\x2c\0\0\0\0")
    return one[:start] + one[start:-1] * frames + b";"


def _tiff_loop() -> bytes:
    """A directory that says that it is its own next."""
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "TIFF")
    data = bytearray(file.getvalue())
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * count, first)
    return bytes(data)


def _tar(entries: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return file.getvalue()[:512] * entries + bytes(1024)


def _pages(count: int) -> bytes:
    """A document that shows one page again and again."""
    data = pdf(show("words"))
    return data.replace(b"/Count 1 /Kids [100 0 R]", f"/Count {count} /Kids [{'100 0 R ' * count}]".encode())


def _page_tree_loop() -> bytes:
    return pdf(show("words")).replace(b"/Kids [100 0 R]", b"/Kids [2 0 R]  ")


def _sectors_in_a_ring() -> bytes:
    """A compound file whose every sector is its own next."""
    data = compound({"WordDocument": bytes(20_000)})
    return data[:512] + b"".join(
        struct.pack("<I", n) * 128
        if data[at : at + 4] in (b"\xfd\xff\xff\xff", b"\1\0\0\0")
        else data[at : at + 512]
        for n, at in enumerate(range(512, len(data), 512))
    )


FILES: dict[str, Callable[[], bytes]] = {
    "a sparse workbook": _sparse,
    "a workbook with four milliard strings": _unique,
    "zips in zips, 16 to the fifth": _zip_of_zips,
    "a zip in a zip, 1,000 deep": _zip_in_zip,
    "5 GiB of gzip": lambda: _gzip(5 * 1024),
    "members that overlap": _overlapping,
    "60,000 members": lambda: _zipped(*((str(n), b"") for n in range(60_000))),
    "a document of 200 MiB": lambda: _document(b"<a>" + b" " * (200 * MIB)),
    "a content stream of 400 MiB": lambda: _content_stream(400, "/FlateDecode", twice=False),
    "a content stream of 1 GiB, deflated twice": lambda: _content_stream(
        1024, "[/FlateDecode /FlateDecode]", twice=True
    ),
    "a milliard laughs": _laughs,
    "an external entity": lambda: _entities('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"),
    "a long entity, many times": lambda: _entities(f'<!ENTITY a "{"a" * 100_000}">', "&a;" * 50_000),
    "XML, 300,000 deep": lambda: _document(f'<w:document xmlns:w="{W}">' + "<w:p>" * 300_000),
    "OpenDocument, 300,000 deep": lambda: odf("<text:span>" * 300_000),
    "HTML, a million deep": lambda: b"<div>" * 1_000_000,
    "tables, 200,000 deep": lambda: b"<table><tr><td>" * 200_000,
    "RTF, a million deep": lambda: rb"{\rtf1 " + b"{" * 1_000_000,
    "RTF of 20 MB": lambda: rb"{\rtf1 " + rb"\b a\b0 {\i b}" * 1_500_000 + b"}",
    "a picture of 60,000 by 60,000": lambda: _png(60_000, 60_000),
    "100,000 frames": lambda: _gif(100_000),
    "a TIFF in a ring": _tiff_loop,
    "a 7z of 128 MiB": lambda: seven_zip({"a": bytes(128 * MIB)}),
    "an xz of 2 GiB": lambda: lzma.compress(bytes(16 * MIB)) * 128,
    "a bzip2 of 1 GiB": lambda: bz2.compress(bytes(64 * MIB)) * 16,
    "100,000 members of a tar": lambda: _tar(100_000),
    "100,000 pages": lambda: _pages(100_000),
    "pages in a ring": _page_tree_loop,
    "sectors in a ring": _sectors_in_a_ring,
}
MESSAGES: dict[str, Callable[[], bytes]] = {
    "multiparts, 3,000 deep": lambda: _nested(3_000),
    "500,000 parts": lambda: multipart(*[b"\r\na"] * 500_000),
    "a file name in 100,000 pieces": lambda: entity(
        b"a", "Content-Disposition: attachment" + "".join(f";\r\n filename*{n}=a" for n in range(100_000))
    ),
    "100,000 header fields": lambda: entity(b"a", *(f"X-{n}: a" for n in range(100_000))),
    "an endless header field": lambda: entity(b"a", "Subject: " + "=?utf-8?q?a?= " * 200_000),
    "messages in messages": lambda: entity(b"Content-Type: message/rfc822\r\n\r\n" * 100_000),
    "boundaries all over": lambda: multipart(PLAIN, entity(b"--\r\n" * 500_000), boundary="b"),
}
PATTERNS = {
    "letters": "a",
    "letters of base64 and blanks": "aaaaaaaaaaaa ",
    "digits": "9",
    "grouped digits": "999 000 0018 ",
    "hexadecimal": "4e ",
    "percent signs": "%2",
    "equals signs": "=2",
    "commas": "99,",
    "brackets": "<",
    "tags": "<a href=",
    "references": "&#",
    "at signs": "a@",
    "dots": "a.",
    "hyphens": "-",
    "slashes": "1/",
    "capitals": "Aa ",
    "white space": " ",
    "line ends": "\r\n",
    "uuencode": "begin 644 a\r\n",
    "armour": "-----BEGIN PGP MESSAGE-----\r\n",
    "quotes": '"\\',
    "shifts": "+A",
    "overrides": "\u202e1",
    "comments": "<!--",
    "entities": "<!ENTITY ",
    "names": "Mrs Jane Doe ",
    "dates": "01/02/1950 ",
}
"""What a pattern could take too long over when there is much of it."""
HARMLESS = {
    *("a sparse workbook", "RTF, a million deep", "RTF of 20 MB", "a TIFF in a ring", "boundaries all over"),
    "sectors in a ring",
}
"""These are read to their end."""
LONG = {"RTF of 20 MB", "a document of 200 MiB", "a 7z of 128 MiB"}
"""These take seconds to make or to read; the benchmark has them."""
