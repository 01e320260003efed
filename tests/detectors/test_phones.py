"""Telephone numbers by the numbering plan."""

from __future__ import annotations

import pytest

from detectors import phones
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "{{PHONE|020 7946 0123}}",
        "bleep me on {{PHONE|07648 131290}}",
        "{{PHONE|02079460123}}",
        "{{PHONE|(020) 7946 0123}}",
        "{{PHONE|+44 20 7946 0123}}",
        "{{PHONE|+44 (0)20 7946 0123}}",
        "{{PHONE|0044 20 7946 0123}}",
        "{{PHONE|07700 900123}}",
        "{{PHONE|07700-900-456}}",
        "{{PHONE|01632 960123}}",
        "{{PHONE|0808 157 0123}}",
        "{{PHONE|+33 1 42 68 53 00}}",
        "{{PHONE|020 7946 0123 ext 45}}",
        "Tel:{{PHONE|020.7946.0123}}",
        "Ann Roe\nReception\n{{PHONE|020 7946 0123}}",
        "LS1 4AB\n{{PHONE|(0121) 496 0148}}",
        "doe 03/05/1973 {{PHONE|07700 900833}} - sick note",
        "born 1973 {{PHONE|07700 900833}}",
        "Ann Roe, Sister, {{PHONE|01148554348}}",
        "Ann Roe\tE\tL\toff\t{{PHONE|02079460123}}\nJo Bloggs",
        "Site manager bleep 609 {{PHONE|07700 900123}}. Escalation",
        "{{PHONE|020 7946 0123}}/{{PHONE|020 7946 0456}}",
        "the unit on {{PHONE|0118-557-9972}}.",
        "Ring {{PHONE|01148554348}} to book",
        "Tel {{PHONE|+44 115 292 5807}}",
        "m: {{PHONE|(01624) 002692}}",
        "DE7 7ET, {{PHONE|01218047849}}.",
        "Old Bakery Surgery | {{PHONE|01175067464 ext 435}}",
        "Upper Green, {{PHONE|020\n7946 0461}}",
        "ring back after 4 {{PHONE|07700900883}}",
        "Doe Jane 00136453 {{PHONE|+44 7700 900575}} hCG 2006",
        "6707 {{PHONE|0161 496 0716}} 5 pages\n7810 {{PHONE|0116 496 0902}} 4 pages",
        "our ref 13 Te1 {{PHONE|01924388924}}",
        "Tel{{PHONE|028 9649 6744}}",
    ],
)
def test_a_number_that_could_be_rung_is_found(marked: str) -> None:
    """UK numbers in every grouping and foreign ones with a plus are found."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(phones.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "999 000 0018",
        "10-79-99 88837491",
        "4000 0000 0000 0010",
        "03/04/1950 12:30",
        "111",
        "0000 000 000",
        "01/02/2024",
        "020 7946",
        "0123 4567",
        "ref 020794601231234567",
        "A020 7946 0123",
        "999 020 7946 0123",
        "4929 0712 3456 7890",
        "12 02079460123",
        "12.079460123",
        "0.2079460123",
        "01234",
        "order 01148554348 of the toner",
        "asset no 01148554348",
        "0118-557-997",
        "0118-557-99720",
        "0110 557 9972",
    ],
)
def test_numbers_nobody_can_ring_are_left_alone(text: str) -> None:
    """Health, bank, card and reference numbers are no telephones."""
    assert list(phones.find(text)) == []
