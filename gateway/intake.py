"""THE page to read: one message, from the end of DATA to its reply, and after.

    receive ─► _advance: inspect ─► judge ─► hand on             within the SMTP transaction
        │          │
        │          └─ past the in-line deadline ─► spooled, 250. On its way to the next hop it
        │             goes on; anywhere else it is given up, and the spool begins it anew
        └─► _finish: what to answer, what to keep, whom to tell

    resume ─► _advance ─► _finish                                later, from the spool

A 250 is said only when the next hop has the message, or the store has it durably. A fault of
ours is answered with 451, but never once a recipient has the message: it would come twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from typing import TypeVar

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from gateway.address import in_networks
from gateway.conclusions import Conclusion, Conclusions, queued
from gateway.events import MailLog
from gateway.mail import Action, Envelope, Fired, Inspection, Message, Reply, Severity, Verdict
from gateway.next_hop import NextHop
from gateway.policy.facts import Facts
from gateway.store.sealing import SealError
from gateway.store.store import CLAIM_SECONDS, OURS, Deed, Details, Kept, Store
from gateway.viruses import Examiner
from gateway.workers import UnreadableError, Workers

HOP_LIMIT = 50
ATTEMPT_SECONDS = CLAIM_SECONDS - 300
"""No attempt may outlive its claim, or another node would make one too."""
_RECORD_PAUSE = 1.0
_CONTENT_SECONDS = 240.0
"""A store that is away for so long is waited for; with an attempt after that, the claim still holds."""
_NOT_INSPECTED = "not inspected"
TRY_AGAIN = Reply(451, "4.3.0 Something went wrong here; please try again later")

T = TypeVar("T")
Judge = Callable[[Envelope, Inspection], tuple[Facts, Verdict]]


class Attempt:
    """One try to bring a message through, and how far it has got."""

    def __init__(self, message: Message, details: Details, kept: Kept | None = None) -> None:
        self.message, self.details = message, details
        self.kept = kept
        """Its row in the store; none yet while it is the client's, who waits."""
        self.handing_on = asyncio.Event()
        """From now on the next hop may have the message."""

    @property
    def inline(self) -> bool:
        return self.kept is None

    @property
    def number(self) -> int:
        return self.kept.attempts + 1 if self.kept else 1


