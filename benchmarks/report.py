"""Results: medians over rounds, ratios to the stock forwarder, a table and a file."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import msgspec
from rich.box import SIMPLE_HEAD
from rich.table import Table

_ROOT = Path(__file__).parent.parent


class Run(msgspec.Struct, frozen=True):
    """One load put through one target."""

    target: str
    load: str
    connections: int
    round: int
    messages: int
    """Measured ones; the warm-up is not counted."""
    rate: float
    """Messages per second."""
    p50: float
    """Milliseconds from the end of DATA to the 250, as are p95 and p99."""
    p95: float
    p99: float
    cpu: float
    """CPU milliseconds of the target's process tree per message."""
    failed: dict[int, int]
    """Messages by reply code when it was not 250; 0 is a lost connection."""
    lost: int
    """Answered 250 but not at the sink when all was over, warm-up included; so are the next two."""
    duplicated: int
    altered: int


class Summary(msgspec.Struct, frozen=True):
    """Medians over the rounds of one target, load and number of connections."""

    target: str
    load: str
    connections: int
    rate: float
    rate_ratio: float
    """Median over the rounds of the rate by the yardstick's rate in the same round."""
    p50: float
    p95: float
    p99: float
    cpu: float
    cpu_ratio: float
    faults: int
    """Messages of all rounds that failed, were lost, duplicated or altered."""


class Stage(msgspec.Struct, frozen=True):
    """What one step of a message's way costs."""

    load: str
    name: str
    milliseconds: float
    """Per message, averaged over the whole load."""


class Commit(msgspec.Struct, frozen=True):
    """The code that was measured."""

    id: str
    modified: bool
    """Files under version control differ from the commit."""


class Results(msgspec.Struct, frozen=True):
    """Everything worth keeping of one benchmark."""

    date: str
    commit: Commit
    machine: dict[str, str | int | float]
    options: dict[str, object]
    summaries: tuple[Summary, ...]
    stages: tuple[Stage, ...]
    runs: tuple[Run, ...]


def summarise(runs: Sequence[Run], yardstick: str) -> tuple[Summary, ...]:
    """One summary for each target, load and number of connections, in order of appearance."""
    against = {(run.load, run.connections, run.round): run for run in runs if run.target == yardstick}
    groups: dict[tuple[str, int, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.load, run.connections, run.target), []).append(run)
    return tuple(
        _summary(group, [against[run.load, run.connections, run.round] for run in group])
        for group in groups.values()
    )


def _summary(runs: Sequence[Run], yardsticks: Sequence[Run]) -> Summary:
    def middle(value: Callable[[Run], float]) -> float:
        return median(map(value, runs))

    pairs = list(zip(runs, yardsticks, strict=True))
    return Summary(
        target=runs[0].target,
        load=runs[0].load,
        connections=runs[0].connections,
        rate=middle(lambda run: run.rate),
        rate_ratio=median(_ratio(run.rate, stock.rate) for run, stock in pairs),
        p50=middle(lambda run: run.p50),
        p95=middle(lambda run: run.p95),
        p99=middle(lambda run: run.p99),
        cpu=middle(lambda run: run.cpu),
        cpu_ratio=median(_ratio(run.cpu, stock.cpu) for run, stock in pairs),
        faults=sum(sum(run.failed.values()) + run.lost + run.duplicated + run.altered for run in runs),
    )


def _ratio(figure: float, yardstick: float) -> float:
    """0 when the yardstick's own figure is too small to be measured."""
    return figure / yardstick if yardstick else 0.0


def faults(runs: Iterable[Run]) -> Iterator[str]:
    """A line for each run that did not end as it should."""
    for run in runs:
        kinds = {"lost": run.lost, "duplicated": run.duplicated, "altered": run.altered}
        kinds |= {f"answered {code}" if code else "cut off": count for code, count in run.failed.items()}
        if any(kinds.values()):
            what = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
            yield f"{run.load}, {run.connections} connections, round {run.round}: {run.target}: {what}"


def table(summaries: Iterable[Summary], load: str) -> Table:
    """The summaries of one load, for people."""
    title = f"{load} mail: medians; latency and CPU in ms; × against the stock forwarder"
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("conns", justify="right", no_wrap=True)
    table.add_column("through", no_wrap=True)
    for heading in ("msg/s", "×", "p50", "p95", "p99", "CPU", "×", "bad"):
        table.add_column(heading, justify="right", no_wrap=True)
    rows = [summary for summary in summaries if summary.load == load]
    for row, following in zip(rows, (*rows[1:], None), strict=True):
        figures = (row.rate, row.rate_ratio, row.p50, row.p95, row.p99, row.cpu, row.cpu_ratio)
        table.add_row(
            str(row.connections),
            row.target,
            *map(_short, figures),
            f"[bold red]{row.faults}[/]" if row.faults else "0",
            end_section=following is not None and following.connections != row.connections,
        )
    return table


def _short(figure: float) -> str:
    """Three figures or a few more."""
    decimals = 2 if figure < 10 else 1 if figure < 100 else 0
    return f"{figure:,.{decimals}f}"


def stage_table(stages: Sequence[Stage]) -> Table:
    """Stages against loads, with their sums."""
    loads = list(dict.fromkeys(stage.load for stage in stages))
    table = Table(title="where every millisecond goes, per message", box=SIMPLE_HEAD, show_footer=True)
    table.add_column("stage", footer="all")
    for load in loads:
        total = sum(stage.milliseconds for stage in stages if stage.load == load)
        table.add_column(f"{load} ms", footer=f"{total:.2f}", justify="right")
    for name in dict.fromkeys(stage.name for stage in stages):
        cost = {stage.load: stage.milliseconds for stage in stages if stage.name == name}
        table.add_row(name, *(f"{cost[load]:.2f}" if load in cost else "" for load in loads))
    return table


def commit() -> Commit:
    """Of the tree this file belongs to; without git or history, "unknown"."""
    git = shutil.which("git")
    if git is None:
        return Commit("unknown", modified=True)
    head = subprocess.run((git, "rev-parse", "--short", "HEAD"), cwd=_ROOT, capture_output=True, check=False)
    same = subprocess.run((git, "diff", "--quiet", "HEAD"), cwd=_ROOT, capture_output=True, check=False)
    return Commit(head.stdout.decode().strip() or "unknown", modified=same.returncode != 0)


def machine() -> dict[str, str | int | float]:
    """What a reader needs to judge the figures, and nothing that names the machine."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "architecture": platform.machine(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load average before": round(os.getloadavg()[0], 2),
    }


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def save(results: Results, folder: Path) -> Path:
    """Write `DATE-COMMIT.json`; the later one of a day and commit replaces the earlier."""
    file = folder / f"{results.date[:10]}-{results.commit.id}.json"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    return file
