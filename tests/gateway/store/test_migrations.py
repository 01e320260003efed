"""Migrations lead to the tables that the code knows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError

from gateway.store.sealing import Keyring
from gateway.store.store import Store
from gateway.store.tables import metadata
from tests.gateway.store.conftest import Database


def test_migrated_tables_are_those_of_the_code(database: Database, store: Store) -> None:
    """Names, columns, types, constraints and indexes: Alembic finds nothing to change."""
    engine = sa.create_engine(database.url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
        named = sa.inspect(connection)
        constraints = [
            name
            for table in ("messages", "contents", "audit")
            for name in (
                named.get_pk_constraint(table)["name"],
                *(one["name"] for one in named.get_check_constraints(table)),
                *(one["name"] for one in named.get_foreign_keys(table)),
                *(one["name"] for one in named.get_indexes(table)),
            )
        ]
    engine.dispose()
    assert differences == []
    assert constraints == [
        "pk_messages", "ck_messages_state", "ix_messages_state_due_at",
        "pk_contents", "fk_contents_message_id", "pk_audit",
    ]  # fmt: skip


def test_migrating_again_changes_nothing(database: Database, store: Store) -> None:
    """A gateway migrates at every start."""
    store.migrate()
    store.migrate()
    engine = sa.create_engine(database.url)
    with engine.connect() as connection:
        versions = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all()
    engine.dispose()
    assert len(versions) == 1


def test_a_newer_store_is_refused(database: Database, store: Store, keyring: Keyring) -> None:
    """An older gateway must not write into a schema that it does not know."""
    engine = sa.create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    older = Store(database.url, keyring)
    with pytest.raises(CommandError):
        older.migrate()
    older.close()
