"""Learns the signs by which a passage is judged: `python -m detectors.pipeline.learn`, one seeded command.

It learns from `messages/`, mail that was invented, written and labelled for this: a JSON object a line,
with a text and whether it identifies a patient. Every message is also read as if some of what is to be
found in it had been missed, since more is missed in mail from elsewhere than in this.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from multiprocessing import Pool
from pathlib import Path

import msgspec
from rich.progress import track
from scipy import sparse  # type: ignore[import-untyped]  # no stubs
from sklearn.feature_extraction.text import CountVectorizer  # type: ignore[import-untyped]  # no stubs
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # no stubs

from detectors.engine import Detector
from detectors.findings import Reading
from detectors.identifiable import fold
from detectors.likelihood import WEIGHTS, Signs, likelihood
from detectors.passages import Mentions, passages

MESSAGES = Path(__file__).with_name("messages")
SEED = 20261
READINGS = 3
"""Of each message, the first with all that was found."""
MISSED = (0.05, 0.1, 0.2, 0.3)
"""Shares of the findings that the others do without."""
SEEN = 4
"""Messages that must show a sign before it has a weight."""
FACTS = 0.5
"""What the rules say counts less than what the words do: they were written with such messages at hand."""
C = 100.0
"""Inverse of how strongly weights are held down."""
SMALLEST = 0.005
PARTS = 5
CARD = """# How likely a passage identifies a patient

Logistic regression over {signs:,} signs, one weight each, in `weights.tsv`; `detectors/likelihood.py` says
what signs are. It learned from `detectors/pipeline/messages/`: {patients:,} messages that identify a patient
and {others:,} that do not, all invented and written for this. It is one voice of two: the rules of
`detectors/records.py` are the other, and `detectors/passages.py` says from which likelihood either counts.

- trained and measured by `python -m detectors.pipeline.learn --card`

The messages in {parts} parts, each judged by what the other parts have taught. The likelihood alone decides
here. What the rules make of people is among its signs, and the rules were written with many of these
messages at hand, which flatters.

| likelihood from | recall | false positives |
|---|---|---|
{rows}
"""


class Message(msgspec.Struct, frozen=True):
    """A message that was written to learn from."""

    text: str
    patient_identifiable: bool


class Lesson(msgspec.Struct, frozen=True):
    """The signs of one passage in one reading of a message."""

    message: int
    signs: Signs
    identifies: bool
    whole: bool
    """Whether everything found was left in it."""
    weight: float


def read(folder: Path) -> list[Message]:
    """Every message of a folder's JSON lines, file by file."""
    decoder = msgspec.json.Decoder(Message)
    files = sorted(folder.glob("*.jsonl"))
    return [decoder.decode(line) for file in files for line in file.read_bytes().splitlines()]


def lessons(messages: Sequence[Message], seed: int) -> Iterator[Lesson]:
    """What there is to learn from each message."""
    tasks = ((number, message, seed + number) for number, message in enumerate(messages))
    with Pool() as pool:
        for found in track(pool.imap(_lessons, tasks, 50), "Reading", total=len(messages)):
            yield from found


@cache
def _detector() -> Detector:
    """One for each process."""
    return Detector()


def _lessons(task: tuple[int, Message, int]) -> list[Lesson]:
    position, message, seed = task
    rng = random.Random(seed)  # noqa: S311 (has to repeat itself, guards nothing)
    findings = _detector().find(message.text)
    readings = [findings]
    for _ in range(READINGS - 1):
        missed = rng.choice(MISSED)
        some = tuple(finding for finding in findings if rng.random() >= missed)
        readings += [some] if len(some) < len(findings) else []
    shown = [
        (signs, number == 0)
        for number, found in enumerate(readings)
        for signs in _shown(fold(Reading("", message.text, found))[0])
    ]
    return [
        Lesson(position, signs, message.patient_identifiable, whole, 1 / len(shown)) for signs, whole in shown
    ]


