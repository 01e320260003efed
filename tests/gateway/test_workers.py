"""The pool of disposable workers: what kills a worker never kills the gateway, and never passes for clean."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import spacy
from structlog.testing import capture_logs

from detectors.additions import Additions
from gateway.extract.message import read_message
from gateway.extract.node import Limits
from gateway.extract.source import FileWithin
from gateway.mail import State
from gateway.workers import UnreadableError, WorkerOptions, Workers, WorkersError
from tests.gateway.extract.files import attachment, docx, drawn, entity, multipart, paragraph, pdf, show
from tests.gateway.extract.test_pictures import needs_ocr

MIB = 1024 * 1024
LETTER = (
    b"From: a@practice.example\r\nTo: b@mail.example\r\nSubject: Hello\r\n\r\n"
    b"Mrs Jane Doe, NHS 999 000 0018.\r\n"
)


@asynccontextmanager
async def pool(
    *, count: int = 1, deadline: float = 20, memory: int = 512, seconds: int = 20, lifetime: int = 1000
) -> AsyncIterator[Workers]:
    workers = Workers(
        WorkerOptions(memory=memory * MIB, seconds=seconds), count=count, deadline=deadline, lifetime=lifetime
    )
    await workers.start()
    try:
        yield workers
    finally:
        await workers.close()


def descendants(process: int) -> list[int]:
    """All processes below one, by /proc; below one that is just gone there are none."""
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{process}/task").iterdir()
            for child in (task / "children").read_text(encoding="ascii").split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return children + [below for child in children for below in descendants(child)]


def worker_processes() -> list[int]:
    """The processes that open mail: those that the zygote has forked."""
    return [worker for zygote in zygotes() for worker in descendants(zygote)]


def zygotes() -> list[int]:
    """The processes that fork those that open mail."""
    return [process for process in descendants(os.getpid()) if b"gateway.worker" in command_line(process)]


def command_line(process: int) -> bytes:
    """Nothing when it has just ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


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
        await until(lambda: workers.alive == 4)


async def test_a_worker_that_hangs_is_ended_at_its_deadline() -> None:
    """A stopped worker is killed at the deadline, and a fresh one reads the message."""
    async with pool(deadline=1) as workers:
        stopped, _ = worker_processes()
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


async def test_a_message_that_computes_too_long_is_unscannable() -> None:
    """A worker that uses up its processor time fails alone, however patient its parent is."""
    async with pool(seconds=1) as workers:
        inspection = await workers.inspect(b"Subject: x\r\n\r\n" + LETTER * 100_000)
        after = await workers.inspect(LETTER)

    assert [part.state for part in inspection.parts] == [State.UNSCANNABLE]
    assert after.judgement.patient_identifiable


PLAIN = {
    "text": entity(b"Hello", "Content-Type: text/plain"),
    "HTML": entity(b"<p>Hello <b>you</b></p>", "Content-Type: text/html"),
    "a list": attachment(b"name,dob\r\nJane Doe,01/02/1950\r\n", "list.csv", "text/csv"),
    "a message": entity(LETTER, "Content-Type: message/rfc822"),
    "nothing": attachment(b"", "empty.pdf", "application/pdf"),
}
FILES = {
    "PDF": pdf(show("Hello")),
    "PDF called text": entity(pdf(show("Hello")), "Content-Type: text/plain"),
    "DOCX": docx(paragraph("Hello")),
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "XML": b"<?xml version='1.0'?><record>Hello</record>",
    "RTF": rb"{\rtf1 Hello}",
    "unknown": bytes(range(256)),
    "picture in HTML": entity(b"<img src='data:image/png;base64,iVBORw0KGgo='>", "Content-Type: text/html"),
    "PDF in a message": entity(
        multipart(attachment(pdf(show("Hello")), "a.pdf"), boundary="=_i"), "Content-Type: message/rfc822"
    ),
}


@pytest.mark.parametrize("kind", PLAIN)
def test_text_is_read_by_a_worker_that_reads_many(kind: str) -> None:
    """Header fields, text, HTML, tables as text, attached messages: no file is opened for them."""
    nodes = read_message(multipart(PLAIN[kind]), Limits(files=False))[1]

    assert State.UNSCANNABLE not in {node.state for node in nodes}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_left_to_a_worker_of_its_own(kind: str) -> None:
    """Whatever a file is called and wherever it is, a worker that reads many does not open it."""
    part = FILES[kind] if FILES[kind].startswith(b"Content-") else attachment(FILES[kind], "words")

    with pytest.raises(FileWithin):
        read_message(multipart(PLAIN["text"], part), Limits(files=False))


