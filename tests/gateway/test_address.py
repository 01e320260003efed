"""Paths are read strictly: nothing is guessed, decoded or repaired."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.address import AddressError, domain_of, parse_path

PIECES = st.sampled_from(
    ["<", ">", "@", ".", ",", ":", '"', "\\", "(", ")", "[", "]", "%", "!", "=?", "?=", "=?utf-8?q?a=0d=0a?=",
     " ", "\r", "\n", "\0", "\x7f", "\x85", "\u2028", "\u202e", "\ud800", "xn--", "postmaster", "clerk", "ü",
     "＠", "。", "example", "practice.example", "127.0.0.1", "SIZE=1"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("argument", "address", "parameters"),
    [
        ("<clerk@practice.example>", "clerk@practice.example", ""),
        ("<clerk@practice.example> SIZE=1 BODY=7BIT", "clerk@practice.example", "SIZE=1 BODY=7BIT"),
        ("<clerk@practice.example>  SIZE=1 ", "clerk@practice.example", "SIZE=1"),
        ("<A.Clerk@PRACTICE.Example>", "A.Clerk@practice.example", ""),
        (
            "<a+b-c_d=e~f{g}|h*i'j/k^l`m#n$o&p?q@x.example>",
            "a+b-c_d=e~f{g}|h*i'j/k^l`m#n$o&p?q@x.example",
            "",
        ),
        (f"<{'x' * 64}@practice.example>", f"{'x' * 64}@practice.example", ""),
        ("<zoë@müller.example>", "zoë@xn--mller-kva.example", ""),
        ("<clerk@practice.example.>", "clerk@practice.example", ""),
        ("<@a.example:clerk@practice.example>", "clerk@practice.example", ""),
        ("<@a.example,@b.example:clerk@practice.example>", "clerk@practice.example", ""),
        ("<>", "", ""),
        ("<> SIZE=1", "", "SIZE=1"),
        ("<PostMaster>", "postmaster", ""),
        ("<postmaster@practice.example>", "postmaster@practice.example", ""),
        ("<a=b?c@practice.example>", "a=b?c@practice.example", ""),
    ],
)
def test_accepted_paths(argument: str, address: str, parameters: str) -> None:
    """A mailbox by RFC 5321, its domain as an A-label, its source route stripped; and what follows it."""
    assert parse_path(argument) == (address, parameters)


@pytest.mark.parametrize(
    ("argument", "status"),
    [
        ("", "501 5.5.4"),
        ("<", "501 5.5.4"),
        ("clerk@practice.example", "501 5.5.4"),
        ("clerk@practice.example>", "501 5.5.4"),
        ("<clerk@practice.example", "501 5.5.4"),
        (" <clerk@practice.example>", "501 5.5.4"),
        ("Clerk <clerk@practice.example>", "501 5.5.4"),
        ("<clerk@practice.example>SIZE=1", "501 5.5.4"),
        ("<clerk@practice.example>>", "501 5.5.4"),
        ("<clerk@practice.example>\tSIZE=1", "501 5.5.4"),
        ("< >", "501 5.1.3"),
        ("<clerk>", "501 5.1.3"),
        ("<postmaster@>", "501 5.1.3"),
        ("<@practice.example>", "501 5.1.3"),
        ("< clerk@practice.example>", "501 5.1.3"),
        ("<clerk@practice.example >", "501 5.1.3"),
        ("<clerk(night)@practice.example>", "501 5.1.3"),
        ("<clerk@(night)practice.example>", "501 5.1.3"),
        ("<clerk@a@practice.example>", "501 5.1.3"),
        ("<.clerk@practice.example>", "501 5.1.3"),
        ("<clerk.@practice.example>", "501 5.1.3"),
        ("<a..clerk@practice.example>", "501 5.1.3"),
        ("<a\\@b@practice.example>", "501 5.1.3"),
        ("<a;b@practice.example>", "501 5.1.3"),
        ("<a:b@practice.example>", "501 5.1.3"),
        ("<a,b@practice.example>", "501 5.1.3"),
        ("<a[b]@practice.example>", "501 5.1.3"),
        ("<<clerk@practice.example>", "501 5.1.3"),
        ("<clerk@practice.example\r>", "501 5.1.3"),
        ("<cl\nerk@practice.example>", "501 5.1.3"),
        ("<cl\0erk@practice.example>", "501 5.1.3"),
        ("<cl\x7ferk@practice.example>", "501 5.1.3"),
        ("<cl\x85erk@practice.example>", "501 5.1.3"),
        ("<cl\u2028erk@practice.example>", "501 5.1.3"),
        ("<cl\u202eerk@practice.example>", "501 5.1.3"),
        ("<cl\udc80erk@practice.example>", "501 5.1.3"),
        ("<=?utf-8?q?a=3e=0d=0aRCPT?=@practice.example>", "501 5.1.3"),
        ("<x=?utf-8?b?DQo=?=@practice.example>", "501 5.1.3"),
        (f"<{'x' * 65}@practice.example>", "501 5.1.3"),
        (f"<{'ü' * 33}@practice.example>", "501 5.1.3"),
        ("<@a.example:>", "501 5.1.3"),
        ("<@a.example:postmaster>", "501 5.1.3"),
        ("<@a.example;clerk@practice.example>", "501 5.1.3"),
        ("<@a.example,b.example:clerk@practice.example>", "501 5.1.3"),
        ("<@a@b.example,@c.example:clerk@practice.example>", "501 5.1.3"),
        ("<x@a.example:clerk@practice.example>", "501 5.1.3"),
        ('<"clerk"@practice.example>', "553 5.1.3"),
        ('<"a@evil"@practice.example>', "553 5.1.3"),
        ('<@a.example:"clerk"@practice.example>', "553 5.1.3"),
        ("<clerk%evil.example@practice.example>", "553 5.1.3"),
        ("<evil.example!clerk@practice.example>", "553 5.1.3"),
        ("<clerk@[127.0.0.1]>", "553 5.1.3"),
        ("<clerk@[IPv6:::1]>", "553 5.1.3"),
        ("<clerk@127.0.0.1>", "501 5.1.2"),
        ("<clerk@-practice.example>", "501 5.1.2"),
        ("<clerk@practice-.example>", "501 5.1.2"),
        ("<clerk@practice..example>", "501 5.1.2"),
        ("<clerk@.practice.example>", "501 5.1.2"),
        ("<clerk@.>", "501 5.1.2"),
        (f"<clerk@{'x' * 64}.example>", "501 5.1.2"),
        (f"<clerk@{'x.' * 127}example>", "501 5.1.2"),
        ("<clerk@xn--0.example>", "501 5.1.2"),
        ("<clerk@\u0301practice.example>", "501 5.1.2"),
    ],
)
def test_refused_paths(argument: str, status: str) -> None:
    """The refusal is a whole SMTP reply and repeats nothing of the path."""
    with pytest.raises(AddressError) as refusal:
        parse_path(argument)
    assert str(refusal.value).startswith(f"{status} ")
    assert "clerk" not in str(refusal.value)


def _assert_safe(argument: str) -> None:
    with contextlib.suppress(AddressError):
        address, _ = parse_path(argument)
        assert address in ("", "postmaster") or address.count("@") == 1
        assert address.isprintable()
        assert not set(address) & set(' <>"()[]\\,;:%!')
        assert parse_path(f"<{address}>") == (address, "")


@given(st.text() | st.lists(PIECES).map("".join))
def test_any_text_is_refused_or_safe(argument: str) -> None:
    """Nothing but AddressError; what is accepted has one @, is printable, and means itself again."""
    _assert_safe(argument)


@given(st.lists(PIECES | st.characters(), max_size=8).map("".join), st.lists(PIECES, max_size=4).map("".join))
def test_any_mailbox_is_refused_or_safe(local: str, domain: str) -> None:
    """The same for texts that look like paths."""
    _assert_safe(f"<{local}@{domain}>")
    _assert_safe(f"<{local}@practice.example>")


@pytest.mark.parametrize(
    ("address", "domain"),
    [("clerk@practice.example", "practice.example"), ("", ""), ("postmaster", "")],
)
def test_domain_of(address: str, domain: str) -> None:
    """The domain is what stands behind the @; null path and bare postmaster have none."""
    assert domain_of(address) == domain
