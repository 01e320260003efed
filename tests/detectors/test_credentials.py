"""Credentials beside their names."""

from __future__ import annotations

import pytest

from detectors import credentials
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "password: {{CREDENTIAL|Winter24!}}",
        "the password is {{CREDENTIAL|Surgery2026}}",
        "PIN: {{CREDENTIAL|4821}}",
        "api key = {{CREDENTIAL|a8f3k29dk2}}",
        "{{CREDENTIAL|AKIAABCDEFGHIJKLMNOP}}",
        "{{CREDENTIAL|-----BEGIN RSA PRIVATE KEY-----}}",
        "my login is jsmith / {{CREDENTIAL|Winter24!}}",
        "Key safe code: {{CREDENTIAL|2580}}",
        "keysafe {{CREDENTIAL|C1790#}}, let yourself in",
        "door code for the flats is {{CREDENTIAL|4821}}",
    ],
)
def test_a_secret_beside_its_name_is_found(marked: str) -> None:
    """Passwords, PINs and keys are found when a value follows the word."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(credentials.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "reset your password at the portal",
        "Your password is about to expire",
        "password: ********",
        "password policy: see page 4",
        "the password is required",
        "I will phone you the password",
        "PIN pad",
        "login to https://portal.example",
        "pin: ____",
        "token of thanks",
        "key safe fitted 12/03/2026",
        "door code changes on Monday",
        "keypad 2 is broken",
        "gate 4821 is closed",
    ],
)
def test_talk_about_passwords_is_left_alone(text: str) -> None:
    """Reminders, masks and ordinary words are no secrets."""
    assert list(credentials.find(text)) == []
