"""What happens to messages, one method for each kind of thing: an event in the log, a count in the metrics.

Neither ever holds an address, a subject or content: ids, numbers, rule ids and fixed words only.
"""

from __future__ import annotations

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from gateway.conclusions import Conclusion
from gateway.mail import Message, Reply, Verdict
from gateway.store.store import Details

disable_created_metrics()  # type: ignore[no-untyped-call]  # one more line for each number, for nobody


class MailLog:
    """Log and metrics of one gateway."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("mail").bind()
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

    def spooled(self, message_id: str) -> None:
        self._tell("spooled", message_id, reason="in-line deadline")

    def concluded(self, message_id: str, conclusion: Conclusion, attempt: int) -> None:
        """How an attempt ended; they are counted from 1."""
        details, reply = conclusion.details, conclusion.reply
        match conclusion.state:
            case "held":
                self._tell("held", message_id)
            case "queued":
                self._tell("deferred", message_id, attempts=attempt, recipients=len(details.pending))
            case "delivered":
                self._tell("delivered", message_id, recipients=len(details.taken))
            case "returned" if details.about:
                self._notice_lost(message_id, details)
            case "returned" if reply.permanent:
                self._tell("refused", message_id, code=reply.code)
            case "returned":
                self._tell("returned", message_id, recipients=len(details.envelope.recipients))

    def _notice_lost(self, notice_id: str, details: Details) -> None:
        """Somebody was not told what we said that they are."""
        self._happened.labels("notice_lost").inc()
        code = details.replies[-1][1].code if details.replies else None
        self._log.warning("notice_lost", id=details.about, notice=notice_id, code=code)

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
