"""Measures the pipeline and writes its model card: `python -m detectors.pipeline.evaluate`.

The texts are generated from names, places and templates that training never reads; snippets that
people wrote freely can be added, in the shape that `postern detect` reads and writes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median

import msgspec
from spacy.language import Language

from detectors.pipeline import MODEL, load
from detectors.pipeline.generator import LABELS, WORDS, Document, Generator, Span
from detectors.pipeline.grammar import read_rules

SEED = 97
DOCUMENTS = 6000
CARD = MODEL / "README.md"

INTRODUCTION = """# PERSON, ADDRESS and CLINICAL in UK office and health mail

A spaCy pipeline (hash embeddings, a small convolutional encoder, transition-based entities) trained from
text that `detectors/pipeline/generator.py` writes: no real mail, no vectors from elsewhere. PERSON is a
name without its title; ADDRESS runs from house or building to town or county, without the postcode;
CLINICAL is a diagnosis, drug, procedure or symptom, whoever has it.

It is one voice among several: rules find what has a form, and `identifiable.py` weighs what is found.
Generated mail, even from names and templates that training never reads, resembles the training text more
than life does: the texts written by hand predict better. `handwritten.jsonl` was looked at while the
generator was being written, `handwritten_unseen.jsonl` never. A gold span counts as found when
predictions of its label cover half of it, a prediction as right when half of it is gold.

- trained by `{trained}`
- measured by `{measured}` at commit {commit}
- {megabytes:.1f} MB; loads in {loading:.2f} s; {cost:.1f} ms for a window of 2,048 characters, one thread"""


class Score(msgspec.Struct):
    """Counts of one label: gold spans found and missed, predictions right and wrong."""

    found: int = 0
    missed: int = 0
    right: int = 0
    wrong: int = 0

    @property
    def spans(self) -> int:
        return self.found + self.missed

    @property
    def recall(self) -> float:
        return self.found / max(self.spans, 1)

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)


class Figures(msgspec.Struct, frozen=True):
    """Scores by label, PERSON scores by origin of the name, CLINICAL by whether training had the term."""

    labels: dict[str, Score]
    origins: dict[str, Score]
    terms: dict[str, Score]


def covered(span: Span, others: Iterable[Span]) -> bool:
    """Whether spans of the same label cover at least half of this one."""
    shared = sum(
        max(0, min(span.end, other.end) - max(span.start, other.start))
        for other in others
        if other.label == span.label
    )
    return 2 * shared >= span.end - span.start


def predicted(nlp: Language, documents: list[Document]) -> Iterator[tuple[Document, tuple[Span, ...]]]:
    """Each document with the pipeline's spans."""
    for document, doc in zip(documents, nlp.pipe(document.text for document in documents), strict=True):
        guesses = (Span(entity.start_char, entity.end_char, entity.label_, "") for entity in doc.ents)
        yield document, tuple(guess for guess in guesses if guess.label in LABELS)


def measure(nlp: Language, documents: Iterable[Document]) -> Figures:
    """A gold span is found at half coverage; a prediction is right when half of it is gold."""
    known = known_terms()
    labels: defaultdict[str, Score] = defaultdict(Score)
    origins: defaultdict[str, Score] = defaultdict(Score)
    terms: defaultdict[str, Score] = defaultdict(Score)
    for document, guesses in predicted(nlp, list(documents)):
        for span in document.spans:
            scores = [labels[span.label]]
            if span.origin:
                scores.append(origins[span.origin])
            if span.label == "CLINICAL":
                term = " ".join(document.text[span.start : span.end].lower().split())
                scores.append(terms["known" if term in known else "unknown"])
            hit = covered(span, guesses)
            for score in scores:
                score.found += hit
                score.missed += not hit
        for guess in guesses:
            right = covered(guess, document.spans)
            labels[guess.label].right += right
            labels[guess.label].wrong += not right
    return Figures(dict(labels), dict(origins), dict(terms))


def known_terms() -> frozenset[str]:
    """Clinical terms, in lower case, that training text is written with."""
    rules = read_rules(WORDS / "clinical.txt").values()
    return frozenset(str(option[0]).lower() for rule in rules for option in rule.options)


def read_snippets(path: Path) -> Iterator[Document]:
    """Labelled texts: a JSON object per line, `{"text", "spans": [{"start", "end", "type"}]}`."""
    for line in path.read_bytes().splitlines():
        snippet = msgspec.json.decode(line)
        spans = (Span(s["start"], s["end"], s["type"], "") for s in snippet["spans"])
        yield Document(snippet["text"], tuple(spans))


def table(heading: str, scores: dict[str, Score]) -> str:
    rows = (
        f"| {name} | {score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f} | {score.spans} |"
        for name, score in sorted(scores.items())
    )
    return "\n".join([f"| {heading} | precision | recall | F1 | spans |", "|---|---|---|---|---|", *rows])


def recalls(heading: str, scores: dict[str, Score]) -> str:
    rows = (f"| {name} | {score.recall:.3f} | {score.spans} |" for name, score in sorted(scores.items()))
    return "\n".join([f"| {heading} | recall | spans |", "|---|---|---|", *rows])


def lag(origins: dict[str, Score]) -> float:
    """How far the recall of the worst-served origin lies below the mean, in points of a hundred."""
    all_recalls = [score.recall for score in origins.values()]
    return 100 * (sum(all_recalls) / len(all_recalls) - min(all_recalls))


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
            megabytes=sum(f.stat().st_size for f in (Path(name) if name else MODEL).rglob("*")) / 1e6,
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
