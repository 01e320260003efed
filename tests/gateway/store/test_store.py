"""What the store promises, on every database."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.pool import Pool

from gateway.mail import Envelope, Message, Reply, new_id
from gateway.store import tables
from gateway.store.sealing import Keyring, SealError
from gateway.store.store import (
    CLAIM_SECONDS,
    SEGMENT_OCTETS,
    Deed,
    Details,
    Kept,
    State,
    Store,
    sealed_with,
)
from tests.gateway.store.conftest import Database

ENVELOPE = Envelope("clerk@practice.example", ("patient@mail.example",), client="127.0.0.1")
DETAILS = Details(ENVELOPE, pending=ENVELOPE.recipients)
DEED = Deed("reviewer", "released", "agreed by telephone")
NOW = 1_700_000_000.0


def a_message(content: bytes = b"Subject: rota\r\n\r\nMonday\r\n", received_at: float = NOW) -> Message:
    return Message(new_id(), ENVELOPE, content, received_at)


def put(store: Store, state: State, due_at: float | None = None, received_at: float = NOW) -> Kept:
    """Keep a message, and look it up."""
    message = a_message(received_at=received_at)
    store.keep(message, state, DETAILS, due_at=due_at)
    return found(store, message.id)


def found(store: Store, message_id: str) -> Kept:
    kept = store.get(message_id)
    assert kept is not None
    return kept


# ---------------------------------------------------------------------- keeping


@pytest.mark.parametrize(
    "size", [0, 1, SEGMENT_OCTETS - 1, SEGMENT_OCTETS, SEGMENT_OCTETS + 1, 2 * SEGMENT_OCTETS + 5]
)
def test_content_comes_back_as_it_was(store: Store, size: int) -> None:
    """Whatever its size and octets, in whole segments or not."""
    message = a_message((bytes(range(256)) * (size // 256 + 1))[:size])
    store.keep(message, "queued", DETAILS, due_at=NOW)
    assert store.content(message.id) == message.content
    assert found(store, message.id).size == size


def test_details_come_back_as_they_were(store: Store) -> None:
    """Envelope, replies and the rest, through sealing and back."""
    replies = (("zoë@mail.example", Reply(450, "4.2.1 Full")),)
    details = Details(
        Envelope("", ("zoë@mail.example", "b@x.example"), smtputf8=True, eight_bit=True, user="scanner"),
        released_by="dr.b",
        pending=("b@x.example",),
        replies=replies,
    )
    message = a_message()
    store.keep(message, "held", details, deed=Deed("postern", "held", "mixed-recipients"))
    expected = Kept(message.id, "held", NOW, len(message.content), 0, None, None, details)
    assert found(store, message.id) == expected


def test_an_unknown_message_is_none(store: Store) -> None:
    """It has no row and no audit, and nobody gets an empty content for it."""
    assert store.get("0123456789abcdef") is None
    assert list(store.audit("0123456789abcdef")) == []
    with pytest.raises(SealError):
        store.content("0123456789abcdef")


def test_a_message_is_kept_whole_or_not_at_all(store: Store) -> None:
    """When the second half of a transaction fails, nothing of it is there: no notice, no deed, no content."""
    message, notice = a_message(), a_message()
    store.keep(notice, "queued", DETAILS, due_at=NOW)
    with pytest.raises(sa.exc.IntegrityError):
        store.keep(message, "held", DETAILS, deed=DEED, notices=[a_message(), notice])
    assert store.get(message.id) is None
    assert [kept.id for kept in store.list("queued")] == [notice.id]
    assert list(store.audit()) == []


def test_a_message_cannot_be_kept_twice(store: Store) -> None:
    """The second one raises, and the first one is as it was."""
    message = a_message()
    store.keep(message, "held", DETAILS)
    with pytest.raises(sa.exc.IntegrityError):
        store.keep(msgspec.structs.replace(message, content=b"other"), "queued", DETAILS, due_at=NOW)
    assert found(store, message.id).state == "held"
    assert store.content(message.id) == message.content


def test_lists_are_by_state_oldest_first(store: Store) -> None:
    """Each state has its own list."""
    late = put(store, "held", received_at=NOW + 2)
    early = put(store, "held", received_at=NOW + 1)
    put(store, "queued", due_at=NOW)
    assert [kept.id for kept in store.list("held")] == [early.id, late.id]
    assert store.list("returned") == []


def test_notices_are_queued_like_mail_that_may_go(store: Store) -> None:
    """A notice needs no verdict, is due at once, and goes to its own recipients."""
    notice = Message(new_id(), Envelope("", ("clerk@practice.example",)), b"Held\r\n", NOW)
    store.keep(a_message(), "held", DETAILS, notices=[notice])
    (kept,) = store.claim("node-1", NOW, 10)
    assert kept.details.may_go
    assert kept.details.pending == ("clerk@practice.example",)
    assert kept.details.about == store.list("held")[0].id


# ---------------------------------------------------------------------- claiming


def test_due_messages_are_claimed_oldest_first_up_to_the_limit(store: Store) -> None:
    """Those that are due, not those that will be, nor any that are held or have ended."""
    second, first, third = (put(store, "queued", due_at=NOW - age) for age in (20, 30, 10))
    put(store, "queued", due_at=NOW + 1)
    for state in ("held", "delivered", "returned", "rejected"):
        put(store, state)
    assert [kept.id for kept in store.claim("node-1", NOW, 2)] == [first.id, second.id]
    assert [kept.id for kept in store.claim("node-1", NOW, 2)] == [third.id]
    assert store.claim("node-1", NOW, 2) == []


def test_a_claim_runs_out_when_its_node_is_gone(store: Store) -> None:
    """Until then nobody else gets the message; then anybody does."""
    kept = put(store, "queued", due_at=NOW)
    store.claim("node-1", NOW, 1)
    assert store.claim("node-2", NOW + CLAIM_SECONDS - 1, 1) == []
    assert [one.id for one in store.claim("node-2", NOW + CLAIM_SECONDS, 1)] == [kept.id]


def test_a_message_kept_while_being_worked_on_is_not_claimed(store: Store) -> None:
    """The in-line work that goes on has it, until that node starts again."""
    message = a_message()
    store.keep(message, "queued", DETAILS, claimed_by="node-1")
    assert store.claim("node-2", time.time(), 1) == []
    assert store.disclaim("node-2") == 0
    assert store.disclaim("node-1") == 1
    assert [one.id for one in store.claim("node-2", time.time(), 1)] == [message.id]


def test_only_the_last_claim_can_be_settled(store: Store) -> None:
    """Whoever was so slow that its claim ran out has nothing to record any more."""
    kept = put(store, "queued", due_at=NOW)
    (slow,) = store.claim("node-1", NOW, 1)
    (quick,) = store.claim("node-1", NOW + CLAIM_SECONDS, 1)
    store.settle(slow, "returned", DETAILS, notices=[a_message()])
    store.settle(quick, "held", DETAILS)
    store.settle(slow, "delivered", DETAILS)
    assert [one.id for one in store.list("held")] == [kept.id]
    assert store.list("queued") == []


def test_nodes_that_claim_at_once_never_get_the_same_message(database: Database, keyring: Keyring) -> None:
    """Four threads of two nodes: every message is claimed exactly once."""
    stores = [Store(database.url, keyring) for _ in range(2)]
    stores[0].migrate()
    ids = {put(stores[0], "queued", due_at=NOW - number).id for number in range(60)}
    together = threading.Barrier(4)

    def claim_all(worker: int) -> list[str]:
        claimed: list[str] = []
        together.wait()
        while batch := stores[worker % 2].claim(f"node-{worker % 2}", NOW, 4):
            assert len(batch) <= 4
            claimed += [kept.id for kept in batch]
        return claimed

    with ThreadPoolExecutor(4) as pool:
        claimed = [message_id for batch in pool.map(claim_all, range(4)) for message_id in batch]
    for store in stores:
        store.close()
    assert sorted(claimed) == sorted(ids)


# ---------------------------------------------------------------------- settling


@pytest.mark.parametrize("state", ["delivered", "returned", "rejected"])
def test_the_content_goes_when_a_message_has_ended(store: Store, state: State) -> None:
    """Row, details and audit stay as proof."""
    put(store, "queued", due_at=NOW)
    (claimed,) = store.claim("node-1", NOW, 1)
    details = msgspec.structs.replace(DETAILS, pending=())
    store.settle(claimed, state, details, deed=Deed("postern", state), notices=[a_message()])
    ended = found(store, claimed.id)
    assert (ended.state, ended.attempts, ended.due_at, ended.details) == (state, 1, None, details)
    assert store.content(claimed.id) == b""
    assert [entry.action for entry in store.audit(claimed.id)] == [state]
    assert len(store.list("queued")) == 1


@pytest.mark.parametrize(("state", "due_at"), [("queued", NOW + 60), ("held", None)])
def test_the_content_stays_while_it_is_needed(store: Store, state: State, due_at: float | None) -> None:
    """A message that waits for the next hop or for a reviewer is whole."""
    put(store, "queued", due_at=NOW)
    (claimed,) = store.claim("node-1", NOW, 1)
    store.settle(claimed, state, DETAILS, due_at=due_at)
    kept = found(store, claimed.id)
    assert (kept.state, kept.attempts, kept.due_at) == (state, 1, due_at)
    assert store.content(claimed.id) == a_message().content
    assert store.claim("node-1", NOW, 1) == []
    assert len(store.claim("node-1", NOW + 60, 1)) == (state == "queued")


def test_a_released_message_is_due_at_once(store: Store) -> None:
    """Attempts begin anew, the content is there, and the deed is in the audit."""
    kept = put(store, "held")
    details = msgspec.structs.replace(kept.details, released_by="dr.b")
    assert store.decide_held(kept, "queued", details, DEED)
    (claimed,) = store.claim("node-1", time.time(), 1)
    assert (claimed.id, claimed.attempts, claimed.details.released_by) == (kept.id, 0, "dr.b")
    assert store.content(kept.id) == a_message().content
    (entry,) = store.audit(kept.id)
    assert (entry.actor, entry.action, entry.message_id, entry.reason) == (
        "reviewer", "released", kept.id, "agreed by telephone",
    )  # fmt: skip
    assert abs(entry.at - time.time()) < 60


def test_a_rejected_message_ends(store: Store) -> None:
    """Its content goes, its sender's notice is queued."""
    kept = put(store, "held")
    notice = a_message()
    assert store.decide_held(kept, "rejected", kept.details, Deed("dr.b", "rejected", "wrong"), [notice])
    assert found(store, kept.id).state == "rejected"
    assert store.content(kept.id) == b""
    assert [one.id for one in store.list("queued")] == [notice.id]


