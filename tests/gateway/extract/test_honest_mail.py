from __future__ import annotations

import pytest

from gateway.extract.message import read_message
from gateway.extract.node import Limits
from gateway.mail import State, Trait
from tests.gateway.extract.honest_mail import SHAPES, mails

MAILS = list(mails(len(SHAPES) * 12))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_programs_write_is_read_and_not_held(shape: str) -> None:
    """No part of mail as real programs write it is unscannable, or says two different things."""
    for content in (content for name, content in MAILS if name == shape):
        nodes = read_message(content, Limits())[1]
        assert not [node.reason for node in nodes if node.state is State.UNSCANNABLE]
        assert not [node.name for node in nodes if Trait.DIFFERING in node.traits]
        assert any(node.state is State.CLEAN and node.name.partition(" › ")[0] != "headers" for node in nodes)
