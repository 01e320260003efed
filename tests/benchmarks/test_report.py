from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from benchmarks import report
from benchmarks.report import Commit, Results, Run, Stage


def _run(target: str, round_: int, *, rate: float, cpu: float = 1.0, **faults: object) -> Run:
    base = Run(target, "mixed", 10, round_, 100, rate, 1.0, 2.0, 3.0, cpu, {}, 0, 0, 0)
    return msgspec.structs.replace(base, **faults)


ROUNDS = (
    _run("stock", 1, rate=100, cpu=4),
    _run("ours", 1, rate=450, cpu=1),
    _run("stock", 2, rate=50, cpu=8),
    _run("ours", 2, rate=200, cpu=2),
    _run("stock", 3, rate=90, cpu=5),
    _run("ours", 3, rate=300, cpu=10),
)


def test_figures_are_medians_and_ratios_compare_within_a_round() -> None:
    """A slow round is slow for all, so its ratio counts like any other."""
    stock, ours = report.summarise(ROUNDS, "stock")
    assert (stock.rate, stock.rate_ratio, stock.cpu_ratio) == (90, 1.0, 1.0)
    assert (ours.rate, ours.rate_ratio) == (300, 4.0)
    assert (ours.cpu, ours.cpu_ratio) == (2, 0.25)


def test_targets_stay_in_the_order_they_were_run_in() -> None:
    """Loads and connections are told apart, nothing is sorted."""
    other = [msgspec.structs.replace(run, connections=1) for run in ROUNDS]
    rows = report.summarise((*ROUNDS, *other), "stock")
    assert [(row.connections, row.target) for row in rows] == [
        (10, "stock"),
        (10, "ours"),
        (1, "stock"),
        (1, "ours"),
    ]


@pytest.mark.parametrize(
    ("faults", "count"),
    [({}, 0), ({"failed": {451: 2, 0: 1}}, 3), ({"lost": 4}, 4), ({"duplicated": 1, "altered": 2}, 3)],
)
def test_faults_of_all_rounds_add_up(faults: dict[str, object], count: int) -> None:
    """One bad round is not voted down by two good ones."""
    runs = (*ROUNDS[:-1], msgspec.structs.replace(ROUNDS[-1], **faults))
    assert [row.faults for row in report.summarise(runs, "stock")] == [0, count]


def test_the_tables_show_every_row_of_their_load() -> None:
    """What was measured can be read on eighty columns, however slow it was."""
    console = Console(width=80, record=True, file=io.StringIO())
    slow = _run(
        "Postern, bypassed", 1, rate=12_345.0, cpu=123.4, p50=12_345, p95=12_345, p99=12_345, lost=123
    )
    console.print(report.table(report.summarise((*ROUNDS, slow), "stock"), "mixed"))
    console.print(report.stage_table((Stage("small", "MIME", 0.25), Stage("mixed", "MIME", 0.5))))
    text = " ".join(console.export_text().split())
    assert "bypassed 12,345 123 12,345 12,345 12,345 123 30.9 123" in text
    assert "ours 300 4.00 1.00 2.00 3.00 2.00 0.25 0" in text
    assert "MIME 0.25 0.50" in text


def test_results_come_back_as_they_were_saved(tmp_path: Path) -> None:
    """The file is named by date and commit and holds every round."""
    results = Results(
        date="2026-11-22T10:00:00+00:00",
        commit=Commit("abc1234", modified=False),
        machine=report.machine(),
        options={"rounds": 3},
        summaries=report.summarise(ROUNDS, "stock"),
        stages=(Stage("mixed", "MIME", 0.5),),
        runs=ROUNDS,
    )
    file = report.save(results, tmp_path / "results")
    assert file.name == "2026-11-22-abc1234.json"
    assert msgspec.json.decode(file.read_bytes(), type=Results) == results
