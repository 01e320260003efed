"""Figures for people."""

from __future__ import annotations

from collections.abc import Mapping

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.detection.mail import TYPES
from benchmarks.detection.scores import FLAGS, Tally
from benchmarks.detection.speed import Cost
from detectors.pipeline.scores import Score


def _table(title: str, first: str, *headings: str) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column(first, no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def types(title: str, ours: Tally, stock: Tally) -> Table:
    """Precision, recall and F1 of each type, ours before stock Presidio's."""
    table = _table(title, "type", "P", "R", "F1", "stock P", "R", "F1", "spans")
    for kind in TYPES:
        score, other = ours.types[kind], stock.types[kind]
        if score.spans:
            table.add_row(kind, *_figures(score), *_figures(other), str(score.spans))
    return table


def _figures(score: Score) -> tuple[str, str, str]:
    return f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}"


def flags(ours: Tally, stock: Tally) -> Table:
    """Recall and false-positive rate of both flags."""
    table = _table("flags", "flag", "recall", "false pos.", "stock recall", "false pos.", "due", "clean")
    for flag in FLAGS:
        rate, other = ours.flags[flag], stock.flags[flag]
        shares = (rate.recall, rate.false_positives, other.recall, other.false_positives)
        table.add_row(flag, *(f"{share:.2%}" for share in shares), str(rate.due), str(rate.clean))
    return table


def origins(ours: Tally) -> Table:
    """Recall of names by where they come from, the worst first, and of those that training never read."""
    table = _table("PERSON, by origin of the name", "origin", "recall", "spans")
    for origin, score in sorted(ours.origins.items(), key=lambda item: item[1].recall):
        table.add_row(origin, f"{score.recall:.3f}", str(score.spans))
    table.add_section()
    table.add_row("not in training", f"{ours.unseen.recall:.3f}", str(ours.unseen.spans))
    return table


def costs(by_load: Mapping[str, Cost]) -> Table:
    """Milliseconds by stage, a column for each load."""
    table = _table("cost, ms per text", "stage", *by_load)
    for stage in ("normalise", "sieve", "recognizers", "ner", "judge", "whole", "stock"):
        table.add_row(stage, *(f"{getattr(cost, stage):.2f}" for cost in by_load.values()))
    return table
