"""What the listener has in hand at once: connections, and octets of mail in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import Protocol


class Guest(Protocol):
    """A connection, as far as its end matters here."""

    def take_leave(self) -> None: ...


class Load:
    """What all connections together have in hand: connections per client, octets of mail."""

    def __init__(self, connections: int, per_client: int, octets: int) -> None:
        self._connections, self._per_client, self._octets = connections, per_client, octets
        self._clients: Counter[str] = Counter()
        self.open: set[Guest] = set()
        self._left = asyncio.Event()
        self.octets = 0
        self.closing = False
        """No new connection and no new message is taken; those under way are finished."""

    @property
    def connections(self) -> int:
        return self._clients.total()

    def admit(self, client: str) -> bool:
        if self.closing or self.connections >= self._connections or self._clients[client] >= self._per_client:
            return False
        self._clients[client] += 1
        return True

    def leave(self, client: str) -> None:
        self._clients[client] -= 1
        if not self._clients[client]:
            del self._clients[client]
        self._left.set()

    async def empty(self, patience: float) -> None:
        """Wait up to `patience` seconds until every client has gone, idle ones after a last word."""
        for connection in tuple(self.open):
            connection.take_leave()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self.connections:
                    self._left.clear()
                    await self._left.wait()

    def take(self, octets: int) -> bool:
        """Book octets of mail; False, and nothing booked, when that is more than memory has room for."""
        if self.octets + octets > self._octets:
            return False
        self.octets += octets
        return True

    def give_back(self, octets: int) -> None:
        self.octets -= octets
