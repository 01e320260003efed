"""Files of older office programs for tests, written octet by octet."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zlib
from collections.abc import Iterable, Mapping
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from msoffcrypto.method.xor_obfuscation import DocumentXOR  # type: ignore[import-untyped]  # ships no types

from gateway.extract.ole import open_file
from tests.gateway.extract.compound_files import compound
from tests.gateway.extract.files import NOISE, PNG, package, relations

# DOC ([MS-DOC])


def doc(
    pieces: Iterable[str | bytes],
    lengths: tuple[int, ...] = (),
    *,
    flags: int = 0,
    gap: bytes = b"",
    tables: Mapping[int, bytes] | None = None,
    streams: Mapping[str, bytes] | None = None,
) -> bytes:
    """A document of Word 97: octets are pieces in Windows-1252, `gap` stands behind each piece.

    `lengths` are those of the documents within it; `tables` go to the table stream by their
    index in the file information block.
    """
    main = bytearray(2048)
    ends, entries = [0], b""
    for piece in pieces:
        octets = piece if isinstance(piece, bytes) else piece.encode("utf-16-le")
        units = len(octets) if isinstance(piece, bytes) else len(octets) // 2
        start = 2 * len(main) | 0x40000000 if isinstance(piece, bytes) else len(main)
        entries += struct.pack("<HIH", 0, start, 0)
        ends.append(ends[-1] + units)
        main += octets + gap
    plc = struct.pack(f"<{len(ends)}I", *ends) + entries
    table = b"\2" + struct.pack("<I", len(plc)) + plc
    struct.pack_into("<II", main, 0x1A2, 0, len(table))
    for index, data in (tables or {}).items():
        struct.pack_into("<II", main, 0x9A + 8 * index, len(table), len(data))
        table += data
    struct.pack_into("<HH", main, 0, 0xA5EC, 0xC1)
    struct.pack_into("<II", main, 0x18, 2048, len(main))
    struct.pack_into("<H", main, 10, 0x0200 | flags)
    struct.pack_into("<8I", main, 0x4C, *(lengths or (ends[-1],)), *[0] * (8 - len(lengths or (0,))))
    return compound({"WordDocument": bytes(main), "1Table": table, **(streams or {})})


def picture(data: bytes = PNG) -> bytes:
    """A PNG in a drawing ([MS-ODRAW] 2.2.28)."""
    return struct.pack("<HHI", 0x6E00, 0xF01E, 17 + len(data)) + bytes(17) + data


# XLS ([MS-XLS])


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def xls_string(text: str, size: str = "<H") -> bytes:
    return struct.pack(size, len(text)) + b"\1" + text.encode("utf-16-le")


def xls(
    sheets: Mapping[str, bytes],
    strings: Iterable[str] = (),
    beside: bytes = b"",
    streams: Mapping[str, bytes] | None = None,
) -> bytes:
    """A workbook of Excel 97; each sheet is the records of its cells.

    Style 1 shows a date, style 2 ten digits.
    """
    strings = list(strings)
    font = record(0x31, struct.pack("<HHHHHBBBx", 200, 0, 32767, 400, 0, 0, 0, 0) + b"\1\0A")
    styles = b"".join(
        record(0xE0, struct.pack("<HHHHHHII", 0, format_, 0, 0, 0, 0, 0, 0)) for format_ in (0, 14, 164)
    )
    shared = record(0xFC, struct.pack("<II", len(strings), len(strings)) + b"".join(map(xls_string, strings)))
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + record(0x42, struct.pack("<H", 1200))
    head += font + record(0x41E, struct.pack("<H", 164) + xls_string("000 000 0000")) + styles
    tail = shared + beside + record(0x0A)
    opening = record(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 0))
    bodies = [opening + cells + record(0x0A) for cells in sheets.values()]
    names = [record(0x85, bytes(6) + xls_string(name, "<B")) for name in sheets]
    place = len(head) + sum(map(len, names)) + len(tail)
    listed = b""
    for name, body in zip(names, bodies, strict=True):
        listed += name[:4] + struct.pack("<I", place) + name[8:]
        place += len(body)
    stream = head + listed + tail + b"".join(bodies)
    return compound({"Workbook": stream, **(streams or {})})


def label(row: int, column: int, index: int) -> bytes:
    return record(0xFD, struct.pack("<HHHI", row, column, 0, index))


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


# PPT ([MS-PPT])


def atom(kind: int, data: bytes, instance: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4, kind, len(data)) + data


def container(kind: int, *records: bytes) -> bytes:
    data = b"".join(records)
    return struct.pack("<HHI", 0xF, kind, len(data)) + data


def ppt(*records: bytes, streams: Mapping[str, bytes] | None = None) -> bytes:
    return compound({"PowerPoint Document": b"".join(records), **(streams or {})})


def embedded(data: bytes) -> bytes:
    """An object that is deflated."""
    return atom(0x1011, struct.pack("<I", len(data)) + zlib.compress(data), 1)


# Visual Basic ([MS-OVBA])


def compressed(text: bytes) -> bytes:
    """A container of one chunk, of literals only."""
    tokens = b"".join(b"\0" + text[start : start + 8] for start in range(0, len(text), 8))
    return b"\1" + struct.pack("<H", 0xB000 | (len(tokens) - 1)) + tokens


# XLSB ([MS-XLSB])


def binary_record(kind: int, data: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = b"", len(data)
    while size >= 0x80:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return number + length + bytes([size]) + data


def wide_string(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(
    sheets: Mapping[str, bytes], strings: Iterable[str] = (), parts: Mapping[str, bytes | str] | None = None
) -> bytes:
    """A binary workbook; each sheet is its records. Style 1 shows a date, style 2 ten digits."""
    listed = b"".join(
        binary_record(156, struct.pack("<II", 0, n) + wide_string(f"rId{n}") + wide_string(name))
        for n, name in enumerate(sheets, 1)
    )
    entries = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.bin") for n in range(1, len(sheets) + 1)]
    styles = binary_record(44, struct.pack("<H", 164) + wide_string("000 000 0000"))
    styles += binary_record(47, bytes(16)) + binary_record(617)
    styles += b"".join(binary_record(47, struct.pack("<HH", 0, id_) + bytes(12)) for id_ in (0, 14, 164))
    content: dict[str, bytes | str] = {
        "_rels/.rels": relations(("rId1", "officeDocument", "xl/workbook.bin")),
        "xl/workbook.bin": listed,
        "xl/_rels/workbook.bin.rels": relations(
            *entries, ("s", "sharedStrings", "sharedStrings.bin"), ("f", "styles", "styles.bin")
        ),
        "xl/sharedStrings.bin": b"".join(binary_record(19, b"\0" + wide_string(text)) for text in strings),
        "xl/styles.bin": styles + binary_record(618),
    }
    for n, records in enumerate(sheets.values(), 1):
        content[f"xl/worksheets/sheet{n}.bin"] = records
    return package(content | dict(parts or {}))


def binary_cell(kind: int, column: int, value: bytes, style: int = 0) -> bytes:
    return binary_record(kind, struct.pack("<II", column, style) + value)


# ODF


OFFICE = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
    'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0" '
    'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
)


MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


def odf(
    body: str, parts: Mapping[str, bytes | str] | None = None, kind: str = "text", manifest: str = ""
) -> bytes:
    """A document with this body, an element of its own such as text or spreadsheet around it."""
    content = (
        f"<office:document-content {OFFICE}><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", ZIP_STORED)
        listed = f'<m:manifest xmlns:m="{MANIFEST}">{manifest}</m:manifest>'
        for name, data in {"content.xml": content, "META-INF/manifest.xml": listed, **(parts or {})}.items():
            archive.writestr(name, data)
    return file.getvalue()


def encrypted_odf(password: str, body: str, way: str = "aes256-cbc") -> bytes:
    """A document that a password opens: its content, or with "aes256-gcm" all of it, as LibreOffice 24.8."""
    document, salt = odf(body), NOISE[100:116]
    with ZipFile(io.BytesIO(document)) as archive:
        content = archive.read("content.xml")
    start = hashlib.new("sha1" if way == "blowfish" else "sha256", password.encode())
    stretched = "key-derivation-name='PBKDF2' key-size='32' iteration-count='1024'"
    key = hashlib.pbkdf2_hmac("sha1", start.digest(), salt, 1024, 32)
    name, encrypted, vector = "content.xml", b"", NOISE[:16]
    if way == "blowfish":
        vector = NOISE[:8]
        encrypted = Cipher(Blowfish(key), CFB(vector)).encryptor().update(_deflated(content))
    elif way == "aes256-cbc":
        padded = _deflated(content) + bytes(16)
        encrypted = Cipher(AES(key), CBC(vector)).encryptor().update(padded)
    else:
        stretched = "key-derivation-name='urn:example:argon2id' key-size='32'"
        stretched += " argon2-iterations='2' argon2-memory='64' argon2-lanes='4'"
        key = Argon2id(salt=salt, length=32, iterations=2, lanes=4, memory_cost=64).derive(start.digest())
        name, vector = "encrypted-package", NOISE[:12]
        encrypted = vector + AESGCM(key).encrypt(vector, _deflated(document), None)
    manifest = (
        f"<m:manifest xmlns:m='{MANIFEST}'><m:file-entry full-path='{name}'><m:encryption-data>"
        f"<m:algorithm algorithm-name='http://www.w3.org/2001/04/xmlenc#{way}'"
        f" initialisation-vector='{_base64(vector)}'/>"
        f"<m:start-key-generation start-key-generation-name='http://www.w3.org/2000/09/xmldsig#{start.name}'/>"
        f"<m:key-derivation salt='{_base64(salt)}' {stretched}/>"
        "</m:encryption-data></m:file-entry></m:manifest>"
    )
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_STORED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(name, encrypted)
        archive.writestr("META-INF/manifest.xml", manifest)
    return file.getvalue()


def _deflated(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-15)
    return deflate.compress(data) + deflate.flush()


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


# Outlook ([MS-OXMSG], [MS-OXTNEF])


def msg(
    strings: Mapping[int, str | bytes],
    recipients: Iterable[tuple[int, Mapping[int, str]]] = (),
    attachments: Iterable[Mapping[str, bytes]] = (),
) -> bytes:
    return compound(msg_streams(strings, recipients, attachments))


def msg_streams(
    strings: Mapping[int, str | bytes],
    recipients: Iterable[tuple[int, Mapping[int, str]]] = (),
    attachments: Iterable[Mapping[str, bytes]] = (),
    prefix: int = 32,
) -> dict[str, bytes]:
    """A message: properties by identifier, recipients by kind (1 To, 2 Cc, 3 Bcc), attachments by stream."""
    streams = {"__properties_version1.0": bytes(prefix)} | _values(strings)
    for n, (kind, values) in enumerate(recipients):
        folder = f"__recip_version1.0_#{n:08X}/"
        fixed = bytes(8) + struct.pack("<HHIQ", 3, 0x0C15, 0, kind)
        streams |= {folder + "__properties_version1.0": fixed}
        streams |= {folder + name: data for name, data in _values(values).items()}
    for n, parts in enumerate(attachments):
        streams |= {f"__attach_version1.0_#{n:08X}/{name}": data for name, data in parts.items()}
    return streams


def attached(name: str, data: bytes) -> dict[str, bytes]:
    return {"__properties_version1.0": bytes(8)} | _values({0x3707: name, 0x3701: data})


def attached_message(name: str, streams: Mapping[str, bytes]) -> dict[str, bytes]:
    inner = {f"__substg1.0_3701000D/{key}": data for key, data in streams.items()}
    return {"__properties_version1.0": bytes(8)} | _values({0x3707: name}) | inner


def _values(values: Mapping[int, str | bytes]) -> dict[str, bytes]:
    return {
        f"__substg1.0_{identifier:04X}{'001F' if isinstance(value, str) else '0102'}": (
            value.encode("utf-16-le") if isinstance(value, str) else value
        )
        for identifier, value in values.items()
    }


def tnef(*attributes: tuple[int, bytes]) -> bytes:
    """Attributes by the lower half of their number."""
    written = b"".join(
        struct.pack("<BII", 1, identifier, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
        for identifier, data in attributes
    )
    return struct.pack("<IH", 0x223E9F78, 1) + written


def tnef_properties(values: Mapping[int, str | bytes | int]) -> bytes:
    written = struct.pack("<I", len(values))
    for identifier, value in values.items():
        if isinstance(value, int):
            written += struct.pack("<HHI", 3, identifier, value)
            continue
        data = value.encode("utf-16-le") + b"\0\0" if isinstance(value, str) else value
        kind = 0x1F if isinstance(value, str) else 0x102
        written += struct.pack("<HHII", kind, identifier, 1, len(data)) + data + bytes(-len(data) % 4)
    return written


# Obfuscated XLS ([MS-OFFCRYPTO] 2.3.7)


def obfuscated_xls(password: str, text: str) -> bytes:
    """A workbook with the text in a cell, combined with the password as Excel 95 did."""
    file_pass = record(0x2F, struct.pack("<HHH", 0, 0, _verifier(password)))
    plain = xls({"List": label(0, 0, 0)}, [text], beside=file_pass)
    stream = bytearray(open_file(plain).stream("Workbook"))
    key = DocumentXOR.create_xor_array_method1(password)
    place = 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        kept = size if kind in {0x809, 0x2F} else 4 if kind == 0x85 else 0
        for at in range(place + 4 + kept, place + 4 + size):
            octet = stream[at]
            turned = (octet << 5 | octet >> 3) & 0xFF
            stream[at] = turned ^ key[(at + size) % 16]
        place += 4 + size
    return compound({"Workbook": bytes(stream)})


def _verifier(password: str) -> int:
    verifier = 0
    for octet in (*reversed(password.encode()), len(password)):
        verifier = (verifier >> 14 & 1 | verifier << 1 & 0x7FFF) ^ octet
    return verifier ^ 0xCE4B
