"""Presidio's AnalyzerEngine with our recognizers: text in, findings out.

`Detector.find` folds the text, lets the sieve say where to look, has Presidio read those windows,
settles which finding a stretch of text belongs to, and leads every offset back to the text as given.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import msgspec
from presidio_analyzer import (
    AnalysisExplanation,
    AnalyzerEngine,
    EntityRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from spacy.tokens import Doc

from detectors import (
    addresses,
    bank_accounts,
    clinical,
    credentials,
    dates_of_birth,
    emails,
    entities,
    figures,
    hospital_numbers,
    identity_documents,
    modulus,
    national_insurance,
    nhs_numbers,
    operators,
    payment_cards,
    people,
    phones,
    postcodes,
    tax_references,
    vehicle_registrations,
)
from detectors import pipeline as pipelines
from detectors.additions import NONE, Additions
from detectors.failure import DetectionError
from detectors.findings import Finding, FindingType, Reading
from detectors.identifiable import MONEY, judge
from detectors.lexicons import use
from detectors.normalise import normalise
from detectors.records import HEALTH_NUMBERS
from detectors.sieve import Window, windows

__all__ = ["DetectionError", "Detector", "settle"]

Find = Callable[[str], Iterable[Finding]]

OURS: tuple[tuple[tuple[FindingType, ...], Find], ...] = (
    (("IBAN",), bank_accounts.find_ibans),
    (("CREDIT_CARD",), payment_cards.find),
    (("NHS_NUMBER", "CHI_NUMBER", "HC_NUMBER"), nhs_numbers.find),
    (("NINO",), national_insurance.find),
    (("UTR",), tax_references.find),
    (("DRIVING_LICENCE",), identity_documents.find_licences),
    (("PASSPORT",), identity_documents.find_passports),
    (("UK_BANK_ACCOUNT",), bank_accounts.find),
    (("DATE_OF_BIRTH",), dates_of_birth.find),
    (("HOSPITAL_NUMBER",), hospital_numbers.find),
    (("EMAIL_ADDRESS",), emails.find),
    (("UK_POSTCODE",), postcodes.find),
    (("ADDRESS",), addresses.find),
    (("PHONE",), phones.find),
    (("VEHICLE_REGISTRATION",), vehicle_registrations.find),
    (("CREDENTIAL",), credentials.find),
    (("PERSON",), people.find),
    (("CLINICAL", "CARE"), clinical.find),
)
"""What finds what. Where findings overlap, the one further up has the text."""

DOUBTFUL_NAME = 0.7
"""Score up to which a name is initials, or what the pipeline alone has heard: no place to look beside."""
THOROUGH = 50_000
"""Characters of a text beyond which the pipeline is no longer asked once patients have been identified: in
a list of a thousand patients it could add a name, and change no verdict. The rules read on to the end."""
ENOUGH = 500_000
"""Characters of a text beyond which, once patients have been identified, only what still tells something new
is looked for, if whoever asks wants no more: health numbers, by which they are counted, and bank details."""
TELLING = [*HEALTH_NUMBERS, *MONEY]
TOGETHER = 64
"""Texts that the pipeline reads at once: more are no faster, and take memory."""
_RANK = {kind: rank for rank, kind in enumerate(kind for kinds, _ in OURS for kind in kinds)}


class Detector:
    """Finds identifiers in text. Not thread-safe: one per worker process.

    Raises ValueError when one of the `additions` is not what it should be (an operator's recognizer
    must find one of our types), OSError when it is not there. Without `guesses` it finds only figures that
    a rule knows: what the others stand for is learned from that.
    """

    def __init__(self, additions: Additions = NONE, *, guesses: bool = True) -> None:
        self._guesses = guesses
        if additions.lexicons:
            use(Path(additions.lexicons))
        registry = RecognizerRegistry(recognizers=list(_ours(additions.modulus_table)))
        self._operators = operators.load(Path(additions.recognizers)) if additions.recognizers else ()
        for recognizer in self._operators:
            registry.add_recognizer(recognizer)
        self._context_matters = any(recognizer.context for recognizer in self._operators)
        self._pipeline = _Pipeline(additions.pipeline)
        self._analyzer = AnalyzerEngine(
            registry=registry,
            nlp_engine=self._pipeline,
            supported_languages=["en"],
            context_aware_enhancer=operators.Context(),
        )

    def find(self, text: str, *, to_the_end: bool = True) -> tuple[Finding, ...]:
        """Everything found in `text`, sorted by start; spans are half-open, in code points of `text`.

        Unless wanted `to_the_end`, a long list of patients has everything only at its beginning (`ENOUGH`).
        Raises DetectionError when any recognizer fails or takes too long.
        """
        try:
            return self._find(text, len(text) if to_the_end else ENOUGH)
        except DetectionError:
            raise
        except Exception as failure:
            raise DetectionError(f"a recognizer failed with {type(failure).__name__}") from None
        finally:
            hospital_numbers.forget()  # No message stays in memory longer than it takes to read.

    def _find(self, text: str, enough: int) -> tuple[Finding, ...]:
        folded = normalise(text)
        reader = entities.Reader(self._pipeline.read)
        cut = windows(folded.text, operators.matches(folded.text, self._operators))
        found: list[Finding] = []
        identified = False
        for _, group in groupby(cut, lambda window: window.core_start // THOROUGH):
            together = list(group)
            kinds = TELLING if identified and together[0].core_start >= enough else None
            more = list(self._read(folded.text, together, None if identified else reader, kinds))
            identified = identified or (cut[-1].end > THOROUGH and _identifies(folded.text, more))
            found += more
        people = [each for each in found if each.type == "PERSON" and each.score > DOUBTFUL_NAME]
        found += dates_of_birth.behind_names(folded.text, people)
        found += hospital_numbers.behind_names(folded.text, people)
        found += list(hospital_numbers.in_rows(folded.text, people, found))
        found += nhs_numbers.beside_names(folded.text, people, found)
        known = settle(found)
        if self._guesses:
            known = settle(figures.weigh(folded.text[: THOROUGH if identified else None], known))
        settled = []
        for finding in known:
            start, end = folded.span(finding.start, finding.end)
            settled.append(Finding(finding.type, start, end, finding.score, finding.why))
        return tuple(settled)

    def _read(
        self, text: str, group: Sequence[Window], reader: entities.Reader | None, kinds: list[str] | None
    ) -> Iterator[Finding]:
        """What the rules and, for what these leave open, the pipeline find in the cores of windows."""
        stretches = [self._by_rules(text, window, kinds) for window in group]
        added = reader.find(stretches) if reader else [[] for _ in group]
        for window, stretch, heard in zip(group, stretches, added, strict=True):
            shift = window.start - len(window.heading)
            for finding in (*stretch.found, *heard):
                if stretch.start <= finding.start < stretch.end:
                    start, end = shift + finding.start, shift + finding.end
                    yield Finding(finding.type, start, end, finding.score, finding.why)

    def _by_rules(self, text: str, window: Window, kinds: list[str] | None) -> entities.Stretch:
        """The text of a window with what Presidio's recognizers find in it."""
        stretch = window.heading + text[window.start : window.end]
        shift = window.start - len(window.heading)
        found = list(self._recognized(stretch, kinds))
        return entities.Stretch(stretch, window.core_start - shift, window.core_end - shift, found)

    def _recognized(self, stretch: str, kinds: list[str] | None) -> Iterator[Finding]:
        """All kinds, or only those."""
        artifacts = self._pipeline.tokens(stretch) if self._context_matters else self._pipeline.nothing
        for result in self._analyzer.analyze(
            stretch, "en", entities=kinds, nlp_artifacts=artifacts, return_decision_process=True
        ):
            why = result.analysis_explanation.textual_explanation or "found by an operator's recognizer"
            kind = cast(FindingType, result.entity_type)
            yield Finding(kind, result.start, result.end, result.score, why)


