"""A gateway to tell stories with: real sockets, real workers, a real store, a next hop that remembers."""

from __future__ import annotations

import asyncio
import sqlite3
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiosmtplib

from config.settings import Endpoint, Settings
from gateway import app
from gateway.mail import Reply
from gateway.quarantine import Quarantine
from gateway.store.store import Kept, State, Store

SENDER = "a.clerk@practice.example"
PATIENT = b"Mrs Jane Doe, date of birth 01/02/1950, NHS number 999 000 0018, has asthma.\r\n"


def letter(body: bytes, to: str = "sam@mail.example", subject: str = "A letter") -> bytes:
    head = f"From: {SENDER}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <1@practice.example>\r\n\r\n"
    return head.encode() + body


class House:
    """A running gateway, seen from its doors."""

    def __init__(self, settings: Settings, doors: app.Doors, store: Store) -> None:
        self.settings, self.doors, self.store = settings, doors, store
        self.quarantine = Quarantine(store, app.build_notices(settings))

    async def send(
        self, content: bytes, to: Sequence[str] = ("sam@mail.example",), mail_from: str = SENDER
    ) -> Reply:
        """Send one message as a mail client would; the reply to its content, or its refusal."""
        return await send(self.doors.smtp[0], content, to, mail_from)

    async def kept(self, state: State) -> list[Kept]:
        return await asyncio.to_thread(self.store.list, state)


async def send(
    door: Endpoint, content: bytes, to: Sequence[str] = ("sam@mail.example",), mail_from: str = SENDER
) -> Reply:
    client = aiosmtplib.SMTP(hostname=door.host, port=door.port, start_tls=False, timeout=30)
    async with client:
        try:
            await client.mail(mail_from)
            for recipient in to:
                await client.rcpt(recipient)
            response = await client.data(content)
        except aiosmtplib.SMTPResponseException as refusal:
            return Reply(refusal.code, refusal.message)
    return Reply(response.code, response.message)


def fetched(url: str) -> tuple[int, str]:
    """Status and body of a page."""
    try:
        with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310 - our own door
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def settings(folder: Path, hop: int, **sections: dict[str, Any]) -> Settings:
    """Settings for a gateway in `folder` that hands on to port `hop` and tries again at once."""
    base: dict[str, dict[str, Any]] = {
        "smtp": {"listen": ["127.0.0.1:0"]},
        "inspection": {"workers": 1},
        "next_hop": {"host": "127.0.0.1", "port": hop, "connect_timeout": 2.0},
        "store": {"folder": str(folder / "store")},
        "spool": {"retry_minutes": [0.005]},
        "http": {"listen": "127.0.0.1:0"},
    }
    for name, section in sections.items():
        base.setdefault(name, {}).update(section)
    return Settings.model_validate(base)


@asynccontextmanager
async def house(folder: Path, hop: int, **sections: dict[str, Any]) -> AsyncIterator[House]:
    """A gateway in this process, drained at the end."""
    chosen = settings(folder, hop, **sections)
    async with app.running(chosen) as doors:
        store = await asyncio.to_thread(app.open_store, chosen)
        try:
            yield House(chosen, doors, store)
        finally:
            store.close()


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def alter_store(folder: Path, statement: str) -> None:
    """Do something to a gateway's database behind its back."""
    with closing(sqlite3.connect(folder / "store" / "postern.db")) as other:
        other.execute(statement)
        other.commit()
