from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.throughput import FULL, QUICK, Options, options_from


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("", FULL),
        ("--quick", QUICK),
        ("--seed 7 --rounds 5", Options(5, FULL.connections, FULL.small, FULL.mixed, FULL.profiled, 7)),
        ("--quick --connections 2,4 --small 0", Options(1, (2, 4), 0, QUICK.mixed, QUICK.profiled)),
    ],
)
def test_a_command_line_changes_only_what_it_names(line: str, options: Options) -> None:
    """Everything else stays as in the full or the quick benchmark."""
    assert options_from(line.split())[0] == options


def test_results_go_where_they_are_wanted() -> None:
    """Without a word about it, to the folder beside the benchmarks."""
    assert options_from(["--results", "elsewhere"])[1] == Path("elsewhere")
    assert options_from([])[1].parts[-2:] == ("benchmarks", "results")


@pytest.mark.parametrize("line", ["--connections ten", "--rounds 1.5", "--slow"])
def test_a_mistaken_command_line_is_refused(line: str) -> None:
    """Usage is status 2, before anything is started."""
    with pytest.raises(SystemExit, match="2"):
        options_from(line.split())
