from __future__ import annotations

import pytest

from gateway.inspection import Inspector
from gateway.policy import trial
from gateway.policy.policy import Policy, Rule
from tests.gateway.policy.by_hand import DOMAINS, POLICY, TODAY


@pytest.fixture(scope="module")
def inspector() -> Inspector:
    return Inspector()


def policy_of(rule: Rule) -> Policy:
    return POLICY.model_copy(update={"rule": (rule,)})


@pytest.mark.parametrize("rule", POLICY.rule, ids=lambda rule: str(rule.id))
def test_shipped_rules_keep_their_promises(rule: Rule, inspector: Inspector) -> None:
    """Inspected as real mail is, every example of a shipped rule comes out as the rule promises."""
    outcomes = list(trial.run(policy_of(rule), inspector.inspect, DOMAINS, TODAY))
    assert len(outcomes) == len(rule.must) + len(rule.must_not)
    assert [outcome for outcome in outcomes if not outcome.as_promised] == []


def test_a_broken_promise_is_found(inspector: Inspector) -> None:
    """Examples that promise the opposite of what the rule does all come out as broken promises."""
    rule = next(rule for rule in POLICY.rule if rule.id == "bank-or-card")
    lying = rule.model_copy(update={"must": rule.must_not, "must_not": rule.must})
    outcomes = list(trial.run(policy_of(lying), inspector.inspect, DOMAINS, TODAY))
    assert [outcome.number for outcome in outcomes if outcome.promised] == [1, 2]
    assert not any(outcome.as_promised for outcome in outcomes)
