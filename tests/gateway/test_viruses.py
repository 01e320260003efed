"""The virus scanner: a real clamd for what it says, raw sockets for what it fails to say."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import reduce
from pathlib import Path

import pytest

from config.settings import Endpoint
from detectors.findings import Judgement
from gateway.mail import Headers, Inspection, Part, State, VirusScan
from gateway.viruses import Examiner, ScannerError, TooMuchError, VirusScanner, with_scan
from gateway.workers import WorkerOptions, Workers
from tests.clamd import EICAR, Clamd, clamd
from tests.gateway.extract.files import NOISE, attachment, entity, multipart

Session = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
FIELDS = ["From: a@practice.example", "To: b@mail.example", "Subject: Invoice"]
DIGEST = hashlib.sha256(EICAR).hexdigest()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    with clamd(tmp_path_factory.mktemp("clamd"), StreamMaxLength="1M") as running:
        yield running


@asynccontextmanager
async def examiner(scanner: VirusScanner | None) -> AsyncIterator[Examiner]:
    workers = Workers(WorkerOptions(memory=2**30, seconds=20), count=1, deadline=20, lifetime=1000)
    await workers.start()
    try:
        yield Examiner(workers, scanner)
    finally:
        await workers.close()


@asynccontextmanager
async def answering(session: Session) -> AsyncIterator[VirusScanner]:
    """A scanner whose clamd, on TCP, does as it is told."""
    server = await asyncio.start_server(session, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield VirusScanner(Endpoint(host, port), timeout=0.5)


async def test_clamd_names_the_virus(daemon: Clamd) -> None:
    """Over its socket clamd finds the test virus, and nothing in harmless octets of any length."""
    scanner = VirusScanner(daemon.socket, timeout=20)

    assert (await scanner.scan(EICAR)).startswith("Eicar-Test-Signature")
    for length in (0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 900_000):
        assert await scanner.scan(b"a" * length) == ""


async def test_past_the_stream_limit_is_not_clean(daemon: Clamd) -> None:
    """More octets than clamd takes is a scan that failed."""
    with pytest.raises(ScannerError):
        await VirusScanner(daemon.socket, timeout=20).scan(b"a" * 3_000_000)


async def test_a_message_past_the_limits_is_not_clean(daemon: Clamd) -> None:
    """A file of more octets than clamd takes, and archives in each other further than it opens."""
    layers = reduce(lambda inside, _: gzip.compress(inside), range(120), EICAR)
    files = attachment(NOISE * 150, "list.bin"), attachment(layers, "list.gz")
    async with examiner(VirusScanner(daemon.socket, timeout=20)) as house:
        for file in files:
            inspection = await house.inspect(multipart(entity(b"Hello"), file, fields=FIELDS))
            assert inspection.virus_scan is VirusScan.FAILED
            assert not inspection.infected
            scanned = [part.reason for part in inspection.parts if "virus scanner" in part.reason]
            assert scanned


async def test_a_clamd_that_stands_still_is_not_clean(tmp_path: Path) -> None:
    """When the daemon takes the octets and says nothing, the scan has failed."""
    with clamd(tmp_path) as running:
        running.pause()
        with pytest.raises(ScannerError, match="in time"):
            await VirusScanner(running.socket, timeout=0.5).scan(b"a")


async def test_the_probe_finds_limits_that_alert(daemon: Clamd) -> None:
    """A clamd that knows viruses and alerts past its limits passes the probe, with its version."""
    assert "ClamAV" in await VirusScanner(daemon.socket, timeout=20).probe()


async def test_the_probe_finds_limits_that_pass(tmp_path: Path) -> None:
    """A clamd that calls clean what it did not look at does not, and what to set is said."""
    with clamd(tmp_path, AlertExceedsMax="no") as lenient, pytest.raises(ScannerError, match="AlertExceeds"):
        await VirusScanner(lenient.socket, timeout=20).probe()


async def _reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _reset_midway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(1000)
    writer.transport.abort()


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await reader.read()
    finally:
        writer.transport.abort()


def _saying(answer: bytes) -> Session:
    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\0\0\0\0")
        writer.write(answer)
        writer.close()

    return session


@pytest.mark.parametrize(
    "session",
    [
        pytest.param(_reset, id="reset at once"),
        pytest.param(_reset_midway, id="reset midway"),
        pytest.param(_silent, id="slow"),
        pytest.param(_saying(b""), id="nothing"),
        pytest.param(_saying(b"stream: OK"), id="cut off"),
        pytest.param(_saying(b"\0"), id="empty"),
        pytest.param(_saying(b"OK\0"), id="not the whole answer"),
        pytest.param(_saying(b"stream: ok\0"), id="other letters"),
        pytest.param(_saying(b"stream: OK \0"), id="a space more"),
        pytest.param(_saying(b"stream: FOUND\0"), id="found nothing"),
        pytest.param(_saying(b"INSTREAM size limit exceeded. ERROR\0"), id="limit"),
        pytest.param(_saying(b"stream: Can't allocate memory ERROR\0"), id="error"),
        pytest.param(_saying(b"\xff" * 200_000), id="garbage without end"),
        pytest.param(_saying(b"\xff\xfe\0"), id="garbage"),
    ],
)
async def test_no_answer_is_never_clean(session: Session) -> None:
    """Whatever a broken clamd does instead of answering, the scan has failed."""
    async with answering(session) as scanner:
        with pytest.raises(ScannerError):
            await scanner.scan(b"a" * 5_000)


@pytest.mark.parametrize("name", ["Heuristics.Limits.Exceeded.MaxScanSize", "Heuristics.Encrypted.Zip"])
async def test_what_clamd_could_not_look_at_is_no_virus(name: str) -> None:
    """An alert about clamd's own limits is a scan that failed, not an infection."""
    async with answering(_saying(f"stream: {name} FOUND\0".encode())) as scanner:
        with pytest.raises(TooMuchError):
            await scanner.scan(b"a")


