from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail import Action, Severity, State
from gateway.policy.decide import decide
from gateway.policy.facts import Facts
from gateway.policy.policy import Policy
from tests.gateway.policy.by_hand import POLICY, facts, part

ZIP = part(State.UNSCANNABLE, "application/zip")
LOGO = part(State.UNSCANNABLE, "image/png", 9_000)
PHOTO = part(State.UNSCANNABLE, "image/jpeg", 900_000)
LOCKED = part(State.ENCRYPTED, "application/pdf")
THREE = ("a@mail.example", "b@post.example", "c@letter.example")
BROKEN = ("To: address cannot be parsed",)


@pytest.mark.parametrize(
    ("message", "action", "rules"),
    [
        (facts("p@mail.example"), Action.DELIVER, []),
        (facts(), Action.DELIVER, []),
        (facts("p@mail.example", patients=1), Action.HOLD, ["patient-data-to-insecure"]),
        (facts("gp@nhs.net", patients=50), Action.DELIVER, []),
        (facts("b@practice.example", patients=50, visible=THREE, defects=BROKEN), Action.DELIVER, []),
        (facts("b@practice.example", parts=[ZIP, PHOTO, LOCKED]), Action.DELIVER, []),
        (
            facts("gp@nhs.net", "p@mail.example", patients=1),
            Action.HOLD,
            ["patient-data-to-insecure", "mixed-recipients"],
        ),
        (
            facts("a.clerk@freemail.example", patients=1),
            Action.HOLD,
            ["patient-data-to-insecure", "patient-data-to-own-address"],
        ),
        (facts("a.clerk@freemail.example"), Action.DELIVER, []),
        (facts("gp@nhs.net", "p@mail.example"), Action.DELIVER, []),
        (facts("a@mail.example", visible=THREE), Action.HOLD, ["visible-recipients"]),
        (facts("a@mail.example", bank_or_card=True), Action.HOLD, ["bank-or-card"]),
        (facts("b@practice.example", bank_or_card=True), Action.HOLD, ["bank-or-card"]),
        (facts("dr@nhs.net.evil.example"), Action.HOLD, ["lookalike-domain"]),
        (facts("x@council.gcsx.gov.uk"), Action.NOTIFY, ["retired-secure-domain"]),
        (
            facts("x@council.gcsx.gov.uk", patients=1),
            Action.HOLD,
            ["patient-data-to-insecure", "retired-secure-domain"],
        ),
        (facts("p@mail.example", defects=BROKEN), Action.HOLD, ["defective-address"]),
        (facts("gp@nhs.net", parts=[ZIP]), Action.HOLD, ["uninspected-attachment"]),
        (facts("gp@nhs.net", parts=[PHOTO, LOGO, LOCKED]), Action.DELIVER, []),
        (facts("p@mail.example", parts=[PHOTO]), Action.HOLD, ["unread-picture"]),
        (facts("p@mail.example", parts=[LOGO]), Action.DELIVER, ["unread-logo"]),
        (facts("p@mail.example", parts=[LOCKED]), Action.DELIVER, ["encrypted-attachment"]),
        (
            facts("p@mail.example", patients=1, parts=[LOCKED]),
            Action.HOLD,
            ["patient-data-to-insecure", "encrypted-attachment"],
        ),
    ],
)
def test_the_shipped_policy_decides(message: Facts, action: Action, rules: list[str]) -> None:
    """The shipped rules fire as their clauses say, and the strongest enforced action wins."""
    verdict = decide(message, POLICY)
    assert verdict.action is action
    assert [fired.id for fired in verdict.rules] == rules
    assert verdict.policy == POLICY.version


def changed(rule: str, changes: Mapping[str, object]) -> Policy:
    """The shipped policy with one rule changed."""
    rules = tuple(one.model_copy(update=changes) if one.id == rule else one for one in POLICY.rule)
    return POLICY.model_copy(update={"rule": rules})


def test_a_monitored_rule_is_recorded_only() -> None:
    """In monitor mode a rule is recorded as such, and does not stop the message."""
    policy = changed("patient-data-to-insecure", {"mode": "monitor"})
    verdict = decide(facts("p@mail.example", patients=1), policy)
    assert verdict.action is Action.DELIVER
    assert [fired.monitored for fired in verdict.rules] == [True]


def test_recipients_are_hidden_where_the_office_wants_it() -> None:
    """With action "convert" a mailing is converted, unless another rule holds it."""
    policy = changed("visible-recipients", {"action": Action.CONVERT})
    assert decide(facts(*THREE, visible=THREE), policy).action is Action.CONVERT
    assert decide(facts(*THREE, visible=THREE, patients=1), policy).action is Action.HOLD


@pytest.mark.parametrize(
    ("patients", "severity"), [(1, Severity.MODERATE), (9, Severity.MODERATE), (10, Severity.SEVERE)]
)
def test_bulk_is_severe(patients: int, severity: Severity) -> None:
    """From the bulk threshold on, patient data to an insecure recipient is severe, and says why."""
    (fired,) = decide(facts("p@mail.example", patients=patients), POLICY).rules
    assert fired.severity is severity
    assert (f"Patients told apart: {patients}" in fired.evidence) is (severity is Severity.SEVERE)


def test_a_fired_rule_explains_itself() -> None:
    """A fired rule carries clause, advice, evidence, and a reason that counts but names nobody."""
    message = facts("gp@nhs.net", "jane.doe@mail.example", patients=1)
    mixed = decide(message, POLICY).rules[1]
    assert mixed.clause == "AUP-9b.mixed"
    assert "and 1 of its 2 recipients cannot receive patient data safely" in mixed.reason
    assert mixed.advice
    assert mixed.evidence
    assert "jane" not in msgspec.json.encode(mixed).decode()


ADDRESSES = st.lists(
    st.sampled_from([*THREE, "gp@nhs.net", "b@practice.example", "x@council.gcsx.gov.uk", "dr@nhs.nett"])
)


@given(ADDRESSES, ADDRESSES, st.integers(0, 20), st.lists(st.sampled_from([ZIP, LOGO, PHOTO, LOCKED])))
def test_one_more_insecure_recipient_never_helps(
    recipients: list[str], visible: list[str], patients: int, parts: list[object]
) -> None:
    """Whatever a message holds, another recipient outside never weakens what is done about it."""
    held = [one for one in (ZIP, LOGO, PHOTO, LOCKED) if one in parts]
    before = decide(facts(*recipients, visible=visible, patients=patients, parts=held), POLICY)
    after = decide(
        facts(*recipients, "p@mail.example", visible=visible, patients=patients, parts=held), POLICY
    )
    assert after.action.strength >= before.action.strength


@given(ADDRESSES.filter(lambda all_of_them: any(one.endswith(".example") for one in all_of_them)))
def test_patient_data_never_leaves_unprotected(recipients: list[str]) -> None:
    """Whoever else receives it, patient data is delivered only when nobody outside does."""
    verdict = decide(facts(*recipients, patients=1), POLICY)
    outside = any(not one.endswith(("nhs.net", "practice.example")) for one in recipients)
    assert (verdict.action is Action.DELIVER) is not outside
