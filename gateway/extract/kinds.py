"""What policy may mind about a file, by its true type, its name and what was declared (AUP-8dl, AUP-9g)."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal

from gateway.extract import types
from gateway.extract.source import Source
from gateway.mail import Trait

Family = Literal["program", "archive", "document", "picture", "sound", "message", "text"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PROGRAM_TYPES = {
    "application/vnd.microsoft.portable-executable",
    "application/x-elf",
    "application/x-mach-binary",
    "application/java-vm",
    "application/wasm",
    "application/x-ms-shortcut",
    "application/x-msi",
    "application/x-rpm",
    "application/vnd.debian.binary-package",
    "application/vnd.efi.iso",
    "application/x-apple-diskimage",
    "application/x-virtual-disk",
    "application/vnd.ms-htmlhelp",
    "application/x-shockwave-flash",
    types.SCRIPT,
}
_PROGRAM_NAMES = _words("""
    apk app appimage appref-ms appx appxbundle bat chm cmd com cpl deb dll dmg exe gadget hlp hta img inf ins
    iso jar jnlp js jse lnk mde msc msh msi msix msp mst ocx pif pkg ps1 ps1xml ps2 psc1 psm1 reg rpm scf scr
    sct sh shb sys vb vbe vbs vhd vhdx vmdk ws wsc wsf wsh xbap xll
""")
"""Endings at which a desktop starts a program, a script or an installer, or mounts a disk."""
_NUMBER = re.compile(r" \(\d+\)$")
"""What tells apart attachments of the same name."""
_MACRO_NAMES = _words("docm dotm xlsm xltm xlam xla pptm potm ppsm ppam sldm vsdm vstm vssm")
_MACRO_PARTS = (b"/vbaProject.bin", b"xl/macrosheets/")
"""Names of members, which a package has in clear letters."""
_BASIC_PARTS = re.compile(
    rb"Basic/[^/\0]{1,100}/(?!(?:script|dialog)-l[bc]\.xml)[^/\0]{1,100}\.xml"
    rb"|Scripts/(?:python|beanshell|javascript|java)/[\w ./-]{0,100}\w\.\w"
)
"""The same of OpenDocument: modules, not the lists of them that are written anyhow, and scripts."""
_MACROS_IN_XML = (b"<ooo:module ", b'macrosPresent="yes"', b"macrosPresent='yes'", b"/vbaProject.bin")
"""Of office documents in one file: flat ODF, Word 2003, Flat OPC."""
_MACRO_SHEETS = (b"\x09\x08\x10\0\0\x06\x40\0", b"\x09\x08\x08\0\0\x05\x40\0")
"""The record with which a sheet of Excel 4.0 macros begins ([MS-XLS] 2.4.21), and that of Excel 5."""
_MACRO_STREAM = "_VBA_PROJECT".encode("utf-16-le")
"""The storage of macros in a compound file ([MS-OVBA] section 2.2.1)."""

_FAMILIES: tuple[tuple[Family, str], ...] = (
    ("message", "eml msg mbox"),
    ("document", "pdf doc docx docm dot dotx xls xlsx xlsm xlsb xltx ppt pptx pptm ppsx odt ods odp rtf"),
    ("picture", "bmp gif heic heif ico jfif jpe jpeg jpg png svg tif tiff webp"),
    ("sound", "avi m4a mov mp3 mp4 mpeg mpg ogg wav wma wmv"),
    ("archive", "7z bz2 cab gz lz lz4 lzma rar tar tgz xz z zip zst"),
    ("text", "csv htm html ics json log md txt vcf xml"),
)
_BY_NAME: dict[str, Family] = {name: family for family, names in _FAMILIES for name in _words(names)}
_BY_TYPE: tuple[tuple[Family, re.Pattern[str]], ...] = (
    (
        "archive",
        re.compile(
            r"application/(zip|gzip|zstd|vnd\.(rar|ms-cab.*)|x-(7z-.*|tar|bzip2|xz|lz.*|compress|cpio|archive)|lzip)"
        ),
    ),
    ("document", re.compile(r"application/(pdf|rtf|msword|x-encrypted-office|vnd\.(ms-[epvwx]|o[ap]).*)")),
    ("message", re.compile(r"message/rfc822|application/(mbox|vnd\.ms-outlook)")),
    ("picture", re.compile(r"image/.*")),
    ("sound", re.compile(r"(audio|video)/.*|application/ogg")),
    ("text", re.compile(r"text/.*|application/xml")),
)
_HONEST: frozenset[tuple[Family, Family]] = frozenset(
    {
        ("document", "text"),  # clinical systems write HTML and CSV, and call them .doc and .xls
        ("document", "message"),  # Word's "single file web page"
        ("message", "text"),
        ("text", "message"),
        ("picture", "text"),  # SVG
    }
)


def traits(source: Source, known: str) -> tuple[Trait, ...]:
    """The traits of a file whose true type is `known`."""
    name = source.name.rpartition(" › ")[2]
    ending = _NUMBER.sub("", PurePath(name).suffix).lower().lstrip(".")
    macros = ending in _MACRO_NAMES or "vbaproject" in known or _has_macros(source, name, known)
    found = {
        Trait.EXECUTABLE: known in _PROGRAM_TYPES or ending in _PROGRAM_NAMES,
        Trait.MACROS: macros,
        Trait.DISGUISED: _is_disguised(ending, source.declared, known),
    }
    return tuple(trait for trait, holds in found.items() if holds)


def _has_macros(source: Source, name: str, known: str) -> bool:
    """Whether it is a project of Visual Basic, or a file that has macros of any kind in it."""
    data = source.data
    if known in {types.XLSX, types.XLSB, types.DOCX, types.PPTX, types.VSDX}:
        return any(part in data for part in _MACRO_PARTS)
    if known.startswith(types.OPEN_DOCUMENT):
        return _BASIC_PARTS.search(data) is not None
    if known.startswith(types.XML):
        return any(part in data for part in _MACROS_IN_XML)
    if known == types.XLS and any(record in data for record in _MACRO_SHEETS):
        return True
    compound = known.startswith(("application/msword", "application/vnd.ms-", "application/x-ole"))
    return compound and (name == "VBA" or _MACRO_STREAM in data)


def _is_disguised(ending: str, declared: str, known: str) -> bool:
    claimed = _BY_NAME.get(ending) or (_family(declared) if not ending else None)
    true = _family(known)
    return bool(claimed and true and claimed != true and (claimed, true) not in _HONEST)


def _family(media_type: str) -> Family | None:
    if media_type in _PROGRAM_TYPES:
        return "program"
    return next((family for family, pattern in _BY_TYPE if pattern.fullmatch(media_type)), None)
