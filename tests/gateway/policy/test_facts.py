from __future__ import annotations

import pytest

from gateway.mail import Trust
from tests.gateway.policy.by_hand import facts


@pytest.mark.parametrize(
    ("address", "trust"),
    [
        ("dr.b@practice.example", Trust.INTERNAL),
        ("dr.b@PRACTICE.example.", Trust.INTERNAL),
        ("gp@nhs.net", Trust.SECURE),
        ("gp@ＮＨＳ.net", Trust.SECURE),
        ("pc@kent.police.uk", Trust.SECURE),
        ("dr.b@mail.practice.example", Trust.INSECURE),
        ("dr@wards.nhs.net", Trust.INSECURE),
        ("dr@nhs.net.evil.example", Trust.INSECURE),
        ("dr@xn--nh-foc.net", Trust.INSECURE),
        ("social@council.gcsx.gov.uk", Trust.INSECURE),
        ("gp@nhs.net@mail.example", Trust.INSECURE),
        ("gp@[192.0.2.1]", Trust.INSECURE),
        ("nhs.net", Trust.INSECURE),
        ("", Trust.INSECURE),
    ],
)
def test_trust_follows_the_domain(address: str, trust: Trust) -> None:
    """A recipient is trusted by its domain alone, and not at all without a valid one."""
    (recipient,) = facts(address).recipients
    assert recipient.trust is trust


def test_a_recipient_says_why() -> None:
    """The standing of a recipient names the entry that decided, its successor, or that there is none."""
    secure, retired, unlisted = facts("a@nhs.net", "b@council.gcsx.gov.uk", "c@mail.example").recipients
    assert secure.standing.why.startswith("nhs.net: ")
    assert retired.standing.successor == "the council's own gov.uk domain"
    assert unlisted.standing.why == "no list of secure domains names it"


@pytest.mark.parametrize("own", ["practice.example", "surgery.example"])
def test_own_domains_are_guarded_too(own: str) -> None:
    """A domain that imitates one of the organisation's own is noticed like any other imitation."""
    (recipient,) = facts(f"dr@{own}.test", own_domains=("practice.example", "surgery.example")).recipients
    assert recipient.imitation is not None
    assert recipient.imitation.of == own


def test_a_secure_own_domain_is_internal() -> None:
    """An organisation whose own domain is nhs.net writes to itself there."""
    (recipient,) = facts("gp@nhs.net", own_domains=("nhs.net",)).recipients
    assert recipient.trust is Trust.INTERNAL


def test_each_address_is_shown_once() -> None:
    """An address that stands in To and again in Cc, in another case, is one visible recipient."""
    shown = facts("a@mail.example", visible=["a@mail.example", "A@Mail.example", "b@mail.example"]).visible
    assert len(shown) == 2


def test_senders_are_those_that_the_message_names() -> None:
    """Reverse-path and authors are senders, each once; the null reverse-path is nobody."""
    message = facts("x@mail.example", sender="", authors=["a@practice.example", "a@practice.example"])
    assert message.senders == ("a@practice.example",)
