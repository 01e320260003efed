"""What a detector finds: where, of which type, how sure, and why. Never the text itself."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

FindingType = Literal[
    "PERSON",
    "NHS_NUMBER",
    "CHI_NUMBER",
    "HC_NUMBER",
    "DATE_OF_BIRTH",
    "UK_POSTCODE",
    "ADDRESS",
    "PHONE",
    "EMAIL_ADDRESS",
    "NINO",
    "HOSPITAL_NUMBER",
    "PASSPORT",
    "DRIVING_LICENCE",
    "VEHICLE_REGISTRATION",
    "UTR",
    "CLINICAL",
    "CARE",
    "CREDIT_CARD",
    "UK_BANK_ACCOUNT",
    "IBAN",
    "CREDENTIAL",
]
FINDING_TYPES: tuple[str, ...] = get_args(FindingType)
COUNTS_AS: dict[str, str] = {"CHI_NUMBER": "NHS_NUMBER", "HC_NUMBER": "NHS_NUMBER"}
"""Types that labels do not tell apart: each country's health number is the same thing."""
TELLS_AS: dict[str, FindingType] = {"CARE": "CLINICAL"}
"""Types that say of a patient what another says: who collapsed is ill."""


class Finding(msgspec.Struct, frozen=True):
    """One identifier in one text.

    `start` and `end` are code point indices into the text as given (before any
    normalisation), `score` lies in 0..1. `why` is a sentence for the person who
    reviews the verdict; it must never quote what was found.
    """

    type: FindingType
    start: int
    end: int
    score: float
    why: str
    cell: str = ""
    """Of a sheet, in which it begins: "B7"; of a document of several pages, "page 3"; else empty."""


class Judgement(msgspec.Struct, frozen=True):
    """What all findings of one message come to, with the evidence spelled out.

    `patients` is the number of distinct patients that the findings tell apart, 0
    when none is identified. `evidence` holds sentences such as "NHS number in
    patient context (body, characters 10 to 22)"; like `Finding.why` they never
    quote the message.
    """

    patient_identifiable: bool
    bank_or_card: bool
    patients: int
    evidence: tuple[str, ...]


class Piece(msgspec.Struct, frozen=True):
    """A part of a text that was put together from several."""

    start: int
    """Where it begins in that text."""
    name: str
    """Where it stands: "subject"."""
    origin: int
    """Where it begins there."""


class Reading(msgspec.Struct, frozen=True):
    """One text and what was found in it: the unit that `identifiable.judge` reasons over.

    `name` says where the text stands ("body", "letter.docx › comments").
    """

    name: str
    text: str
    findings: tuple[Finding, ...]
    pieces: tuple[Piece, ...] = ()
    """Which text each part of it is of, if it was put together from several; in its order."""
