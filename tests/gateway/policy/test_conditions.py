from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.findings import Finding, Judgement
from gateway.mail import Part, State, Trait, VirusScan
from gateway.policy.conditions import CONDITIONS, Evidence
from gateway.policy.facts import Facts
from tests.gateway.policy.by_hand import POLICY, facts, part

TERMS = POLICY.terms


def evidence(condition: str, of: Facts) -> Evidence:
    return CONDITIONS[condition].evidence(of, TERMS)


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("j.clerk@practice.example", "janeclerk84@freemail.example"),
        ("j.clerk@practice.example", "j.clerk@freemail.example"),
        ("jane.clerk@practice.example", "jclerk@freemail.example"),
        ("jane.clerk@practice.example", "jane.m.clerk@freemail.example"),
        ("jane.clerk2@practice.example", "clerk_jane+work@freemail.example"),
        ("jane.clerk@practice.example", "JaneClerk@FreeMail.example"),
        ("janeclerk@practice.example", "jane-clerk@freemail.example"),
        ("jclerk@practice.example", "jane.clerk@freemail.example"),
        ("jane.c@practice.example", "janec@freemail.example"),
        ("rené.dürr@practice.example", "renédürr@freemail.example"),
    ],
)
def test_a_sender_is_recognised_at_home(sender: str, recipient: str) -> None:
    """A free mail address whose name is composed like the sender's is taken for the sender's own."""
    assert evidence("own-address", facts(recipient, sender=sender))


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("jane.clerk@practice.example", "peter.clerk@freemail.example"),
        ("jane.clerk@practice.example", "jim.clerk@freemail.example"),
        ("jane.clerk@practice.example", "jane.baker@freemail.example"),
        ("jane.clerk@practice.example", "clerk@freemail.example"),
        ("jane.clerk@practice.example", "janeclerkson@freemail.example"),
        ("j.clerk@practice.example", "p.clerk@freemail.example"),
        ("reception@practice.example", "jane.clerk@freemail.example"),
        ("a@practice.example", "a@freemail.example"),
        ("1234@practice.example", "1234@freemail.example"),
        ("jane.clerk@practice.example", "jane.clerk@nhs.net"),
        ("jane.clerk@practice.example", "jane.clerk@supplier.example"),
        ("jane.clerk@practice.example", "jane.clerk@practice.example"),
        ("", "jane.clerk@freemail.example"),
    ],
)
def test_others_are_not_taken_for_the_sender(sender: str, recipient: str) -> None:
    """Another name, a relative, or a domain that is no free mail provider is not the sender's own."""
    assert not evidence("own-address", facts(recipient, sender=sender))


def test_authors_count_as_senders() -> None:
    """A shared reverse-path does not hide the person in From."""
    message = facts(
        "jane.clerk@freemail.example", sender="office@practice.example", authors=["j.clerk@practice.example"]
    )
    assert evidence("own-address", message)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_local_part_can_be_compared(one: str, other: str) -> None:
    """Comparing names never fails, whatever the local parts hold."""
    message = facts(f"{one}@freemail.example", sender=f"{other}@practice.example")
    assert len(evidence("own-address", message)) < 2


@pytest.mark.parametrize(
    ("visible", "fires"),
    [
        (["a@mail.example", "b@post.example", "c@letter.example"], True),
        (["a@freemail.example", "b@freemail.example", "c@freemail.example"], True),
        (["a@one.example", "b@one.example", "c@other.example"], True),
        (["not an address", "nor this", "a@mail.example"], True),
        (["a@mail.example", "b@post.example"], False),
        (["a@mail.example", "b@post.example", "A@mail.example"], False),
        (["a@one.example", "b@one.example", "c@one.example"], False),
        (["a@mail.example", "b@post.example", "c@nhs.net", "d@kent.police.uk"], False),
        (["a@mail.example", "b@post.example", "c@practice.example", "d@practice.example"], False),
        ([], False),
    ],
)
def test_several_parties_in_sight(visible: Sequence[str], fires: bool) -> None:
    """Visible recipients outside count, from the threshold on, unless all are of one organisation."""
    assert bool(evidence("visible-recipients", facts("a@mail.example", visible=visible))) is fires


@pytest.mark.parametrize(
    ("recipients", "fires"),
    [
        (["gp@nhs.net", "someone@mail.example"], True),
        (["dr.b@practice.example", "someone@mail.example"], True),
        (["gp@nhs.net", "dr.b@practice.example"], False),
        (["someone@mail.example", "other@mail.example"], False),
        (["someone@mail.example"], False),
        ([], False),
    ],
)
def test_mixed_means_both(recipients: Sequence[str], fires: bool) -> None:
    """Recipients are mixed when some may receive patient data and others may not."""
    assert bool(evidence("mixed-recipients", facts(*recipients))) is fires


