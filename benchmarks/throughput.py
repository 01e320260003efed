"""What mail costs: messages per second, latency and CPU, side by side in one run.

Rounds are interleaved (every target in turn, then again), so that what else the
machine does falls on all of them alike.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import fmean, quantiles

import msgspec
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import corpus, report, smtp_load, targets
from benchmarks.corpus import Mail
from benchmarks.smtp_load import Account, Outgoing, Sent
from benchmarks.targets import Target

_RESULTS = Path(__file__).with_name("results")
_STRAGGLERS = 15.0
"""Seconds that mail may still take to reach the sink after everything was answered."""
_WARM_UP = 0.1
"""Share of each load that is sent before the clock starts."""


class Options(msgspec.Struct, frozen=True):
    rounds: int
    connections: tuple[int, ...]
    small: int
    """Messages of a load; 0 leaves it out."""
    mixed: int
    seed: int


QUICK = Options(rounds=1, connections=(10,), small=1000, mixed=100, seed=corpus.DEFAULT_SEED)
FULL = Options(rounds=3, connections=(1, 10, 50), small=3000, mixed=600, seed=corpus.DEFAULT_SEED)


class Load(msgspec.Struct, frozen=True):
    """Messages ready to be sent."""

    name: str
    mails: tuple[Outgoing, ...]


class Measured(msgspec.Struct, frozen=True):
    """One run before its accounts are settled."""

    number: int
    target: Target
    load: str
    connections: int
    round: int
    warm_up: list[Sent]
    sent: list[Sent]
    seconds: float
    cpu: float
    """CPU seconds of the target's process tree."""


async def measure(number: int, target: Target, load: Load, connections: int, round_: int) -> Measured:
    """Put a load through a target: first the warm-up, then the rest by the clock."""
    mails = list(enumerate(load.mails))
    warm = max(connections, int(len(mails) * _WARM_UP))
    async with smtp_load.connections(target.port, connections) as opened:
        warm_up = await smtp_load.submit(opened, target.port, number, mails[:warm])
        cpu, started = targets.cpu_seconds(target.pid), time.perf_counter()
        sent = await smtp_load.submit(opened, target.port, number, mails[warm:])
        seconds = time.perf_counter() - started
        cpu = targets.cpu_seconds(target.pid) - cpu
    return Measured(number, target, load.name, connections, round_, warm_up, sent, seconds, cpu)


async def settle(sink: Target, measured: Sequence[Measured]) -> list[Account]:
    """Compare what was answered with what the sink has, when no more is missing or will come."""
    patient_until = time.monotonic() + _STRAGGLERS
    while True:
        accounts = [
            smtp_load.settle([*run.warm_up, *run.sent], await smtp_load.arrivals(sink.port, run.number))
            for run in measured
        ]
        if not any(account.lost for account in accounts) or time.monotonic() > patient_until:
            return accounts
        await asyncio.sleep(0.5)


def concluded(run: Measured, account: Account) -> report.Run:
    delivered = [one.seconds * 1000 for one in run.sent if one.code == 250]
    cuts = quantiles(delivered, n=100, method="inclusive") if len(delivered) > 1 else [0.0] * 99
    return report.Run(
        target=run.target.name,
        load=run.load,
        connections=run.connections,
        round=run.round,
        messages=len(run.sent),
        rate=len(delivered) / run.seconds,
        p50=cuts[49],
        p95=cuts[94],
        p99=cuts[98],
        cpu=run.cpu * 1000 / len(run.sent),
        failed=dict(Counter(one.code for one in (*run.warm_up, *run.sent) if one.code != 250)),
        lost=account.lost,
        duplicated=account.duplicated,
        altered=account.altered,
    )


async def compare(loads: Sequence[Load], options: Options, progress: Progress) -> list[report.Run]:
    """Every target, load and number of connections in turn, `options.rounds` times."""
    task = progress.add_task("starting the targets")
    async with AsyncExitStack() as running:
        sink = await running.enter_async_context(targets.sink())
        others = (
            targets.forwarder(sink.port),
            targets.postern(sink.port, inspecting=False),
            targets.postern(sink.port, inspecting=True),
        )
        contenders = [sink, *[await running.enter_async_context(other) for other in others]]
        plan = [
            (target, load, connections, round_)
            for round_ in range(1, options.rounds + 1)
            for load in loads
            for connections in options.connections
            for target in contenders
        ]
        measured = []
        progress.update(task, total=len(plan))
        for number, (target, load, connections, round_) in enumerate(plan):
            progress.update(task, description=f"{load.name}, {connections} conns: {target.name}")
            measured.append(await measure(number, target, load, connections, round_))
            progress.advance(task)
        progress.update(task, description="settling accounts")
        return [
            concluded(run, account)
            for run, account in zip(measured, await settle(sink, measured), strict=True)
        ]


def prepare(name: str, mails: Iterable[Mail], count: int, progress: Progress) -> Load:
    """Write a corpus and make it ready for the wire."""
    task = progress.add_task(f"writing {count} {name} messages", total=count)
    load = Load(name, tuple(map(smtp_load.outgoing, progress.track(mails, task_id=task))))
    octets = fmean(len(mail.data) for mail in load.mails)
    progress.update(task, description=f"{name}: {count} messages, {octets / 1000:,.1f} KB on average")
    return load


def run(options: Options, console: Console) -> report.Results:
    """Everything, with progress on the console."""
    machine, date = report.machine(), report.now()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        corpora = (
            ("small", corpus.small, options.small),
            ("mixed", corpus.mixed, options.mixed),
        )
        loads = [
            prepare(name, write(count, options.seed), count, progress)
            for name, write, count in corpora
            if count
        ]
        runs = uvloop.run(compare(loads, options, progress))
    return report.Results(
        date=date,
        commit=report.commit(),
        machine=machine,
        options=msgspec.to_builtins(options),
        summaries=report.summarise(runs, targets.YARDSTICK),
        stages=(),
        runs=tuple(runs),
    )


def options_from(arguments: Sequence[str] | None = None) -> tuple[Options, Path]:
    """Options of a command line, and the folder for the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute: one round, 10 connections")
    parser.add_argument("--rounds", type=int, help=f"rounds of all targets (default {FULL.rounds})")
    parser.add_argument("--connections", help="how many at once, such as 1,10,50 (the default)")
    parser.add_argument("--small", type=int, help=f"messages of 4 KB; 0: none (default {FULL.small})")
    parser.add_argument("--mixed", type=int, help=f"messages of a mixed day; 0: none (default {FULL.mixed})")
    parser.add_argument("--seed", type=int, help=f"seed of the corpora (default {FULL.seed})")
    parser.add_argument("--results", type=Path, default=_RESULTS, help="folder for the JSON file")
    given = parser.parse_args(arguments)
    changes = {
        name: value
        for name in ("rounds", "small", "mixed", "seed")
        if (value := getattr(given, name)) is not None
    }
    if given.connections:
        changes["connections"] = tuple(map(int, given.connections.split(",")))
    return msgspec.structs.replace(QUICK if given.quick else FULL, **changes), given.results


def main() -> None:
    options, folder = options_from()
    console = Console()
    results = run(options, console)
    for load in dict.fromkeys(summary.load for summary in results.summaries):
        console.print(report.table(results.summaries, load))
    console.print(f"written: {report.save(results, folder)}")


if __name__ == "__main__":
    main()
