"""What mail costs: messages per second, latency and CPU, side by side in one run."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean

import msgspec
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import corpus, report, smtp_load, targets
from benchmarks.comparison import Load, compare
from benchmarks.corpus import Mail
from benchmarks.report import Results, Stage


class Options(msgspec.Struct, frozen=True):
    """How much is measured."""

    rounds: int
    connections: tuple[int, ...]
    small: int
    """Messages of a load; 0 leaves it out."""
    mixed: int
    profiled: int
    """Messages of each load that are followed through the stages; 0: none."""
    seed: int = corpus.DEFAULT_SEED


QUICK = Options(rounds=1, connections=(10,), small=500, mixed=100, profiled=50)
FULL = Options(rounds=3, connections=(1, 10, 50), small=2000, mixed=300, profiled=100)


def run(options: Options, console: Console) -> Results:
    """Everything, with progress on the console."""
    machine, date = report.machine(), report.now()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        loads = _loads(options, progress)
        runs = uvloop.run(compare(loads, options.connections, options.rounds, progress))
    return Results(
        date=date,
        commit=report.commit(),
        machine=machine,
        options=msgspec.to_builtins(options),
        summaries=report.summarise(runs, targets.YARDSTICK),
        stages=_stages(options, console) if options.profiled else (),
        runs=tuple(runs),
    )


def _loads(options: Options, progress: Progress) -> list[Load]:
    corpora = (("small", corpus.small, options.small), ("mixed", corpus.mixed, options.mixed))
    return [
        _load(name, write(count, options.seed), count, progress) for name, write, count in corpora if count
    ]


def _load(name: str, mails: Iterable[Mail], count: int, progress: Progress) -> Load:
    task = progress.add_task(f"writing {count} {name} messages", total=count)
    load = Load(name, tuple(map(smtp_load.outgoing, progress.track(mails, task_id=task))))
    kilobytes = fmean(len(mail.data) for mail in load.mails) / 1000
    progress.update(task, description=f"{name}: {count} messages, {kilobytes:,.1f} KB on average")
    return load


def _stages(options: Options, console: Console) -> tuple[Stage, ...]:
    """Measured in a process of its own: what it loads would slow the client down."""
    command = [sys.executable, "-m", "benchmarks.stages", "--json", f"--seed={options.seed}"]
    command += [f"--{load}={min(getattr(options, load), options.profiled)}" for load in ("small", "mixed")]
    with console.status("following messages through the stages"):
        process = subprocess.run(command, cwd=targets.ROOT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(process.stdout, type=tuple[Stage, ...])


def options_from(arguments: Sequence[str] | None = None) -> tuple[Options, Path]:
    """What a command line asks for, and the folder for its results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute: one round, 10 connections")
    parser.add_argument("--rounds", type=int, help=f"rounds of all targets (default {FULL.rounds})")
    parser.add_argument("--connections", type=_numbers, help="how many at once (default 1,10,50)")
    parser.add_argument("--small", type=int, help=f"messages of 4 KB; 0: none (default {FULL.small})")
    parser.add_argument("--mixed", type=int, help=f"messages of a mixed day; 0: none (default {FULL.mixed})")
    parser.add_argument("--profiled", type=int, help=f"messages by stage; 0: none (default {FULL.profiled})")
    parser.add_argument("--seed", type=int, help=f"seed of the corpora (default {FULL.seed})")
    results = Path(__file__).with_name("results")
    parser.add_argument("--results", type=Path, default=results, help="folder for the JSON file")
    given = parser.parse_args(arguments)
    changes = {
        name: value for name in Options.__struct_fields__ if (value := getattr(given, name)) is not None
    }
    return msgspec.structs.replace(QUICK if given.quick else FULL, **changes), given.results


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


def main() -> None:
    options, folder = options_from()
    console = Console()
    results = run(options, console)
    for load in dict.fromkeys(summary.load for summary in results.summaries):
        console.print(report.table(results.summaries, load))
    for fault in report.faults(results.runs):
        console.print(fault, style="bold red")
    if results.stages:
        console.print(report.stage_table(results.stages))
    console.print(f"written: {report.save(results, folder)}")


if __name__ == "__main__":
    main()
