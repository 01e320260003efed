"""Texts that no person writes, through a worker with its limits: read to the end, or refused in words."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.workers import UnreadableError, WorkerOptions, Workers

MIB = 1024 * 1024
LAST = "\nNHS number 999 000 0018\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers() -> AsyncIterator[Workers]:
    pool = Workers(WorkerOptions(memory=1024 * MIB, seconds=60), count=1, deadline=60, lifetime=1000)
    await pool.start()
    yield pool
    await pool.close()


@pytest.mark.parametrize(
    ("piece", "length"),
    [
        pytest.param(f"{'boiler' * 12}\n", 50_000_000, id="50 MB"),
        pytest.param("so bring a warm coat and ", 20_000_000, id="20 MB in a line"),
        pytest.param("a", 20_000_000, id="20 MB in a word"),
        pytest.param("9", 1_000_000, id="digits"),
        pytest.param("\ud800", 1_000_000, id="surrogates"),
        pytest.param("\x00", 5_000_000, id="NUL"),
        pytest.param("\u202eabc\u202c", 1_000_000, id="right to left"),
        pytest.param("> ", 1_000_000, id="quote marks"),
        pytest.param("&nbsp;", 1_000_000, id="entities"),
        pytest.param("\u0301", 1_000_000, id="marks"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_monster_is_read_to_its_end(workers: Workers, piece: str, length: int) -> None:
    """What stands in the last line is found where it stands, however strange the text before it is."""
    text = piece * (length // len(piece)) + LAST

    detection = await workers.detect(text)

    numbers = [finding for finding in detection.findings if finding.type == "NHS_NUMBER"]
    assert [text[number.start : number.end] for number in numbers] == ["999 000 0018"]
    assert detection.judgement.patient_identifiable


async def test_what_takes_too_long_is_no_clean_text() -> None:
    """Past the deadline there is an error that says so, and the next text is read as ever."""
    pool = Workers(WorkerOptions(memory=512 * MIB, seconds=2), count=1, deadline=2, lifetime=1000)
    await pool.start()
    try:
        with pytest.raises(UnreadableError, match=r"took too long|ended the worker"):
            await pool.detect("9 " * 2_000_000)
        after = await pool.detect(LAST)
    finally:
        await pool.close()

    assert after.judgement.patient_identifiable
