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
from detectors.likelihood import WEIGHTS, Signs
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


class Message(msgspec.Struct, frozen=True):
    """A message that was written to learn from."""

    text: str
    patient_identifiable: bool


class Lesson(msgspec.Struct, frozen=True):
    """The signs of one passage in one reading of a message."""

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
    tasks = ((message, seed + number) for number, message in enumerate(messages))
    with Pool() as pool:
        for found in track(pool.imap(_lessons, tasks, 50), "Reading", total=len(messages)):
            yield from found


@cache
def _detector() -> Detector:
    """One for each process."""
    return Detector()


def _lessons(task: tuple[Message, int]) -> list[Lesson]:
    message, seed = task
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
    return [Lesson(signs, message.patient_identifiable, whole, 1 / len(shown)) for signs, whole in shown]


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--messages", type=Path, default=MESSAGES)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    write(learn(list(lessons(read(arguments.messages), arguments.seed))), arguments.output)


if __name__ == "__main__":
    main()
