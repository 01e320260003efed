"""Where every millisecond goes: the real stages, called one by one over the same mail.

Unlike everything else here this goes through inner doors. Each stage has the machine
to itself, one message at a time, so the sum is what a message costs, not how long it
takes while others are under way.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
import uvloop
from rich.console import Console

from benchmarks import corpus, report, smtp_load, targets
from benchmarks.corpus import Mail
from benchmarks.report import Stage
from config.settings import Settings
from detectors.engine import Detector
from detectors.findings import Finding, Reading
from detectors.identifiable import judge
from detectors.normalise import normalise
from detectors.sieve import windows
from gateway import app
from gateway.extract import files, types
from gateway.extract.message import read_message
from gateway.extract.node import Limits
from gateway.extract.source import Found, Reader, Source
from gateway.load import Load
from gateway.mail import Envelope, Message, Reply
from gateway.smtp_in import Connection

_EXTRACT = {
    types.MESSAGE: "MIME structure",
    types.TEXT: "extract text",
    types.HTML: "extract HTML",
    types.PDF: "extract PDF",
    types.DOCX: "extract DOCX",
    types.XLSX: "extract XLSX",
    types.ZIP: "extract zip",
}
_OTHERS = "extract others"
_ORDER = (
    "SMTP in",
    "to a worker and back",
    "header fields, true types",
    *_EXTRACT.values(),
    _OTHERS,
    "normalise text",
    "sieve: what is suspicious",
    "Presidio and recognizers on that",
    "is a patient identifiable",
    "policy",
    "next hop",
)


class Clock(defaultdict[str, float]):
    """Seconds by stage: of CPU where the gateway talks to other processes, else by the wall."""

    def __init__(self) -> None:
        super().__init__(float)

    @contextmanager
    def runs(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self[stage] += time.perf_counter() - began


async def profile(loads: Mapping[str, Sequence[Mail]], sink: int) -> tuple[Stage, ...]:
    """Milliseconds per message of each stage and load; `sink` is the port of the next hop."""
    settings = Settings.model_validate({"next_hop": {"port": sink}})
    clocks = {load: Clock() for load in loads}
    for load, mails in loads.items():
        clock = clocks[load]
        _extract(mails, clock)
        _detect(mails, clock)
        await _hand_over(mails, clock, settings)
        await _receive(mails, clock, settings)
        await _deliver(mails, clock, settings)
    return tuple(
        Stage(load, name, clock[name] * 1000 / len(loads[load]))
        for name in _ORDER
        for load, clock in clocks.items()
        if name in clock
    )


def _extract(mails: Sequence[Mail], clock: Clock) -> None:
    """Each reader's own time, without that of the readers it hands something to; the rest is the frame's."""
    readers = dict(files.READERS)
    spent = Clock()
    files.READERS.update({kind: _watched(reader, spent, kind) for kind, reader in readers.items()})
    try:
        with clock.runs("header fields, true types"):
            for mail in mails:
                read_message(mail.content, Limits())
    finally:
        files.READERS.update(readers)
    clock["header fields, true types"] -= sum(spent.values())
    for kind, seconds in spent.items():
        clock[_EXTRACT.get(kind, _OTHERS)] += seconds


def _watched(reader: Reader, spent: Clock, kind: str) -> Reader:
    def read(source: Source, limits: Limits) -> Iterator[Found]:
        items = reader(source, limits)
        while True:
            with spent.runs(kind):
                item = next(items, None)
            if item is None:
                return
            yield item

    return read


def _detect(mails: Sequence[Mail], clock: Clock) -> None:
    detector = Detector()
    for mail in mails:
        _, nodes = read_message(mail.content, Limits())
        readings = [Reading(node.name, node.text, _find(detector, node.text, clock)) for node in nodes]
        with clock.runs("is a patient identifiable"):
            judge(readings)


def _find(detector: Detector, text: str, clock: Clock) -> tuple[Finding, ...]:
    """The first two steps are measured on their own and taken off the whole."""
    whole, steps = Clock(), Clock()
    with whole.runs("find"):
        findings = detector.find(text)
    with steps.runs("normalise text"):
        folded = normalise(text)
    with steps.runs("sieve: what is suspicious"):
        windows(folded.text)
    for step, seconds in steps.items():
        clock[step] += seconds
    clock["Presidio and recognizers on that"] += max(0.0, whole["find"] - sum(steps.values()))
    return findings


async def _hand_over(mails: Sequence[Mail], clock: Clock, settings: Settings) -> None:
    """Our CPU time for giving mail to a worker and taking its answer; then what policy makes of that."""
    workers, decide = app.build_workers(settings), app.build_judge(settings)
    await workers.start()
    try:
        for mail in mails:
            began = time.thread_time()
            inspection = await workers.inspect(mail.content)
            clock["to a worker and back"] += time.thread_time() - began
            with clock.runs("policy"):
                decide(_envelope(mail), inspection)
    finally:
        await workers.close()


def _envelope(mail: Mail) -> Envelope:
    return Envelope(mail.mail_from, mail.recipients, client="127.0.0.1")


async def _receive(mails: Sequence[Mail], clock: Clock, settings: Settings) -> None:
    """The listener's CPU time; the client has a thread of its own."""

    async def take(_: Message) -> Reply:
        return Reply(250, "2.0.0 Taken")

    policy, load = app.listener_policy(settings), Load(10, 10, settings.smtp.memory_limit)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(take, policy, load, tls=None, implicit_tls=False), "127.0.0.1", 0
    )
    async with server:
        began = time.thread_time()
        await asyncio.to_thread(asyncio.run, _submit(server.sockets[0].getsockname()[1], mails))
        clock["SMTP in"] += time.thread_time() - began


async def _submit(port: int, mails: Sequence[Mail]) -> None:
    async with smtp_load.connections(port, 1) as opened:
        await smtp_load.submit(opened, port, 0, enumerate(map(smtp_load.outgoing, mails)))


async def _deliver(mails: Sequence[Mail], clock: Clock, settings: Settings) -> None:
    """The client's CPU time; the next hop has a process of its own."""
    next_hop = app.build_next_hop(settings)
    began = time.thread_time()
    for mail in mails:
        await next_hop.deliver(_envelope(mail), mail.content)
    clock["next hop"] += time.thread_time() - began
    await next_hop.close()


async def _profile(small: int, mixed: int, seed: int) -> tuple[Stage, ...]:
    loads = {"small": list(corpus.small(small, seed)), "mixed": list(corpus.mixed(mixed, seed))}
    async with targets.sink() as sink:
        return await profile({name: mails for name, mails in loads.items() if mails}, sink.port)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages", description=__doc__)
    parser.add_argument("--small", type=int, default=100, help="messages of 4 KB; 0: none")
    parser.add_argument("--mixed", type=int, default=100, help="messages of a mixed day; 0: none")
    parser.add_argument("--seed", type=int, default=corpus.DEFAULT_SEED)
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args()
    stages = uvloop.run(_profile(options.small, options.mixed, options.seed))
    if options.json:
        sys.stdout.buffer.write(msgspec.json.encode(stages))
    else:
        Console().print(report.stage_table(stages))


if __name__ == "__main__":
    main()
