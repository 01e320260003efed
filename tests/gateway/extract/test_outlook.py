from __future__ import annotations

import pytest

from gateway.extract.message import read_message
from gateway.extract.node import Limits
from gateway.extract.source import FileWithin
from gateway.mail import Headers, State
from tests.gateway.extract.office_files import doc, msg

LIMITS = Limits()
ANN = "ann@practice.example"
EXCHANGE = "/O=PRACTICE/CN=RECIPIENTS/CN=SAM"


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (
            msg(
                {0x0037: "Results [Secure]", 0x5D01: ANN},
                [(1, {0x39FE: "sam@mail.example"}), (2, {0x3003: "kim@mail.example"}), (3, {0x3003: ANN})],
            ),
            Headers((ANN,), ("sam@mail.example", "kim@mail.example"), (ANN,), secure_keyword=True),
        ),
        (msg({0x0C1F: ANN, 0x0065: ANN}), Headers((ANN,))),
        (msg({0x0C1F: EXCHANGE}), Headers()),
        (
            msg({}, [(1, {0x3003: EXCHANGE})]),
            Headers(defects=("To: a recipient without an internet address",)),
        ),
        (msg({})[:600], Headers(defects=("The message's properties cannot be read",))),
    ],
)
def test_headers_come_from_properties(data: bytes, headers: Headers) -> None:
    """Who wrote, who sees it, who is hidden, and what cannot be told, as of any other message."""
    assert read_message(data, LIMITS)[0] == headers


def test_parts_are_named_as_in_other_messages() -> None:
    """At the root the steps have no file's name in front."""
    nodes = read_message(msg({0x0037: "Results", 0x1000: "Dear Sam"}), LIMITS)[1]
    assert [(node.name, node.text) for node in nodes] == [("subject", "Results"), ("body", "Dear Sam")]


def test_another_compound_file_is_no_clean_message() -> None:
    """A document under the name of a message is held."""
    headers, nodes = read_message(doc(["words"]), LIMITS)
    assert not headers.visible
    assert State.UNSCANNABLE in [node.state for node in nodes]


def test_it_is_opened_only_where_files_are() -> None:
    """A compound file takes more than the readers of text, so its worker is thrown away after it."""
    with pytest.raises(FileWithin):
        read_message(msg({0x1000: "Dear Sam"}), Limits(files=False))
