"""What a ZIP file lists, and what else is in it (APPNOTE 6.3.10): for archives and for packages alike.

Some programs find members by the directory at the end, others by the headers in front of
each. Here the directory is read, every octet of the file must belong to something that it
lists, and both headers of a member must say the same. Octets that belong to nothing are a
file of their own; that there are any, or a contradiction, is said by a node named
"structure", for another program may see another archive.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from gateway.extract import words, zip_end, zip_methods
from gateway.extract.members import TOO_LARGE
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable

LOCAL = struct.Struct("<4s2xHH4xIIIHH")
"""Signature, flags, method, CRC, packed size, size, lengths of name and extra fields (section 4.3.7)."""
LOCAL_SIGNATURE, _DESCRIPTOR_SIGNATURE = b"PK\3\4", b"PK\7\x08"
_DESCRIPTOR_SIZES = {12, 20}
ENCRYPTED, _DESCRIBED_AFTER, STRONGLY, _UTF8, HIDDEN = 0x01, 0x08, 0x40, 0x800, 0x2000
_UNICODE_PATH = 0x7075
_WORDLESS = {0x0001, 0x000A, 0x000D, 0x5455, 0x5855, 0x7855, 0x7875, 0x9901, 0xA220, 0xCAFE, 0xD935}
"""Extra fields that hold sizes, moments, owners, padding (section 4.5.2)."""
_SHORT, _LONG = 0xFFFF, 0xFFFFFFFF
"""What stands where an extra field has the number (section 4.5.3)."""
_STRAY = "octets that belong to no member"
_BLANK = b"\0\t\r\n "
"""What stands between members or behind them and hides nothing: a mailer adds a line end."""


class Damaged(Unreadable):
    """There is no directory, or not what it lists."""


class Member(NamedTuple):
    """A member as the directory lists it, its octets, and what its own header says differently."""

    info: zipfile.ZipInfo
    start: int
    """Of the header."""
    octets: bytes
    end: int
    contradicted: bool
    extra: bytes
    """The extra fields of its own header."""

    def content(self) -> bytes:
        """Raises Unreadable unless it is exactly as the headers say."""
        info = self.info
        return zip_methods.unpack(info.compress_type, self.octets, info.file_size, info.CRC, info.flag_bits)


class Directory(NamedTuple):
    """Members in the order of the file."""

    data: bytes
    members: list[Member]
    start: int
    """Of the directory."""
    comment: bytes

    def beside(self, source: Source) -> Iterator[Node | Source]:
        """Words of comments and extra fields, octets that belong to nothing, and what is odd."""
        for step, pieces in (("comments", self._comments()), ("extra fields", self._words())):
            if text := "\n".join(dict.fromkeys(filter(None, pieces))):
                yield source.text(text, f"ZIP {step}")
        gaps = list(self._gaps())
        for gap in gaps:
            yield Source(source.within("between the members"), gap)
        for reason in dict.fromkeys(([_STRAY] if gaps else []) + self._contradictions()):
            yield source.unscannable(reason, "structure")

    def _comments(self) -> Iterator[str]:
        for comment in (self.comment, *(member.info.comment for member in self.members)):
            yield comment.decode("utf-8", "replace")

    def _words(self) -> Iterator[str]:
        for member in self.members:
            for extra in (member.extra, member.info.extra):
                for kind, field in zip_methods.extra_fields(extra).items():
                    yield "" if kind in _WORDLESS else words.words(field)

    def _gaps(self) -> Iterator[bytes]:
        """What stands before, between and after the members, and does not belong there."""
        end = 0
        described: Member | None = None
        for start, member in [*((member.start, member) for member in self.members), (self.start, None)]:
            gap = self.data[end:start]
            if gap.strip(_BLANK) and not (described and _is_descriptor(gap, described.info)):
                yield gap
            end, described = (member.end, member) if member else (start, None)
        rest = self.data[self.data.rfind(zip_end.SIGNATURE) + zip_end.END.size + len(self.comment) :]
        if rest.strip(_BLANK):
            yield rest

    def _contradictions(self) -> list[str]:
        _, disk, first_disk, here, total, *_ = zip_end.END.unpack_from(
            self.data, self.data.rfind(zip_end.SIGNATURE)
        )
        odd = {
            "a volume of an archive that has several": {disk, first_disk} - {0, _SHORT},
            "members that the directory does not count": {here, total} - {len(self.members), _SHORT},
            "the two headers of a member contradict each other": any(m.contradicted for m in self.members),
        }
        return [reason for reason, is_so in odd.items() if is_so]


def read(data: bytes, limits: Limits) -> Directory:
    """Raises Damaged, and Unreadable for more members than may be unfolded."""
    if zip_end.stated_members(data) > limits.nodes:
        raise Unreadable(TOO_LARGE)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [_member(data, info) for info in archive.infolist()]
            start, comment = archive.start_dir, archive.comment
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError) as error:
        raise Damaged("a damaged ZIP archive") from error
    members.sort(key=lambda member: member.start)
    if len(members) > limits.nodes or sum(member.info.file_size for member in members) > limits.octets:
        raise Unreadable(TOO_LARGE)
    if any(before.end > after.start for before, after in pairwise(members)):
        raise Unreadable("members that overlap")
    return Directory(data, members, start, comment)


def _member(data: bytes, info: zipfile.ZipInfo) -> Member:
    """Raises struct.error or BadZipFile where no such member can be."""
    signature, flags, method, *numbers, name_length, extra_length = LOCAL.unpack_from(
        data, info.header_offset
    )
    name_start = info.header_offset + LOCAL.size
    start = name_start + name_length + extra_length
    octets = data[start : start + info.compress_size]
    if signature != LOCAL_SIGNATURE or len(octets) < info.compress_size:
        raise zipfile.BadZipFile
    name = data[name_start : name_start + name_length]
    listed = [info.CRC, info.compress_size, info.file_size]
    contradicted = (
        not _is_called(info, name, flags)
        or method != info.compress_type
        or ((flags ^ info.flag_bits) & (ENCRYPTED | STRONGLY | HIDDEN)) != 0
        or (not flags & _DESCRIBED_AFTER and _LONG not in numbers and numbers != listed)
    )
    extra = data[name_start + name_length : start]
    return Member(info, info.header_offset, octets, start + info.compress_size, contradicted, extra)


def _is_called(info: zipfile.ZipInfo, name: bytes, flags: int) -> bool:
    """Whether the directory has the same name; it may have it in Unicode, with a checksum (section 4.6.9)."""
    checksum = zip_methods.extra_fields(info.extra).get(_UNICODE_PATH, b"")[1:5]
    if checksum == zlib.crc32(name).to_bytes(4, "little"):
        return True
    return name.decode("utf-8" if flags & _UTF8 else "cp437", "replace") == info.orig_filename


def _is_descriptor(gap: bytes, info: zipfile.ZipInfo) -> bool:
    """Section 4.3.9."""
    numbers = gap.removeprefix(_DESCRIPTOR_SIGNATURE)
    checksum = info.CRC.to_bytes(4, "little")
    described = bool(info.flag_bits & _DESCRIBED_AFTER)
    return described and len(numbers) in _DESCRIPTOR_SIZES and numbers.startswith(checksum)
