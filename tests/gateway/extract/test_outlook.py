from __future__ import annotations

import pytest

from gateway.extract.message import read_message
from gateway.extract.node import Limits
from gateway.extract.source import FileWithin
from gateway.mail import Headers, State
from tests.gateway.extract.compound_files import compound
from tests.gateway.extract.office_files import attached_message, doc, msg, msg_streams

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


@pytest.mark.parametrize(
    ("identifier", "text"),
    [
        (0x8001, "<NHS 999 000 0018> Jane Doe"),
        (0x8001, "/NHS 999 000 0018 Jane Doe"),
        (0x8001, "IPM.Note 999 000 0018"),
        (0x8001, "jane.doe.9990000018@mail.example"),
        (0x1035, "NHS 999 000 0018"),
        (0x3001, "Jane Doe 999 000 0018"),
        (0x0070, "Jane Doe 999 000 0018"),
    ],
)
def test_properties_are_read_however_they_begin(identifier: int, text: str) -> None:
    """A sign in front makes no identifier of what somebody wrote, nor does the property that it stands in."""
    found = read_message(msg({0x0037: "Results", identifier: text}), LIMITS)[1]
    assert [node.text for node in found if node.name == "properties"] == [text]


@pytest.mark.parametrize("prefix", ["", "Results of ", "Jane"])
def test_what_stands_within_the_subject_is_no_less_a_property(prefix: str) -> None:
    """A number or a name by itself may tell more than within a line; only prefix and topic say it again."""
    noted = {0x0037: "Results of Jane Doe, 1999 000 00189", 0x003D: prefix, 0x8001: "999 000 0018"}
    found = read_message(msg(noted), LIMITS)[1]
    properties = next(node.text for node in found if node.name == "properties")
    assert "999 000 0018" in properties.split("\n")
    assert ("Jane" in properties) == (prefix == "Jane")


def test_what_programs_note_is_left_out() -> None:
    """Classes, identifiers, addresses, and what the subject says again."""
    noted = {
        0x001A: "IPM.Schedule.Meeting.Request",
        0x0037: "RE: Results",
        0x003D: "RE: ",
        0x0070: "Results",
        0x0064: "EX",
        0x0065: "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=4f-ann",
        0x0C1F: EXCHANGE,
        0x1035: "<DB7PR04MB5161999000001@mail.example>",
        0x1039: "<DB7PR04MB5161@mail.example> <DB7PR04MB999000001@mail.example>",
        0x8007: ANN,
    }
    assert [node.name for node in read_message(msg(noted), LIMITS)[1]] == ["subject", "body"]


def test_words_beside_recipients_and_attached_messages_are_read() -> None:
    """As those of the message itself, and of attached files."""
    noted = attached_message("Inner", msg_streams({0x1000: "Hello"}, prefix=24))
    noted |= {"__substg1.0_8001001F": "NHS 999 000 0018".encode("utf-16-le")}
    data = msg({0x1000: "Dear Sam"}, [(1, {0x3001: "Sam", 0x8001: "NHS 999 000 0018"})], [noted])
    said = {node.name: node.text for node in read_message(data, LIMITS)[1]}
    assert said["recipients"] == "Sam\nNHS 999 000 0018"
    assert said["Inner › properties"] == "NHS 999 000 0018"


@pytest.mark.parametrize(
    ("name", "other"),
    [("1000001E", "1000001F"), ("1013001E", "10130102"), ("10130102", "1013001F")],
)
def test_a_property_of_two_types_is_two(name: str, other: str) -> None:
    """As text in one octet for each character, in two, or as octets: which is shown nobody knows."""
    streams = {f"__substg1.0_{name}": b"NHS 999 000 0018"}
    streams[f"__substg1.0_{other}"] = "Hello".encode("utf-16-le" if other.endswith("F") else "ascii")
    said = [node.text for node in read_message(compound(msg_streams({}) | streams), LIMITS)[1]]
    assert {"Hello", "NHS 999 000 0018"} <= {*said}
