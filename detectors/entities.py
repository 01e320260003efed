"""What the trained pipeline finds, as far as it stands to reason.

The pipeline reads names, addresses and clinical words by their context, so it finds what no list
holds. It is also sure of things that are none: each of its findings must pass what the rules know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from spacy.tokens import Span

from detectors import addresses, clinical
from detectors.findings import Finding, FindingType
from detectors.names import Word, is_of_organisation, read_words

KINDS: dict[str, FindingType] = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "ADDRESS": "ADDRESS",
    "CLINICAL": "CLINICAL",
}
"""Labels of spaCy pipelines, as our types; other labels are not listened to."""

_MEDICAL = re.compile(
    r"(?:itis|osis|a?emia|oma|omas|ectomy|otomy|ostomy|plasty|scopy|graphy|pathy|algia|uria|pnoea|phagia|rrhoea|"
    r"rrhage|plegia|paresis|trophy|cillin|mycin|cycline|pril|sartan|olol|statin|azole|azine|mab|nib|parin|xaban|"
    r"gliptin|gliflozin|glutide|azepam|cele|cyst|cysts|varices|occlusion|fracture|infection|disease|syndrome|cancer|"
    r"allergy|injury|deficiency|failure|disorder|bleed|ulcer|repair|removal|replacement|biopsy|transplant|rash|cough|"
    r"fever|murmur|palsy|toenail|tear|prolapse|swelling|discharge|inhalers?)$"
)
"""Ends of words that medicine forms, and nouns that the words before them make a finding or a procedure."""


def find(text: str, entities: Iterable[Span]) -> Iterator[Finding]:
    """The credible ones among the `entities` that the pipeline found in normalised `text`."""
    for entity in entities:
        kind = KINDS.get(entity.label_)
        written = entity.text.strip(" \t\n,.;:()\"'")
        start = entity.start_char + entity.text.find(written)
        if kind and written and _CREDIBLE[kind](text, start, start + len(written)):
            yield Finding(
                kind,
                start,
                start + len(written),
                0.6,
                "words that the trained pipeline knows by their context",
            )


def _is_name(text: str, start: int, end: int) -> bool:
    written = text[start:end]
    name = read_words(written)
    if not name or len(name) > 6 or any(map(str.isdigit, written)) or is_of_organisation(text, end):
        return False
    if len(name) == 1:
        return _is_single_name(name[0])
    solid = [word for word in name if not word.kind.particle and not word.kind.initial]
    if any(word.kind.names_organisation and not word.kind.known for word in solid):
        return False
    if not name[0].kind.capital:
        return any(word.kind.known and not word.kind.common for word in solid)
    return all(word.kind.capital and len(set(word.lower)) > 1 for word in solid) and any(
        not (word.kind.common or word.kind.title) for word in solid
    )


def _is_single_name(word: Word) -> bool:
    """One word is a name when it looks like one and like nothing else."""
    kind = word.kind
    odd = kind.common or kind.title or kind.names_organisation or len(word.text) < 3
    return kind.capital and not odd and (kind.known or not word.text[1:].isupper())


def _is_clinical(text: str, start: int, end: int) -> bool:
    """Whether a word of the lexicons or one that medicine forms is among them."""
    written = text[start:end]
    return any(map(_MEDICAL.search, written.lower().split())) or any(clinical.find(written))


_CREDIBLE = {"PERSON": _is_name, "ADDRESS": addresses.is_credible, "CLINICAL": _is_clinical}
