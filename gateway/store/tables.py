"""Tables of the store. In clear stand only ids, states, times and sizes; the rest is sealed."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

STATES = ("queued", "held", "delivered", "returned", "rejected")
_ONE_OF = ", ".join(f"'{state}'" for state in STATES)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

messages = Table(
    "messages",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("state", String(16), CheckConstraint(f"state IN ({_ONE_OF})", name="state"), nullable=False),
    Column("received_at", Float, nullable=False, doc="Seconds since the epoch, UTC."),
    Column("size", Integer, nullable=False, doc="Octets of content."),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Float, doc="When to try next; only queued messages have it."),
    Column("claimed_by", String(255), doc="The node that works on it now."),
    Column("claimed_until", Float, doc="When that node must be gone."),
    Column("key_id", String(16), nullable=False, doc="The key that wraps the data key."),
    Column("data_key", LargeBinary, nullable=False),
    Column("details", LargeBinary, nullable=False, doc="Sealed envelope, verdict, facts and replies."),
    Index("ix_messages_state_due_at", "state", "due_at"),
)

contents = Table(
    "contents",
    metadata,
    Column("message_id", String(16), ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("segment", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False, doc="Sealed; segments in order make the content."),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("at", Float, nullable=False, doc="Seconds since the epoch, UTC."),
    Column("actor", String(255), nullable=False, doc="Who did it; 'postern' for the gateway itself."),
    Column("action", String(32), nullable=False),
    Column("message_id", String(16)),
    Column("reason", Text, nullable=False),
)
