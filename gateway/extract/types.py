"""The true type of octets, by their structure and not by what somebody calls them."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePath

from gateway.extract import charset, html, ole, pgp_packets, zip_end
from gateway.extract.source import Unreadable

PDF = "application/pdf"
ZIP = "application/zip"
OLE = "application/x-ole-storage"
ENCRYPTED_OFFICE = "application/x-encrypted-office"
OOXML = "application/vnd.openxmlformats-officedocument"
DOCX = f"{OOXML}.wordprocessingml.document"
XLSX = f"{OOXML}.spreadsheetml.sheet"
PPTX = f"{OOXML}.presentationml.presentation"
VSDX = "application/vnd.ms-visio.drawing"
XPS = "application/vnd.ms-xpsdocument"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
PPT = "application/vnd.ms-powerpoint"
OUTLOOK = "application/vnd.ms-outlook"
MACROS = "application/vnd.ms-office.vbaproject"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
TNEF = "application/vnd.ms-tnef"
MBOX = "application/mbox"
CALENDAR = "text/calendar"
CARD = "text/vcard"
MESSAGE = "message/rfc822"
HTML = "text/html"
XML = "application/xml"
TEXT = "text/plain"
CSV = "text/csv"
SCRIPT = "text/x-script"
RTF = "application/rtf"
POSTSCRIPT = "application/postscript"
GZIP = "application/gzip"
ZLIB = "application/zlib"
DICOM = "application/dicom"
BZIP2 = "application/x-bzip2"
XZ = "application/x-xz"
ZSTD = "application/zstd"
LZMA = "application/x-lzma"
LZIP = "application/lzip"
LZ4 = "application/x-lz4"
COMPRESS = "application/x-compress"
SEVEN_ZIP = "application/x-7z-compressed"
RAR = "application/vnd.rar"
CAB = "application/vnd.ms-cab-compressed"
TAR = "application/x-tar"
ISO = "application/vnd.efi.iso"
CPIO = "application/x-cpio"
AR = "application/x-archive"
APPLE_DOUBLE = "application/applefile"
APPLE_FOLDER = "application/x-ds-store"
YENC = "application/x-yenc"
CMS = "application/pkcs7-mime"
CERTIFICATE = "application/pkix-cert"
CERTIFICATE_STORE = "application/x-pkcs12"
PGP = "application/x-pgp-message"
UNKNOWN = "application/octet-stream"

# Registered types where there are any (https://www.iana.org/assignments/media-types).
_BINARY: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"BM", "image/bmp"),
    (0, b"\0\0\1\0", "image/vnd.microsoft.icon"),
    (0, b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (0, b"\x01\0\x09\0\0\x03", "image/wmf"),
    (40, b" EMF", "image/emf"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyp", "video/mp4"),
    (8, b"WAVE", "audio/vnd.wave"),
    (8, b"AVI ", "video/vnd.avi"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "application/ogg"),
    (0, b"\x1f\x8b", GZIP),
    (0, b"BZh", BZIP2),
    (0, b"\xfd7zXZ\0", XZ),
    (0, b"\x28\xb5\x2f\xfd", ZSTD),
    (0, b"]\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff", LZMA),
    (0, b"LZIP\x01", LZIP),
    (0, b"\x04\x22\x4d\x18", LZ4),
    (0, b"\x1f\x9d", COMPRESS),
    (0, b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (0, b"Rar!\x1a\x07", RAR),
    (0, b"MSCF", CAB),
    (128, b"DICM", DICOM),
    (257, b"ustar", TAR),
    (32769, b"CD001", ISO),
    (0, b"070701", CPIO),
    (0, b"070702", CPIO),
    (0, b"070707", CPIO),
    (0, b"\xc7\x71", CPIO),
    (0, b"!<arch>\ndebian-binary", "application/vnd.debian.binary-package"),
    (0, b"!<arch>\n", AR),
    (0, b"\x78\x9f\x3e\x22", TNEF),
    (0, b"\x09\x08\x10\0", XLS),
    (0, b"\x09\x08\x08\0", XLS),
    (0, b"\x09\x04\x06\0", XLS),
    (0, b"\x09\x02\x06\0", XLS),
    (0, b"\x09\0\x04\0", XLS),
    (0, b"\0\5\x16\7\0\2\0\0", APPLE_DOUBLE),
    (0, b"\0\0\0\1Bud1", APPLE_FOLDER),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"\0asm", "application/wasm"),
    (0, b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (0, b"\xed\xab\xee\xdb", "application/x-rpm"),
    (0, b"conectix", "application/x-virtual-disk"),
    (0, b"vhdxfile", "application/x-virtual-disk"),
    (0, b"KDMV", "application/x-virtual-disk"),
    (0, b"ITSF", "application/vnd.ms-htmlhelp"),
    (0, b"CWS", "application/x-shockwave-flash"),
    (0, b"FWS", "application/x-shockwave-flash"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
)
_ZIPPED = (
    ("xl/workbook.bin", XLSB),
    ("word/", DOCX),
    ("xl/", XLSX),
    ("ppt/", PPTX),
    ("visio/", VSDX),
)
"""Parts of a package by which its application knows it (ECMA-376 part 1, sections 8.1, 11 to 13)."""
_LOOKED_AT = 4096
_CONTENT_TYPES, _MOST_STATED = "[Content_Types].xml", 1 << 20
_MOST_PARTS = 10_000
"""Of a package, far beyond what any has."""
_MAIN_PARTS = (
    (re.compile(rb"wordprocessingml\.document\.main|ms-word\.document\.macroEnabled\.main"), DOCX),
    (re.compile(rb"spreadsheetml\.sheet\.main|ms-excel\.sheet\.macroEnabled\.main"), XLSX),
    (re.compile(rb"presentationml\.presentation\.main"), PPTX),
)
"""What the main part is, in a package whose parts are in no folders that an office program uses."""
_STREAMS = (
    ("EncryptedPackage", ENCRYPTED_OFFICE),
    ("WordDocument", DOC),
    ("Workbook", XLS),
    ("Book", XLS),
    ("PowerPoint Document", PPT),
    ("__properties_version1.0", OUTLOOK),
)
_TEXT_NAMES = {
    ".htm": HTML,
    ".html": HTML,
    ".xhtml": HTML,
    ".hta": HTML,
    ".csv": CSV,
    ".tsv": CSV,
    ".ics": CALENDAR,
    ".vcf": CARD,
    ".txt": TEXT,
    ".ps": POSTSCRIPT,
    ".eps": POSTSCRIPT,
}
_TEXT_DECLARED = {HTML, TEXT, CSV, CALENDAR, CARD}
_FIELD = r"(?:[!-9;-~]{1,100}:[^\r\n]{0,2000}(?:\r?\n[ \t][^\r\n]{0,2000}){0,20}\r?\n)"
_MESSAGE = re.compile(
    rf"{_FIELD}{{0,10}}(?:received|return-path|message-id|mime-version|content-type|date|subject|from):",
    re.IGNORECASE,
)
_OPEN_DOCUMENT = re.compile(rb"mimetype(application/vnd\.oasis\.opendocument\.[a-z-]{1,40})")
_CALENDAR_OR_CARD = re.compile(r"BEGIN:(?:(VCALENDAR)|VCARD)\r?\n", re.IGNORECASE)
_POSTSCRIPT = re.compile(
    r"\ufeff?[\s\x04]{0,64}(?:(?:\x1b(?:%-12345X|E)|@PJL[^\r\n]*[\r\n])[\s\x04]{0,64})*+%!(?:PS|[ \t]*[\r\n])"
)
"""With what a printer's driver puts in front, too (PostScript Language Reference, third edition, 3.2)."""
_SCRIPT = re.compile(r"\ufeff?(?:#![ \t]*/|@echo[ \t]+off\b)", re.IGNORECASE)
"""How scripts of Unix shells, and of Windows' command line, begin."""
_MBOX = re.compile(rf"From [^\r\n]{{1,500}}\r?\n{_FIELD}")


