"""Files and messages for the tests of `gateway.extract`, written octet by octet."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zlib
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from msoffcrypto.method.ecma376_agile import ECMA376Agile  # type: ignore[import-untyped]  # ships no types
from PIL import Image, ImageDraw, ImageFont

from gateway.extract.ole import open_file
from tests.gateway.extract.compound_files import compound

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TARGET_MODES = {True: "External", False: "Internal"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
NOISE = hashlib.shake_256(b"noise").digest(20_000)


# Messages


def entity(body: bytes, *fields: str) -> bytes:
    """Header fields, an empty line and a body, lines ended by CRLF."""
    return "".join(f"{field}\r\n" for field in fields).encode() + b"\r\n" + body


def multipart(*parts: bytes, boundary: str = "=_b", kind: str = "mixed", fields: Iterable[str] = ()) -> bytes:
    """A multipart entity around `parts`, each of them an entity."""
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), part) for part in parts)
    content_type = f'Content-Type: multipart/{kind}; boundary="{boundary}"'
    return entity(body + b"--%b--\r\n" % boundary.encode(), *fields, content_type)


def attachment(data: bytes, name: str, media_type: str = "application/octet-stream") -> bytes:
    """An attached file in base64."""
    return entity(
        base64.encodebytes(data).replace(b"\n", b"\r\n"),
        f'Content-Type: {media_type}; name="{name}"',
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: base64",
    )


# Pictures


def drawn(text: str, size: int = 32) -> Image.Image:
    """Print in grey."""
    picture = Image.new("L", (900, size * 2 * (text.count("\n") + 2)), 255)
    font = ImageFont.load_default(size)
    ImageDraw.Draw(picture).text((size, size), text, 0, font, spacing=size // 2)
    return picture


# Office packages


def package(parts: Mapping[str, bytes | str]) -> bytes:
    """A zip package of these parts, with [Content_Types].xml in front."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, data in {"[Content_Types].xml": "<Types/>", **parts}.items():
            archive.writestr(name, data)
    return file.getvalue()


def relations(*entries: tuple[str, str, str]) -> str:
    """A relationships part; entries are id, kind and target, "http" targets being external."""
    items = (
        f'<Relationship Id="{id_}" Type="{R}/{kind}" Target="{target}" '
        f'TargetMode="{_TARGET_MODES[target.startswith("http")]}"/>'
        for id_, kind, target in entries
    )
    return f'<Relationships xmlns="{_RELATIONS}">{"".join(items)}</Relationships>'


def word(content: str, root: str = "document") -> str:
    """A part of a Word document; `content` is WordprocessingML, prefix w."""
    return f'<w:{root} xmlns:w="{W}"><w:body>{content}</w:body></w:{root}>'


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def docx(content: str, parts: Mapping[str, bytes | str] | None = None) -> bytes:
    """A Word document with this body, and further parts by name."""
    main = relations(("rId1", "officeDocument", "word/document.xml"))
    return package({"_rels/.rels": main, "word/document.xml": word(content), **(parts or {})})


