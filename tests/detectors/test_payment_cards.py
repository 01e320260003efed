"""Payment cards: every scheme and separator, and what only looks like one."""

from __future__ import annotations

import pytest
from stdnum import luhn

from detectors import payment_cards
from detectors.payment_cards import PUBLISHED_TESTS
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "{{CREDIT_CARD|4000 0000 0000 0010}}",
        "the number you wanted\n{{CREDIT_CARD|4000 0000 0000 0010}}\n11/28\nJ Doe",
        "J Doe\n{{CREDIT_CARD|5500000000001234}} 03 29 123",
        "{{CREDIT_CARD|5500-0000-0000-1234}}, 0329, 123",
        "09/2030\n{{CREDIT_CARD|2223 0000 0000 1237}}",
        "booking ref {{CREDIT_CARD|4000 0000 0000 0010}} valid to 11-28",
        "{{CREDIT_CARD|3700 000000 00127}}\n4321 on the front\n05/27",
        "take it from\n{{CREDIT_CARD|3000 000000 0129}}\n2 High Street",
        "furniture order, site wanted {{CREDIT_CARD|4000 0000 0000 0010}} again and then a code",
        "invoice 77, please charge {{CREDIT_CARD|4000000000000010}}",
        '"{{CREDIT_CARD|4000 0000 0000 0010}}"',
        "%B{{CREDIT_CARD|4000000000000010}}^DOE/JANE^28111010000?",
        "maestro {{CREDIT_CARD|676200000005}}",
        "card {{CREDIT_CARD|4000000000000010}}",
        "{{CREDIT_CARD|4000-0000-0000-0010}}",
        "{{CREDIT_CARD|4000.0000.0000.0010}}",
        "card {{CREDIT_CARD|5500 0000 0000 1234}} exp 01/29",
        "{{CREDIT_CARD|2223 0000 0000 1237}}",
        "{{CREDIT_CARD|2720000000001235}}",
        "Amex {{CREDIT_CARD|3700 000000 00127}}",
        "{{CREDIT_CARD|6011 0000 0000 1234}}",
        "{{CREDIT_CARD|3000 000000 0129}}",
        "card {{CREDIT_CARD|4540 0000\n0000 7772}}",
        "{{CREDIT_CARD|4 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0}} is my card",
        "visa: {{CREDIT_CARD|4000 0000 0000 0010 09 2}}7",
        "{{CREDIT_CARD|4000_0000_0000_0010}}",
    ],
)
def test_a_full_card_number_is_found(marked: str) -> None:
    """A number in a scheme's range that passes Luhn is found with any separator."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(payment_cards.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "4000 0000 0000 0001",
        "4111 1111 1111 1111",
        "4000 0000 0000 0002",
        "Training: 4000-0000-0000-0127, 11/28",
        "sandbox 4917610000000000 and 370000000000002",
        "try 4444333322221111",
        "discount code 4000 0000 0000 0010",
        "Tracking number:\n4000 0000 0000 0010",
        "paid, tracking 4000 0000 0000 0010",
        "we pay £4,657.13 to Roe Ltd, 30-08-29/19322240",
        "please send appointment cards. Account no 31, order 4000000000000010",
        "membership 4000000000000010",
        "voucher: 4000-0000-0000-0010",
        "x4000000000000010",
        "1234 4000 0000 0000 0010",
        "676200000006",
        "5555555555554444",
        "2223 0031 2200 3222",
        "378282246310005",
        "**** **** **** 0010",
        "4000 00XX XXXX 0010",
        "card ending 0010",
        "IMEI 490154203237518",
        "order 4000000000000010",
        "serial no 4000000000000010",
        "1111 2222 3333 4444",
        "0000 0000 0000 0000",
        "7000 0000 0000 0005",
        "40000000000000104000000000000010",
        "sha 4000000000000010ab",
        "0.4000000000000010",
        "2720 9999 9999 9996 1234 5678",
        "ref=4000000000000010&x",
        "tracking 4000000000000010",
    ],
)
def test_what_no_card_carries_is_left_alone(text: str) -> None:
    """Masked, published, mistyped and foreign numbers are no cards."""
    assert list(payment_cards.find(text)) == []


def test_published_numbers_are_listed_because_they_would_be_found() -> None:
    """Every number in the list has the length and the check digit of a card."""
    assert all(len(number) in payment_cards.LENGTHS and luhn.is_valid(number) for number in PUBLISHED_TESTS)
    assert not any(map(payment_cards.is_pan, PUBLISHED_TESTS))
