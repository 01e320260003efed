"""The pool of disposable workers: what kills a worker never kills the gateway, and never passes for clean."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.mail import State
from gateway.workers import UnreadableError, WorkerOptions, Workers, WorkersError

MIB = 1024 * 1024
LETTER = (
    b"From: a@practice.example\r\nTo: b@mail.example\r\nSubject: Hello\r\n\r\n"
    b"Mrs Jane Doe, NHS 999 000 0018.\r\n"
)


@asynccontextmanager
async def pool(
    *, count: int = 1, deadline: float = 20, memory: int = 512, lifetime: int = 1000
) -> AsyncIterator[Workers]:
    workers = Workers(
        WorkerOptions(memory=memory * MIB, seconds=20), count=count, deadline=deadline, lifetime=lifetime
    )
    await workers.start()
    try:
        yield workers
    finally:
        await workers.close()


def descendants(process: int) -> list[int]:
    """All processes below one, by /proc."""
    children = [
        int(child)
        for task in Path(f"/proc/{process}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    ]
    return children + [below for child in children for below in descendants(child)]


def worker_processes() -> list[int]:
    """The processes that open mail: those that the zygote has forked."""
    return [
        grandchild
        for zygote in descendants(os.getpid())
        if b"gateway.worker" in Path(f"/proc/{zygote}/cmdline").read_bytes()
        for grandchild in descendants(zygote)
    ]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_worker_finds_what_a_message_holds() -> None:
    """Inspection in a worker gives headers, parts with findings, and what they come to."""
    async with pool() as workers:
        inspection = await workers.inspect(LETTER)

    assert inspection.headers.visible == ("b@mail.example",)
    assert inspection.judgement.patient_identifiable
    assert "NHS_NUMBER" in {finding.type for part in inspection.parts for finding in part.findings}


async def test_a_killed_worker_is_replaced_and_its_message_read_by_the_next() -> None:
    """kill -9 on every worker costs nothing but a moment."""
    async with pool(count=2) as workers:
        for process in worker_processes():
            os.kill(process, signal.SIGKILL)
        first, second = await asyncio.gather(workers.inspect(LETTER), workers.inspect(LETTER))

        assert first.judgement.patient_identifiable
        assert second.judgement.patient_identifiable
        await until(lambda: workers.alive == 2)


async def test_a_worker_that_hangs_is_ended_at_its_deadline() -> None:
    """A stopped worker is killed at the deadline, and a fresh one reads the message."""
    async with pool(deadline=1) as workers:
        (stopped,) = worker_processes()
        os.kill(stopped, signal.SIGSTOP)
        inspection = await workers.inspect(LETTER)

        assert inspection.judgement.patient_identifiable
        assert stopped not in worker_processes()


async def test_a_message_that_always_hangs_is_unscannable() -> None:
    """When two workers in a row do not finish in time, the message is unscannable, with the reason."""
    async with pool(deadline=0.001) as workers:
        inspection = await workers.inspect(LETTER * 2000)

    assert [(part.state, part.reason) for part in inspection.parts] == [
        (State.UNSCANNABLE, "reading it took too long")
    ]


async def test_a_message_that_eats_memory_is_unscannable() -> None:
    """A worker that reaches its memory limit fails alone; the pool goes on."""
    async with pool(memory=48) as workers:
        monster = b"Subject: x\r\n\r\n" + b"word " * (12 * MIB)
        inspection = await workers.inspect(monster)
        after = await workers.inspect(LETTER)

    assert [part.state for part in inspection.parts] == [State.UNSCANNABLE]
    assert after.judgement.patient_identifiable


async def test_a_worker_is_retired_after_its_lifetime() -> None:
    """After so many messages a worker makes room for a fresh one, and no message notices."""
    async with pool(lifetime=2) as workers:
        (first,) = worker_processes()
        for _ in range(5):
            assert (await workers.inspect(LETTER)).judgement.patient_identifiable

        await until(lambda: workers.alive == 1)
        assert first not in worker_processes()


async def test_the_zygote_may_die_too() -> None:
    """When the process that forks workers is killed, a new one takes its place."""
    async with pool() as workers:
        for process in descendants(os.getpid()):
            if b"gateway.worker" in Path(f"/proc/{process}/cmdline").read_bytes():
                os.kill(process, signal.SIGKILL)

        assert (await workers.inspect(LETTER)).judgement.patient_identifiable


async def test_workers_end_with_the_pool() -> None:
    """No process stays behind."""
    async with pool(count=2):
        assert len(worker_processes()) == 2

    await until(lambda: not worker_processes())


async def test_the_event_loop_does_not_wait_for_workers() -> None:
    """While a worker reads a large message, the loop goes on turning."""
    async with pool() as workers:
        turns = 0
        reading = asyncio.ensure_future(workers.inspect(b"Subject: x\r\n\r\n" + LETTER * 2_000))
        while not reading.done():
            await asyncio.sleep(0.001)
            turns += 1

    assert turns > 10


async def test_a_worker_can_open_no_file_for_writing_and_gets_no_secrets() -> None:
    """A worker's limits are in force: no file growth, no core dump, few descriptors, no environment."""
    os.environ["POSTERN_TEST_CANARY"] = "secret"
    try:
        async with pool() as workers:
            await workers.inspect(LETTER)
            (worker,) = worker_processes()
            limits = Path(f"/proc/{worker}/limits").read_text(encoding="ascii")
            environment = Path(f"/proc/{worker}/environ").read_bytes()
            status = Path(f"/proc/{worker}/status").read_text(encoding="ascii")
    finally:
        del os.environ["POSTERN_TEST_CANARY"]

    bounds = {line[:25].strip(): line[26:].split()[:2] for line in limits.splitlines()[1:]}
    assert bounds["Max file size"] == ["0", "0"]
    assert bounds["Max core file size"] == ["0", "0"]
    assert bounds["Max open files"] == ["32", "32"]
    assert bounds["Max address space"][0] != "unlimited"
    assert b"CANARY" not in environment
    assert "NoNewPrivs:\t1" in status


async def test_conceal_and_mask_and_detect() -> None:
    """The other things that a worker is asked for work through the pool too."""
    async with pool() as workers:
        concealed = await workers.conceal(LETTER)
        nodes = await workers.mask(LETTER)
        detection = await workers.detect("lone surrogate \ud800, card 4000 0000 0000 0002")

    assert b"b@mail.example" not in concealed
    assert b"undisclosed-recipients" in concealed
    assert not any("999 000 0018" in node.text for node in nodes)
    assert [finding.type for finding in detection.findings] == ["CREDIT_CARD"]


async def test_what_no_worker_can_read_is_said() -> None:
    """A request that fails in every worker raises, naming a class and quoting nothing."""
    async with pool(deadline=0.001) as workers:
        with pytest.raises(UnreadableError, match="reading it took too long"):
            await workers.mask(LETTER * 2000)


async def test_a_pool_that_cannot_start_says_why() -> None:
    """A spaCy pipeline that does not exist stops the start, with its name."""
    workers = Workers(
        WorkerOptions(memory=512 * MIB, seconds=5, pipeline="no_such_pipeline"),
        count=1,
        deadline=5,
        lifetime=10,
    )

    with pytest.raises(WorkersError, match="no_such_pipeline"):
        await workers.start()