def true_type(data: bytes, declared: str = "", name: str = "") -> str:
    """The media type that the octets show.

    What was declared, and the name, decide only between kinds of text, which look alike.
    """
    for signature, type_of in _STRUCTURED:
        if signature.match(data):
            return type_of(data)
    if charset.is_text(data):
        return _textual(charset.opening(data), declared, PurePath(name).suffix.lower())
    if known := next(signatures(data), "") or _by_structure(data):
        return known
    plain = charset.unpadded(data)
    padded = plain and b"\0" not in plain and charset.is_text(plain)
    return true_type(plain, declared, name) if padded else UNKNOWN


def signatures(data: bytes) -> Iterator[str]:
    """Every type whose signature the octets bear, the likeliest first."""
    return (type_ for offset, magic, type_ in _BINARY if data.startswith(magic, offset))


def _by_structure(data: bytes) -> str:
    """The type of octets that no signature tells; empty for one that is not known."""
    if _YENC.match(data):
        return YENC
    if _is_zlib(data):
        return ZLIB
    if pgp_packets.begins_message(data):
        return PGP
    return TAR if _has_tar_checksum(data[:512]) else ""


def _is_zlib(data: bytes) -> bool:
    """Whether it begins as RFC 1950 says, and goes on so."""
    if data[:1] != b"x" or int.from_bytes(data[:2]) % 31:
        return False
    try:
        return bool(zlib.decompressobj().decompress(data, _LOOKED_AT))
    except zlib.error:
        return False


def _has_tar_checksum(header: bytes) -> bool:
    """Whether it is the header of a tar archive from before POSIX, which has no signature."""
    stated = header[148:156].strip(b" \0")
    counted = sum(header[:148]) + 8 * ord(" ") + sum(header[156:])
    return stated.lstrip(b"0") == b"%o" % counted


