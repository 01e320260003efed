"""Where every message ends: an SMTP server that takes all mail and remembers what came.

It is as cheap as it can be made, because its cost is part of every target's rate. It
offers no extension, so that every gateway talks to it alike, and one private command
(RFC 5321 section 4.1.5): `XARRIVED RUN` lists the arrivals of that run.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import cast

import msgspec
import uvloop

MARKER = b"X-Benchmark-Id: "
"""Header field that tells transmissions apart: `RUN.NUMBER`, both decimal."""
_MARKED = re.compile(rb"(?:Received:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*)*" + MARKER + rb"(\d+)\.(\d+)\r\n")
_END = b"\r\n.\r\n"


class Arrival(msgspec.Struct, frozen=True):
    """One message at the sink."""

    number: int
    """Which transmission of the run it was."""
    digest: str
    """SHA-256 of what follows the marker; empty when other fields than Received were put before it."""


def digest_of(content: bytes | memoryview) -> str:
    return hashlib.sha256(content).hexdigest()


class Arrivals:
    """What came, by run."""

    def __init__(self) -> None:
        self._of_run: defaultdict[int, list[Arrival]] = defaultdict(list)

    def add(self, content: bytes | bytearray) -> None:
        """Remember a message, its dots un-stuffed; one whose marker is gone will be missed."""
        if marked := _MARKED.match(content):
            digest = digest_of(memoryview(content)[marked.end() :])
        elif marked := re.search(MARKER + rb"(\d+)\.(\d+)\r\n", content):
            digest = ""
        else:
            return
        self._of_run[int(marked[1])].append(Arrival(int(marked[2]), digest))

    def of_run(self, run: int) -> list[Arrival]:
        return self._of_run[run]


class Sink(asyncio.Protocol):
    """One connection. Clients must wait for each reply: nothing is offered that lets them hurry."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._line = b""
        self._data: bytearray | None = None
        """What came of a message so far; None between messages."""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        if self._data is None:
            self._line += data
            if self._line.endswith(b"\r\n"):
                line, self._line = self._line, b""
                self._command(line)
            return
        self._data += data
        if self._data.endswith(_END):
            self._arrivals.add(self._data[:-3].replace(b"\r\n.", b"\r\n"))
            self._data = None
            self._transport.write(b"250 taken\r\n")

    def _command(self, line: bytes) -> None:
        match line[:4].upper():
            case b"DATA":
                self._data = bytearray()
                self._transport.write(b"354 go\r\n")
            case b"QUIT":
                self._transport.write(b"221 bye\r\n")
                self._transport.close()
            case b"XARR":
                self._transport.write(_listing(self._arrivals.of_run(int(line.split()[1]))))
            case _:
                self._transport.write(b"250 sink\r\n")


def _listing(arrivals: Iterable[Arrival]) -> bytes:
    lines = (f"250-{arrival.number} {arrival.digest}\r\n" for arrival in arrivals)
    return "".join((*lines, "250 all\r\n")).encode()


async def serve(port: int) -> None:
    """Take mail on a loopback port until cancelled."""
    arrivals = Arrivals()
    server = await asyncio.get_running_loop().create_server(lambda: Sink(arrivals), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    uvloop.run(serve(parser.parse_args().port))
