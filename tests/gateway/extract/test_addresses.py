from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract.addresses import parse_addresses


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("ann@practice.example", ["ann@practice.example"]),
        ("Ann Lee <ann@practice.example>", ["ann@practice.example"]),
        (
            '"Lee, Ann" <ann@practice.example>, bob@trust.example',
            ["ann@practice.example", "bob@trust.example"],
        ),
        ("Dr. A. Lee <ann@practice.example>", ["ann@practice.example"]),
        ("=?utf-8?Q?Lee,_Ann?= <ann@practice.example>", ["ann@practice.example"]),
        ("(a comment (within one)) ann@practice.example (after)", ["ann@practice.example"]),
        ("Team: ann@practice.example, bob@trust.example;", ["ann@practice.example", "bob@trust.example"]),
        ("Team: ann@practice.example;, bob@trust.example", ["ann@practice.example", "bob@trust.example"]),
        ("undisclosed-recipients:;", []),
        ('"nurse@nhs.net" <x@evil.example>', ["x@evil.example"]),
        ('"a b"@practice.example', ['"a b"@practice.example']),
        ("ann@[192.0.2.1]", ["ann@[192.0.2.1]"]),
        ("Jörg <jörg@praxis.example>", ["jörg@praxis.example"]),
        ("ann@practice.example,\r\n\tbob@trust.example,", ["ann@practice.example", "bob@trust.example"]),
        ("", []),
        (" ", []),
    ],
)
def test_reads_what_the_grammar_allows(value: str, addresses: list[str]) -> None:
    """A field by the grammar of RFC 5322 gives its addresses in order, without a defect."""
    assert parse_addresses(value) == (addresses, True)


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("alice@nhs.net)<x@evil.example>", ["alice@nhs.net", "x@evil.example"]),
        ("alice@nhs.net]<x@evil.example>", ["alice@nhs.net", "x@evil.example"]),
        ("alice@nhs.net <x@evil.example>", ["alice@nhs.net", "x@evil.example"]),
        ("alice@nhs.net x@evil.example", ["alice@nhs.net", "x@evil.example"]),
        ("alice@nhs.net;x@evil.example", ["alice@nhs.net", "x@evil.example"]),
        ("<alice@nhs.net> <x@evil.example>", ["alice@nhs.net", "x@evil.example"]),
        ("Team: alice@nhs.net", ["alice@nhs.net"]),
        ("<@relay.example:x@evil.example>", ["x@evil.example"]),
        ("alice@nhs.net@evil.example", ["alice@nhs.net@evil.example"]),
        ("alice@nhs..net", ["alice@nhs..net"]),
        ("alice@nhs.net.", ["alice@nhs.net."]),
        ("<alice@nhs.net", ["alice@nhs.net"]),
        ("alice@nhs.net (", ["alice@nhs.net"]),
        ("postmaster", []),
        ("nurse at nhs.net", []),
    ],
)
def test_reports_defects_and_still_reads_every_address(value: str, addresses: list[str]) -> None:
    """A field that is not by the grammar is defective, and nothing that looks like an address is lost."""
    read, by_the_grammar = parse_addresses(value)
    assert not by_the_grammar
    assert set(addresses) <= set(read)


@given(st.text(alphabet='ab@.<>()[]",;:\\ \r\n\té=?Q', max_size=200))
def test_never_raises(value: str) -> None:
    """Whatever a field holds, it is read; a clean reading invents no address that is not in it."""
    addresses, _ = parse_addresses(value)
    assert all(address in value for address in addresses)


@pytest.mark.parametrize("piece", ["(", '"', "<", "a", "a ", "a@b,", "=?", "g:", "(a)", "\\", "(\\"])
def test_long_fields_are_read_in_one_go(piece: str) -> None:
    """Repetition does not make the parser backtrack: a long field ends like any other."""
    addresses, _ = parse_addresses(piece * 50_000)
    assert len(addresses) <= 50_000
