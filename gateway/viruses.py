"""Viruses: what clamd says of a message and of its attachments.

The octets are copied to clamd's socket and never looked at here. Attachments go apart from
the message, too, decoded by a worker: clamd may not see in a contorted message what a mail
client would. Whatever is not clamd's plain "OK" or "FOUND" is no answer.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import struct
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path

import msgspec

from config.settings import Endpoint
from gateway.mail import Attachment, Inspection, Part, State, VirusScan
from gateway.workers import UnreadableError, Workers

_AT_ONCE = 8
"""Scans at once, below the ten that clamd does at once as it comes (MaxThreads)."""
_CHUNK = 256 * 1024
_LENGTH = struct.Struct("!I")
_EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless test virus (https://www.eicar.org), in two pieces so that nobody takes this file for it."""
_LAYERS = 120
"""More archives in each other than clamd can be set to open (MaxRecursion)."""
_NO_VIRUS = ("Heuristics.Limits.Exceeded", "Heuristics.Encrypted")
"""Begin the names of what clamd "finds" when it could not look."""

_PAST_LIMITS = "the virus scanner could not look at all of it"


class ScannerError(Exception):
    """Something was not scanned; the text is a fixed sentence."""


class TooMuchError(ScannerError):
    """clamd has limits, and what was to be scanned is past one of them."""


class VirusScanner:
    """Asks clamd, at the path of its socket or at a port of this machine."""

    def __init__(self, address: Path | Endpoint, timeout: float) -> None:
        """`timeout`: seconds for one scan, from the first octet to the answer."""
        self._address, self._timeout = address, timeout
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def scan(self, data: bytes) -> str:
        """The name of the virus in the octets; empty if clamd finds none. Raises ScannerError."""
        answer = await self._asked(b"zINSTREAM\0", data)
        if answer == "stream: OK":
            return ""
        name = answer.removeprefix("stream: ").removesuffix(" FOUND")
        if f"stream: {name} FOUND" != answer:
            raise ScannerError("the virus scanner reports an error")
        if name.startswith(_NO_VIRUS):
            raise TooMuchError(_PAST_LIMITS)
        return name

    async def probe(self) -> str:
        """The version of clamd and its signatures, once it was seen to do what we count on.

        Raises ScannerError, with what would be right.
        """
        version = await self._asked(b"zVERSION\0")
        if not await self.scan(_EICAR):
            raise ScannerError("clamd does not find the EICAR test file: give it signatures (freshclam)")
        try:
            await self.scan(reduce(lambda inside, _: gzip.compress(inside), range(_LAYERS), b""))
        except TooMuchError:
            return version
        raise ScannerError("clamd calls clean what is past its limits: set AlertExceedsMax to yes")

    async def _asked(self, command: bytes, data: bytes | None = None) -> str:
        try:
            async with self._room, asyncio.timeout(self._timeout):
                return await self._exchange(command, data)
        except TimeoutError:
            raise ScannerError("the virus scanner does not answer in time") from None
        except (OSError, EOFError, asyncio.LimitOverrunError):
            raise ScannerError("the virus scanner is down, or broke off") from None

    async def _exchange(self, command: bytes, data: bytes | None) -> str:
        reader, writer = await self._connect()
        try:
            writer.write(command)
            for chunk in () if data is None else _chunks(data):
                writer.write(_LENGTH.pack(len(chunk)))
                writer.write(chunk)
                await writer.drain()
            return (await reader.readuntil(b"\0"))[:-1].decode("ascii", "replace")
        finally:
            writer.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._address, Path):
            return await asyncio.open_unix_connection(self._address)
        return await asyncio.open_connection(self._address.host, self._address.port)


class Examiner:
    """Has each message inspected by a worker and scanned for viruses, at the same time."""

    def __init__(self, workers: Workers, scanner: VirusScanner | None) -> None:
        self._workers, self._scanner = workers, scanner

    async def inspect(self, content: bytes) -> Inspection:
        """All facts of a message. What could not be scanned is a part of it that is unscannable."""
        if self._scanner is None:
            return await self._workers.inspect(content)
        inspection, scanned = await asyncio.gather(
            self._workers.inspect(content), self._scanned(self._scanner, content)
        )
        return with_scan(inspection, scanned)

    async def scan_again(self, content: bytes, inspection: Inspection | None) -> Inspection | None:
        """The facts of a message that proves infected now; None if it is clean. Raises ScannerError."""
        if self._scanner is None:
            return None
        scanned = await self._scanned(self._scanner, content)
        if any(part.state is State.INFECTED for part in scanned):
            return with_scan(inspection or await self._workers.inspect(content), scanned)
        unanswered = [part.reason for part in scanned if part.reason != _PAST_LIMITS]
        if unanswered:
            raise ScannerError(unanswered[0])
        return None  # What is past clamd's limits will be so for ever: whoever released it knew.

    async def _scanned(self, scanner: VirusScanner, content: bytes) -> list[Part]:
        """The message and its attachments, as far as they are infected or could not be scanned."""
        files = [Attachment("message", "message/rfc822", content)]
        ended: list[Part | None] = []
        try:
            files += await self._workers.attachments(content)
        except UnreadableError as unreadable:
            ended.append(_part(files[0], State.UNSCANNABLE, str(unreadable)))
        ended += await asyncio.gather(*(_ended(scanner, file) for file in files))
        return [part for part in ended if part]


async def _ended(scanner: VirusScanner, file: Attachment) -> Part | None:
    try:
        virus = await scanner.scan(file.data)
    except ScannerError as error:
        return _part(file, State.UNSCANNABLE, str(error))
    if not virus:
        return None
    return _part(file, State.INFECTED, f"{virus}, SHA-256 {hashlib.sha256(file.data).hexdigest()}")


def _part(file: Attachment, state: State, reason: str) -> Part:
    return Part(file.name, file.type, len(file.data), state, reason)


def with_scan(inspection: Inspection, scanned: Sequence[Part]) -> Inspection:
    """The facts with what the virus scanner says. A part that is known has its state from it now."""
    found = {part.name: part for part in scanned}
    known = [_marked(part, found.pop(part.name, part)) for part in inspection.parts]
    failed = any(part.state is State.UNSCANNABLE for part in scanned)
    return msgspec.structs.replace(
        inspection,
        parts=(*known, *found.values()),
        virus_scan=VirusScan.FAILED if failed else VirusScan.DONE,
    )


def _marked(part: Part, found: Part) -> Part:
    return msgspec.structs.replace(part, state=found.state, reason=found.reason)


def _chunks(data: bytes) -> Iterator[memoryview]:
    """The octets in pieces; the last one is empty, which is how clamd knows the end."""
    view = memoryview(data)
    return (view[start : start + _CHUNK] for start in range(0, len(data) + _CHUNK, _CHUNK))