@pytest.mark.parametrize("state", ["queued", "delivered", "returned", "rejected"])
def test_what_is_not_held_cannot_be_decided(store: Store, state: State) -> None:
    """False, and neither deed nor notice nor any change."""
    kept = put(store, state, due_at=NOW if state == "queued" else None)
    assert not store.decide_held(kept, "queued", DETAILS, DEED, [a_message()])
    assert found(store, kept.id) == kept
    assert list(store.audit()) == []
    assert len(store.list("queued")) == (state == "queued")


def test_of_many_who_decide_at_once_one_wins(store: Store) -> None:
    """Twenty reviewers, half of them releasing and half rejecting: one deed, one outcome."""
    kept = put(store, "held")
    together = threading.Barrier(20)

    def decide(reviewer: int) -> bool:
        state: State = "queued" if reviewer % 2 else "rejected"
        deed = Deed(f"reviewer {reviewer}", "released" if reviewer % 2 else "rejected")
        together.wait()
        return store.decide_held(kept, state, kept.details, deed, [a_message()])

    with ThreadPoolExecutor(20) as pool:
        won = [reviewer for reviewer, result in enumerate(pool.map(decide, range(20))) if result]
    assert len(won) == 1
    assert [entry.actor for entry in store.audit(kept.id)] == [f"reviewer {won[0]}"]
    assert found(store, kept.id).state == ("queued" if won[0] % 2 else "rejected")
    assert len(store.list("queued")) == 1 + won[0] % 2


