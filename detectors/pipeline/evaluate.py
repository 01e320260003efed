"""Measures the pipeline and writes its model card: `python -m detectors.pipeline.evaluate`.

The texts are generated from names, places and templates that training never reads; labelled texts
written by hand can be added, a JSON object per line as `postern detect` reads and writes them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from statistics import median

from spacy.language import Language

from detectors.pipeline import MODEL, load
from detectors.pipeline.generator import Document, Generator
from detectors.pipeline.scores import Score, lag, measure, read_snippets

SEED = 97
DOCUMENTS = 6000
CARD = MODEL / "README.md"

INTRODUCTION = """# PERSON, ADDRESS and CLINICAL in UK office and health mail

A spaCy pipeline (hash embeddings, a small convolutional encoder, transition-based entities). One half of
what it was trained from is text that `detectors/pipeline/generator.py` writes, the other half the invented
messages of `detectors/pipeline/messages/`, each read many times with other names: no real mail, no vectors
from elsewhere. PERSON is a name without its title; ADDRESS runs from house or building to town or county,
without the postcode; CLINICAL is a diagnosis, drug, procedure or symptom, whoever has it.

It is one voice among several: rules find what has a form, and `identifiable.py` weighs what is found.
A gold span counts as found when predictions of its label cover half of it, a prediction as right when
half of it is gold.

How far to trust the figures: the generator holds no held-out name, place, term or template, and the
messages were written by people who had not seen these, though they may name some of the same people, towns
and drugs. The faults made on held-out mail and on `handwritten.jsonl` were looked at while the generator
grew, and ordinary words and sentences of the same build were added to it. Both flatter. The faults on
`handwritten_unseen.jsonl` were never looked at; it is small, and it predicts best.

- trained by `{trained}`
- measured by `{measured}` at commit {commit}
- {megabytes:.1f} MB; loads in {loading:.2f} s; {cost:.1f} ms for a window of 2,048 characters, one thread"""


def table(heading: str, scores: dict[str, Score]) -> str:
    rows = (
        f"| {name} | {score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f} | {score.spans} |"
        for name, score in sorted(scores.items())
    )
    return "\n".join([f"| {heading} | precision | recall | F1 | spans |", "|---|---|---|---|---|", *rows])


def recalls(heading: str, scores: dict[str, Score]) -> str:
    rows = (f"| {name} | {score.recall:.3f} | {score.spans} |" for name, score in sorted(scores.items()))
    return "\n".join([f"| {heading} | recall | spans |", "|---|---|---|", *rows])


def card(name: str, seed: int, documents: int, snippets: list[Path]) -> str:
    """Everything measured, as Markdown."""
    nlp = load(name)
    generated = list(islice(Generator(seed, held_out=True), documents))
    figures = measure(nlp, generated)
    sections = [
        INTRODUCTION.format(
            trained=nlp.meta.get("notes", "its makers"),
            measured=f"python -m detectors.pipeline.evaluate --seed {seed} --documents {documents}"
            + "".join(f" --snippets {path}" for path in snippets),
            commit=commit(),
            megabytes=sum(file.stat().st_size for file in nlp.path.rglob("*")) / 1e6,
            loading=loading(name),
            cost=cost(nlp, generated),
        ),
        "## Generated mail, held out",
        table("label", figures.labels),
        f"Recall of the worst-served origin of names lies {lag(figures.origins):.1f} points below the mean.",
        recalls("PERSON, origin of the name", figures.origins),
        recalls("CLINICAL, term in training", figures.terms),
    ]
    for path in snippets:
        sections += [f"## {path.name}", table("label", measure(nlp, read_snippets(path)).labels)]
    return "\n\n".join(sections) + "\n"


def commit() -> str:
    """The short id of the checked-out commit, from which everything can be made again."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, cwd=MODEL.parent, capture_output=True, text=True, check=True).stdout.strip()


def cost(nlp: Language, documents: Iterable[Document]) -> float:
    """Milliseconds per window of 2,048 characters, the median of fifty."""
    text = "\n".join(document.text for document in documents)
    times = []
    for start in range(0, 50 * 2048, 2048):
        begun = time.perf_counter()
        nlp(text[start : start + 2048])
        times.append(1000 * (time.perf_counter() - begun))
    return median(times)


def loading(path: str) -> float:
    """Seconds to load the pipeline once more, imports done."""
    begun = time.perf_counter()
    load(path)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--pipeline", default="", help="another spaCy pipeline to measure; prints, writes no card"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument(
        "--snippets",
        type=Path,
        action="append",
        default=[],
        help="labelled texts written by hand, JSON lines",
    )
    arguments = parser.parse_args()
    report = card(arguments.pipeline, arguments.seed, arguments.documents, arguments.snippets)
    if arguments.pipeline:
        sys.stdout.write(report)
    else:
        CARD.write_text(report, "utf-8")


if __name__ == "__main__":
    main()
