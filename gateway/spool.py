"""What could not be finished now: when it is tried again, and who takes it up."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from gateway.store.store import Kept, Store

log = structlog.get_logger("spool")

_LOOK_EVERY = 1.0
"""Seconds between looks into the store: a release by the command line or another node shows only there."""


class Timetable(msgspec.Struct, frozen=True):
    """When to try again, and when to give up (RFC 5321 section 4.5.4.1)."""

    pauses: tuple[float, ...]
    """Seconds after the first, second … failed attempt; the last one repeats."""
    lifetime: float
    """Seconds from receipt after which the message is returned to its sender."""

    def next_try(self, attempts: int, now: float) -> float:
        return now + self.pauses[min(attempts, len(self.pauses) - 1)]

    def is_over(self, received_at: float, now: float) -> bool:
        return now >= received_at + self.lifetime


class Spool:
    """Takes up due messages, a few at a time, and gives each to `resume`."""

    def __init__(
        self, store: Store, node: str, senders: int, resume: Callable[[Kept], Awaitable[None]]
    ) -> None:
        self._store, self._node, self._senders, self._resume = store, node, senders, resume
        self._at_work: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Give up what an earlier life of this node had claimed, and begin to look for work."""
        await self._store.off_loop(self._store.disclaim, self._node)
        self._loop = asyncio.create_task(self._look())

    async def stop(self, patience: float) -> None:
        """Take up nothing new, and wait up to `patience` seconds for what is under way."""
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        if self._at_work:
            _, unfinished = await asyncio.wait(self._at_work, timeout=patience)
            for task in unfinished:
                task.cancel()

    async def _look(self) -> None:
        while True:
            more = False
            try:
                more = await self._take_up()
            except Exception as fault:
                # Whatever it is: the mail that waits must not wait for ever.
                log.error("spool.store_failed", fault=type(fault).__name__)
            if more:
                await asyncio.wait(self._at_work, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(_LOOK_EVERY)

    async def _take_up(self) -> bool:
        """Begin on what is due; whether there may be more than there was room for."""
        room = self._senders - len(self._at_work)
        due = await self._store.off_loop(self._store.claim, self._node, time.time(), room) if room else []
        for kept in due:
            task = asyncio.create_task(self._resumed(kept))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
        return len(due) == room

    async def _resumed(self, kept: Kept) -> None:
        try:
            await self._resume(kept)
        except Exception as fault:
            # Its claim runs out in time, and somebody takes it up again.
            log.error("spool.resume_failed", id=kept.id, fault=type(fault).__name__)
