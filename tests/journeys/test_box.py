"""The box: a file that kills whatever opens it, beside ordinary mail; and what is not in the box."""

from __future__ import annotations

import asyncio
import os
import zlib
from pathlib import Path

from gateway.mail import State
from tests.fakes import next_hop
from tests.gateway.extract.files import attachment, entity, multipart
from tests.gateway.test_workers import worker_processes
from tests.journeys.house import SENDER, house, letter


def killer() -> bytes:
    """A PDF of 2 KB whose page is drawn by 400 MB of commands: pdfium aborts for want of memory."""
    squeezer = zlib.compressobj(9)
    megabyte = b"0 0 m " * 174_763
    commands = b"".join(squeezer.compress(megabyte) for _ in range(400)) + squeezer.flush()
    stream = zlib.compress(commands, 9)
    return (
        b"%%PDF-1.4\n"
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
        b"4 0 obj<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%b\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\n%%%%EOF" % (len(stream), stream)
    )


async def test_a_killer_file_ends_nobody_but_itself(tmp_path: Path) -> None:
    """It is held as unscannable; the mail that was sent around it arrives."""
    fields = [f"From: {SENDER}", "To: sam@mail.example", "Subject: Plan"]
    deadly = multipart(entity(b"See the plan."), attachment(killer(), "plan.pdf"), fields=fields)
    plain = letter(b"We meet on Tuesday.\r\n")
    async with next_hop() as hop, house(tmp_path, hop.port, inspection={"memory": 256}) as gate:
        before = worker_processes()
        replies = await asyncio.gather(*(gate.send(plain) for _ in range(10)), gate.send(deadly))
        (held,) = await gate.kept("held")
        after = worker_processes()

    assert [reply.code for reply in replies] == [250] * 11
    assert sum(arrived.mail_from == SENDER for arrived in hop.arrived) == 10
    assert held.details.inspection is not None
    (part,) = held.details.inspection.parts
    assert (part.state, part.reason) == (State.UNSCANNABLE, "reading it ended the worker")
    assert len(before) == len(after) == 2


async def test_no_worker_has_the_key_in_its_memory(tmp_path: Path) -> None:
    """The key that seals the store is nowhere in the memory of zygote and workers, but in the gateway's."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        await gate.send(letter(b"We meet on Tuesday.\r\n"))
        key = (gate.settings.store.folder / "key").read_bytes()
        workers = worker_processes()
        status = Path(f"/proc/{workers[0]}/status").read_text(encoding="ascii")
        zygote = int(status.partition("PPid:")[2].split()[0])
        found = {process: key in _memory(process) for process in (os.getpid(), zygote, *workers)}

    assert len(key) >= 32
    assert len(workers) == 2
    assert found == {os.getpid(): True, zygote: False} | dict.fromkeys(workers, False)


def _memory(process: int) -> bytes:
    """Everything that a process could have written to its memory."""
    regions = Path(f"/proc/{process}/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    found = []
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        for region in regions:
            where, permissions, *_ = region.split()
            start, end = (int(limit, 16) for limit in where.split("-"))
            if permissions.startswith("rw") and "[v" not in region:
                memory.seek(start)
                found.append(memory.read(end - start))
    return b"".join(found)