class Intake:
    """Takes messages in and sees each one through."""

    def __init__(
        self,
        workers: Workers,
        examiner: Examiner,
        judge: Judge,
        next_hop: NextHop,
        store: Store,
        conclusions: Conclusions,
        events: MailLog,
        *,
        node: str,
        inline_deadline: float,
        bypass: Sequence[IPv4Network | IPv6Network] = (),
    ) -> None:
        self._workers, self._examiner, self._judge = workers, examiner, judge
        self._next_hop, self._store = next_hop, store
        self._conclusions, self._events = conclusions, events
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
        attempt = Attempt(message, Details(message.envelope, pending=message.envelope.recipients))
        if not self._inline_deadline:
            return await self._spool(attempt)
        work = self._begin(self._advance(attempt))
        await asyncio.wait({work}, timeout=self._inline_deadline)
        if work.done():
            return await self._finish(attempt, work)
        if attempt.handing_on.is_set():
            return await self._let_go_on(attempt, work)
        work.cancel()
        await asyncio.wait({work})
        return await (self._spool(attempt) if work.cancelled() else self._finish(attempt, work))

    async def _spool(self, attempt: Attempt, *, claimed_by: str | None = None) -> Reply:
        """The message becomes ours, durably. The spool leaves what is claimed to whoever is at work on it."""
        keep = partial(self._store.keep, due_at=time.time(), claimed_by=claimed_by)
        attempt.kept = await self._store.off_loop(keep, attempt.message, "queued", attempt.details)
        self._events.spooled(attempt.message.id)
        return queued(attempt.message)

    async def _let_go_on(self, attempt: Attempt, work: asyncio.Task[None]) -> Reply:
        """The next hop may have it already: the attempt goes on, and the client need not wait for it."""
        try:
            reply = await self._spool(attempt, claimed_by=self._node)
        except SQLAlchemyError as fault:
            self._events.failed(attempt.message.id, fault)
            return await self._finish(attempt, work)  # Not durable: it has to wait after all.
        self._begin(self._finish(attempt, work))
        return reply

    async def resume(self, kept: Kept) -> None:
        """Go on with a message from the spool."""
        message = Message(kept.id, kept.details.envelope, b"", kept.received_at)
        try:
            content = await self._content(kept)
        except SealError as fault:
            self._events.failed(kept.id, fault)
            deed = Deed(OURS, "held", "its content cannot be opened")
            held = Conclusion("held", kept.details, TRY_AGAIN, deed=deed)
            await self._write_down(Attempt(message, kept.details, kept), held)
            return
        if kept.details.released_by and not kept.attempts:
            self._events.released(kept.id)
        attempt = Attempt(msgspec.structs.replace(message, content=content), kept.details, kept)
        await self._finish(attempt, self._begin(self._advance(attempt)))

    async def _content(self, kept: Kept) -> bytes:
        """What was kept, as soon as the store answers: given up, it would wait until its claim runs out."""
        until = time.monotonic() + _CONTENT_SECONDS
        while True:
            try:
                return await self._store.off_loop(self._store.content, kept.id)
            except SQLAlchemyError as fault:
                if time.monotonic() > until:
                    raise
                self._events.failed(kept.id, fault)
            await asyncio.sleep(_RECORD_PAUSE)

    # ------------------------------------------------------------------ inspect, judge, hand on

    async def _advance(self, attempt: Attempt) -> None:
        """Bring a message as far as it gets: judged if it was not yet, handed on if it may go."""
        if attempt.details.released_by:
            attempt.details = await self._scanned_again(attempt.message, attempt.details)
        elif attempt.details.is_unjudged:
            attempt.details = await self._judged(attempt.message, attempt.details)
        if attempt.details.may_go:
            await self._hand_on(attempt)

    async def _judged(self, message: Message, details: Details) -> Details:
        """With the policy's verdict, unless it goes round in circles or is exempt from inspection."""
        inspection, began = None, time.monotonic()
        if message.hops > HOP_LIMIT:
            verdict = Verdict(Action.REJECT, (_LOOP,), _NOT_INSPECTED)
        elif in_networks(message.envelope.client, self._bypass):
            self._events.bypassed(message)
            verdict = Verdict(Action.DELIVER, (), _NOT_INSPECTED)
            return msgspec.structs.replace(details, verdict=verdict)
        else:
            inspection = await self._examiner.inspect(message.content)
            _, verdict = self._judge(message.envelope, inspection)
        self._events.judged(message, verdict, time.monotonic() - began)
        return msgspec.structs.replace(details, verdict=verdict, inspection=inspection)

    async def _scanned_again(self, message: Message, details: Details) -> Details:
        """A released message: what was no virus then may be known as one now. Raises ScannerError."""
        inspection = await self._examiner.scan_again(message.content, details.inspection)
        if inspection is None:
            return details
        _, verdict = self._judge(message.envelope, inspection)
        return msgspec.structs.replace(details, released_by="", verdict=verdict, inspection=inspection)

    async def _hand_on(self, attempt: Attempt) -> None:
        """Deliver to the recipients that are left, hidden from each other if need be."""
        message, details = attempt.message, attempt.details
        verdict, content = details.verdict, message.content
        if verdict is not None and verdict.action is Action.CONVERT:
            try:
                content = await self._workers.conceal(content)
            except UnreadableError:
                rules = (*verdict.rules, _NOT_CONCEALED)
                held = msgspec.structs.replace(verdict, action=Action.HOLD, rules=rules)
                attempt.details = msgspec.structs.replace(details, verdict=held)
                return
        answers = await self._next_hop.deliver(
            msgspec.structs.replace(message.envelope, recipients=details.pending),
            content,
            message_id=message.id,
            strict=message.strict and content is message.content,
            begun=attempt.handing_on,
        )
        attempt.details = details.answered(answers)

    # ------------------------------------------------------------------ the end of an attempt

    async def _finish(self, attempt: Attempt, work: asyncio.Task[None]) -> Reply:
        """Wait for the attempt, write down what came of it, and say what to answer."""
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await work
        except Exception as fault:
            if attempt.inline and not attempt.handing_on.is_set():
                raise
            self._events.failed(attempt.message.id, fault)
        conclusion = self._conclusions.draw(
            attempt.message, attempt.details, attempt.number, inline=attempt.inline, now=time.time()
        )
        await self._write_down(attempt, conclusion)
        self._events.concluded(attempt.message.id, conclusion, attempt.number)
        return conclusion.reply

    async def _write_down(self, attempt: Attempt, conclusion: Conclusion) -> None:
        """Durably, and before anybody is answered.

        While no recipient has the message, a store that fails is the client's to try again. After
        that it is waited for: what is not on record would be delivered again, or never reported.
        """
        if attempt.inline and not conclusion.must_be_kept:
            return
        write: Callable[..., object] = partial(self._store.keep, attempt.message)
        if attempt.kept is not None:
            write = partial(self._store.settle, attempt.kept)
        record = partial(write, conclusion.state, conclusion.details, due_at=conclusion.due_at)
        taken = conclusion.details.taken
        while True:
            try:
                await self._store.off_loop(record, deed=conclusion.deed, notices=conclusion.notices)
                return
            except SQLAlchemyError as fault:
                if attempt.inline and not taken:
                    raise
                self._events.failed(attempt.message.id, fault)
                if attempt.inline and taken == attempt.message.envelope.recipients:
                    return  # Only advice to the sender is lost.
            await asyncio.sleep(_RECORD_PAUSE)

    async def drain(self, patience: float) -> None:
        """Wait up to `patience` seconds for what is under way."""
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=patience)

    def _begin(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Work that goes on whatever becomes of the client, until drain()."""
        task = asyncio.create_task(work)
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        return task


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