async def test_a_file_is_read_all_the_same() -> None:
    """A message with a file in it is read by a fresh worker, and the one for text goes on."""
    async with pool() as workers:
        text_worker, fresh = worker_processes()
        with_file = multipart(PLAIN["text"], attachment(pdf(show("NHS 999 000 0018")), "a.pdf"))
        inspection = await workers.inspect(with_file)
        nodes = await workers.read(pdf(show("NHS 999 000 0018")), "a.pdf")
        await until(lambda: len(worker_processes()) == 2)
        assert worker_processes()[0] == text_worker
        assert worker_processes()[1] != fresh

    found = {part.name: part.state for part in inspection.parts}
    assert found["a.pdf"] is State.MATCHED
    assert any("999 000 0018" in node.text for node in nodes)


async def test_files_have_workers_of_their_own_that_wait_for_them() -> None:
    """No worker is asked twice about files, and whichever dies while it waits is replaced."""
    with_file = multipart(PLAIN["text"], attachment(pdf(show("Hello")), "a.pdf"))
    async with pool() as workers:
        text_worker, *used = worker_processes()
        for _ in range(3):
            assert State.CLEAN in {part.state for part in (await workers.inspect(with_file)).parts}
            await until(lambda: len(worker_processes()) == 2)
            assert not set(used) & set(worker_processes())
            used += worker_processes()[1:]
        os.kill(used[-1], signal.SIGKILL)

        assert State.CLEAN in {part.state for part in (await workers.inspect(with_file)).parts}
        assert text_worker in worker_processes()


async def test_who_gives_up_leaves_no_worker_behind() -> None:
    """A message with a file that nobody waits for any more ends its worker, and the pool goes on."""
    with_file = multipart(PLAIN["text"], attachment(pdf(show("Hello")), "a.pdf"))
    async with pool() as workers:
        for moment in range(20):
            reading = asyncio.ensure_future(workers.inspect(with_file))
            await asyncio.sleep(moment / 1000)
            reading.cancel()
            await asyncio.wait({reading})
        assert State.CLEAN in {part.state for part in (await workers.inspect(with_file)).parts}
        await until(lambda: len(worker_processes()) == workers.alive == 2)


async def test_what_the_kernel_cannot_forbid_is_known() -> None:
    """The pool knows its fences' gaps; where there are none, a worker's filter is in force."""
    async with pool() as workers:
        await workers.inspect(LETTER)
        worker, _ = worker_processes()
        status = Path(f"/proc/{worker}/status").read_text(encoding="ascii")
        filtered = "Seccomp:\t2" in status

    assert filtered is not any("system calls" in gap for gap in workers.gaps)


async def test_a_worker_is_retired_after_its_lifetime() -> None:
    """After so many messages a worker makes room for a fresh one, and no message notices."""
    async with pool(lifetime=2) as workers:
        first, _ = worker_processes()
        for _ in range(5):
            assert (await workers.inspect(LETTER)).judgement.patient_identifiable

        await until(lambda: workers.alive == 2)
        assert first not in worker_processes()


async def test_the_zygote_may_die_too() -> None:
    """When the process that forks workers is killed, a new one takes its place."""
    async with pool() as workers:
        for process in descendants(os.getpid()):
            if b"gateway.worker" in command_line(process):
                os.kill(process, signal.SIGKILL)

        assert (await workers.inspect(LETTER)).judgement.patient_identifiable


async def test_idle_workers_that_died_cost_no_attempt() -> None:
    """With every idle worker and the zygote dead, the next message is read, not called unscannable."""
    async with pool(count=3) as workers:
        for process in (*worker_processes(), *zygotes()):
            os.kill(process, signal.SIGKILL)
        await until(lambda: workers.alive == 0)
        inspection = await workers.inspect(LETTER)

        assert inspection.judgement.patient_identifiable