def xlsx(
    sheets: Mapping[str, str],
    strings: Iterable[str] = (),
    styles: str = "",
    parts: Mapping[str, bytes | str] | None = None,
    state: str = "visible",
) -> bytes:
    """A workbook; each sheet is the XML of its rows, each shared string its text."""
    entries = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" state="{state}" r:id="rId{n}"/>'
        for n, name in enumerate(sheets, 1)
    )
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    content: dict[str, bytes | str] = {
        "_rels/.rels": relations(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{S}" xmlns:r="{R}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            *entries, ("s", "sharedStrings", "sharedStrings.xml"), ("f", "styles", "styles.xml")
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{S}">{items}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{S}">{styles}</styleSheet>',
    }
    for n, rows in enumerate(sheets.values(), 1):
        content[f"xl/worksheets/sheet{n}.xml"] = sheet(rows)
    return package(content | dict(parts or {}))


def sheet(rows: str, beside: str = "") -> str:
    return f'<worksheet xmlns="{S}"><sheetData>{rows}</sheetData>{beside}</worksheet>'


# What protects a package ([MS-OFFCRYPTO])


def encrypted_office(password: str, plain: bytes | None = None) -> bytes:
    """A document encrypted in the agile way; by default one that says "words", and is of usual size."""
    package_file = io.BytesIO(plain or docx(paragraph(f"words {NOISE[:8000].hex()}")))
    return bytes(ECMA376Agile.encrypt(password, package_file, spin_count=10_000))


def said_to_be_encrypted(package_stream: bytes, info: bytes | None = None) -> bytes:
    """A compound file that looks like an encrypted document, with whatever in the place of its package."""
    if info is None:
        info = open_file(encrypted_office("secret")).stream("EncryptionInfo")
    return compound({"EncryptionInfo": info, "EncryptedPackage": bytes(8) + package_stream})


# PDF (ISO 32000-1)


def pdf(
    *pages: str, objects: Iterable[str | bytes] = (), catalog: str = "", page: str = "", info: str = ""
) -> bytes:
    """A PDF with a page for each content stream; `objects` are numbered from 10 on."""
    numbered: dict[int, bytes] = {}
    kids = " ".join(f"{100 + 2 * n} 0 R" for n in range(len(pages)))
    numbered[1] = f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode()
    numbered[2] = f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode()
    numbered[3] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    numbered[4] = f"<< {info} >>".encode()
    for number, item in enumerate(objects, 10):
        numbered[number] = item.encode() if isinstance(item, str) else item
    for n, content in enumerate(pages):
        numbered[100 + 2 * n] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {101 + 2 * n} 0 R "
            f"/Resources << /Font << /F 3 0 R >> /XObject << /Im 10 0 R >> >> {page} >>"
        ).encode()
        numbered[101 + 2 * n] = stream("", content.encode("latin-1"))
    return _pdf_file(numbered, "/Info 4 0 R")


def show(text: str, y: int = 700) -> str:
    """Content that shows a line of text."""
    return f"BT /F 12 Tf 72 {y} Td ({text}) Tj ET\n"


PICTURE = "q 400 0 0 400 90 200 cm /Im Do Q\n"
IMAGE_OBJECT = (
    b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
    b"/Length 1 >>\n"
    b"stream\n\x80\nendstream"
)


def stream(entries: str, data: bytes) -> bytes:
    """A deflated stream object."""
    packed = zlib.compress(data)
    return (
        f"<< /Filter /FlateDecode /Length {len(packed)} {entries} >>\nstream\n".encode()
        + packed
        + b"\nendstream"
    )


def _pdf_file(numbered: Mapping[int, bytes], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, item in numbered.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, item)
    start = len(out)
    size = max(places) + 1
    out += b"xref\n"
    for number, place in {0: 0, **places}.items():
        out += b"%d 1\n%010d %05d %b \n" % (number, place, 65535 * (not number), b"n" if number else b"f")
    out += f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_FILE_ID = b"0123456789abcdef"


def protected_pdf(user: str, owner: str, text: str, *, forged: bool = False) -> bytes:
    """A PDF under the standard security handler, revision 2; a forged one says so and is not encrypted."""
    o = _rc4(_md5(_padded(owner))[:5], _padded(user))
    key = _md5(_padded(user) + o + struct.pack("<i", -4) + _FILE_ID)[:5]
    content = zlib.compress(show(text * 100).encode())
    if not forged:
        content = _rc4(_md5(key + b"\5\0\0\0\0")[:10], content)
    entries = {"O": o, "U": _rc4(key, _PADDING)}
    hexed = " ".join(f"/{name} <{octets.hex()}>" for name, octets in entries.items())
    numbered = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        4: (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
            b"/Resources << /Font << /F 3 0 R >> >> >>"
        ),
        5: b"<< /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        6: f"<< /Filter /Standard /V 1 /R 2 /P -4 {hexed} >>".encode(),
    }
    return _pdf_file(numbered, f"/Encrypt 6 0 R /ID [<{_FILE_ID.hex()}> <{_FILE_ID.hex()}>]")


def _md5(octets: bytes) -> bytes:
    return hashlib.md5(octets, usedforsecurity=False).digest()


def _padded(password: str) -> bytes:
    return (password.encode() + _PADDING)[:32]


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for octet in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(octet ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
