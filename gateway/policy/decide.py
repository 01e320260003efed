"""The decision: facts and policy in, verdict out. No clock, no disk, no network."""

from __future__ import annotations

from gateway.mail import Action, Fired, Severity, Verdict
from gateway.policy.conditions import CONDITIONS, Evidence, Terms
from gateway.policy.facts import Facts
from gateway.policy.policy import Policy, Rule
from gateway.policy.reasons import filled


def decide(facts: Facts, policy: Policy) -> Verdict:
    """Every rule that applies is recorded; the strongest action that is enforced wins."""
    fired = tuple(one for rule in policy.rule if (one := _fired(rule, facts, policy.terms)))
    enforced = [one.action for one in fired if not one.monitored]
    action = max(enforced, key=lambda action: action.strength, default=Action.DELIVER)
    return Verdict(action, fired, policy.version, facts.inspection.virus_scan)


def _fired(rule: Rule, facts: Facts, terms: Terms) -> Fired | None:
    evidence = _evidence(rule.when, facts, terms)
    if not evidence:
        return None
    severe = _evidence(rule.severe_when, facts, terms)
    return Fired(
        id=rule.id,
        clause=rule.clause,
        severity=Severity.SEVERE if severe else rule.severity,
        action=rule.action,
        reason=filled(rule.reason, facts),
        advice=rule.advice,
        evidence=tuple(dict.fromkeys((*evidence, *severe))),
        monitored=rule.mode == "monitor",
    )


def _evidence(conditions: tuple[str, ...], facts: Facts, terms: Terms) -> Evidence:
    """The evidence of all conditions together; nothing unless every one of them holds."""
    found = [CONDITIONS[name].evidence(facts, terms) for name in conditions]
    return tuple(sentence for evidence in found for sentence in evidence) if all(found) else ()
