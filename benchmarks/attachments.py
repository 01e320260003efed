"""What the gate sees in a folder of files: every file through the real workers, counted by format.

`make bench-attachments ARGS=FOLDER`. A format is what a file's name ends with. A file counts
wherever one of its parts does: a document with an embedded file that needs a password is text
and encrypted. Results hold counts and times, and neither names nor text.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from pathlib import Path

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import report
from benchmarks.targets import cpu_seconds
from gateway.extract.node import Limits, Node
from gateway.mail import State
from gateway.workers import UnreadableError, WorkerOptions, Workers

_RESULTS = Path(__file__).with_name("results")
_PEER = Path(__file__).with_name("kreuzberg_peer.py")
_MEMORY = 1024 * 1024 * 1024
_TOKEN = re.compile(r"\w{2,}")


class Outcome(msgspec.Struct, frozen=True):
    """One file: how its parts ended, in how long, and what a peer says of it."""

    format: str
    states: frozenset[State]
    reasons: frozenset[str]
    """Why parts of it are unscannable."""
    milliseconds: float
    died: bool
    """No worker got through it."""
    peer: str = ""
    """Of a peer: "text", "nothing" or "error"; empty without one."""
    recall: float | None = None
    """Share of the peer's different words that we have, where the peer has any."""


class Format(msgspec.Struct, frozen=True):
    """All files of one format. Times are milliseconds for one file."""

    name: str
    files: int
    text: int
    encrypted: int
    empty: int
    unscannable: int
    deaths: int
    p50: float
    p95: float
    longest: float
    reasons: dict[str, int]
    peer: dict[str, int]
    recall: float | None
    """Median over the files in which a peer found words."""


class Results(msgspec.Struct, frozen=True):
    """One collection, measured once."""

    date: str
    commit: report.Commit
    machine: dict[str, str | int | float]
    collection: str
    seconds: float
    cpu_seconds: float
    """Of this process and all workers; of a peer, too."""
    p50: float
    p95: float
    """Milliseconds for one file of any format."""
    ocr: bool
    formats: tuple[Format, ...]


class Peer:
    """Another extractor in a process of its own, which is killed when it takes too long."""

    def __init__(self, python: str, patience: float) -> None:
        self._python, self._patience = python, patience
        self._process: asyncio.subprocess.Process | None = None

    async def text(self, file: Path) -> str | None:
        """What it finds in the file; None for an error, a crash or no answer."""
        if self._process is None:
            pipe = asyncio.subprocess.PIPE
            self._process = await asyncio.create_subprocess_exec(
                self._python,
                str(_PEER),
                stdin=pipe,
                stdout=pipe,
                stderr=asyncio.subprocess.DEVNULL,
                limit=2**28,
            )
        try:
            async with asyncio.timeout(self._patience):
                answer = json.loads(await self._ask(self._process, str(file)))
        except (TimeoutError, OSError, ValueError):
            await self.stop()
            return None
        return None if answer["error"] else str(answer["text"])

    async def _ask(self, process: asyncio.subprocess.Process, path: str) -> bytes:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{path}\n".encode())
        await process.stdin.drain()
        return await process.stdout.readline()

    async def stop(self) -> None:
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
            self._process = None


async def measure(
    files: Sequence[Path], deadline: float, peer: Peer | None, limits: Limits | None = None
) -> tuple[list[Outcome], float]:
    """Every file through one worker, one after another, and the seconds of CPU that all of it took."""
    options = WorkerOptions(memory=_MEMORY, seconds=ceil(deadline), limits=limits or Limits())
    workers = Workers(options, count=1, deadline=deadline, lifetime=10_000)
    await workers.start()
    try:
        shown = track(files, "Reading", console=Console(stderr=True), disable=not sys.stderr.isatty())
        began = cpu_seconds(os.getpid())
        outcomes = [await _outcome(workers, file, peer) for file in shown]
        return outcomes, cpu_seconds(os.getpid()) - began
    finally:
        await workers.close()
        if peer:
            await peer.stop()


async def _outcome(workers: Workers, file: Path, peer: Peer | None) -> Outcome:
    data = await asyncio.to_thread(file.read_bytes)
    nodes: list[Node] = []
    death = ""
    began = time.perf_counter()
    try:
        nodes = await workers.read(data, file.name)
    except UnreadableError as unreadable:
        death = str(unreadable)
    milliseconds = 1000 * (time.perf_counter() - began)
    outcome = Outcome(
        format=file.suffix.lower() or "(none)",
        states=frozenset({State.UNSCANNABLE} if death else (node.state for node in nodes)),
        reasons=frozenset([death] if death else (n.reason for n in nodes if n.state is State.UNSCANNABLE)),
        milliseconds=milliseconds,
        died=bool(death),
    )
    return _compared(outcome, nodes, await peer.text(file)) if peer else outcome


