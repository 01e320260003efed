"""Through the real worker, with the limits of the defaults: nothing is opened further than they allow."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.mail import State
from gateway.workers import WorkerOptions, Workers
from tests.gateway.extract.bombs import FILES, HARMLESS, LONG, MESSAGES
from tests.gateway.extract.files import attachment, entity, multipart

LETTER = entity(b"Mrs Jane Doe, NHS 999 000 0018.\r\n", "Subject: Hello")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(WorkerOptions(memory=2**30, seconds=30), count=1, deadline=120, lifetime=1000)
    await workers.start()
    try:
        yield workers
    finally:
        await workers.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("bomb", [bomb for bomb in (*FILES, *MESSAGES) if bomb not in LONG])
async def test_a_bomb_ends_and_the_next_message_is_read(workers: Workers, bomb: str) -> None:
    """It ends before the deadline, held unless it only looked dangerous; who opened it is none the worse."""
    content = MESSAGES[bomb]() if bomb in MESSAGES else multipart(attachment(FILES[bomb](), "a.bin"))
    parts = (await workers.inspect(content)).parts

    assert "reading it took too long" not in {part.reason for part in parts}
    assert (State.UNSCANNABLE in {part.state for part in parts}) is (bomb not in HARMLESS)
    assert (await workers.inspect(LETTER)).judgement.patient_identifiable
