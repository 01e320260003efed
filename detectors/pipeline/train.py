"""Trains the pipeline: `python -m detectors.pipeline.train`, one seeded command.

Half of what it reads is mail that our generator writes, with names and clinical words in their thousands;
the other half is the mail of `messages/`, in the many ways that people write, each time with other names.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import spacy
from rich.progress import track
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import filter_spans, registry
from thinc.api import fix_random_seed

from detectors.pipeline import MODEL
from detectors.pipeline.generator import NEUTRAL, Document, Generator
from detectors.pipeline.mail import Message, Recast, read

SEED = 20260
DOCUMENTS = 184_000
BATCH = 32
WIDTH = 96

# Four tokens either side decide: each deeper or wider layer costs milliseconds in every window that is read.
ENTITY_MODEL: dict[str, Any] = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "tok2vec": {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": WIDTH,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
            "rows": [8000, 3000, 5000, 1000],
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": WIDTH,
            "window_size": 1,
            "maxout_pieces": 3,
            "depth": 4,
        },
    },
}

OPTIMIZER = {"@optimizers": "Adam.v1", "L2": 0.01, "L2_is_weight_decay": True}
LEARN_RATE = {"@schedules": "warmup_linear.v1", "initial_rate": 0.002}

NAME = {
    "name": "postern",
    "version": "1",
    "description": "PERSON, ADDRESS and CLINICAL in UK office and health mail",
    "license": "Apache-2.0",
}


def annotated(nlp: Language, document: Document) -> Doc:
    """The document as spaCy reads it, with its spans as entities."""
    doc = nlp.make_doc(document.text)
    spans = (doc.char_span(s.start, s.end, label=s.label, alignment_mode="expand") for s in document.spans)
    found = filter_spans([span for span in spans if isinstance(span, Span)])
    doc.set_ents(
        [span for span in found if span.label_ != NEUTRAL],
        missing=[span for span in found if span.label_ == NEUTRAL],
    )
    return doc


def mail(messages: Sequence[Message], seed: int) -> Iterator[Document]:
    """Generated documents and recast messages by turns."""
    return chain.from_iterable(zip(Generator(seed), Recast(messages, seed), strict=True))


def batches(nlp: Language, messages: Sequence[Message], seed: int, documents: int) -> Iterator[list[Example]]:
    """Every document is new: the model never sees the same text twice."""
    stream = islice(mail(messages, seed), documents)
    while batch := list(islice(stream, BATCH)):
        yield [Example(nlp.make_doc(document.text), annotated(nlp, document)) for document in batch]


def blank(messages: Sequence[Message]) -> Language:
    """The pipeline before training; its labels are those of a first few documents, which has them all."""
    nlp = spacy.blank("postern")
    nlp.add_pipe("ner", config={"model": ENTITY_MODEL})
    [sample] = batches(nlp, messages, SEED, BATCH)
    nlp.initialize(lambda: sample)
    return nlp


def train(seed: int, documents: int) -> Language:
    """The trained pipeline; the same seed and number give the same one on the same machine."""
    fix_random_seed(seed)
    messages = read()
    nlp = blank(messages)
    steps = documents // BATCH
    schedule = {**LEARN_RATE, "warmup_steps": steps // 20, "total_steps": steps}
    sgd = registry.resolve({"optimizer": {**OPTIMIZER, "learn_rate": schedule}})["optimizer"]
    for examples in track(batches(nlp, messages, seed, documents), "Training", total=steps):
        nlp.update(examples, sgd=sgd, drop=0.15)
        sgd.step_schedules()
    nlp.meta.update(NAME, notes=f"python -m detectors.pipeline.train --seed {seed} --documents {documents}")
    with nlp.use_params(sgd.averages):
        trained = nlp.to_bytes(exclude=["vocab"])
    # A fresh vocabulary: the words of the training text are nobody's business at run time.
    return spacy.util.load_model_from_config(nlp.config).from_bytes(trained)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help="how much text to learn from")
    parser.add_argument("--output", type=Path, default=MODEL)
    arguments = parser.parse_args()
    train(arguments.seed, arguments.documents).to_disk(arguments.output)


if __name__ == "__main__":
    main()