def _ours(modulus_table: str) -> Iterator[_Recognizer]:
    """A recognizer for each of our subjects; bank accounts are held against the table if there is one."""
    table = modulus.read(Path(modulus_table)) if modulus_table else None
    for kinds, find in OURS:
        subject = find
        if table and find is bank_accounts.find:
            subject = partial(bank_accounts.find, could_exist=table.could_exist)
        yield _Recognizer(kinds, subject, find.__module__)


def _identifies(text: str, found: Iterable[Finding]) -> bool:
    return judge([Reading("", text, tuple(settle(found)))]).patient_identifiable


def settle(found: Iterable[Finding]) -> list[Finding]:
    """Findings in order of start, where each stretch of text belongs to the one with the best claim.

    It is as sure as the surest of its type within it.
    """
    kept: list[Finding] = []
    for finding in sorted(found, key=_claim):
        at = bisect(kept, finding.start, key=_start)
        free_before = at == 0 or kept[at - 1].end <= finding.start
        free_after = at == len(kept) or finding.end <= kept[at].start
        if free_before and free_after:
            kept.insert(at, finding)
        elif at and _is_surer(finding, kept[at - 1]):
            kept[at - 1] = msgspec.structs.replace(kept[at - 1], score=finding.score, why=finding.why)
    return kept


