"""Detection on labelled mail of its own, stock Presidio side by side: right, wrong and milliseconds."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress

from benchmarks import report
from benchmarks.detection import speed, tables
from benchmarks.detection.mail import Message, Writer, handwritten, labelled, spans_of
from benchmarks.detection.scores import FLAGS, Answer, Tally
from benchmarks.detection.stock import Stock
from benchmarks.report import Commit
from detectors.additions import Additions
from detectors.engine import Detector
from detectors.findings import Reading
from detectors.identifiable import judge
from detectors.pipeline.scores import Score

SEED = 4_107
_RESULTS = Path(__file__).parents[1] / "results"


class Options(msgspec.Struct, frozen=True):
    """How much is measured."""

    messages: int
    timed: int
    """Messages whose cost is measured."""
    seed: int = SEED
    pipeline: str = ""
    """Another spaCy pipeline than our own."""
    labelled: str = ""
    """A file of mail that somebody else labelled, instead of ours."""


FULL = Options(messages=2000, timed=400)
QUICK = Options(messages=300, timed=80)


class Figures(msgspec.Struct, frozen=True):
    """One detector on one set: precision, recall and F1 by type, recall of names by origin and of those that
    training never read, and of each flag recall and rate of false positives."""

    types: dict[str, tuple[float, float, float]]
    origins: dict[str, float]
    unseen_names: float
    flags: dict[str, tuple[float, float]]


class Results(msgspec.Struct, frozen=True):
    """Everything worth keeping of one run; figures by set, then by detector."""

    date: str
    commit: Commit
    machine: dict[str, str | int | float]
    options: Options
    figures: dict[str, dict[str, Figures]]
    costs: dict[str, speed.Cost]


def ours(detector: Detector, message: Message) -> Answer:
    findings = detector.find(message.text)
    judgement = judge([Reading("body", message.text, findings)])
    return Answer(spans_of(findings), judgement.patient_identifiable, judgement.bank_or_card)


def stock(presidio: Stock, message: Message) -> Answer:
    """Stock Presidio knows no flags: an NHS number is a patient, a card or IBAN is a card or account."""
    spans = presidio.find(message.text)
    found = {span.label for span in spans}
    return Answer(spans, "NHS_NUMBER" in found, bool(found & {"CREDIT_CARD", "IBAN"}))


def compare(messages: Iterable[Message], detector: Detector, presidio: Stock) -> tuple[Tally, Tally]:
    """Our counts and stock Presidio's, on the same messages."""
    mine, its = Tally(), Tally()
    for message in messages:
        mine.add(message, ours(detector, message))
        its.add(message, stock(presidio, message))
    return mine, its


def figures(tally: Tally) -> Figures:
    def of(score: Score) -> tuple[float, float, float]:
        return round(score.precision, 4), round(score.recall, 4), round(score.f1, 4)

    return Figures(
        {kind: of(score) for kind, score in tally.types.items()},
        {origin: round(score.recall, 4) for origin, score in tally.origins.items()},
        round(tally.unseen.recall, 4),
        {flag: (round(rate.recall, 4), round(rate.false_positives, 4)) for flag, rate in tally.flags.items()},
    )


def run(options: Options, console: Console, errors: int) -> Results:
    """Everything, with progress on the console; prints tables and at most so many errors of each type."""
    machine, date = report.machine(), report.now()
    detector, presidio = Detector(Additions(pipeline=options.pipeline)), Stock()
    sets = _sets(options)
    kept: dict[str, dict[str, Figures]] = {}
    for name, messages in sets.items():
        with Progress(console=console, transient=True) as progress:
            mine, its = compare(progress.track(messages, description=name), detector, presidio)
        kept[name] = {"postern": figures(mine), "stock Presidio": figures(its)}
        console.print(tables.types(f"{name}: {len(messages)} messages", mine, its), tables.flags(mine, its))
        if mine.origins:
            console.print(tables.origins(mine))
        for wrong in mine.errors(errors):
            console.print(
                f"{wrong.type} {wrong.what}: {wrong.text!r}", markup=False, highlight=False, soft_wrap=True
            )
    with console.status("measuring what it costs"):
        [timed, *_] = sets.values()
        costs = _costs(timed[: options.timed], detector, presidio)
    console.print(tables.costs(costs))
    return Results(date, report.commit(), machine, options, kept, costs)


def _sets(options: Options) -> dict[str, list[Message]]:
    """The mail to be read, by name; what things cost is measured on the first."""
    if options.labelled:
        return {"labelled mail": list(labelled(Path(options.labelled)))}
    generated = list(islice(Writer(options.seed), options.messages))
    return {"generated mail": generated, "handwritten hard cases": list(handwritten())}


def _costs(messages: Sequence[Message], detector: Detector, presidio: Stock) -> dict[str, speed.Cost]:
    texts = [message.text for message in messages]
    clean = [message.text for message in messages if not any(getattr(message, flag) for flag in FLAGS)]
    loads = speed.loads(texts, clean, SEED)
    return {name: speed.cost(load, detector, presidio.find) for name, load in loads.items()}


def options_from(arguments: Sequence[str] | None = None) -> tuple[Options, int, Path]:
    """What a command line asks for, how many errors of each type are shown, and the folder for results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK.messages} messages")
    parser.add_argument("--messages", type=int, help=f"generated ones (default {FULL.messages})")
    parser.add_argument("--timed", type=int, help=f"whose cost is measured (default {FULL.timed})")
    parser.add_argument("--seed", type=int, help=f"of the generated messages (default {SEED})")
    parser.add_argument("--pipeline", help="name or folder of another spaCy pipeline")
    parser.add_argument("--labelled", metavar="FILE", help="mail of your own, labelled, instead of ours")
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="print N wrong cases of each type")
    parser.add_argument("--results", type=Path, default=_RESULTS, help="folder for the JSON file")
    given = parser.parse_args(arguments)
    changes = {
        name: value for name in Options.__struct_fields__ if (value := getattr(given, name)) is not None
    }
    options = msgspec.structs.replace(QUICK if given.quick else FULL, **changes)
    return options, given.errors, given.results


def save(results: Results, folder: Path) -> Path:
    """Write `detection-DATE-COMMIT.json`, of mail that somebody else labelled with the name of its file.

    The later one of a day and commit replaces the earlier.
    """
    name = ["detection", results.date[:10], results.commit.id, Path(results.options.labelled).stem]
    file = folder / f"{'-'.join(filter(None, name))}.json"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    return file


def main() -> None:
    options, errors, folder = options_from()
    console = Console()
    console.print(f"written: {save(run(options, console, errors), folder)}")


if __name__ == "__main__":
    main()
