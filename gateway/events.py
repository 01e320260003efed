"""What happens to messages, one method for each kind of thing: an event in the log, a count in the metrics.

Neither ever holds an address, a subject or content: ids, numbers, rule ids and fixed words only.
"""

from __future__ import annotations

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from gateway.mail import Message, Reply, Verdict

disable_created_metrics()  # type: ignore[no-untyped-call]  # one more line for each number, for nobody


class MailLog:
    """Log and metrics of one gateway."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("mail")
        self.registry = CollectorRegistry()
        self._happened = Counter(
            "postern_messages", "Things that happened to messages.", ["event"], registry=self.registry
        )
        self._fired = Counter(
            "postern_rules_fired", "Rules that fired.", ["rule", "clause", "action"], registry=self.registry
        )
        self._octets = Counter("postern_octets", "Octets of mail received.", registry=self.registry)
        self._seconds = Histogram(
            "postern_reply_seconds",
            "Seconds from the end of DATA to its reply.",
            buckets=(0.002, 0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
            registry=self.registry,
        )

    def gauge(self, name: str, sentence: str) -> Gauge:
        """A gauge beside the counters, for whoever owns the number."""
        return Gauge(f"postern_{name}", sentence, registry=self.registry)

    def received(self, message: Message) -> None:
        self._octets.inc(len(message.content))
        self._tell(
            "received", message.id, size=len(message.content), recipients=len(message.envelope.recipients)
        )

    def judged(self, message: Message, verdict: Verdict, seconds: float) -> None:
        for rule in verdict.rules:
            action = "monitor" if rule.monitored else rule.action
            self._fired.labels(rule.id, rule.clause, action).inc()
        self._tell(
            "judged",
            message.id,
            action=verdict.action,
            rules=[rule.id for rule in verdict.rules],
            clauses=[rule.clause for rule in verdict.rules],
            policy=verdict.policy,
            virus_scan=verdict.virus_scan,
            milliseconds=round(seconds * 1000, 1),
        )

    def bypassed(self, message: Message) -> None:
        self._tell("bypassed", message.id, reason="client network is exempt from inspection")

    def delivered(self, message_id: str, recipients: int) -> None:
        self._tell("delivered", message_id, recipients=recipients)

    def held(self, message_id: str) -> None:
        self._tell("held", message_id)

    def refused(self, message_id: str, code: int) -> None:
        self._tell("refused", message_id, code=code)

    def spooled(self, message_id: str, reason: str) -> None:
        self._tell("spooled", message_id, reason=reason)

    def deferred(self, message_id: str, attempts: int, recipients: int) -> None:
        self._tell("deferred", message_id, attempts=attempts, recipients=recipients)

    def returned(self, message_id: str, recipients: int) -> None:
        self._tell("returned", message_id, recipients=recipients)

    def released(self, message_id: str) -> None:
        self._tell("released", message_id)

    def failed(self, message_id: str, fault: BaseException) -> None:
        # The exception's own text may quote the mail.
        self._happened.labels("failed").inc()
        self._log.error("failed", id=message_id, fault=type(fault).__name__)

    def answered(self, message: Message, reply: Reply, seconds: float) -> None:
        self._seconds.observe(seconds)
        self._tell("answered", message.id, code=reply.code, milliseconds=round(seconds * 1000, 1))

    def _tell(self, event: str, message_id: str, **facts: object) -> None:
        self._happened.labels(event).inc()
        self._log.info(event, id=message_id, **facts)
