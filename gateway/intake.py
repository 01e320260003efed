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
from ipaddress import IPv4Network, IPv6Network
from typing import TypeVar

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from gateway.address import in_networks
from gateway.events import MailLog
from gateway.mail import Action, Envelope, Fired, Inspection, Message, Reply, Severity, Verdict
from gateway.next_hop import NextHop
from gateway.notices import Notices
from gateway.policy.facts import Facts
from gateway.spool import Timetable
from gateway.store.sealing import SealError
from gateway.store.store import CLAIM_SECONDS, OURS, Deed, Details, Kept, State, Store
from gateway.viruses import Examiner
from gateway.workers import UnreadableError, Workers

HOP_LIMIT = 50
ATTEMPT_SECONDS = CLAIM_SECONDS - 300
"""No attempt may outlive its claim, or another node would make one too."""
_RECORD_PAUSE = 1.0
TRY_AGAIN = Reply(451, "4.3.0 Something went wrong here; please try again later")
OUT_OF_TIME = Reply(451, "4.4.7 The next hop did not take the message in time")

T = TypeVar("T")
Judge = Callable[[Envelope, Inspection], tuple[Facts, Verdict]]
Refusals = tuple[tuple[str, Reply], ...]


class Conclusion(msgspec.Struct, frozen=True):
    """Where a message stands after an attempt, and what follows from that."""

    state: State
    details: Details
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
        overdue_limit: int,
        bypass: Sequence[IPv4Network | IPv6Network] = (),
    ) -> None:
        self._workers, self._examiner, self._judge = workers, examiner, judge
        self._next_hop, self._store = next_hop, store
        self._notices, self._timetable, self._events = notices, timetable, events
        self._node, self._inline_deadline, self._bypass = node, inline_deadline, bypass
        self._overdue = asyncio.Semaphore(overdue_limit)
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
        if not self._inline_deadline:
            await self._store.off_loop(self._store.keep, message, "queued", start, due_at=time.time())
            return _queued(message)
        work = self._begin(self._advance(message, start))
        finished, _ = await asyncio.wait({work}, timeout=self._inline_deadline)
        if finished:
            return await self._ended_inline(message, work.result())
        return await self._overdue_inline(message, start, work)

    async def _overdue_inline(self, message: Message, start: Details, work: asyncio.Task[Details]) -> Reply:
        """Past the deadline the message becomes ours, durably; then the client need not wait.

        It is claimed, so that the spool leaves it to the work that is still going on. When
        too much of that holds memory already, this work is given up, and the spool begins anew.
        """
        goes_on = not self._overdue.locked()
        if not goes_on:
            work.cancel()
            await asyncio.wait({work})
        try:
            kept = await self._store.off_loop(
                self._store.keep,
                message,
                "queued",
                start,
                due_at=time.time(),
                claimed_by=self._node if goes_on else None,
            )
        except SQLAlchemyError as fault:
            # Not durable, so the client has to wait: a 451 now might follow a delivery.
            self._events.failed(message.id, fault)
            return await self._ended_inline(message, await work) if goes_on else TRY_AGAIN
        self._events.spooled(message.id, "in-line deadline")
        if goes_on:
            self._begin(self._finish_overdue(kept, message, work))
        return _queued(message)

    async def _finish_overdue(self, kept: Kept, message: Message, work: asyncio.Task[Details]) -> None:
        async with self._overdue:
            await self._finish(kept, message, work)

    async def _ended_inline(self, message: Message, details: Details) -> Reply:
        """The attempt is over while the client waits: keep what must be kept, then answer."""
        conclusion = self._conclude(message, details, attempts=0, inline=True)
        if conclusion.must_be_kept:
            await self._store.off_loop(
                self._store.keep,
                message,
                conclusion.state,
                conclusion.details,
                due_at=conclusion.due_at,
                deed=conclusion.deed,
                notices=conclusion.notices,
            )
        elif conclusion.notices:
            await self._queue_notices(message, details, conclusion.notices)
        self._report(message, conclusion, attempts=0)
        return conclusion.reply

    async def _queue_notices(self, message: Message, details: Details, notices: Sequence[Message]) -> None:
        """A report on refused recipients belongs to the 250; advice on a delivered message does not."""
        try:
            await self._store.off_loop(self._store.queue, notices)
        except SQLAlchemyError as fault:
            if details.replies:
                raise
            self._events.failed(message.id, fault)

    async def resume(self, kept: Kept) -> None:
        """Go on with a message from the spool."""
        try:
            content = await self._store.off_loop(self._store.content, kept.id)
        except SealError as fault:
            self._events.failed(kept.id, fault)
            held = Deed(OURS, "held", "its content cannot be opened")
            await self._record(kept, Conclusion("held", kept.details, TRY_AGAIN, deed=held))
            return
        if kept.details.released_by not in ("", OURS) and not kept.attempts:
            self._events.released(kept.id)
        message = Message(kept.id, kept.details.envelope, content, kept.received_at)
        await self._finish(kept, message, self._begin(self._advance(message, kept.details)))

    async def _finish(self, kept: Kept, message: Message, work: asyncio.Task[Details]) -> None:
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                details = await work
        except Exception as fault:
            self._events.failed(kept.id, fault)
            details = kept.details
        conclusion = self._conclude(message, details, attempts=kept.attempts, inline=False)
        await self._record(kept, conclusion)
        self._report(message, conclusion, attempts=kept.attempts)

    async def _record(self, kept: Kept, conclusion: Conclusion) -> None:
        """Write down how an attempt ended; a delivery that is not on record would be made again."""
        while True:
            try:
                await self._store.off_loop(
                    self._store.settle,
                    kept,
                    conclusion.state,
                    conclusion.details,
                    due_at=conclusion.due_at,
                    deed=conclusion.deed,
                    notices=conclusion.notices,
                )
            except SQLAlchemyError as fault:
                self._events.failed(kept.id, fault)
                await asyncio.sleep(_RECORD_PAUSE)
            else:
                return

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
                rules = (*details.verdict.rules, _NOT_CONCEALED)
                held = msgspec.structs.replace(details.verdict, action=Action.HOLD, rules=rules)
                details = msgspec.structs.replace(details, verdict=held)
        if not details.may_go:
            return details
        envelope = msgspec.structs.replace(message.envelope, recipients=details.pending)
        strict = message.strict and content is message.content
        answers = await self._next_hop.deliver(envelope, content, strict=strict)
        replies = dict(zip(details.pending, answers, strict=True))
        refused = tuple((to, reply) for to, reply in replies.items() if not reply.positive)
        return msgspec.structs.replace(
            details,
            pending=tuple(to for to, reply in refused if not reply.permanent),
            replies=tuple(said for said in details.replies if said[0] not in replies) + refused,
        )

    async def _judged(self, message: Message, details: Details) -> Details:
        if in_networks(message.envelope.client, self._bypass):
            self._events.bypassed(message)
            return msgspec.structs.replace(details, verdict=Verdict(Action.DELIVER, (), "not inspected"))
        began = time.monotonic()
        inspection = await self._examiner.inspect(message.content)
        _, verdict = self._judge(message.envelope, inspection)
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
        return msgspec.structs.replace(details, released_by="", verdict=verdict, inspection=inspection)

    # ------------------------------------------------------------------ what follows

    def _conclude(self, message: Message, details: Details, *, attempts: int, inline: bool) -> Conclusion:
        """Where the message stands now. In-line, the client still waits and can be told itself."""
        if details.verdict is None and not details.released_by:
            return self._unfinished(message, details, attempts)
        if not details.may_go:
            assert details.verdict is not None
            return self._stopped(message, details, details.verdict, inline=inline)
        if details.pending:
            return self._unfinished(message, details, attempts)
        if details.replies:
            return self._refused(message, details, details.replies, inline=inline)
        notices = (*self._notices_after(message, details), *self._notices_to_it(message, details))
        return Conclusion("delivered", details, _delivered(message), notices=notices)

    def _stopped(self, message: Message, details: Details, verdict: Verdict, *, inline: bool) -> Conclusion:
        """Policy does not let it go."""
        reasons = " ".join(
            rule.reason for rule in verdict.rules if rule.action is verdict.action and not rule.monitored
        )
        to_it = self._notices_to_it(message, details)
        if verdict.action is Action.REJECT:
            refusal = Reply(550, f"5.7.1 {reasons}")
            refusals = tuple((to, refusal) for to in details.pending)
            refused = self._refused(message, details, refusals, inline=inline)
            return msgspec.structs.replace(refused, notices=(*refused.notices, *to_it))
        to_sender = (self._notices.held(message, verdict),) if _answerable(details) else ()
        held = Deed(OURS, "held", ", ".join(rule.id for rule in verdict.rules))
        reply = Reply(250, f"2.0.0 Held for review as {message.id}; its sender is told why")
        return Conclusion("held", details, reply, deed=held, notices=(*to_sender, *to_it))

    def _unfinished(self, message: Message, details: Details, attempts: int) -> Conclusion:
        """The next hop or a worker could not take it yet: again later, or given up.

        Recipients that are refused for good are reported at once, not when the others are done.
        """
        now = time.time()
        if self._timetable.is_over(max(message.received_at, details.released_at), now):
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
        due_at = self._timetable.next_try(attempts, now)
        notices = self._reports(message, refused)
        return Conclusion("queued", rest, _queued(message), due_at=due_at, notices=notices)

    def _refused(self, message: Message, details: Details, refusals: Refusals, *, inline: bool) -> Conclusion:
        """Recipients are refused for good: the client is told, or else the sender by mail."""
        everybody = len(refusals) + len(details.reported) == len(message.envelope.recipients)
        if inline and everybody:
            return Conclusion("returned", details, refusals[0][1])
        state: State = "returned" if everybody else "delivered"
        return Conclusion(state, details, _delivered(message), notices=self._reports(message, refusals))

    def _reports(self, message: Message, refusals: Refusals) -> tuple[Message, ...]:
        """Delivery status notifications; nobody is told about a bounce."""
        return (self._notices.returned(message, refusals),) if refusals and message.envelope.mail_from else ()

    def _notices_after(self, message: Message, details: Details) -> tuple[Message, ...]:
        """What the sender should know of a message that was delivered."""
        if details.verdict is None or details.released_by or not _answerable(details):
            return ()
        if details.verdict.action is Action.CONVERT:
            return (self._notices.changed(message, details.verdict),)
        if details.verdict.action is Action.NOTIFY:
            return (self._notices.advised(message, details.verdict),)
        return ()

    def _notices_to_it(self, message: Message, details: Details) -> tuple[Message, ...]:
        """The IT team hears of every infected message (AUP-9h)."""
        infected = details.inspection.infected if details.inspection is not None else ()
        return (self._notices.infected(message, infected),) if infected else ()

    def _report(self, message: Message, conclusion: Conclusion, attempts: int) -> None:
        details, everybody = conclusion.details, len(message.envelope.recipients)
        refused = len(details.replies) + len(details.reported)
        match conclusion.state:
            case "held":
                self._events.held(message.id)
            case "queued":
                self._events.deferred(message.id, attempts + 1, len(details.pending))
            case "returned" if conclusion.reply.permanent:
                self._events.refused(message.id, conclusion.reply.code)
            case "returned":
                self._events.returned(message.id, everybody)
            case "delivered":
                self._events.delivered(message.id, everybody - refused)

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


_NOT_CONCEALED = Fired(
    id="not-concealed",
    clause="AUP-9d",
    severity=Severity.NONE,
    action=Action.HOLD,
    reason="Its recipients were to be hidden from each other, and the message could not be rewritten so.",
)
_LOOP = Fired(
    id="mail-loop",
    clause="RFC 5321 section 6.3",
    severity=Severity.NONE,
    action=Action.REJECT,
    reason=f"The message has passed more than {HOP_LIMIT} relays: it is going round in circles.",
)
