"""What follows from an attempt: where the message stands now, what is answered, and who is told.

Nothing is done here; gateway.intake does it.
"""

from __future__ import annotations

import msgspec

from gateway.mail import Action, Message, Reply, Verdict
from gateway.notices import Notices
from gateway.spool import Timetable
from gateway.store.store import OURS, Deed, Details, State

OUT_OF_TIME = Reply(451, "4.4.7 The next hop did not take the message in time")

Refusals = tuple[tuple[str, Reply], ...]


class Conclusion(msgspec.Struct, frozen=True):
    """Where a message stands after an attempt, and what follows from that."""

    state: State
    details: Details
    reply: Reply
    """For the client, if it is still waiting."""
    due_at: float | None = None
    """When to try again: seconds since the epoch, UTC; only with "queued"."""
    deed: Deed | None = None
    notices: tuple[Message, ...] = ()

    @property
    def must_be_kept(self) -> bool:
        return self.state in ("queued", "held") or bool(self.notices)


class Conclusions(msgspec.Struct, frozen=True):
    """Draws them, by one organisation's notices and timetable."""

    notices: Notices
    timetable: Timetable

    def draw(
        self, message: Message, details: Details, attempt: int, *, inline: bool, now: float
    ) -> Conclusion:
        """What follows for a message that is as far as `details` say.

        Attempts are counted from 1. In-line, the client still waits and can be told itself.
        """
        if details.may_go and not details.pending:
            if details.replies:
                return self._refused(message, details, details.replies, inline=inline)
            notices = (*self._to_sender(message, details), *self._to_it(message, details))
            return Conclusion("delivered", details, delivered(message), notices=notices)
        if details.may_go or details.verdict is None:
            return self._unfinished(message, details, attempt, now)
        if details.verdict.action is Action.REJECT:
            return self._rejected(message, details, details.verdict, inline=inline)
        return self._held(message, details, details.verdict)

    def _held(self, message: Message, details: Details, verdict: Verdict) -> Conclusion:
        to_sender = (self.notices.held(message, verdict),) if _is_answerable(details) else ()
        told = "; its sender is told why" if to_sender else ""
        return Conclusion(
            "held",
            details,
            Reply(250, f"2.0.0 Held for review as {message.id}{told}"),
            deed=Deed(OURS, "held", ", ".join(rule.id for rule in verdict.rules)),
            notices=(*to_sender, *self._to_it(message, details)),
        )

    def _rejected(self, message: Message, details: Details, verdict: Verdict, *, inline: bool) -> Conclusion:
        enforced = (rule for rule in verdict.rules if rule.action is verdict.action and not rule.monitored)
        refusal = Reply(550, f"5.7.1 {' '.join(rule.reason for rule in enforced)}")
        refusals = tuple((to, refusal) for to in details.pending)
        refused = self._refused(message, details, refusals, inline=inline)
        notices = (*refused.notices, *self._to_it(message, details))
        return msgspec.structs.replace(refused, notices=notices)

    def _unfinished(self, message: Message, details: Details, attempt: int, now: float) -> Conclusion:
        """The next hop or a worker could not take it yet: again later, or given up.

        Recipients that are refused for good are reported at once, not when the others are done.
        """
        if self.timetable.is_over(max(message.received_at, details.released_at), now):
            said = dict(details.replies)
            everybody = dict.fromkeys((*details.pending, *said))
            refusals = tuple((to, said.get(to, OUT_OF_TIME)) for to in everybody)
            return self._refused(message, details, refusals, inline=False)
        refused = tuple((to, reply) for to, reply in details.replies if reply.permanent)
        rest = msgspec.structs.replace(
            details,
            replies=tuple(said for said in details.replies if said not in refused),
            reported=(*details.reported, *(to for to, _ in refused)),
        )
        due_at = self.timetable.next_try(attempt - 1, now)
        return Conclusion(
            "queued", rest, queued(message), due_at=due_at, notices=self._returned(message, refused)
        )

    def _refused(self, message: Message, details: Details, refusals: Refusals, *, inline: bool) -> Conclusion:
        """Recipients are refused for good: the client is told, or else the sender by mail."""
        everybody = len(refusals) + len(details.reported) == len(message.envelope.recipients)
        if inline and everybody:
            return Conclusion("returned", details, refusals[0][1])
        state: State = "returned" if everybody else "delivered"
        return Conclusion(state, details, delivered(message), notices=self._returned(message, refusals))

    def _returned(self, message: Message, refusals: Refusals) -> tuple[Message, ...]:
        """A delivery status notification; nobody is told about a bounce."""
        return (self.notices.returned(message, refusals),) if refusals and message.envelope.mail_from else ()

    def _to_sender(self, message: Message, details: Details) -> tuple[Message, ...]:
        """What the sender should know of a message that was delivered."""
        if details.verdict is None or details.released_by or not _is_answerable(details):
            return ()
        if details.verdict.action is Action.CONVERT:
            return (self.notices.changed(message, details.verdict),)
        if details.verdict.action is Action.NOTIFY:
            return (self.notices.advised(message, details.verdict),)
        return ()

    def _to_it(self, message: Message, details: Details) -> tuple[Message, ...]:
        """The IT team hears of every infected message (AUP-9h)."""
        infected = details.inspection.infected if details.inspection is not None else ()
        return (self.notices.infected(message, infected),) if infected else ()


def queued(message: Message) -> Reply:
    return Reply(250, f"2.0.0 Queued as {message.id}")


def delivered(message: Message) -> Reply:
    return Reply(250, f"2.0.0 Delivered to the next hop as {message.id}")


def _is_answerable(details: Details) -> bool:
    """There is a person to tell: no bounce, and nothing that a machine sent by itself (RFC 3834)."""
    automatic = details.inspection is not None and details.inspection.headers.automatic
    return bool(details.envelope.mail_from) and not automatic
