"""The zip packages of office documents: every member, or none (APPNOTE 6.3.10, ECMA-376 part 2).

What one program skips, another opens: octets that no member accounts for, a second member
of the same name, a size or checksum that is not so. A package with any of these is refused.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from gateway.extract.node import Limits
from gateway.extract.source import Unreadable

_LOCAL_HEADER = struct.Struct("<26xHH")
_DESCRIPTOR_SIZES = {12, 16, 20, 24}
_HAS_DESCRIPTOR = 0x08
_IS_ENCRYPTED = 0x01
_END_RECORD = 22


def members(data: bytes, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Names and contents, directories left out; raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            infos = sorted(package.infolist(), key=lambda info: info.header_offset)
            _audit(data, package, infos, limits)
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
        raise Unreadable("a damaged zip package") from error
    for info in infos:
        if not info.filename.endswith("/"):
            yield info.filename.replace("\\", "/").lstrip("/"), _content(data, info)


def _audit(data: bytes, package: zipfile.ZipFile, infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(infos) > limits.nodes or sum(info.file_size for info in infos) > limits.octets:
        raise Unreadable("more content than may be unfolded")
    if len({info.filename.lower() for info in infos}) < len(infos):
        raise Unreadable("two members of the same name")
    if any(info.flag_bits & _IS_ENCRYPTED for info in infos):
        raise Unreadable("a member that says it is encrypted")
    starts = [info.header_offset for info in infos]
    for info, following in zip(infos, [*starts[1:], package.start_dir], strict=True):
        gap = following - _extent(data, info).stop
        if gap and not (info.flag_bits & _HAS_DESCRIPTOR and gap in _DESCRIPTOR_SIZES):
            raise Unreadable("octets between the members of a package")
    if starts and starts[0] != 0:
        raise Unreadable("octets before the members of a package")
    if package.comment or data.rfind(b"PK\5\6") + _END_RECORD != len(data):
        raise Unreadable("octets after the members of a package")


def _extent(data: bytes, info: zipfile.ZipInfo) -> slice:
    """Where the compressed octets of a member stand (APPNOTE sections 4.3.7, 4.3.8)."""
    name, extra = _LOCAL_HEADER.unpack_from(data, info.header_offset)
    start = info.header_offset + _LOCAL_HEADER.size + name + extra
    return slice(start, start + info.compress_size)


def _content(data: bytes, info: zipfile.ZipInfo) -> bytes:
    content = packed = data[_extent(data, info)]
    if info.compress_type == zipfile.ZIP_DEFLATED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = inflater.decompress(packed, info.file_size + 1)
        except zlib.error as error:
            raise Unreadable("a damaged member of a package") from error
        if not inflater.eof or inflater.unused_data:
            raise Unreadable("a damaged member of a package")
    elif info.compress_type != zipfile.ZIP_STORED:
        raise Unreadable("a member packed by an unusual method")
    if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        raise Unreadable("a damaged member of a package")
    return content
