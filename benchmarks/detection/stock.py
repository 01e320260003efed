"""Stock Presidio, side by side: what its predefined recognizers, the UK ones among them, find by themselves.

Its English recognizers expect a trained spaCy pipeline; like ours none is fetched, so it gets a blank
one, and finds no names.
"""

from __future__ import annotations

from typing import Any

import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import (
    NhsRecognizer,
    UkDrivingLicenceRecognizer,
    UkNinoRecognizer,
    UkPassportRecognizer,
    UkPostcodeRecognizer,
    UkVehicleRegistrationRecognizer,
)

from detectors.pipeline.generator import Span

_OURS = {
    "UK_NHS": "NHS_NUMBER",
    "UK_NINO": "NINO",
    "UK_POSTCODE": "UK_POSTCODE",
    "CREDIT_CARD": "CREDIT_CARD",
    "IBAN_CODE": "IBAN",
    "PHONE_NUMBER": "PHONE",
    "DATE_TIME": "DATE_OF_BIRTH",
    "PERSON": "PERSON",
    "LOCATION": "ADDRESS",
}
_UK = (
    NhsRecognizer,
    UkDrivingLicenceRecognizer,
    UkNinoRecognizer,
    UkPassportRecognizer,
    UkPostcodeRecognizer,
    UkVehicleRegistrationRecognizer,
)
_ONLINE = ("EmailRecognizer", "UrlRecognizer")
"""They ask the network for a list of domains; what they find is not judged here."""


class Stock:
    """Presidio's AnalyzerEngine on its defaults."""

    def __init__(self) -> None:
        registry = RecognizerRegistry()
        registry.load_predefined_recognizers(languages=["en"])
        for recognizer in _UK:
            registry.add_recognizer(recognizer())
        for name in _ONLINE:
            registry.remove_recognizer(name)
        self._analyzer = AnalyzerEngine(registry=registry, nlp_engine=_Blank(), supported_languages=["en"])

    def find(self, text: str) -> tuple[Span, ...]:
        """What it finds, in our types; other types it has are left out."""
        return tuple(
            Span(result.start, result.end, _OURS[result.entity_type], "")
            for result in self._analyzer.analyze(text, "en")
            if result.entity_type in _OURS
        )


class _Blank(SpacyNlpEngine):
    """spaCy's English tokens and nothing more."""

    nlp: Any

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}
