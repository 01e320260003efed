"""Every format, read by a worker that may open no file, start no process and ask the machine nothing."""

from __future__ import annotations

import io
import zlib
from collections.abc import AsyncIterator

import pikepdf
import pytest
import pytest_asyncio

from gateway.extract.files import read_file
from gateway.extract.node import Limits
from gateway.inspection import in_lines
from gateway.workers import WorkerOptions, Workers
from tests.gateway.extract.archive_files import LETTER, Entry, deflate64, plain, ppmd, rar, seven_zip, zip_of
from tests.gateway.extract.files import encrypted_office, pdf, protected_pdf, show
from tests.gateway.extract.office_files import encrypted_odf
from tests.gateway.extract.test_hostile import FILES
from tests.gateway.extract.test_seven_zip import FILTERS


def beside_its_password(data: bytes) -> bytes:
    return zip_of(plain("file", data), plain("note.txt", b"It opens with Surgery2026."))


PACKED = {
    "zip by PPMd": zip_of(Entry("a.txt", ppmd(LETTER), len(LETTER), zlib.crc32(LETTER), 98)),
    "zip by Deflate64": zip_of(Entry("a.txt", deflate64(LETTER), len(LETTER), zlib.crc32(LETTER), 9)),
    **{
        f"7z by {coder}": seven_zip({"a.txt": LETTER}, filters=FILTERS[coder])
        for coder in ("PPMd", "Deflate64", "Zstandard", "Brotli")
    },
}


def for_reading_only() -> bytes:
    """A PDF that opens for everybody, and only its owner may change."""
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(show("NHS 999 000 0018")))) as document:
        document.save(file, encryption=pikepdf.Encryption(owner="owner", user=""))
    return file.getvalue()


OPENED = {
    "pdf for reading only": for_reading_only(),
    "opened 7z": beside_its_password(seven_zip({"a.txt": LETTER}, "Surgery2026")),
    "opened rar": beside_its_password(rar([("a.txt", LETTER)], "Surgery2026")),
    "opened docx": beside_its_password(encrypted_office("Surgery2026")),
    "opened odt": beside_its_password(encrypted_odf("Surgery2026", "<text:p>words</text:p>", "aes256-gcm")),
    "opened pdf": beside_its_password(protected_pdf("Surgery2026", "owner", "words")),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(
        WorkerOptions(memory=512 * 1024 * 1024, seconds=20), count=1, deadline=20, lifetime=1000
    )
    await workers.start()
    try:
        yield workers
    finally:
        await workers.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", FILES | PACKED | OPENED)
async def test_a_confined_worker_reads_as_well(workers: Workers, kind: str) -> None:
    """What a reader finds without confinement it finds with it, to the last node, but for lines' ends."""
    data = (FILES | PACKED | OPENED)[kind]
    assert await workers.read(data, "a") == list(map(in_lines, read_file(data, "a", "", Limits())))
