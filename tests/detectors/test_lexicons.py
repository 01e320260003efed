"""The word lists are in order."""

from __future__ import annotations

import re

import pytest

from detectors.lexicons import CARE, CLINICAL, FOLDER, any_of, phrases, words

PHRASES = (
    "drugs",
    "diagnoses",
    "procedures",
    "symptoms",
    "events",
    "measurements",
    "abbreviations",
    "places",
    "job_titles",
    "postcode_districts",
)
WORDS = tuple(sorted({file.stem for file in FOLDER.glob("*.txt")} - set(PHRASES)))


@pytest.mark.parametrize("name", WORDS)
def test_words_are_in_lower_case_and_single(name: str) -> None:
    """Words are looked up in folded text: in lower case and ASCII."""
    for word in words(name).certain | words(name).ambiguous:
        assert word == word.lower()
        assert word.isascii()


@pytest.mark.parametrize("name", PHRASES)
def test_phrases_stand_one_to_a_line(name: str) -> None:
    """A phrase is short and holds no comma: a line is not a list."""
    for phrase in phrases(name).certain | phrases(name).ambiguous:
        assert 1 <= len(phrase) < 120
        assert ", " not in phrase


@pytest.mark.parametrize("name", [*WORDS, *PHRASES])
def test_no_entry_is_both_certain_and_doubtful(name: str) -> None:
    """An entry that is marked as doubtful anywhere is doubtful."""
    lexicon = words(name) if name in WORDS else phrases(name)
    assert not lexicon.certain & lexicon.ambiguous
    assert lexicon.certain


@pytest.mark.parametrize("name", ["office_life", "treatment", "patients", "in_general", "job_titles"])
def test_a_pattern_for_a_list_fits_its_entries(name: str) -> None:
    """Each of them, wrapped too, to its end though another is its beginning, and nothing shorter."""
    entries = phrases(name).certain
    pattern = re.compile(any_of(name))
    for entry in entries:
        for written in (entry, entry.replace(" ", "\n> ")):
            match = pattern.match(f"{written}.")
            assert match
            assert match[0] == written
        if not any(entry[:-1].startswith(other) for other in entries):
            assert not pattern.match(f"{entry[:-1]}.")


def test_what_befalls_patients_is_no_illness() -> None:
    """A phrase of both lists would be told apart by chance."""
    illness = phrases(*CLINICAL)
    assert not [each for each in phrases(*CARE).certain | phrases(*CARE).ambiguous if each in illness]