async def test_a_zygote_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it does not fork in time, it is ended, and a new one forks."""
    monkeypatch.setattr("gateway.workers._FORK_SECONDS", 1.0)
    async with pool() as workers:
        for process in zygotes():
            os.kill(process, signal.SIGSTOP)
        for process in worker_processes():
            os.kill(process, signal.SIGKILL)

        assert (await workers.inspect(LETTER)).judgement.patient_identifiable


def test_large_pages_hold_what_the_small_ones_held() -> None:
    """A process that gathers its pages goes on with the same memory."""
    program = (
        "import os\n"
        "from gateway.worker import _gather_pages\n"
        "random = os.urandom(65536)\n"
        "memory = bytearray(random * 128)\n"
        "_gather_pages()\n"
        "print(memory == random * 128)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


async def test_workers_end_with_the_pool() -> None:
    """No process stays behind."""
    async with pool(count=2):
        assert len(worker_processes()) == 4

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
            worker, _ = worker_processes()
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
        detection = await workers.detect("lone surrogate \ud800, card 4000 0000 0000 0010")

    assert b"b@mail.example" not in concealed
    assert b"undisclosed-recipients" in concealed
    assert not any("999 000 0018" in node.text for node in nodes)
    assert [finding.type for finding in detection.findings] == ["CREDIT_CARD"]


async def test_what_no_worker_can_read_is_said() -> None:
    """A request that fails in every worker raises, naming a class and quoting nothing."""
    async with pool(deadline=0.001) as workers:
        with pytest.raises(UnreadableError, match="reading it took too long"):
            await workers.mask(LETTER * 2000)


@pytest.mark.parametrize(
    ("labels", "wrong"),
    [((), "no spaCy pipeline .*: must be an installed package"), (("ORG",), "must find one of PERSON")],
)
async def test_a_pool_that_cannot_start_says_why(tmp_path: Path, labels: tuple[str, ...], wrong: str) -> None:
    """A spaCy pipeline that does not exist, or finds nothing that is listened to, stops the start."""
    folder = tmp_path / "pipeline"
    if labels:
        pipeline = spacy.blank("en")
        recognizer: Any = pipeline.add_pipe("ner")
        for label in labels:
            recognizer.add_label(label)
        pipeline.initialize()
        pipeline.to_disk(folder)
    workers = Workers(
        WorkerOptions(memory=512 * MIB, seconds=5, additions=Additions(pipeline=str(folder))),
        count=1,
        deadline=5,
        lifetime=10,
    )

    with pytest.raises(WorkersError, match=wrong):
        await workers.start()


def scan(pages: int) -> bytes:
    """A message with so many scanned pages, no two alike."""
    words = "Dear colleague, thank you for seeing Mrs Jane Doe, NHS number 999 000 0018"
    drawings = [drawn(f"{words}\n{page}\n" + "\n".join([words] * 4)) for page in range(pages)]
    file = io.BytesIO()
    drawings[0].save(file, "TIFF", save_all=True, append_images=drawings[1:])
    return multipart(attachment(file.getvalue(), "scan.tif", "image/tiff"))


def steps_back(process: int) -> bool:
    return os.getpriority(os.PRIO_PROCESS, process) > os.getpriority(os.PRIO_PROCESS, 0)


@needs_ocr
async def test_scans_keep_no_other_mail_waiting() -> None:
    """While a scan is read by as many workers as there are, text and other files go past it."""
    with_file = multipart(PLAIN["text"], attachment(pdf(show("Hello")), "a.pdf"))
    async with pool() as workers:
        text_worker, _ = worker_processes()
        reading = asyncio.ensure_future(workers.inspect(scan(24)))
        await until(lambda: any(map(steps_back, worker_processes())))
        assert (await workers.inspect(LETTER)).judgement.patient_identifiable
        assert State.CLEAN in {part.state for part in (await workers.inspect(with_file)).parts}
        assert not reading.done()
        assert not steps_back(text_worker)

        reading.cancel()
        await asyncio.wait({reading})
        await until(lambda: len(worker_processes()) == 2)
        assert worker_processes()[0] == text_worker


@needs_ocr
async def test_reading_pictures_is_not_part_of_the_processor_time() -> None:
    """A scan that takes longer than a worker may compute is read to its last page."""
    async with pool(seconds=1) as workers:
        inspection = await workers.inspect(scan(6))

    pages = [part for part in inspection.parts if part.type == "image/tiff"]
    assert len(pages) == 6
    assert {part.state for part in pages} == {State.MATCHED}


@pytest.mark.parametrize(("patience", "attempts"), [(5.0, 2), (0.0, 1)])
async def test_what_took_long_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, patience: float, attempts: int
) -> None:
    """A message at which a worker was lost goes to a second one only if that was soon."""
    monkeypatch.setattr("gateway.workers._PATIENCE_SECONDS", patience)
    async with pool(deadline=0.001) as workers:
        with capture_logs() as logged:
            await workers.inspect(LETTER * 2000)

    assert [entry["event"] for entry in logged] == ["worker.lost"] * attempts
