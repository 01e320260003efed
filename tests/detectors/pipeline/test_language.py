"""Tokens of mail."""

from __future__ import annotations

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from detectors.pipeline.language import MailTokenizer, beginning, ending

tokenizer = MailTokenizer(spacy.blank("postern").vocab)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_tokens_lose_no_character(text: str) -> None:
    """Whatever the text, its tokens and the spaces after them are the text."""
    assert tokenizer(text).text == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("PID|1||KHAN^FATIMA^A", ["KHAN", "FATIMA"]),
        ("Khan_Fatima_referral.pdf", ["Khan", "Fatima"]),
        ("FatimaKhan.docx", ["Fatima", "Khan"]),
        ("?name=Fatima+Khan&dob=1", ["Fatima", "Khan"]),
        ("Khan,Fatima,1962", ["Khan", "Fatima"]),
        ("<name>Fatima Khan</name>", ["Fatima", "Khan"]),
        ("Fatima Khan's", ["Fatima", "Khan"]),
        ("Ní Bhriain/Siobhán", ["Ní", "Bhriain", "Siobhán"]),
    ],
)
def test_a_name_is_tokens_of_its_own(text: str, name: list[str]) -> None:
    """In messages, file names, addresses of pages and tables a name can be a span."""
    tokens = [token.text for token in tokenizer(text)]
    assert [token for token in tokens if token in name] == name


@pytest.mark.parametrize(
    "text", ["fatima.khan@nhs.example", "o-b+x@mail.example", "14B", "T2DM", "HbA1c", "£40"[1:]]
)
def test_what_belongs_together_is_one_token(text: str) -> None:
    """E-mail addresses, house numbers and abbreviations stay whole."""
    assert [token.text for token in tokenizer(text)] == [text]


@pytest.mark.parametrize("unit", ["a", "a.", "aB", "Aa", " ", "\n", "^", "é", "@", "1", "a@", "x@y.", "Dr "])
def test_a_long_monotonous_text_is_read(unit: str) -> None:
    """The worst cases of the pattern, 200,000 characters of each, come back whole."""
    text = unit * (200_000 // len(unit))
    assert tokenizer(text).text == text


def test_beginnings_and_endings_ignore_case() -> None:
    """ARTHRITIS and arthritis look the same to the model but for their shape."""
    assert (beginning("ARTHRITIS"), ending("Arthritis")) == ("art", "itis")
