"""The one transactional store: messages that wait, messages that are held, and what was done.

Every method is one transaction, durable when it returns, and blocks: the gateway calls
it from a thread. SQLite by default; the same statements run on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

import msgspec
import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import (
    Connection,
    Engine,
    Row,
    and_,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    make_url,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.mail import Action, Envelope, Inspection, Message, Reply, Verdict
from gateway.store.sealing import DataKey, Keyring, SealError
from gateway.store.tables import audit, contents, messages

log = structlog.get_logger("store")
P = ParamSpec("P")
T = TypeVar("T")

State = Literal["queued", "held", "delivered", "returned", "rejected"]
_UNFINISHED = ("queued", "held")
"""States in which a message still has its content."""

OURS = "postern"
"""Who does what no person does, in the audit."""
SEGMENT_OCTETS = 1024 * 1024
CLAIM_SECONDS = 3600.0
"""A claim older than this was left behind by a node that is gone."""
_PATIENCE = 10.0
"""Seconds to wait for a database that somebody else is writing."""
_THREADS = 4
_WAL_LIMIT = f"journal_size_limit={64 * 1024 * 1024}"
"""Octets that the write-ahead log keeps of the disk once its content is in the database."""
_MIGRATIONS = Path(__file__).with_name("migrations")


class Details(msgspec.Struct, frozen=True):
    """What is known of a message in the store; sealed at rest."""

    envelope: Envelope
    verdict: Verdict | None = None
    """None: not inspected yet."""
    inspection: Inspection | None = None
    released_by: str = ""
    """The person who let it go in spite of its verdict."""
    about: str = ""
    """The message that this notice of ours is about; empty for all other mail."""
    pending: tuple[str, ...] = ()
    """Recipients that the next hop has not taken yet."""
    replies: tuple[tuple[str, Reply], ...] = ()
    """The next hop's last word on each recipient that it has not taken."""
    reported: tuple[str, ...] = ()
    """Recipients refused for good whom the sender has been told about."""
    released_at: float = 0.0
    """Seconds since the epoch, UTC; 0 unless it was released."""

    @property
    def is_unjudged(self) -> bool:
        """It needs a verdict, and has none yet."""
        return self.verdict is None and not self.released_by and not self.about

    @property
    def may_go(self) -> bool:
        """Its verdict lets it go, or a person has released it, or it is ours."""
        if self.released_by or self.about:
            return True
        return self.verdict is not None and self.verdict.action in (
            Action.DELIVER,
            Action.NOTIFY,
            Action.CONVERT,
        )

    def answered(self, answers: Sequence[Reply]) -> Details:
        """What is known once the next hop has answered for each pending recipient."""
        replies = dict(zip(self.pending, answers, strict=True))
        refused = tuple((to, reply) for to, reply in replies.items() if not reply.positive)
        return msgspec.structs.replace(
            self,
            pending=tuple(to for to, reply in refused if not reply.permanent),
            replies=tuple(said for said in self.replies if said[0] not in replies) + refused,
        )

    @property
    def taken(self) -> tuple[str, ...]:
        """Recipients for whom the next hop has the message."""
        left = {*self.pending, *self.reported, *(to for to, _ in self.replies)}
        return tuple(to for to in self.envelope.recipients if to not in left)


class Kept(msgspec.Struct, frozen=True):
    """A message in the store, without its content."""

    id: str
    state: State
    received_at: float
    size: int
    attempts: int
    due_at: float | None
    claimed_until: float | None
    """Names the claim: whoever has lost it has nothing to settle any more."""
    details: Details


class AuditEntry(msgspec.Struct, frozen=True):
    sequence: int
    at: float
    actor: str
    action: str
    message_id: str | None
    reason: str


class Deed(msgspec.Struct, frozen=True):
    """Something that somebody did to a message, for the audit."""

    actor: str
    action: str
    reason: str = ""