def _shown(reading: Reading) -> list[Signs]:
    """What each passage shows, or all of the text if nobody could be identified by what was found."""
    found = [passage.signs for passage in passages(reading)]
    return found or [Mentions(reading).signs(0, len(reading.text))]


def learn(taught: Sequence[Lesson]) -> dict[str, float]:
    """The weight of each sign, that of the empty one last."""
    first = [lesson.signs for lesson in taught if lesson.whole]
    every = [lesson.signs for lesson in taught]
    words = _Vectors([signs.words for signs in first])
    facts = _Vectors([signs.facts for signs in first])
    shown = sparse.hstack(
        [words.of(signs.words for signs in every), FACTS * facts.of(signs.facts for signs in every)]
    ).tocsr()
    regression = LogisticRegression(C=C, max_iter=300)
    regression.fit(
        shown, [each.identifies for each in taught], sample_weight=[each.weight for each in taught]
    )
    weights = [*regression.coef_[0]]
    middle = len(words.signs)
    return {
        **dict(zip(words.signs, weights[:middle], strict=True)),
        **{sign: FACTS * weight for sign, weight in zip(facts.signs, weights[middle:], strict=True)},
        "": regression.intercept_[0],
    }


class _Vectors:
    """Signs as the columns of a matrix, each row divided by the root of how many signs it shows."""

    def __init__(self, shown: Iterable[tuple[str, ...]]) -> None:
        self._count = CountVectorizer(analyzer=tuple, min_df=SEEN, binary=True, dtype=float)
        self._count.fit(shown)
        self.signs: list[str] = list(self._count.get_feature_names_out())

    def of(self, shown: Iterable[tuple[str, ...]]) -> sparse.csr_matrix:
        rows = list(shown)
        lengths = [math.sqrt(len(row) or 1) for row in rows]
        return sparse.diags([1 / length for length in lengths]) @ self._count.transform(rows)


def write(weights: dict[str, float], file: Path) -> None:
    """A sign and its weight a line, the signs in order; signs that tell nothing are left out."""
    lines = (
        f"{weight:.2f}\t{sign}\n"
        for sign, weight in sorted(weights.items())
        if not sign or abs(weight) >= SMALLEST
    )
    file.write_text("".join(lines), "utf-8")


def unseen(taught: Sequence[Lesson], messages: int) -> dict[int, float]:
    """For each message the likelihood that it identifies a patient, by what the other parts have taught.

    The messages are parted in their order, so that those of one hand stay together.
    """
    likely: dict[int, float] = {}
    for part in track(range(PARTS), "Testing"):
        tested = [each for each in taught if each.message * PARTS // messages == part and each.whole]
        weights = learn([each for each in taught if each.message * PARTS // messages != part])
        for lesson in tested:
            likely[lesson.message] = max(likelihood(lesson.signs, weights), likely.get(lesson.message, 0.0))
    return likely


def card(likely: dict[int, float], messages: Sequence[Message], signs: int) -> str:
    """What was measured, as Markdown."""
    patients = [likely[at] for at, message in enumerate(messages) if message.patient_identifiable]
    others = [likely[at] for at, message in enumerate(messages) if not message.patient_identifiable]
    rows = [
        f"| {least:.1f} | {_share(patients, least):.3f} | {_share(others, least):.3f} |"
        for least in (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
    ]
    return CARD.format(
        patients=len(patients), others=len(others), signs=signs, parts=PARTS, rows="\n".join(rows)
    )


def _share(likely: Sequence[float], least: float) -> float:
    return sum(each >= least for each in likely) / len(likely)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--messages", type=Path, default=MESSAGES)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    parser.add_argument(
        "--card", action="store_true", help="measure too, and write README.md beside the output"
    )
    arguments = parser.parse_args()
    messages = read(arguments.messages)
    taught = list(lessons(messages, arguments.seed))
    weights = learn(taught)
    write(weights, arguments.output)
    if arguments.card:
        report = card(unseen(taught, len(messages)), messages, len(weights) - 1)
        arguments.output.with_name("README.md").write_text(report, "utf-8")


if __name__ == "__main__":
    main()
