"""THE page to read: one message, from the end of DATA to its reply, and after.

    receive ─► _advance: inspect ─► judge ─► next hop        within the SMTP transaction
        │          │
        │          └─ not finished by the in-line deadline ─► spooled, 250; the work goes on
        └─► _conclude: what to answer, what to keep, whom to tell

    resume ─► _advance ─► _conclude                           later, from the spool

A 250 is said only when the next hop has the message, or the store has it durably.
Whatever fails here is answered with 451: the client still has the message.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TypeVar

import msgspec

from gateway.events import MailLog
from gateway.mail import Action, Envelope, Fired, Inspection, Message, Reply, Severity, Verdict
from gateway.next_hop import NextHop
from gateway.notices import Notices
from gateway.policy.facts import Facts
from gateway.spool import Timetable
from gateway.store.store import OURS, Deed, Details, Kept, State, Store
from gateway.viruses import Examiner
from gateway.workers import UnreadableError, Workers

HOP_LIMIT = 50
TRY_AGAIN = Reply(451, "4.3.0 Something went wrong here; please try again later")
OUT_OF_TIME = Reply(451, "4.4.7 The next hop did not take the message in time")

T = TypeVar("T")
Judge = Callable[[Envelope, Inspection], tuple[Facts, Verdict]]
Refusals = tuple[tuple[str, Reply], ...]


class Conclusion(msgspec.Struct, frozen=True):
    """Where a message stands after an attempt, and what follows from that."""

    state: State
    reply: Reply
    """For the client, if it is still waiting."""
    due_at: float | None = None
    deed: Deed | None = None
    notices: tuple[Message, ...] = ()

    @property
    def must_be_kept(self) -> bool:
        return self.state in ("queued", "held")


class Intake:
    """Takes messages in and sees each one through."""

    def __init__(
        self,
        workers: Workers,
        examiner: Examiner,
        judge: Judge,
        next_hop: NextHop,
        store: Store,
        notices: Notices,
        timetable: Timetable,
        events: MailLog,
        *,
        node: str,
        inline_deadline: float,
        bypass: Sequence[IPv4Network | IPv6Network] = (),
    ) -> None:
        self._workers, self._examiner, self._judge = workers, examiner, judge
        self._next_hop, self._store = next_hop, store
        self._notices, self._timetable, self._events = notices, timetable, events
        self._node, self._inline_deadline, self._bypass = node, inline_deadline, bypass
        self._at_work: set[asyncio.Task[object]] = set()

    # ------------------------------------------------------------------ the two ways in

    async def receive(self, message: Message) -> Reply:
        """Take a message over from a client; the reply to its DATA."""
        began = time.monotonic()
        self._events.received(message)
        try:
            reply = await self._take_over(message)
        except Exception as fault:
            self._events.failed(message.id, fault)
            reply = TRY_AGAIN
        self._events.answered(message, reply, time.monotonic() - began)
        return reply

    async def _take_over(self, message: Message) -> Reply:
        start = Details(message.envelope, pending=message.envelope.recipients)
        work = self._begin(self._advance(message, start))
        finished, _ = await asyncio.wait({work}, timeout=self._inline_deadline)
        if finished:
            return await self._keep_what_must_be(message, work.result())
        # Past the deadline the message becomes ours, durably; then the client need not wait.
        # It is claimed, so that the spool leaves it to the work that is still going on.
        await asyncio.to_thread(self._store.keep, message, "queued", start, claimed_by=self._node)
        self._events.spooled(message.id, "in-line deadline")
        kept = Kept(message.id, "queued", message.received_at, len(message.content), 0, None, start)
        self._begin(self._finish(kept, message, work))
        return _queued(message)

    async def _keep_what_must_be(self, message: Message, details: Details) -> Reply:
        conclusion = self._conclude(message, details, attempts=0, inline=True)
        if conclusion.must_be_kept:
            await asyncio.to_thread(
                self._store.keep,
                message,
                conclusion.state,
                details,
                due_at=conclusion.due_at,
                deed=conclusion.deed,
                notices=conclusion.notices,
            )
        elif conclusion.notices:
            await self._queue_notices(message, details, conclusion.notices)
        self._report(message.id, details, conclusion, attempts=0)
        return conclusion.reply

    async def _queue_notices(self, message: Message, details: Details, notices: Sequence[Message]) -> None:
        """A report on refused recipients belongs to the 250; advice on a delivered message does not."""
        try:
            await asyncio.to_thread(self._store.queue, notices)
        except Exception as fault:
            if details.replies:
                raise
            self._events.failed(message.id, fault)

    async def resume(self, kept: Kept) -> None:
        """Go on with a message from the spool."""
        content = await asyncio.to_thread(self._store.content, kept.id)
        message = Message(kept.id, kept.details.envelope, content, kept.received_at)
        await self._finish(kept, message, self._begin(self._advance(message, kept.details)))

    async def _finish(self, kept: Kept, message: Message, work: asyncio.Task[Details]) -> None:
        try:
            details = await work
            conclusion = self._conclude(message, details, attempts=kept.attempts, inline=False)
            await asyncio.to_thread(
                self._store.settle,
                kept,
                conclusion.state,
                details,
                due_at=conclusion.due_at,
                deed=conclusion.deed,
                notices=conclusion.notices,
            )
        except Exception as fault:
            self._events.failed(kept.id, fault)
            due_at = self._timetable.next_try(kept.attempts, time.time())
            await asyncio.to_thread(self._store.put_back, kept, due_at)
        else:
            self._report(kept.id, details, conclusion, attempts=kept.attempts)

    async def drain(self, patience: float) -> None:
        """Wait up to `patience` seconds for what is under way."""
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=patience)

    # ------------------------------------------------------------------ inspect, judge, act

    async def _advance(self, message: Message, details: Details) -> Details:
        """Bring a message as far as it gets: judged if it was not yet, delivered if it may be."""
        if details.verdict is None and not details.released_by:
            details = await self._judged(message, details)
        elif details.released_by not in ("", OURS):
            details = await self._scanned_again(message, details)
        content = message.content
        if (
            details.verdict is not None
            and details.verdict.action is Action.CONVERT
            and not details.released_by
        ):
            try:
                content = await self._workers.conceal(content)
            except UnreadableError:
                held = msgspec.structs.replace(details.verdict, action=Action.HOLD)
                details = msgspec.structs.replace(details, verdict=held)
        if not details.may_go:
            return details
        envelope = msgspec.structs.replace(message.envelope, recipients=details.pending)
        replies = dict(zip(details.pending, await self._next_hop.deliver(envelope, content), strict=True))
        refused = tuple((to, reply) for to, reply in replies.items() if not reply.positive)
        return msgspec.structs.replace(
            details,
            pending=tuple(to for to, reply in refused if not reply.permanent),
            replies=tuple(said for said in details.replies if said[0] not in replies) + refused,
        )

    async def _judged(self, message: Message, details: Details) -> Details:
        if self._is_exempt(message.envelope.client):
            self._events.bypassed(message)
            return msgspec.structs.replace(details, verdict=Verdict(Action.DELIVER, (), "not inspected"))
        began = time.monotonic()
        inspection = await self._examiner.inspect(message.content)
        _, verdict = self._judge(message.envelope, inspection)
        await self._tell_it(message, inspection)
        if inspection.headers.hops > HOP_LIMIT:
            verdict = msgspec.structs.replace(verdict, action=Action.REJECT, rules=(*verdict.rules, _LOOP))
        self._events.judged(message, verdict, time.monotonic() - began)
        return msgspec.structs.replace(details, verdict=verdict, inspection=inspection)

    async def _scanned_again(self, message: Message, details: Details) -> Details:
        """A released message: what was no virus then may be known as one now. Raises ScannerError."""
        inspection = await self._examiner.scan_again(message.content, details.inspection)
        if inspection is None:
            return details
        _, verdict = self._judge(message.envelope, inspection)
        await self._tell_it(message, inspection)
        return msgspec.structs.replace(details, released_by="", verdict=verdict, inspection=inspection)

    async def _tell_it(self, message: Message, inspection: Inspection) -> None:
        if inspection.infected:
            notice = self._notices.infected(message, inspection.infected)
            await asyncio.to_thread(self._store.queue, [notice])

    def _is_exempt(self, client: str) -> bool:
        return (
            bool(self._bypass)
            and bool(client)
            and any(ip_address(client) in network for network in self._bypass)
        )

    # ------------------------------------------------------------------ what follows

    def _conclude(self, message: Message, details: Details, *, attempts: int, inline: bool) -> Conclusion:
        """Where the message stands now. In-line, the client still waits and can be told itself."""
        if not details.may_go:
            assert details.verdict is not None
            return self._stopped(message, details, details.verdict, inline=inline)
        if details.pending:
            return self._unfinished(message, details, attempts)
        if details.replies:
            return self._refused(message, details.replies, inline=inline)
        return Conclusion("delivered", _delivered(message), notices=self._notices_after(message, details))

    def _stopped(self, message: Message, details: Details, verdict: Verdict, *, inline: bool) -> Conclusion:
        """Policy does not let it go."""
        reasons = " ".join(
            rule.reason for rule in verdict.rules if rule.action is verdict.action and not rule.monitored
        )
        if verdict.action is Action.REJECT:
            refusal = Reply(550, f"5.7.1 {reasons}")
            return self._refused(message, tuple((to, refusal) for to in details.pending), inline=inline)
        notices = (self._notices.held(message, verdict),) if _answerable(details) else ()
        held = Deed("postern", "held", ", ".join(rule.id for rule in verdict.rules))
        reply = Reply(250, f"2.0.0 Held for review as {message.id}; its sender is told why")
        return Conclusion("held", reply, deed=held, notices=notices)

    def _unfinished(self, message: Message, details: Details, attempts: int) -> Conclusion:
        """The next hop or a worker could not take it yet: again later, or given up."""
        now = time.time()
        if not self._timetable.is_over(message.received_at, now):
            return Conclusion("queued", _queued(message), due_at=self._timetable.next_try(attempts, now))
        said = dict(details.replies)
        refusals = tuple((to, said.get(to, OUT_OF_TIME)) for to in dict.fromkeys((*details.pending, *said)))
        return self._refused(message, refusals, inline=False)

    def _refused(self, message: Message, refusals: Refusals, *, inline: bool) -> Conclusion:
        """Some or all recipients are refused for good: the client is told, or else the sender by mail."""
        everybody = len(refusals) == len(message.envelope.recipients)
        if inline and everybody:
            return Conclusion("returned", refusals[0][1])
        notices = (self._notices.returned(message, refusals),) if message.envelope.mail_from else ()
        return Conclusion("returned" if everybody else "delivered", _delivered(message), notices=notices)

    def _notices_after(self, message: Message, details: Details) -> tuple[Message, ...]:
        """What the sender should know of a message that was delivered."""
        if details.verdict is None or details.released_by or not _answerable(details):
            return ()
        if details.verdict.action is Action.CONVERT:
            return (self._notices.changed(message, details.verdict),)
        if details.verdict.action is Action.NOTIFY:
            return (self._notices.advised(message, details.verdict),)
        return ()

    def _report(self, message_id: str, details: Details, conclusion: Conclusion, attempts: int) -> None:
        served = len(details.envelope.recipients) - len(details.pending) - len(details.replies)
        match conclusion.state:
            case "held":
                self._events.held(message_id)
            case "queued":
                self._events.deferred(message_id, attempts + 1, len(details.pending))
            case "returned" if not conclusion.notices:
                self._events.refused(message_id, conclusion.reply.code)
            case "returned":
                self._events.returned(message_id, len(details.envelope.recipients))
            case "delivered":
                self._events.delivered(message_id, served)

    def _begin(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Work that goes on whatever becomes of the client, until drain()."""
        task = asyncio.create_task(work)
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        return task


def _answerable(details: Details) -> bool:
    """There is a person to tell: no bounce, and nothing that a machine sent by itself (RFC 3834)."""
    automatic = details.inspection is not None and details.inspection.headers.automatic
    return bool(details.envelope.mail_from) and not automatic


def _queued(message: Message) -> Reply:
    return Reply(250, f"2.0.0 Queued as {message.id}")


def _delivered(message: Message) -> Reply:
    return Reply(250, f"2.0.0 Delivered to the next hop as {message.id}")


_LOOP = Fired(
    id="mail-loop",
    clause="RFC 5321 section 6.3",
    severity=Severity.NONE,
    action=Action.REJECT,
    reason=f"The message has passed more than {HOP_LIMIT} relays: it is going round in circles.",
)
