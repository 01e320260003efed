from __future__ import annotations

from functools import cache

import pytest

from gateway.inspection import Inspector
from gateway.mail import State
from tests.gateway.extract.ambiguous_mail import counts, messages

MESSAGES = messages()


@cache
def inspector() -> Inspector:
    return Inspector()


@pytest.mark.parametrize("kind", counts(MESSAGES))
def test_what_some_client_would_show_is_found_or_held(kind: str) -> None:
    """Of every message that clients read differently, the number is found, or the message is not clean."""
    missed = []
    for name, content in MESSAGES.items():
        if name.startswith(f"{kind}:"):
            parts = inspector().inspect(content).parts
            found = any(finding.type == "NHS_NUMBER" for part in parts for finding in part.findings)
            if not found and not any(part.state is State.UNSCANNABLE for part in parts):
                missed.append(name)
    assert not missed


def test_there_are_enough_of_them() -> None:
    """More than the 390 of the study, no two alike but for an order that makes no difference."""
    assert len(set(MESSAGES.values())) > 900
