"""What the gateway says of itself over HTTP: whether it lives, whether it can take mail, and its numbers."""

import asyncio
import json
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.store import store
from tests.fakes import next_hop
from tests.gateway.test_workers import worker_processes
from tests.journeys.house import PATIENT, House, fetched, house, letter, until


async def said(gate: House, path: str) -> tuple[int, str]:
    """Status and body of one page."""
    return await asyncio.to_thread(fetched, f"http://{gate.doors.http}{path}")


async def unready(gate: House) -> list[str]:
    """What keeps it from taking mail; the status must agree."""
    status, body = await said(gate, "/readyz")
    answer = json.loads(body)
    assert (status == 200) is answer["ready"] is not bool(answer["reasons"])
    reasons: list[str] = answer["reasons"]
    return reasons


async def test_a_gateway_that_takes_mail_says_so(tmp_path: Path) -> None:
    """It lives, is ready, and counts what happened to messages, without a word of theirs."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        await gate.send(letter(b"Hello\r\n"))
        await gate.send(letter(PATIENT))

        assert await said(gate, "/healthz") == (200, "ok\n")
        assert await unready(gate) == []
        status, metrics = await said(gate, "/metrics")

    assert status == 200
    lines = metrics.splitlines()
    assert 'postern_messages_total{event="received"} 2.0' in lines
    assert 'postern_messages_total{event="held"} 1.0' in lines
    assert (
        'postern_rules_fired_total{action="hold",clause="AUP-9c",rule="patient-data-to-insecure"} 1.0'
        in lines
    )
    assert "postern_workers 2.0" in lines
    assert "postern_octets_in_hand 0.0" in lines
    assert not any(word in metrics for word in ("sam@", "a.clerk", "Jane", "999 000"))


async def test_a_gateway_whose_store_cannot_be_written_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lives, though; and it is ready again when the store is."""
    monkeypatch.setattr(store, "_PATIENCE", 0.1)
    database = tmp_path / "store" / "postern.db"
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert await unready(gate) == ["the store cannot be written"]
            assert (await said(gate, "/healthz"))[0] == 200
            other.execute("ROLLBACK")

        assert await unready(gate) == []


async def test_a_gateway_whose_idle_workers_died_is_ready_again_by_itself(tmp_path: Path) -> None:
    """No message has to come first: none would, while a load balancer leaves it out."""
    async with next_hop() as hop, house(tmp_path, hop.port, inspection={"workers": 2}) as gate:
        killed = worker_processes()
        for process in killed:
            os.kill(process, signal.SIGKILL)
        await until(lambda: not {*killed} & {*worker_processes()})

        async with asyncio.timeout(15):
            while await unready(gate) or "postern_workers 4.0" not in (await said(gate, "/metrics"))[1]:
                await asyncio.sleep(0.05)