class Store:
    """All access to the database. Raises sqlalchemy.exc.SQLAlchemyError when it fails, and SealError."""

    def __init__(self, url: str, keyring: Keyring) -> None:
        self._engine = _engine(url)
        self._reading = self._engine.execution_options(reading=True)
        self._keyring = keyring
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="store")

    async def off_loop(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a method in a thread of the store's own: while it waits, nobody else runs out of threads."""
        call = partial(method, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def migrate(self) -> None:
        """Bring the schema up to date; a newer one than we know is refused by Alembic."""
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self._engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def ping(self) -> None:
        """Raises SQLAlchemyError when the database cannot be written."""
        with self._engine.begin() as connection:
            connection.execute(select(1))

    def close(self) -> None:
        self._threads.shutdown()
        self._engine.dispose()

    # ------------------------------------------------------------------ writing

    def keep(
        self,
        message: Message,
        state: State,
        details: Details,
        *,
        due_at: float | None = None,
        claimed_by: str | None = None,
        deed: Deed | None = None,
        notices: Iterable[Message] = (),
    ) -> Kept:
        """Take a message into the store, and notices about it into the queue.

        Of one that has ended, the content is not kept. With `claimed_by` the message belongs
        to work that this node is doing already.
        """
        claimed_until = time.time() + CLAIM_SECONDS if claimed_by else None
        size = len(message.content)
        kept = Kept(message.id, state, message.received_at, size, 0, due_at, claimed_until, details)
        with self._engine.begin() as connection:
            self._insert(connection, kept, message.content if state in _UNFINISHED else b"", claimed_by)
            self._note(connection, message.id, deed)
            self._queue(connection, notices, message.id)
        return kept

    def settle(
        self,
        kept: Kept,
        state: State,
        details: Details,
        *,
        due_at: float | None = None,
        deed: Deed | None = None,
        notices: Iterable[Message] = (),
    ) -> None:
        """Record how an attempt on a claimed message ended, and give up the claim.

        A message that has ended keeps its row as proof; its content goes. When the claim
        has been lost meanwhile, nothing is recorded: the message is somebody else's.
        """
        with self._engine.begin() as connection:
            settled = connection.execute(
                update(messages)
                .where(
                    messages.c.id == kept.id,
                    messages.c.state == "queued",
                    messages.c.claimed_until == kept.claimed_until,
                )
                .values(
                    state=state,
                    due_at=due_at,
                    claimed_by=None,
                    claimed_until=None,
                    attempts=kept.attempts + 1,
                    details=self._sealed_details(connection, kept.id, details),
                )
            ).rowcount
            if not settled:
                log.error("store.claim_lost", id=kept.id)
                return
            if state not in _UNFINISHED:
                connection.execute(delete(contents).where(contents.c.message_id == kept.id))
            self._note(connection, kept.id, deed)
            self._queue(connection, notices, kept.id)

    def claim(self, node: str, now: float, limit: int) -> list[Kept]:
        """Take up to `limit` due messages, oldest first, for this node alone."""
        with self._engine.begin() as connection:
            due = (
                select(messages.c.id)
                .where(
                    messages.c.state == "queued",
                    or_(
                        and_(messages.c.claimed_by.is_(None), messages.c.due_at <= now),
                        messages.c.claimed_until <= now,
                    ),
                )
                .order_by(messages.c.due_at)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            claimed = (
                update(messages)
                .where(messages.c.id.in_(due))
                .values(claimed_by=node, claimed_until=now + CLAIM_SECONDS)
            )
            rows = connection.execute(claimed.returning(messages)).all()
        return sorted(self._opened(rows), key=lambda kept: kept.due_at or 0)

    def disclaim(self, node: str) -> int:
        """Give up what this node had claimed when it last ended; how many messages that were."""
        with self._engine.begin() as connection:
            statement = (
                update(messages)
                .where(messages.c.claimed_by == node)
                .values(claimed_by=None, claimed_until=None, due_at=time.time())
            )
            return connection.execute(statement).rowcount

    def decide_held(
        self, kept: Kept, state: State, details: Details, deed: Deed, notices: Iterable[Message] = ()
    ) -> bool:
        """Let a held message go on or end it; False when somebody has been faster."""
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(messages)
                .where(messages.c.id == kept.id, messages.c.state == "held")
                .values(
                    state=state,
                    due_at=time.time() if state == "queued" else None,
                    attempts=0,
                    details=self._sealed_details(connection, kept.id, details),
                )
            ).rowcount
            if not changed:
                return False
            if state != "queued":
                connection.execute(delete(contents).where(contents.c.message_id == kept.id))
            self._note(connection, kept.id, deed)
            self._queue(connection, notices, kept.id)
            return True

    def note(self, message_id: str, deed: Deed) -> None:
        """Write to the audit."""
        with self._engine.begin() as connection:
            self._note(connection, message_id, deed)

    # ------------------------------------------------------------------ reading

    def get(self, message_id: str) -> Kept | None:
        with self._reading.connect() as connection:
            row = connection.execute(select(messages).where(messages.c.id == message_id)).one_or_none()
        return self._kept(row) if row is not None else None

    def list(self, state: State) -> list[Kept]:
        """All messages of one state, oldest first, without those that were altered. Raises SealError."""
        statement = select(messages).where(messages.c.state == state).order_by(messages.c.received_at)
        with self._reading.connect() as connection:
            rows = connection.execute(statement).all()
        opened = [*self._opened(rows)]
        if rows and not opened:
            raise SealError(f"none of {len(rows)} messages can be opened: the key is not theirs")
        return opened

    def content(self, message_id: str) -> bytes:
        """The content of a message; b"" when it has ended. Raises SealError when it is not whole."""
        statement = (
            select(
                messages.c.state, messages.c.size, messages.c.data_key, contents.c.segment, contents.c.data
            )
            .join_from(messages, contents, isouter=True)
            .where(messages.c.id == message_id)
            .order_by(contents.c.segment)
        )
        with self._reading.connect() as connection:
            rows = connection.execute(statement).all()
        content = b"".join(
            self._keyring.unwrap(row.data_key, message_id).open(row.data, f"content {row.segment}")
            for row in rows
            if row.data is not None
        )
        if not rows or len(content) != (rows[0].size if rows[0].state in _UNFINISHED else 0):
            raise SealError(f"message {message_id}: its content is not whole")
        return content

    def audit(self, message_id: str | None = None) -> Sequence[AuditEntry]:
        """Audit entries in order, of one message or of all."""
        statement = select(audit).order_by(audit.c.sequence)
        if message_id is not None:
            statement = statement.where(audit.c.message_id == message_id)
        with self._reading.connect() as connection:
            return [AuditEntry(**row._mapping) for row in connection.execute(statement)]

    # ------------------------------------------------------------------ inside a transaction

    def _insert(self, connection: Connection, kept: Kept, content: bytes, claimed_by: str | None) -> None:
        key, wrapped = self._keyring.new_data_key(kept.id)
        connection.execute(
            insert(messages).values(
                id=kept.id,
                state=kept.state,
                received_at=kept.received_at,
                size=kept.size,
                due_at=kept.due_at,
                attempts=kept.attempts,
                claimed_by=claimed_by,
                claimed_until=kept.claimed_until,
                key_id=self._keyring.key_id,
                data_key=wrapped,
                details=key.seal(msgspec.msgpack.encode(kept.details), "details"),
            )
        )
        starts = range(0, len(content), SEGMENT_OCTETS)
        segments = [
            {
                "message_id": kept.id,
                "segment": number,
                "data": key.seal(content[start : start + SEGMENT_OCTETS], f"content {number}"),
            }
            for number, start in enumerate(starts)
        ]
        if segments:
            connection.execute(insert(contents), segments)

    def _queue(self, connection: Connection, notices: Iterable[Message], about: str) -> None:
        for notice in notices:
            details = Details(notice.envelope, about=about, pending=notice.envelope.recipients)
            at, size = notice.received_at, len(notice.content)
            self._insert(
                connection, Kept(notice.id, "queued", at, size, 0, at, None, details), notice.content, None
            )

    def _note(self, connection: Connection, message_id: str, deed: Deed | None) -> None:
        if deed is not None:
            connection.execute(
                insert(audit).values(at=time.time(), message_id=message_id, **msgspec.structs.asdict(deed))
            )

    def _sealed_details(self, connection: Connection, message_id: str, details: Details) -> bytes:
        return self._data_key(connection, message_id).seal(msgspec.msgpack.encode(details), "details")

    def _data_key(self, connection: Connection, message_id: str) -> DataKey:
        wrapped = connection.scalar(select(messages.c.data_key).where(messages.c.id == message_id))
        return self._keyring.unwrap(wrapped or b"", message_id)

    def _opened(self, rows: Sequence[Row[Any]]) -> Iterator[Kept]:
        """Those that can be opened: one that was altered must not hold up the others."""
        for row in rows:
            try:
                yield self._kept(row)
            except (SealError, msgspec.DecodeError):
                log.error("store.cannot_open", id=row.id)

    def _kept(self, row: Row[Any]) -> Kept:
        details = self._keyring.unwrap(row.data_key, row.id).open(row.details, "details")
        return Kept(
            id=row.id,
            state=row.state,
            received_at=row.received_at,
            size=row.size,
            attempts=row.attempts,
            due_at=row.due_at,
            claimed_until=row.claimed_until,
            details=msgspec.msgpack.decode(details, type=Details),
        )


def failure(error: SQLAlchemyError) -> str:
    """What is wrong with a database, without a word of mail: beside a statement, its values may be quoted."""
    if isinstance(error, DBAPIError) and error.statement is None:  # There was no connection yet.
        return " ".join(str(error.orig).split())
    return type(error).__name__


def sealed_with(url: str) -> tuple[str, ...]:
    """Ids of the keys that a database's messages are sealed with; none while it is empty or not there."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite" and not Path(place.database or "").exists():
        return ()
    engine = _engine(url)
    try:
        with engine.execution_options(reading=True).connect() as connection:
            if not inspect(connection).has_table(messages.name):
                return ()
            return tuple(connection.scalars(select(messages.c.key_id).distinct()))
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": _PATIENCE}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # Transactions are begun below, not guessed by the driver.
        # WAL with synchronous=FULL loses no committed transaction when the power goes;
        # with NORMAL, WAL's usual companion, it does.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", _WAL_LIMIT):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads before it writes would fail, not wait, when another one is faster.
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
