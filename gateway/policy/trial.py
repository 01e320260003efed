"""A policy on trial: every rule's examples, inspected and decided as real mail is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import msgspec

from allowlists.domains import SecureDomains
from gateway.mail import Inspection, Verdict
from gateway.policy import examples
from gateway.policy.decide import decide
from gateway.policy.facts import gather
from gateway.policy.policy import Policy


class Outcome(msgspec.Struct, frozen=True):
    """What became of one example."""

    rule: str
    promised: bool
    """Whether the rule must apply, or must not."""
    number: int
    """Counted from 1 among the rule's examples of its kind, must or must_not."""
    subject: str
    verdict: Verdict

    @property
    def applied(self) -> bool:
        return any(fired.id == self.rule for fired in self.verdict.rules)

    @property
    def as_promised(self) -> bool:
        return self.applied is self.promised


def run(
    policy: Policy, inspect: Callable[[bytes], Inspection], domains: SecureDomains, today: date
) -> Iterator[Outcome]:
    """The outcome of every example, in the policy's order."""
    for rule in policy.rule:
        for promised, cases in ((True, rule.must), (False, rule.must_not)):
            for number, example in enumerate(cases, start=1):
                envelope, content = examples.message(example)
                inspection = examples.scanned(example, inspect(content))
                facts = gather(envelope, inspection, domains, examples.OWN_DOMAINS, today)
                yield Outcome(rule.id, promised, number, example.subject, decide(facts, policy))