# ---------------------------------------------------------------------- audit


def test_the_audit_is_in_order_and_for_one_message_or_all(store: Store) -> None:
    """Entries are numbered as they were written."""
    store.note("m1", Deed("a", "shown"))
    store.note("m2", Deed("b", "shown", "why"))
    store.note("m1", Deed("c", "released"))
    entries = store.audit()
    assert [entry.actor for entry in entries] == ["a", "b", "c"]
    assert sorted({entry.sequence for entry in entries}) == [entry.sequence for entry in entries]
    assert [entry.actor for entry in store.audit("m1")] == ["a", "c"]


def test_long_names_and_reasons_are_taken_whole(store: Store) -> None:
    """A host name may have 253 characters, and nothing limits a reason: no database may refuse for that."""
    node, reason = f"{'n' * 240}.example", "because " * 1000
    put(store, "queued", due_at=NOW)
    assert len(store.claim(node, NOW, 1)) == 1
    store.note("m1", Deed("r" * 253, "shown", reason))
    assert store.audit()[0].reason == reason


# ---------------------------------------------------------------------- at rest


def test_nothing_of_a_message_stands_in_clear(database: Database, store: Store) -> None:
    """Not in tables, nor in indexes, nor in the log of the database: neither content nor addresses."""
    envelope = Envelope("canary-from@practice.example", ("canary-to@mail.example",), user="canary-user")
    content = b"Subject: canary-subject\r\n\r\n999 000 0018 " + b"x" * SEGMENT_OCTETS
    details = Details(envelope, replies=(("canary-to@mail.example", Reply(450, "canary-reply")),))
    states: tuple[State, ...] = ("held", "queued")
    for state in states:
        message = Message(new_id(), envelope, content, NOW)
        store.keep(message, state, details, due_at=NOW, notices=[a_message(content)])
    for kept in store.claim("node-1", NOW, 1):
        store.settle(kept, "delivered", details)
    store.decide_held(store.list("held")[0], "queued", details, DEED)
    if database.url.startswith("postgresql"):
        _execute(database, "CHECKPOINT")
    written = b"".join(file.read_bytes() for file in database.files.rglob("*") if file.is_file())
    assert b"agreed by telephone" in written
    assert [canary for canary in (b"canary", b"999 000 0018", b"x" * 32) if canary in written] == []