@pytest.mark.parametrize(
    ("seen", "condition"),
    [
        (part(State.UNSCANNABLE, "application/octet-stream"), "uninspected-part"),
        (part(State.UNSCANNABLE, ""), "uninspected-part"),
        (part(State.INFECTED, "image/png"), "infected-part"),
        (part(State.UNSCANNABLE, "image/png", 51_201), "unread-picture"),
        (part(State.UNSCANNABLE, "image/tiff", 100), "unread-picture"),
        (part(State.UNSCANNABLE, "image/heic", 100), "unread-picture"),
        (part(State.UNSCANNABLE, "image/png", 51_200), "unread-logo"),
        (part(State.ENCRYPTED, "application/pdf"), "encrypted-part"),
        (part(State.CLEAN), None),
        (part(State.MATCHED), None),
        (part(State.EMPTY, "image/png"), None),
        (part(State.CLEAN, "image/png", 90_000), None),
    ],
)
def test_one_condition_for_each_state_of_a_part(seen: Part, condition: str | None) -> None:
    """A part that was not read meets exactly one condition about parts; one that was read, none."""
    about_parts = (
        "uninspected-part",
        "unread-picture",
        "unread-logo",
        "encrypted-part",
        "infected-part",
    )
    met = [name for name in about_parts if evidence(name, facts("x@mail.example", parts=[seen]))]
    assert met == [condition] * (condition is not None)


@pytest.mark.parametrize(
    ("scan", "fires"), [(VirusScan.FAILED, True), (VirusScan.DONE, False), (VirusScan.OFF, False)]
)
def test_a_scan_fails_only_where_there_is_a_scanner(scan: VirusScan, fires: bool) -> None:
    """A virus scan that failed is told apart from one that the configuration does without."""
    assert bool(evidence("virus-scan-failed", facts("dr.b@practice.example", virus_scan=scan))) is fires


@pytest.mark.parametrize(
    ("name", "trait"),
    [
        ("executable-part", Trait.EXECUTABLE),
        ("macro-part", Trait.MACROS),
        ("disguised-part", Trait.DISGUISED),
        ("differing-part", Trait.DIFFERING),
        ("password-in-same-message", Trait.OPENED),
    ],
)
def test_each_trait_has_its_condition(name: str, trait: Trait) -> None:
    """A part that bears the trait is named by its type; all other traits mean nothing to the condition."""
    bearing = part(State.CLEAN, "application/pdf", 90, "", trait)
    others = part(State.CLEAN, "text/csv", 90, "", *(other for other in Trait if other is not trait))
    assert evidence(name, facts("a@mail.example", parts=[others, bearing])) == (f"application/pdf: {trait}",)
    assert evidence(name, facts("a@mail.example", parts=[others])) == ()


def test_evidence_never_repeats_names() -> None:
    """Nothing that a condition says holds an address, a file name, or what was found."""
    message = facts(
        "jane.clerk@freemail.example",
        "social@secretcouncil.gcsx.gov.uk",
        "dr@secretnhs.net",
        "gp@nhs.net",
        sender="j.clerk@practice.example",
        patients=12,
        bank_or_card=True,
        visible=["a@secret.example", "b@freemail.example", "c@post.example"],
        defects=["To: address cannot be parsed"],
        parts=[
            part(State.UNSCANNABLE, "application/zip", reason="unsupported"),
            part(State.UNSCANNABLE, "image/png", 90_000),
            part(State.UNSCANNABLE, "image/png", 90),
            part(State.ENCRYPTED, "application/pdf", reason="a password is needed"),
            part(State.INFECTED, "application/pdf", reason="Eicar-Test-Signature"),
            part(State.CLEAN, "text/plain", 90, "", *Trait),
        ],
        virus_scan=VirusScan.FAILED,
    )
    said = {name: evidence(name, message) for name in CONDITIONS}
    assert all(said.values())
    everything = " ".join(sentence for sentences in said.values() for sentence in sentences)
    for secret in ("secret", "clerk", "999 000 0018", "@"):
        assert secret not in everything


def test_bank_details_are_counted_by_kind() -> None:
    """The evidence for bank or card details counts what was found, and is never empty."""
    card = Finding("CREDIT_CARD", 0, 19, 0.9, "Luhn")
    seen = msgspec.structs.replace(part(State.MATCHED), findings=(card, card))
    message = facts("x@mail.example", bank_or_card=True, parts=[seen])
    assert evidence("bank-or-card", message) == ("Card numbers: 2",)
    assert evidence("bank-or-card", facts("x@mail.example", bank_or_card=True))
    assert not evidence("bank-or-card", facts("x@mail.example", parts=[seen]))


def test_a_judgement_without_evidence_still_counts() -> None:
    """A message that identifies a patient has evidence for it, even when the judge gave none."""
    message = facts("x@mail.example")
    bare = msgspec.structs.replace(message.inspection, judgement=Judgement(True, False, 1, ()))
    assert evidence("patient-data", msgspec.structs.replace(message, inspection=bare))


@pytest.mark.parametrize(("patients", "fires"), [(9, False), (10, True), (11, True)])
def test_bulk_begins_at_its_number(patients: int, fires: bool) -> None:
    """Bulk begins with exactly as many patients as the policy says."""
    assert bool(evidence("patients-in-bulk", facts("x@mail.example", patients=patients))) is fires


@pytest.mark.parametrize("condition", CONDITIONS)
def test_nothing_holds_of_clean_mail_between_colleagues(condition: str) -> None:
    """No condition holds of a clean message that stays inside the organisation."""
    assert not evidence(condition, facts("b@practice.example", visible=["b@practice.example"]))
