"""Loads put through targets, in interleaved rounds, and what came of every message."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from statistics import quantiles

import msgspec
from rich.progress import Progress

from benchmarks import smtp_load, targets
from benchmarks.report import Run
from benchmarks.smtp_load import Account, Outgoing, Sent
from benchmarks.targets import Target

_STRAGGLERS = 15.0
"""Seconds that mail may still take to reach the sink after everything was answered."""
_WARM_UP = 0.1
"""Share of each load that is sent before the clock starts."""


class Load(msgspec.Struct, frozen=True):
    """Messages ready to be sent."""

    name: str
    mails: tuple[Outgoing, ...]


class Step(msgspec.Struct, frozen=True):
    """One load through one target."""

    number: int
    """Of all steps; marks the messages at the sink."""
    round: int
    load: Load
    connections: int
    target: Target


class Measured(msgspec.Struct, frozen=True):
    """What the client saw of a step; the sink has yet to be asked."""

    step: Step
    warm_up: list[Sent]
    sent: list[Sent]
    seconds: float
    cpu: float
    """CPU seconds of the target's process tree."""


async def compare(
    loads: Sequence[Load], connections: Sequence[int], rounds: int, progress: Progress
) -> list[Run]:
    """All targets with each load and number of connections, then all again."""
    task = progress.add_task("starting the targets", total=None)
    async with AsyncExitStack() as running:
        sink = await running.enter_async_context(targets.sink())
        others = (
            targets.forwarder(sink.port),
            targets.postern(sink.port, inspecting=False),
            targets.postern(sink.port, inspecting=True),
        )
        contenders = [sink, *[await running.enter_async_context(other) for other in others]]
        steps = _steps(rounds, loads, connections, contenders)
        progress.update(task, total=len(steps))
        measured = []
        for step in steps:
            doing = (
                f"round {step.round}: {step.load.name}, {step.connections} connections, {step.target.name}"
            )
            progress.update(task, description=doing)
            measured.append(await _measure(step))
            progress.advance(task)
        progress.update(task, description="settling accounts")
        accounts = await _settle(sink, measured)
    return [_run(one, account) for one, account in zip(measured, accounts, strict=True)]


def _steps(
    rounds: int, loads: Sequence[Load], connections: Sequence[int], contenders: Sequence[Target]
) -> list[Step]:
    order = [
        (number, load, count, target)
        for number in range(1, rounds + 1)
        for load in loads
        for count in connections
        for target in contenders
    ]
    return [Step(number, *step) for number, step in enumerate(order)]


async def _measure(step: Step) -> Measured:
    """First the warm-up, then the rest by the clock."""
    number, port, pid = step.number, step.target.port, step.target.pid
    mails = list(enumerate(step.load.mails))
    warm = max(step.connections, int(len(mails) * _WARM_UP))
    async with smtp_load.connections(port, step.connections) as opened:
        warm_up = await smtp_load.submit(opened, port, number, mails[:warm])
        cpu, began = targets.cpu_seconds(pid), time.perf_counter()
        sent = await smtp_load.submit(opened, port, number, mails[warm:])
        seconds = time.perf_counter() - began
        cpu = targets.cpu_seconds(pid) - cpu
    return Measured(step, warm_up, sent, seconds, cpu)


async def _settle(sink: Target, measured: Sequence[Measured]) -> list[Account]:
    """Compare what was answered with what the sink has, when nothing is missing or will come."""
    patient_until = time.monotonic() + _STRAGGLERS
    while True:
        accounts = [
            smtp_load.settle([*one.warm_up, *one.sent], await smtp_load.arrivals(sink.port, one.step.number))
            for one in measured
        ]
        if not any(account.lost for account in accounts) or time.monotonic() > patient_until:
            return accounts
        await asyncio.sleep(0.5)


def _run(measured: Measured, account: Account) -> Run:
    step, sent = measured.step, measured.sent
    latencies = [one.seconds * 1000 for one in sent if one.code == 250]
    cuts = quantiles(latencies, n=100, method="inclusive") if len(latencies) > 1 else [0.0] * 99
    return Run(
        target=step.target.name,
        load=step.load.name,
        connections=step.connections,
        round=step.round,
        messages=len(sent),
        rate=len(latencies) / measured.seconds,
        p50=cuts[49],
        p95=cuts[94],
        p99=cuts[98],
        cpu=measured.cpu * 1000 / len(sent),
        failed=dict(Counter(one.code for one in (*measured.warm_up, *sent) if one.code != 250)),
        lost=account.lost,
        duplicated=account.duplicated,
        altered=account.altered,
    )