def _execute(database: Database, statement: str | sa.Executable) -> None:
    engine = sa.create_engine(database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(statement) if isinstance(statement, str) else statement)
    engine.dispose()


@pytest.mark.parametrize("column", ["data_key", "details"])
def test_altered_rows_do_not_open(database: Database, store: Store, column: str) -> None:
    """What somebody wrote into the database is not taken for a message."""
    kept, other = put(store, "held"), put(store, "held")
    rows = tables.messages
    theirs = sa.select(rows.c[column]).where(rows.c.id == other.id).scalar_subquery()
    _execute(database, sa.update(rows).where(rows.c.id == kept.id).values({column: theirs}))
    with pytest.raises(SealError):
        store.get(kept.id)
    assert store.get(other.id) == other


@pytest.mark.parametrize("exchange", ["segments", "messages"])
def test_exchanged_contents_do_not_open(database: Database, store: Store, exchange: str) -> None:
    """Neither with the segments of a message in another order, nor with those of another message."""
    one, two = (a_message(letter * SEGMENT_OCTETS + b"end\r\n") for letter in (b"a", b"b"))
    for message in (one, two):
        store.keep(message, "held", DETAILS)
    rows = tables.contents
    if exchange == "messages":
        _execute(database, sa.delete(rows).where(rows.c.message_id == one.id))
        _execute(database, sa.update(rows).values(message_id=one.id))
    else:
        for before, after in ((0, 2), (1, 0), (2, 1)):
            _execute(database, sa.update(rows).where(rows.c.segment == before).values(segment=after))
    with pytest.raises(SealError):
        store.content(one.id)


