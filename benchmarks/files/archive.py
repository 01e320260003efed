"""Zip archives whose octets depend on their content only."""

from __future__ import annotations

import io
from collections.abc import Iterable
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from benchmarks import prose
from benchmarks.files import pictures


def zipped(random: Random, size: int) -> bytes:
    """A stock list as CSV, and a picture."""
    lines = (",".join(map(str, prose.stock_line(random))) for _ in range(size // 200))
    table = "\r\n".join(("item,supplier,order,boxes,pounds", *lines))
    return with_picture([("stock.csv", table)], "shelves.png", random, size)


def with_picture(parts: Iterable[tuple[str, str]], picture: str, random: Random, size: int) -> bytes:
    """An archive of named texts and a picture that brings it to its size."""
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        for name, text in parts:
            archive.writestr(_entry(name), text)
        archive.writestr(_entry(picture), pictures.png(random, size - file.tell()))
    return file.getvalue()


def _entry(name: str) -> ZipInfo:
    """Dated with zip's own epoch, whatever the clock says."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry
