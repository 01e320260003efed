from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowlists.domains import SHIPPED, DomainError, SecureDomains, a_label
from allowlists.lookalikes import imitation

GUARDED = (*SecureDomains.load([SHIPPED]).guarded, "practice.example", "gp7.example", "rs.example")


@pytest.mark.parametrize(
    ("written", "of"),
    [
        ("nhs.net.evil.example", "nhs.net"),
        ("login.nhs.net.evil.example", "nhs.net"),
        ("evilnhs.net", "nhs.net"),
        ("evilnhs.net.example", "nhs.net"),
        ("nhs.net-mail.example", "nhs.net"),
        ("nhѕ.net", "nhs.net"),
        ("пhs.net", "nhs.net"),
        ("ńhs.net", "nhs.net"),
        ("nhs.nett", "nhs.net"),
        ("nhs.met", "nhs.net"),
        ("nsh.net", "nhs.net"),
        ("nhs.ent", "nhs.net"),
        ("hs.net", "nhs.net"),
        ("nhsnet.com", "nhs.net"),
        ("nhs-net.example", "nhs.net"),
        ("secure-nhs-net.example", "nhs.net"),
        ("kent.police.uk.example", "police.uk"),
        ("kent.polіce.uk", "police.uk"),
        ("kent.po1ice.uk", "police.uk"),
        ("notpolice.uk", "police.uk"),
        ("cjsm.nét", "cjsm.net"),
        ("rnod.gov.uk.example", "mod.gov.uk"),
        ("practlce.example", "practice.example"),
        ("practice.example.test", "practice.example"),
        ("gp8.example", "gp7.example"),
        ("rs.example.test", "rs.example"),
    ],
)
def test_imitations_are_recognised(written: str, of: str) -> None:
    """A domain that a hurried reader takes for a guarded one is an imitation of that one."""
    found = imitation(a_label(written), GUARDED)
    assert found is not None
    assert found.of == of


@pytest.mark.parametrize(
    "written",
    [
        *GUARDED,
        "wards.nhs.net",
        "kent.police.uk",
        "kent.pnn.police.uk",
        "chambers.co.uk.cjsm.net",
        "mail.practice.example",
        "trust.nhs.uk",
        "nhs.uk",
        "nhs.scot",
        "nhs.example",
        "nhs.network",
        "nhsnetwork.example",
        "nhs-network.example",
        "wales.nhs.uk",
        "hscni.net",
        "net.example",
        "inhs.example",
        "police.example",
        "notpolice.example",
        "policeukraine.example",
        "police.co.uk",
        "gov.uk",
        "mod.uk",
        "modern.example",
        "council.gov.uk",
        "doctors.example",
        "rt.example",
        "practices.test",
        "bestpractice.test",
        "mail.example",
        "löwe.example",
        "почта.example",
        "localhost",
        "xn--a",
    ],
)
def test_likeness_by_chance_is_no_imitation(written: str) -> None:
    """Guarded domains, their children, vetted registries and ordinary names imitate nothing."""
    assert imitation(written if written == "xn--a" else a_label(written), GUARDED) is None


@pytest.mark.parametrize("neighbour", ["a12346.nhs.uk", "a1234.nhs.uk"])
def test_neighbours_in_a_vetted_registry_are_kin(neighbour: str) -> None:
    """Where every name is vetted, one digit apart is another practice, not an imitation."""
    assert imitation(neighbour, ["a12345.nhs.uk"]) is None


@given(st.text(max_size=60))
def test_any_domain_is_judged(written: str) -> None:
    """Whatever has an A-label is judged without fault, also beside an own domain of a single label."""
    try:
        domain = a_label(written)
    except DomainError:
        return
    found = imitation(domain, (*GUARDED, "localhost"))
    assert found is None or found.of in (*GUARDED, "localhost")


@given(st.sampled_from((0, 1, 2, 4, 5, 6)), st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
def test_every_wrong_letter_is_noticed(place: int, letter: str) -> None:
    """Whichever letter of nhs.net is mistyped, the result is an imitation unless it is the name itself."""
    typed = "nhs.net"[:place] + letter + "nhs.net"[place + 1 :]
    assert (imitation(typed, ["nhs.net"]) is None) is (typed == "nhs.net")
