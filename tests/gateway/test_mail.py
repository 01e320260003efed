"""The nouns that travel: what a message says about itself."""

import pytest

from gateway.mail import Envelope, Message

TRACE = b"Received: from a by b;\r\n\tSat, 21 Nov 2026 10:00:00 +0000\r\n"


@pytest.mark.parametrize(
    ("content", "hops"),
    [
        (TRACE + b"Subject: a\r\n\r\nb\r\n", 1),
        (TRACE * 60 + b"\r\nb\r\n", 60),
        (TRACE + b"RECEIVED : a\r\nX-Received: b\r\nSubject: Received: c\r\n Received: d\r\n\r\n", 2),
        (TRACE + b"\r\n" + TRACE, 1),
        (TRACE, 1),
        (b"", 0),
        (b"X: y\r\n" * 100_000 + TRACE, 0),
    ],
)
def test_received_fields_are_counted(content: bytes, hops: int) -> None:
    """Every Received field of the header section is a hop; the word in other places is not."""
    assert Message("m1", Envelope("", ()), content, 0).hops == hops
