"""What waits is taken up: when it is due, so many at a time, and whatever happens to the others."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gateway import spool
from gateway.mail import Envelope, Message, new_id
from gateway.spool import Spool, Timetable
from gateway.store import tables
from gateway.store.sealing import Keyring
from gateway.store.store import Details, Kept, Store

ENVELOPE = Envelope("clerk@practice.example", ("patient@mail.example",))
TIMETABLE = Timetable((60, 300, 900), 7200)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_LOOK_EVERY", 0.01)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'postern.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url, Keyring(bytes(32)))
    store.migrate()
    yield store
    store.close()


def put(store: Store, age: float = 1, claimed_by: str | None = None) -> str:
    """Keep a message that has been due for so many seconds."""
    message = Message(new_id(), ENVELOPE, b"text\r\n", time.time())
    details = Details(ENVELOPE, pending=ENVELOPE.recipients)
    store.keep(message, "queued", details, due_at=time.time() - age, claimed_by=claimed_by)
    return message.id


@asynccontextmanager
async def spooling(
    store: Store, resume: Callable[[Kept], Awaitable[None]], senders: int = 3, patience: float = 5
) -> AsyncIterator[None]:
    """A spool at work until the block ends."""
    spool = Spool(store, "node-1", senders, resume)
    await spool.start()
    try:
        yield
    finally:
        await spool.stop(patience)


class Resumed:
    """Remembers what it was given, and settles it as delivered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.ids: list[str] = []
        self.at_once = self.most_at_once = 0

    async def __call__(self, kept: Kept) -> None:
        self.ids.append(kept.id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.005)
        await asyncio.to_thread(self._store.settle, kept, "delivered", kept.details)
        self.at_once -= 1

    async def all(self, number: int) -> None:
        """Wait until so many have been settled."""
        async with asyncio.timeout(5):
            while len(self._store.list("delivered")) < number:
                await asyncio.sleep(0.005)


@pytest.mark.parametrize(("attempts", "pause"), [(0, 60), (1, 300), (2, 900), (3, 900), (1000, 900)])
def test_pauses_grow_and_the_last_one_repeats(attempts: int, pause: float) -> None:
    """Each failed attempt has its own pause after it."""
    assert TIMETABLE.next_try(attempts, 1000) == 1000 + pause


@pytest.mark.parametrize(("age", "over"), [(0, False), (7199, False), (7200, True), (10**9, True)])
def test_trying_ends_with_the_lifetime(age: float, over: bool) -> None:
    """Counted from receipt, whatever the attempts were."""
    assert TIMETABLE.is_over(1000, 1000 + age) is over


@given(st.integers(0, 10**6), st.floats(0, 10**10))
def test_the_next_try_is_always_later(attempts: int, now: float) -> None:
    """No number of attempts makes the spool run in circles without a pause."""
    assert TIMETABLE.next_try(attempts, now) > now


async def test_due_messages_are_taken_up_once_and_oldest_first(store: Store) -> None:
    """One sender: each is given to `resume`, one after the other."""
    ids = [put(store, age) for age in (30, 10, 20)]
    put(store, age=-3600)
    resumed = Resumed(store)
    async with spooling(store, resumed, senders=1):
        await resumed.all(3)
        await asyncio.sleep(0.05)
    assert resumed.ids == [ids[0], ids[2], ids[1]]


async def test_no_more_at_once_than_there_are_senders(store: Store) -> None:
    """Nor fewer, when enough is due."""
    for _ in range(9):
        put(store)
    resumed = Resumed(store)
    async with spooling(store, resumed, senders=3):
        await resumed.all(9)
    assert resumed.most_at_once == 3
    assert len(set(resumed.ids)) == len(resumed.ids) == 9


async def test_what_becomes_due_later_is_found(store: Store) -> None:
    """A release by another process shows only in the store."""
    resumed = Resumed(store)
    async with spooling(store, resumed):
        await asyncio.sleep(0.03)
        late = put(store)
        await resumed.all(1)
    assert resumed.ids == [late]


async def test_a_node_takes_up_what_it_had_when_it_ended(store: Store) -> None:
    """Its own claims of an earlier life are given up at the start; those of other nodes are not."""
    mine = put(store, claimed_by="node-1")
    put(store, claimed_by="node-2")
    resumed = Resumed(store)
    async with spooling(store, resumed):
        await resumed.all(1)
        await asyncio.sleep(0.03)
    assert resumed.ids == [mine]


async def test_one_that_fails_does_not_stop_the_others(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged by its kind alone, keeps its claim, and the spool goes on."""
    caplog.set_level(logging.DEBUG)
    bad, good = put(store, 20), put(store, 10)
    resumed = Resumed(store)

    async def resume(kept: Kept) -> None:
        if kept.id == bad:
            raise RuntimeError("canary 999 000 0018")
        await resumed(kept)

    with structlog.testing.capture_logs() as events:
        async with spooling(store, resume, senders=1):
            await resumed.all(1)
    assert resumed.ids == [good]
    failed = {"event": "spool.resume_failed", "id": bad, "fault": "RuntimeError", "log_level": "error"}
    assert events == [failed]
    assert "canary" not in caplog.text


async def test_the_store_s_faults_pass(store: Store, url: str) -> None:
    """A store that fails for a while is looked into again, and what was altered in it stops nothing."""
    altered, good = put(store, 20), put(store, 10)
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("ALTER TABLE messages RENAME TO gone"))
        resumed = Resumed(store)
        spool = Spool(store, "node-1", 3, resumed)
        # A node that cannot read its store at the start does not start.
        with pytest.raises(sa.exc.OperationalError):
            await spool.start()
        connection.execute(sa.text("ALTER TABLE gone RENAME TO messages"))
        rows = tables.messages
        connection.execute(sa.update(rows).where(rows.c.id == altered).values(details=b"x" * 40))
        with structlog.testing.capture_logs() as events:
            async with spooling(store, resumed):
                connection.execute(sa.text("ALTER TABLE messages RENAME TO gone"))
                await asyncio.sleep(0.05)
                connection.execute(sa.text("ALTER TABLE gone RENAME TO messages"))
                await resumed.all(1)
    engine.dispose()
    assert resumed.ids == [good]
    assert {event["event"] for event in events} == {"spool.store_failed", "store.cannot_open"}


async def test_stopping_waits_for_what_is_under_way_and_begins_nothing(store: Store) -> None:
    """What was begun is settled, what was not stays in the queue."""
    for _ in range(5):
        put(store)
    resumed = Resumed(store)
    async with spooling(store, resumed, senders=2):
        while not resumed.ids:
            await asyncio.sleep(0.001)
    begun = len(resumed.ids)
    assert resumed.at_once == 0
    assert begun < 5
    assert len(store.list("delivered")) == begun


async def test_stopping_is_not_held_up_for_ever(store: Store) -> None:
    """What takes longer than the patience is cancelled; its claim is given up at the next start."""
    put(store)
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def resume(_: Kept) -> None:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with asyncio.timeout(5), spooling(store, resume, patience=0.05):
        await begun.wait()
    await asyncio.wait_for(cancelled.wait(), 5)
    assert store.disclaim("node-1") == 1
