"""Learns the signs by which figures and passages are judged: `python -m detectors.pipeline.learn`.

One seeded command. It learns from `messages/`, mail that was invented, written and labelled for this: a
JSON object a line, with a text, whether it identifies a patient, and in most of them where the figures and
the entities stand that should be found. What initials stand for is learned first, then what figures do, for
each is judged by what was found. Every passage is also read as if some of that had been missed, since more
is missed in mail from elsewhere than in this.
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from multiprocessing import Pool
from pathlib import Path

import msgspec
import numpy as np
from rich.progress import track
from scipy import sparse  # type: ignore[import-untyped]  # no stubs
from sklearn.feature_extraction.text import CountVectorizer  # type: ignore[import-untyped]  # no stubs
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # no stubs

from detectors.engine import Detector, settle
from detectors.figures import (
    AGES,
    BIRTHS,
    INITIALS,
    KINDS,
    SURE,
    Figure,
    Kind,
    initialled,
    possible,
    shown,
    with_initials,
)
from detectors.findings import COUNTS_AS, Finding, Reading
from detectors.identifiable import fold
from detectors.likelihood import PASSAGES, WEIGHTS, Signs, likelihood
from detectors.nhs_numbers import POSSIBLE
from detectors.normalise import normalise
from detectors.passages import PASSAGE, Mentions, passages
from detectors.pipeline.mail import MESSAGES, Message, read
from detectors.tables import Span

SEED = 20261
READINGS = 3
"""Of each message, the first with all that was found."""
MISSED = (0.05, 0.1, 0.2, 0.3)
"""Shares of the findings that the others do without."""
LONG_AGO = 3
"""Of the steps of ages, the first that is."""
SEEN = 4
"""Messages that must show a sign before it has a weight."""
FACTS = 0.5
"""What the rules say counts less than what the words do: they were written with such messages at hand."""
C = 100.0
"""Inverse of how strongly weights are held down."""
LIKELY = 0.9
"""Likelihood from which a part of a message that identifies a patient is taught as one that does."""
SMALLEST = 0.1
"""Of the weights that are kept: a sum of them is divided by the root of hundreds, so less is hardly heard."""
PARTS = 5
CARD = """# What labelled mail has taught

Logistic regression over signs that `detectors/figures.py` and `detectors/likelihood.py` describe, one weight
each, in a file for each kind of figure and in `passages.tsv`. It learned from `detectors/pipeline/messages/`:
{patients:,} messages that identify a patient and {others:,} that do not, all invented and written for this.

- trained and measured by `python -m detectors.pipeline.learn --card`

The messages in {parts} parts, each judged by what the other parts have taught. The rules were written with
many of these messages at hand, which flatters them, and what the rules make of people is among the signs of
passages.

## Figures

It is one voice of two: the rules of each detector are the other, and `detectors/figures.py` says from which
likelihood a figure that no rule knows is believed, and below which one is doubted that a rule is not sure of.

| type | of figures that could be one | rules: recall, precision | added: rightly, wrongly | \
doubted: rightly, wrongly | both: recall, precision |
|---|---|---|---|---|---|
{figures}

## Passages

It is one voice of two: the rules of `detectors/records.py` are the other, and `detectors/passages.py` says
from which likelihood either counts. The likelihood alone decides here.

