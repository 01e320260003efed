"""What `postern policy explain` says is the policy, in words."""

import re

from gateway.policy.explain import lines
from tests.gateway.policy.by_hand import POLICY


def test_everything_of_a_rule_is_said() -> None:
    """Conditions, those that make it severe, reason and advice."""
    said = "\n".join(lines(POLICY))
    for rule in POLICY.rule:
        assert f"  {rule.id} ({rule.clause}, {rule.severity}): {rule.action}, {rule.mode}\n" in said
        assert f"    advice: {rule.advice}" in said
    assert said.count("    severe when patients-in-bulk\n") == 2


def test_numbers_stand_where_they_matter() -> None:
    """A condition names the number that this policy sets, and terms are listed with what they mean."""
    said = "\n".join(lines(POLICY))
    assert "bulk_patients = 10\n    Patients from which on" in said
    assert "patients-in-bulk: it identifies 10 patients or more\n" in said
    assert "visible-recipients: To and Cc show 3 recipients" in said
    assert "freemail.example" in said


def test_nothing_is_left_to_be_filled() -> None:
    """No blank in braces, no term in backquotes: they are said in words."""
    said = "\n".join(lines(POLICY))
    assert not re.search("[{}`]", said)
    assert "To and Cc show [number of insecure recipients in To and Cc] people" in said
