"""The same store on every database that is there: SQLite always, PostgreSQL where its server is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import create_engine, text

from gateway.store.sealing import Keyring
from gateway.store.store import Store


class Database(msgspec.Struct, frozen=True):
    """An empty database."""

    url: str
    files: Path
    """The folder in which the database keeps everything."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Database]:
    """A PostgreSQL server of our own, reached by a socket in its folder alone."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    # The server refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="postern-"))
    data = folder / "data"
    shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs[-1].with_name(program)), "-D", str(data), *arguments]
        # Its output goes to a file: the server would hold a pipe open.
        with (folder / "log").open("ab") as log:
            subprocess.run(
                command,
                check=True,
                stdout=log,
                stderr=log,
                cwd=folder,
                user=user if os.geteuid() == 0 else None,
            )

    try:
        run("initdb", "-U", "postern", "-A", "trust", "-E", "UTF8", "--locale=C", "--wal-segsize=1", "-N")
        run("pg_ctl", "start", "-w", "-o", f"-k {folder} -c listen_addresses='' -c fsync=off")
        try:
            yield Database(f"postgresql+psycopg://postern@/postgres?host={folder}", data)
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path / 'postern.db'}", tmp_path)
    server: Database = request.getfixturevalue("postgresql")
    engine = create_engine(server.url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return server


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(bytes(range(32)))


@pytest.fixture
def store(database: Database, keyring: Keyring) -> Iterator[Store]:
    store = Store(database.url, keyring)
    store.migrate()
    yield store
    store.close()