def _compared(outcome: Outcome, nodes: Iterable[Node], text: str | None) -> Outcome:
    if text is None:
        return msgspec.structs.replace(outcome, peer="error")
    theirs = _words(text)
    if not theirs:
        return msgspec.structs.replace(outcome, peer="nothing")
    ours = _words(" ".join(node.text for node in nodes))
    return msgspec.structs.replace(outcome, peer="text", recall=len(theirs & ours) / len(theirs))


def _words(text: str) -> set[str]:
    return set(_TOKEN.findall(text.casefold()))


def summarise(outcomes: Iterable[Outcome]) -> Iterator[Format]:
    """The formats, most frequent first."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.format].append(outcome)
    for name, group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        times = sorted(outcome.milliseconds for outcome in group)
        recalls = sorted(outcome.recall for outcome in group if outcome.recall is not None)
        yield Format(
            name=name,
            files=len(group),
            text=_with(group, State.CLEAN),
            encrypted=_with(group, State.ENCRYPTED),
            empty=sum(outcome.states == {State.EMPTY} for outcome in group),
            unscannable=_with(group, State.UNSCANNABLE),
            deaths=sum(outcome.died for outcome in group),
            p50=percentile(times, 50),
            p95=percentile(times, 95),
            longest=times[-1],
            reasons=dict(Counter(reason for outcome in group for reason in outcome.reasons).most_common()),
            peer=dict(Counter(outcome.peer for outcome in group if outcome.peer)),
            recall=percentile(recalls, 50) if recalls else None,
        )


def _with(outcomes: Iterable[Outcome], state: State) -> int:
    return sum(state in outcome.states for outcome in outcomes)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The least value that so many percent of them do not exceed."""
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def table(formats: Iterable[Format]) -> Table:
    columns = ("format", "files", "text", "encr.", "empty", "unscan.", "deaths", "p50", "p95", "max")
    shown = Table(*columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for column in shown.columns[1:]:
        column.justify = "right"
    for one in formats:
        counts = (one.files, one.text, one.encrypted, one.empty, one.unscannable, one.deaths)
        shown.add_row(one.name, *map(str, counts), *(f"{ms:,.1f}" for ms in (one.p50, one.p95, one.longest)))
    return shown


def peer_table(formats: Iterable[Format], name: str) -> Table:
    columns = ("format", "files", "our text", f"{name}: text", "nothing", "error", "its words that we have")
    shown = Table(*columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for column in shown.columns[1:]:
        column.justify = "right"
    for one in formats:
        theirs = (one.peer.get(kind, 0) for kind in ("text", "nothing", "error"))
        recall = "" if one.recall is None else f"{100 * one.recall:.1f} %"
        shown.add_row(one.name, str(one.files), str(one.text), *map(str, theirs), recall)
    return shown


def reasons(formats: Iterable[Format]) -> Table:
    shown = Table("format", "files", "unscannable because", box=SIMPLE_HEAD, show_edge=False)
    for one in formats:
        for reason, count in one.reasons.items():
            shown.add_row(one.name, str(count), reason)
    return shown


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-attachments", description=__doc__)
    parser.add_argument("folder", type=Path, help="read every file in it and below")
    parser.add_argument("--deadline", type=float, default=10, help="seconds for one file (default 10)")
    parser.add_argument("--no-ocr", action="store_true", help="leave pictures of words unread")
    parser.add_argument("--compare", choices=["kreuzberg"], help="side by side with this extractor")
    parser.add_argument("--python", default=sys.executable, help="the Python that has it")
    parser.add_argument("--keep", metavar="NAME", help="keep the results, under this name of the collection")
    return parser.parse_args()


def main() -> int:
    arguments, console = _arguments(), Console()
    files = sorted(file for file in arguments.folder.rglob("*") if file.is_file())
    if not files:
        print(f"{arguments.folder}: there is no file in it", file=sys.stderr)
        return 2
    peer = Peer(arguments.python, 3 * arguments.deadline) if arguments.compare else None
    machine, began = report.machine(), time.perf_counter()
    limits = Limits(ocr_seconds=0) if arguments.no_ocr else None
    outcomes, cpu = asyncio.run(measure(files, arguments.deadline, peer, limits))
    formats = tuple(summarise(outcomes))
    times = sorted(outcome.milliseconds for outcome in outcomes)
    p50, p95 = percentile(times, 50), percentile(times, 95)
    seconds = time.perf_counter() - began
    console.print(table(formats), reasons(formats), sep="\n")
    if peer:
        console.print(peer_table(formats, arguments.compare))
    console.print(f"{len(files)} files in {seconds:.0f} s: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    console.print(f"{len(files) / cpu:.0f} files for a second of CPU")
    if arguments.keep:
        results = Results(
            date=report.now(),
            commit=report.commit(),
            machine=machine,
            collection=arguments.keep,
            seconds=seconds,
            cpu_seconds=cpu,
            p50=p50,
            p95=p95,
            ocr=not arguments.no_ocr,
            formats=formats,
        )
        name = f"{results.date[:10]}-{results.commit.id}-attachments-{arguments.keep}.json"
        _RESULTS.mkdir(exist_ok=True)
        (_RESULTS / name).write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