def _zipped(data: bytes) -> str:
    if zip_end.stated_members(data) > _MOST_PARTS:
        return ZIP
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = [name.replace("\\", "/").lower() for name in package.namelist()]
            stated = _stated_parts(package)
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, OSError):
        return ZIP
    if "[content_types].xml" not in names:
        return _open_document(data, names)
    if any(name.endswith(".fdseq") for name in names):
        return XPS
    found = (type_ for part, type_ in _ZIPPED if any(name.startswith(part) for name in names))
    return next(found, "") or next((type_ for mark, type_ in _MAIN_PARTS if mark.search(stated)), ZIP)


def _stated_parts(package: zipfile.ZipFile) -> bytes:
    """The types of all parts as the package states them; empty without, and where they are too long."""
    listed = next((info for info in package.infolist() if info.filename == _CONTENT_TYPES), None)
    return package.read(listed) if listed and listed.file_size <= _MOST_STATED else b""


def _open_document(data: bytes, names: list[str]) -> str:
    """ODF 1.3 part 2, section 3.3: the type is the first member, not packed; some leave it out."""
    if named := _OPEN_DOCUMENT.match(data, 30):
        return named[1].decode()
    return OPEN_DOCUMENT if {"content.xml", "meta-inf/manifest.xml"} <= set(names) else ZIP


def of_storage(storage: ole.Storage) -> str:
    """The application of a compound file, by the streams that stand directly in its root."""
    known = MACROS if "VBA" in storage.storages else OLE
    return next((type_ for name, type_ in _STREAMS if name in storage.streams), known)


def _compound(data: bytes) -> str:
    try:
        return of_storage(ole.open_file(data))
    except Unreadable:
        return OLE


def _textual(opening: str, declared: str, suffix: str) -> str:
    if html.looks_like_html(opening):
        return HTML
    for pattern, type_ in ((_MBOX, MBOX), (_POSTSCRIPT, POSTSCRIPT), (_SCRIPT, SCRIPT)):
        if pattern.match(opening):
            return type_
    if written := _CALENDAR_OR_CARD.match(opening.lstrip("\ufeff\r\n ")):
        return CALENDAR if written[1] else CARD
    by_name = _TEXT_NAMES.get(suffix, declared if declared in _TEXT_DECLARED else "")
    if not by_name and not declared.startswith("text/") and _MESSAGE.match(opening):
        return MESSAGE
    if opening.lstrip().startswith("<?xml"):
        return XML
    return by_name or TEXT


_OF_CMS = rb"\x06(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07|\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01)"
"""Object identifiers that begin with 1.2.840.113549.1.7, or 1.9.16.1 (RFC 5652 section 3)."""
_DER = rb"\x30(?:[\0-\x7f]|\x81.|\x82..|\x83...|\x84....)"
"""A SEQUENCE of known length (X.690 section 8.1.3)."""
_VERSION_3 = rb"\xa0\x03\x02\x01\x02\x02"
"""Of a certificate, and the tag of the serial number that follows it (RFC 5280 section 4.1)."""
_STORE = rb"\x02\x01\x03%b%b" % (_DER, _OF_CMS)
_YENC = re.compile(rb"(?:[^\n]{0,1000}\n){0,1000}=ybegin ")
_PACKED = re.compile(
    rb"\x28\xb5\x2f\xfd|\xfd7zXZ\0|7z\xbc\xaf\x27\x1c|\x1f\x8b\x08|\x1f\x9d[\x89-\x90]|LZIP\x01|\x04\x22\x4d\x18|Rar!\x1a\x07[\0\x01]"
)
"""Signatures that no text begins with, of what may be so short that it looks like text."""
PDF_OPENING = re.compile(rb".{0,1019}%PDF-", re.DOTALL)
"""Viewers look for it that far (ISO 32000-1, annex H, note 13)."""
_STRUCTURED: tuple[tuple[re.Pattern[bytes], Callable[[bytes], str]], ...] = (
    (re.compile(rb"PK(?:\x03\x04|\x05\x06)"), _zipped),
    (re.compile(re.escape(ole.MAGIC)), _compound),
    (_PACKED, lambda data: next(signatures(data))),
    (re.compile(rb"\x01\0\0\0.{36} EMF", re.DOTALL), lambda _: "image/emf"),  # small numbers are like UTF-32
    (re.compile(rb"\s{0,64}\{\\rtf"), lambda _: RTF),
    (re.compile(rb"\x30(?:[\0-\x80]|\x81.|\x82..|\x83...|\x84....)%b" % _OF_CMS, re.DOTALL), lambda _: CMS),
    (re.compile(_DER + _DER + _VERSION_3, re.DOTALL), lambda _: CERTIFICATE),
    (re.compile(_DER + _STORE, re.DOTALL), lambda _: CERTIFICATE_STORE),
    (PDF_OPENING, lambda _: PDF),
)
"""Signatures that decide even in what could be text, and how to tell further."""