| likelihood from | recall | false positives |
|---|---|---|
{rows}
"""


class Lesson(msgspec.Struct, frozen=True):
    """The signs of one passage, or of one figure, in one reading of a message."""

    message: int
    signs: Signs
    right: bool
    """Whether the message identifies a patient, or the figure stands for what its kind may stand for."""
    whole: bool = True
    """Whether everything found was left in it, and every date."""
    weight: float = 1.0
    """How much it counts."""
    score: float = 0.0
    """What the rules think of the figure."""
    is_all: bool = True
    """Whether it shows all of the message, which is what was labelled."""


def lessons_of_figures(messages: Sequence[Message], seed: int) -> dict[Kind, list[Lesson]]:
    """What there is to learn of each kind of figure from the messages in which they are labelled."""
    tasks = [
        (number, message, seed + number)
        for number, message in enumerate(messages)
        if message.figures is not None
    ]
    taught: dict[Kind, list[Lesson]] = {kind: [] for kind in KINDS if kind is not INITIALS}
    with Pool() as pool:
        for found in track(pool.imap(_lessons_of_figures, tasks, 50), "Reading figures", total=len(tasks)):
            for kind, lesson in found:
                taught[kind].append(lesson)
    return taught


def lessons_of_initials(messages: Sequence[Message]) -> list[Lesson]:
    """What there is to learn of initials from the messages in which names are labelled."""
    tasks = [(number, message) for number, message in enumerate(messages) if message.entities is not None]
    with Pool() as pool:
        read = track(pool.imap(_lessons_of_initials, tasks, 50), "Reading initials", total=len(tasks))
        return [lesson for lessons in read for lesson in lessons]


def _lessons_of_initials(task: tuple[int, Message]) -> list[Lesson]:
    """Of each, unless it is a part of a name."""
    position, message = task
    labels = message.entities or {}
    found = _detector(guesses=False).find(message.text)
    folded = normalise(message.text)
    findings = fold(Reading("", message.text, found))[0].findings
    figures = list(possible(folded.text))
    taught = []
    for figure, signs in shown(folded.text, findings, list(initialled(folded.text, findings)), figures):
        [place] = (folded.span(start, end) for start, end in figure.spans)
        met = [
            (start, end)
            for label, spans in labels.items()
            for start, end in spans
            if label in ("PERSON", "NEUTRAL") and start < place[1] and place[0] < end
        ]
        right = any(
            abs(start - place[0]) + abs(end - place[1]) <= 1 for start, end in labels.get("PERSON", ())
        )
        if right or not met:
            score = max((each.score for each in _known(found, figure, [place])), default=0.0)
            taught.append(Lesson(position, signs, right, score=score))
    return taught


def _lessons_of_figures(task: tuple[int, Message, int]) -> list[tuple[Kind, Lesson]]:
    """Of each figure; a date that is no birth is also read as if the mail were years old."""
    position, message, seed = task
    rng = random.Random(seed)  # noqa: S311 (has to repeat itself, guards nothing)
    found = _detector(guesses=False).find(message.text)
    folded = normalise(message.text)
    reading = fold(Reading("", message.text, found))[0]
    figures = list(possible(folded.text))
    findings = [each for each in settle(reading.findings) if each.score > POSSIBLE]
    findings = with_initials(folded.text, findings, figures)
    labels = message.figures or {}
    taught = []
    for figure, signs in shown(folded.text, findings, figures):
        place = [folded.span(start, end) for start, end in figure.spans]
        right = _covers(labels.get(figure.kind.type, ()), place)
        if right or not _covers(labels.get("NEUTRAL", ()), place):
            score = max((each.score for each in _known(found, figure, place)), default=0.0)
            lesson = Lesson(position, signs, right, score=score)
            taught.append((figure.kind, lesson))
            if figure.kind is BIRTHS and not right:
                years = f"years {rng.choice(AGES[LONG_AGO:])}"
                aged = msgspec.structs.replace(signs, facts=(years, *signs.facts[1:]))
                taught.append((BIRTHS, msgspec.structs.replace(lesson, signs=aged, whole=False)))
    return taught


def _known(found: Iterable[Finding], figure: Figure, place: Sequence[Span]) -> Iterator[Finding]:
    """What the rules found of its type where a figure is."""
    for each in found:
        here = each.start < place[-1][1] and place[0][0] < each.end
        if here and COUNTS_AS.get(each.type, each.type) == figure.kind.type:
            yield each


def _covers(spans: Iterable[Span], place: Sequence[Span]) -> bool:
    """Whether spans cover half of each part of a place."""
    spans = list(spans)
    return all(
        2 * sum(max(0, min(end, upto) - max(start, at)) for at, upto in spans) >= end - start
        for start, end in place
    )


def lessons(messages: Sequence[Message], seed: int) -> Iterator[Lesson]:
    """What there is to learn from each message as a whole."""
    tasks = ((number, message, seed + number) for number, message in enumerate(messages))
    with Pool() as pool:
        for found in track(pool.imap(_lessons, tasks, 50), "Reading", total=len(messages)):
            yield from found


@cache
def _detector(*, guesses: bool = True) -> Detector:
    """One for each process."""
    return Detector(guesses=guesses)


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
        (signs, number == 0, is_all)
        for number, found in enumerate(readings)
        for signs, is_all in _shown(fold(Reading("", message.text, found))[0])
    ]
    right = message.patient_identifiable
    return [Lesson(position, signs, right, whole, is_all=is_all) for signs, whole, is_all in shown]


def _shown(reading: Reading) -> list[tuple[Signs, bool]]:
    """What each passage shows, or all of the text if nobody could be identified by what was found.

    Sentences are read in long messages only: in a short one they tell hardly anything that it does not.
    """
    closely = len(reading.text) > PASSAGE
    found = [(passage.show(), passage.is_all) for passage in passages(reading, closely=closely)]
    return found or [(Mentions(reading).signs(0, len(reading.text)), True)]


def learn(taught: Sequence[Lesson]) -> dict[str, float]:
    """The weight of each sign that tells something, that of the empty one last."""
    first = [lesson.signs for lesson in taught if lesson.whole]
    every = [lesson.signs for lesson in taught]
    words = _Vectors([signs.words for signs in first])
    facts = _Vectors([signs.facts for signs in first])
    rarity = sparse.diags(words.rarity)
    shown = sparse.hstack(
        [words.of(signs.words for signs in every) @ rarity, FACTS * facts.of(signs.facts for signs in every)]
    ).tocsr()
    regression = LogisticRegression(C=C, max_iter=300)
    regression.fit(shown, [each.right for each in taught], sample_weight=[each.weight for each in taught])
    weights = [*regression.coef_[0]]
    middle = len(words.signs)
    told = {
        **dict(zip(words.signs, words.rarity * weights[:middle], strict=True)),
        **{sign: FACTS * weight for sign, weight in zip(facts.signs, weights[middle:], strict=True)},
    }
    kept = {sign: round(weight, 2) for sign, weight in told.items() if abs(round(weight, 2)) >= SMALLEST}
    return {**kept, "": round(regression.intercept_[0], 2)}


def learn_passages(taught: Sequence[Lesson]) -> dict[str, float]:
    """The same of passages: what a part of a message shows is not labelled, only that all of it is.

    Nothing in a message that identifies nobody does. Of one that identifies a patient, those parts are
    taught that are likely ones by what is sure, and the likeliest if none is (multiple-instance learning).
    """
    sure = [lesson for lesson in taught if lesson.is_all or not lesson.right]
    by = learn(_evenly(sure))
    parts = [
        (lesson, likelihood(lesson.signs, by)) for lesson in taught if lesson.right and not lesson.is_all
    ]
    most: dict[int, float] = {}
    for lesson, chance in parts:
        most[lesson.message] = max(chance, most.get(lesson.message, 0.0))
    kept = sure + [lesson for lesson, chance in parts if chance >= min(LIKELY, most[lesson.message])]
    return learn(_evenly(kept))


def _evenly(taught: Sequence[Lesson]) -> list[Lesson]:
    """The same, those of one message together counting as much as those of another."""
    shown = Counter(lesson.message for lesson in taught)
    return [msgspec.structs.replace(lesson, weight=1 / shown[lesson.message]) for lesson in taught]


class _Vectors:
    """Signs as the columns of a matrix, each row divided by the root of how many signs it shows.

    Where a weight is held down, that of a sign which most messages show is held down most: `rarity`
    enlarges the columns of rare ones (inverse document frequency), 1 on average.
    """

    def __init__(self, shown: Sequence[tuple[str, ...]]) -> None:
        self._count = CountVectorizer(analyzer=tuple, min_df=SEEN, binary=True, dtype=float)
        seen = self._count.fit_transform(shown)
        self.signs: list[str] = list(self._count.get_feature_names_out())
        rarity = -np.log(seen.mean(axis=0).A1)
        self.rarity = rarity / rarity.mean()

    def of(self, shown: Iterable[tuple[str, ...]]) -> sparse.csr_matrix:
        rows = list(shown)
        lengths = [math.sqrt(len(row) or 1) for row in rows]
        return sparse.diags([1 / length for length in lengths]) @ self._count.transform(rows)


def write(weights: dict[str, float], file: Path) -> None:
    """A sign and its weight a line, the signs in order."""
    file.write_text("".join(f"{weight:.2f}\t{sign}\n" for sign, weight in sorted(weights.items())), "utf-8")


def unseen(taught: Sequence[Lesson], messages: int) -> dict[int, float]:
    """For each message the likelihood that it identifies a patient, by what the other parts have taught.

    The messages are parted in their order, so that those of one hand stay together.
    """
    likely: dict[int, float] = {}
    for lesson, chance in tested(learn_passages, taught, messages):
        if lesson.whole:
            likely[lesson.message] = max(chance, likely.get(lesson.message, 0.0))
    return likely


Learner = Callable[[Sequence[Lesson]], dict[str, float]]


def tested(learner: Learner, taught: Sequence[Lesson], messages: int) -> Iterator[tuple[Lesson, float]]:
    """Each lesson with the likelihood that those of the other parts give it."""
    for part in track(range(PARTS), "Testing"):
        weights = learner([each for each in taught if each.message * PARTS // messages != part])
        for lesson in taught:
            if lesson.message * PARTS // messages == part:
                yield lesson, likelihood(lesson.signs, weights)


def card(
    likely: dict[int, float], messages: Sequence[Message], figures: dict[Kind, list[tuple[Lesson, float]]]
) -> str:
    """What was measured, as Markdown."""
    patients = [likely[at] for at, message in enumerate(messages) if message.patient_identifiable]
    others = [likely[at] for at, message in enumerate(messages) if not message.patient_identifiable]
    rows = [
        f"| {least:.1f} | {_share(patients, least):.3f} | {_share(others, least):.3f} |"
        for least in (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
    ]
    return CARD.format(
        patients=len(patients),
        others=len(others),
        parts=PARTS,
        rows="\n".join(rows),
        figures="\n".join(_row(kind, lessons) for kind, lessons in figures.items()),
    )


def _row(kind: Kind, lessons: Sequence[tuple[Lesson, float]]) -> str:
    """What rules know of a kind of figures, what is added, and what is doubted."""
    due = sum(lesson.right for lesson, _ in lessons)
    known = [lesson.right for lesson, _ in lessons if lesson.score]
    added = [lesson.right for lesson, chance in lessons if not lesson.score and chance >= kind.least]
    doubted = [lesson.right for lesson, chance in lessons if 0 < lesson.score < SURE and chance < kind.doubt]
    right = sum(known) + sum(added) - sum(doubted)
    believed = len(known) + len(added) - len(doubted)
    return (
        f"| {kind.type} | {due:,} of {len(lessons):,} | {sum(known) / due:.3f}, {_part(known):.3f} | "
        f"{sum(added)}, {len(added) - sum(added)} | {len(doubted) - sum(doubted)}, {sum(doubted)} | "
        f"{right / due:.3f}, {right / believed:.3f} |"
    )


def _part(right: Sequence[bool]) -> float:
    return sum(right) / max(len(right), 1)


def _share(likely: Sequence[float], least: float) -> float:
    return sum(each >= least for each in likely) / len(likely)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--messages", type=Path, default=MESSAGES)
    parser.add_argument(
        "--card", action="store_true", help="measure too, and write README.md beside the weights"
    )
    arguments = parser.parse_args()
    messages = read(arguments.messages)
    figures = {INITIALS: lessons_of_initials(messages)}
    write(learn(figures[INITIALS]), WEIGHTS / f"{INITIALS.name}.tsv")
    figures |= lessons_of_figures(messages, arguments.seed)
    for kind, lessons_of_kind in figures.items():
        write(learn(lessons_of_kind), WEIGHTS / f"{kind.name}.tsv")
    taught = list(lessons(messages, arguments.seed))
    write(learn_passages(taught), WEIGHTS / f"{PASSAGES}.tsv")
    if arguments.card:
        seen = {
            kind: [
                (lesson, chance) for lesson, chance in tested(learn, of_kind, len(messages)) if lesson.whole
            ]
            for kind, of_kind in figures.items()
        }
        report = card(unseen(taught, len(messages)), messages, seen)
        (WEIGHTS / "README.md").write_text(report, "utf-8")


if __name__ == "__main__":
    main()