def test_an_altered_row_does_not_hold_up_the_others(database: Database, store: Store) -> None:
    """What can be opened is claimed; what cannot is left alone until the claim runs out."""
    altered, good = put(store, "queued", due_at=NOW - 1), put(store, "queued", due_at=NOW)
    rows = tables.messages
    _execute(database, sa.update(rows).where(rows.c.id == altered.id).values(details=b"x" * 40))
    assert [one.id for one in store.claim("node-1", NOW, 2)] == [good.id]
    assert store.claim("node-1", NOW, 2) == []


def test_another_key_opens_nothing(database: Database, store: Store) -> None:
    """A store that was given the wrong key file says so at the first look."""
    kept = put(store, "held")
    stranger = Store(database.url, Keyring(bytes(32)))
    with pytest.raises(SealError):
        stranger.get(kept.id)
    with pytest.raises(SealError):
        stranger.list("held")
    stranger.close()


def test_a_database_names_the_keys_it_is_sealed_with(database: Database, keyring: Keyring) -> None:
    """None before there are tables, none while they are empty; looking makes no database."""
    assert sealed_with(database.url) == ()
    assert not (database.files / "postern.db").exists()
    store = Store(database.url, keyring)
    store.migrate()
    assert sealed_with(database.url) == ()
    put(store, "held")
    put(store, "delivered")
    store.close()
    assert sealed_with(database.url) == (keyring.key_id,)


@pytest.mark.parametrize("lost", [(1,), (0,), (0, 1)])
def test_lost_segments_are_noticed(database: Database, store: Store, lost: tuple[int, ...]) -> None:
    """A content that is shorter than it was is never handed on as whole."""
    message = a_message(b"x" * (2 * SEGMENT_OCTETS))
    store.keep(message, "held", DETAILS)
    _execute(database, sa.delete(tables.contents).where(tables.contents.c.segment.in_(lost)))
    with pytest.raises(SealError):
        store.content(message.id)


# ---------------------------------------------------------------------- SQLite


def test_sqlite_is_durable(tmp_path: Path, keyring: Keyring) -> None:
    """Every connection has WAL, synchronous=FULL and foreign keys: a power cut loses no commit."""
    settings: list[object] = []

    def look(connection: sa.engine.interfaces.DBAPIConnection, *_: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode", "synchronous", "foreign_keys"):
            cursor.execute(f"PRAGMA {pragma}")
            settings.extend(cursor.fetchone() or ())
        cursor.close()

    sa.event.listen(Pool, "checkout", look)
    try:
        store = Store(f"sqlite:///{tmp_path / 'postern.db'}", keyring)
        store.migrate()
        store.keep(a_message(), "held", DETAILS)
        store.list("held")
        store.close()
    finally:
        sa.event.remove(Pool, "checkout", look)
    assert len(settings) >= 9
    assert settings == ["wal", 2, 1] * (len(settings) // 3)


def test_ping_says_whether_the_database_answers(store: Store, keyring: Keyring) -> None:
    """A database that is not there raises."""
    store.ping()
    gone = Store("sqlite:////no/such/folder/postern.db", keyring)
    with pytest.raises(sa.exc.SQLAlchemyError):
        gone.ping()
