"""What pivot tables of an XLS keep of the cells that they sum up ([MS-XLS] 2.1.7)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from gateway.extract import cells, words

STORAGES = {"_SX_DB_CUR", "_SX_DB"}
_FIELD, _NUMBER, _INTEGER, _STRING, _MOMENT = 0xC7, 0xC9, 0xCC, 0xCD, 0xCE


def texts(records: Iterable[tuple[int, bytes]]) -> Iterator[str]:
    """The items of one cache, each once, as a cell shows them; of other records the words."""
    return filter(None, dict.fromkeys(_shown(kind, data) for kind, data in records))


def _shown(kind: int, data: bytes) -> str:
    """SXFDB, SXString, SXNum, SXInt and SXDtr of section 2.4."""
    try:
        if kind == _NUMBER:
            (value,) = struct.unpack("<d", data)
            return cells.digits(value)
        if kind == _INTEGER:
            return str(*struct.unpack("<h", data))
        if kind == _MOMENT:
            year, month, day = struct.unpack_from("<HHB", data)
            return f"{day:02}/{month:02}/{year}"
        if kind in {_STRING, _FIELD}:
            data = data[14:] if kind == _FIELD else data
            return data[3:].decode("utf-16-le" if data[2] & 1 else "latin-1", "replace")
    except (struct.error, LookupError):
        pass  # as they are in other versions of Excel
    return words.words(data)
