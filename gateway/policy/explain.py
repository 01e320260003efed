"""A policy in words: its terms, what its conditions mean with them, and all that its rules say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.policy.conditions import CONDITIONS, Terms
from gateway.policy.policy import Policy, Rule
from gateway.policy.reasons import explained


def lines(policy: Policy) -> Iterator[str]:
    """The lines that `postern policy explain` prints."""
    yield f"Policy {policy.version}, answered for by: {policy.owner}; to be reviewed by {policy.review_by}"
    yield "\nTerms"
    for name, field in Terms.model_fields.items():
        value = getattr(policy.terms, name)
        shown = value if isinstance(value, int) else ", ".join(sorted(value))
        yield f"  {name} = {shown}\n    {field.description}"
    yield "\nConditions"
    for name, condition in CONDITIONS.items():
        yield f"  {name}: {_with_numbers(condition.holds_when, policy.terms)}"
    yield "\nRules"
    for rule in policy.rule:
        yield from _rule(rule)


def _with_numbers(sentence: str, terms: Terms) -> str:
    """Terms stand in backquotes; a list is named, as it would be too long to read."""

    def value(name: re.Match[str]) -> str:
        number = getattr(terms, name[1])
        return str(number) if isinstance(number, int) else name[1]

    return re.sub("`([a-z_]+)`", value, sentence)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"  {rule.id} ({rule.clause}, {rule.severity}): {rule.action}, {rule.mode}"
    yield f"    when {' and '.join(rule.when)}"
    if rule.severe_when:
        yield f"    severe when {' and '.join(rule.severe_when)}"
    yield f"    reason: {explained(rule.reason)}"
    yield f"    advice: {rule.advice}"