def _is_surer(inner: Finding, outer: Finding) -> bool:
    return inner.type == outer.type and inner.end <= outer.end and inner.score > outer.score


def _claim(finding: Finding) -> tuple[int, int, int]:
    """The smaller, the better: the more telling type, of one type the longer, of these the earlier."""
    return _RANK[finding.type], finding.start - finding.end, finding.start


def _start(finding: Finding) -> int:
    return finding.start


class _Recognizer(EntityRecognizer):
    """One subject's `find` as Presidio wants it."""

    def __init__(self, kinds: tuple[FindingType, ...], find: Find, name: str) -> None:
        self._subject = find
        self.name: str = name
        super().__init__(supported_entities=list(kinds), name=self.name)

    def load(self) -> None:
        """Nothing to load: lexicons are read on first use."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        """What the subject finds in `text`."""
        return [self._result(finding) for finding in self._subject(text)]

    def _result(self, finding: Finding) -> RecognizerResult:
        return RecognizerResult(
            finding.type,
            finding.start,
            finding.end,
            finding.score,
            AnalysisExplanation(self.name, finding.score, textual_explanation=finding.why),
            {
                RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            },
        )


class _Pipeline(SpacyNlpEngine):
    """A spaCy pipeline that is there already: nothing is ever fetched.

    Presidio gets no tokens from it, for none of our recognizers reads them.
    """

    nlp: Any

    def __init__(self, name: str) -> None:
        super().__init__(models=[{"lang_code": "en", "model_name": name}])
        self.load()
        self.nothing = self._doc_to_nlp_artifact(Doc(self.nlp["en"].vocab), "en")

    def load(self) -> None:
        """Open the pipeline: ours, or the package or folder that is named.

        Raises OSError when there is none, and ValueError for one that finds nothing we listen to.
        """
        name = self.models[0]["model_name"]
        nlp = pipelines.load(name)
        labels = {label for each in nlp.pipe_labels.values() for label in each}
        if not labels & entities.KINDS.keys():
            raise ValueError(f"the spaCy pipeline {name} must find one of {', '.join(entities.KINDS)}")
        self.nlp = {"en": nlp}

    def read(self, texts: Sequence[str]) -> list[list[entities.Entity]]:
        """The entities that the pipeline finds in each text; of their words it keeps nothing."""
        nlp = self.nlp["en"]
        with nlp.memory_zone():
            return [
                [entities.Entity(entity.label_, entity.start_char, entity.end_char) for entity in doc.ents]
                for doc in nlp.pipe(texts, batch_size=TOGETHER)
            ]

    def tokens(self, text: str) -> NlpArtifacts:
        """The words of a text and nothing else, for an operator's context words."""
        return self._doc_to_nlp_artifact(self.nlp["en"].make_doc(text), "en")