@pytest.mark.parametrize("address", [Path("/nonexistent/clamd"), Endpoint("127.0.0.1", 1)])
async def test_a_scanner_that_is_not_there(address: Path | Endpoint) -> None:
    """Neither a missing socket nor a closed port passes for clean."""
    with pytest.raises(ScannerError, match="is down"):
        await VirusScanner(address, timeout=5).scan(b"a")


@pytest.mark.parametrize(
    "encoding",
    [
        ("base64", base64.encodebytes(EICAR)),
        ("base64", b"!".join(base64.b64encode(EICAR)[at : at + 1] for at in range(92))),
        ("x-unknown", base64.encodebytes(EICAR)),
        ("quoted-printable", EICAR.replace(b"=", b"=3D").replace(b"$", b"=24")),
    ],
)
async def test_an_infected_attachment_is_found_however_it_is_coded(
    daemon: Clamd, encoding: tuple[str, bytes]
) -> None:
    """The decoded attachment is scanned, too: its part is infected, named by virus and hash."""
    file = entity(
        encoding[1],
        'Content-Disposition: attachment; filename="invoice.com"',
        f"Content-Transfer-Encoding: {encoding[0]}",
    )
    content = multipart(entity(b"Hello", "Content-Type: text/plain"), file, fields=FIELDS)
    async with examiner(VirusScanner(daemon.socket, timeout=20)) as house:
        inspection = await house.inspect(content)

    infected = {part.name: part.reason for part in inspection.infected}
    assert inspection.virus_scan is VirusScan.DONE
    assert infected["invoice.com"].startswith("Eicar-Test-Signature")
    assert infected["invoice.com"].endswith(f"SHA-256 {DIGEST}")


async def test_attachments_of_attached_messages_are_scanned(daemon: Clamd) -> None:
    """A virus in a message that is attached to a message is found under its own name."""
    inner = multipart(entity(b"Hello"), attachment(EICAR, "invoice.com"), fields=FIELDS, boundary="=_i")
    content = multipart(
        entity(b"See below"), entity(inner, "Content-Type: message/rfc822"), fields=FIELDS, boundary="=_o"
    )
    async with examiner(VirusScanner(daemon.socket, timeout=20)) as house:
        inspection = await house.inspect(content)

    assert any(part.name.endswith(" › invoice.com") for part in inspection.infected)


async def test_a_harmless_message_is_scanned(daemon: Clamd) -> None:
    """A message without a virus says that it was scanned, and has no part more for it."""
    content = multipart(entity(b"Hello"), attachment(b"40 boxes", "order.txt"), fields=FIELDS)
    async with examiner(VirusScanner(daemon.socket, timeout=20)) as house:
        scanned = await house.inspect(content)
    async with examiner(None) as house:
        unscanned = await house.inspect(content)

    assert (scanned.virus_scan, unscanned.virus_scan) == (VirusScan.DONE, VirusScan.OFF)
    assert scanned.parts == unscanned.parts


async def test_a_scanner_that_fails_leaves_a_part_unscannable() -> None:
    """A message that was not scanned is no clean message: it and its attachment say so."""
    content = multipart(entity(b"Hello"), attachment(b"40 boxes", "order.txt"), fields=FIELDS)
    async with examiner(VirusScanner(Path("/nonexistent/clamd"), timeout=5)) as house:
        inspection = await house.inspect(content)

    assert inspection.virus_scan is VirusScan.FAILED
    unscannable = {part.name for part in inspection.parts if part.state is State.UNSCANNABLE}
    assert unscannable == {"message", "order.txt"}


def test_a_virus_is_not_hidden_by_a_scan_that_failed() -> None:
    """One part infected and another not scanned: both are said."""
    part = Part("a.pdf", "application/pdf", 9, State.CLEAN)
    inspection = Inspection(Headers(), (part,), Judgement(False, False, 0, ()))
    infected = Part("a.pdf", "", 9, State.INFECTED, "Virus")
    failed = Part("message", "message/rfc822", 99, State.UNSCANNABLE, "it is down")

    merged = with_scan(inspection, [infected, failed])

    assert merged.virus_scan is VirusScan.FAILED
    assert [(one.name, one.type, one.state) for one in merged.parts] == [
        ("a.pdf", "application/pdf", State.INFECTED),
        ("message", "message/rfc822", State.UNSCANNABLE),
    ]
