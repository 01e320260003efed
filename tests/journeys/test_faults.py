"""When something dies, nothing that was acknowledged is lost, and nothing uninspected gets out."""

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sized
from functools import partial
from pathlib import Path

import aiosmtplib
import pytest
import structlog

from config.settings import Endpoint
from gateway import app
from gateway.store.store import Store
from tests.fakes import Fault, NextHop, next_hop
from tests.gateway.test_workers import worker_processes
from tests.journeys.house import PATIENT, SENDER, alter_store, fetched, house, letter, send, settings, until


class Served:
    """`postern serve` as a process of its own."""

    def __init__(self, folder: Path, hop: int, level: str = "info") -> None:
        self.log = folder / "log.jsonl"
        self._config = folder / "postern.toml"
        self._config.write_text(
            '[smtp]\nlisten = ["127.0.0.1:0"]\n[inspection]\nworkers = 1\n'
            f'[next_hop]\nport = {hop}\n[store]\nfolder = "store"\n[spool]\nretry_minutes = [0.005]\n'
            f'[http]\nlisten = "127.0.0.1:0"\n[log]\nlevel = "{level}"\n',
            encoding="utf-8",
        )
        self._seen = 0

    def _run(self) -> None:
        command = [sys.executable, "-m", "gateway", "serve", "--config", str(self._config)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    async def start(self) -> Endpoint:
        """Start, and wait until it listens."""
        self._run()
        self._seen += 1
        await until(lambda: len(self._started()) == self._seen, 20)
        host, port = self._started()[-1]["smtp"][0].rsplit(":", 1)
        return Endpoint(host, int(port))

    def _started(self) -> list[dict[str, list[str]]]:
        events = [json.loads(line) for line in self.log.read_bytes().splitlines() if line.startswith(b"{")]
        return [event for event in events if event["event"] == "started"]

    def health(self) -> str:
        """Where it answers over HTTP."""
        return str(self._started()[-1]["http"])

    async def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, 60)


def ids(hop: NextHop) -> Counter[str]:
    found = [re.search(rb"X-Ledger: (\d+)", message.content) for message in hop.arrived]
    return Counter(match[1].decode() for match in found if match)


async def test_kill_9_under_load_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Every 250 is at the next hop or in the store; what must be held never reaches the next hop."""
    served = 0
    ledger: dict[str, bool] = {}
    chance = random.Random(7)
    async with next_hop() as hop:
        hop.delay = 0.01
        gate = Served(tmp_path, hop.port)
        for life in range(1, 5):
            door = await gate.start()

            async def client(door: Endpoint = door) -> None:
                nonlocal served
                while True:
                    served += 1
                    number, secret = str(served), chance.random() < 0.3
                    content = f"X-Ledger: {number}\r\n".encode() + letter(PATIENT if secret else b"Hello\r\n")
                    try:
                        if (await send(door, content)).code == 250:
                            ledger[number] = secret
                    except (aiosmtplib.SMTPException, OSError):
                        return

            clients = [asyncio.create_task(client()) for _ in range(8)]
            await until(partial(_has_more_than, ledger, 13 * life), 60)
            await asyncio.sleep(chance.uniform(0.0, 0.5))
            await gate.end(signal.SIGKILL)
            await asyncio.gather(*clients)
        await gate.start()
        await asyncio.sleep(1.5)
        await gate.end(signal.SIGTERM)
        arrived = ids(hop)

    store = app.open_store(settings(tmp_path, hop.port))
    held = {found[1].decode() for kept in store.list("held") if (found := _ledger_number(store, kept.id))}
    store.close()
    assert len(ledger) > 50
    assert {number for number, secret in ledger.items() if secret} <= held
    assert {number for number, secret in ledger.items() if not secret} <= set(arrived)
    assert not {number for number, secret in ledger.items() if secret} & set(arrived)


def _has_more_than(ledger: Sized, number: int) -> bool:
    return len(ledger) > number


def _ledger_number(store: Store, message_id: str) -> re.Match[bytes] | None:
    return re.search(rb"X-Ledger: (\d+)", store.content(message_id))


async def test_what_was_spooled_before_a_kill_is_delivered_after_it(tmp_path: Path) -> None:
    """Mail accepted while the next hop was down survives kill -9, and arrives once when both are back."""
    async with next_hop() as hop:
        port = hop.port
    gate = Served(tmp_path, port)
    door = await gate.start()
    replies = [await send(door, f"X-Ledger: {n}\r\n".encode() + letter(b"Hello\r\n")) for n in range(10)]
    await gate.end(signal.SIGKILL)
    assert {reply.code for reply in replies} == {250}

    async with next_hop(port=port) as hop:
        await gate.start()
        await until(lambda: len(hop.arrived) >= 10)
        await gate.end(signal.SIGTERM)

        assert ids(hop) == Counter({str(n): 1 for n in range(10)})


async def test_what_large_messages_took_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a burst of them, spooled and delivered, neither memory nor the database's log stays large."""
    monkeypatch.setenv("POSTERN_SMTP__INLINE_DEADLINE", "0")
    monkeypatch.setenv("POSTERN_INSPECTION__BYPASS", '["127.0.0.0/8"]')
    large = letter(b"x" * 70 + b"\r\n") + (b"y" * 70 + b"\r\n") * 200_000
    async with next_hop() as hop:
        gate = Served(tmp_path, hop.port)
        door = await gate.start()
        before = resident(gate.process.pid)
        for _ in range(3):
            await asyncio.gather(*(send(door, large) for _ in range(4)))
        await until(lambda: len(hop.arrived) == 12, 60)
        await until(lambda: b'"event":"delivered"' in gate.log.read_bytes().splitlines()[-1])
        log = tmp_path / "store" / "postern.db-wal"
        for arrived in range(13, 18):  # The first that no reader of the store overlaps begins the log anew.
            await send(door, letter(b"Hello\r\n"))
            await until(lambda count=arrived: len(hop.arrived) == count)  # type: ignore[misc]
            if log.stat().st_size <= 64 * 1024 * 1024:
                break
        assert resident(gate.process.pid) - before < 48 * 1024 * 1024
        assert log.stat().st_size <= 64 * 1024 * 1024
        await gate.end(signal.SIGTERM)


def resident(process: int) -> int:
    """Octets of memory that it has (proc_pid_statm(5))."""
    return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf(
        "SC_PAGE_SIZE"
    )


async def test_sigterm_lets_the_message_under_way_finish(tmp_path: Path) -> None:
    """A message whose content is already sent gets its 250 while the gateway drains; then it exits with 0."""
    async with next_hop() as hop:
        hop.delay = 1.0
        gate = Served(tmp_path, hop.port)
        door = await gate.start()
        sending = asyncio.create_task(send(door, letter(b"Hello\r\n")))
        await until(lambda: any(command == "DATA" for command in hop.commands))
        status = await gate.end(signal.SIGTERM)

        assert (await sending).code == 250
        assert status == 0
        assert len(hop.arrived) == 1


async def test_while_it_drains_it_lives_and_is_not_ready(tmp_path: Path) -> None:
    """A client has a message under way at SIGTERM: until that is answered, so are /healthz and /readyz."""
    async with next_hop() as hop:
        gate = Served(tmp_path, hop.port)
        door = await gate.start()
        health = gate.health()
        assert await asyncio.to_thread(fetched, f"http://{health}/readyz") == (
            200,
            '{"ready":true,"reasons":[]}',
        )
        async with aiosmtplib.SMTP(hostname=door.host, port=door.port, start_tls=False) as client:
            await client.mail(SENDER)
            await client.rcpt("sam@mail.example")
            ending = asyncio.create_task(gate.end(signal.SIGTERM))
            await until(lambda: b'"event":"stopping"' in gate.log.read_bytes())
            assert await asyncio.to_thread(fetched, f"http://{health}/healthz") == (200, "ok\n")
            assert await asyncio.to_thread(fetched, f"http://{health}/readyz") == (
                503,
                '{"ready":false,"reasons":["starting or shutting down"]}',
            )
            assert (await client.data(letter(b"Hello\r\n"))).code == 250
        assert await ending == 0
        assert len(hop.arrived) == 1


async def test_no_log_line_holds_anything_of_the_mail(tmp_path: Path) -> None:
    """At DEBUG, with held, broken, refused and delivered mail, no output has content, subject or address."""
    canaries = [
        b"Jane Doe",
        b"999 000 0018",
        b"01/02/1950",
        b"Canary subject",
        b"sam.canary",
        b"a.clerk",
        b"WEST1234",
    ]
    to = ["sam.canary@mail.example"]
    broken = b"Content-Type: multipart/mixed; boundary=x\r\n" + letter(b"--x\r\n\r\n" + PATIENT)
    async with next_hop() as hop:
        gate = Served(tmp_path, hop.port, level="debug")
        door = await gate.start()
        await send(door, letter(PATIENT, to[0], "Canary subject"), to)
        await send(door, letter(b"IBAN GB82 WEST1234 5698 7654 32\r\n", to[0], "Canary subject"), to)
        await send(door, broken, to)
        await send(door, letter(b"Hello\r\n", to[0], "Canary subject"), to)
        hop.answers["RCPT"] = b"550 5.1.1 no sam.canary@mail.example here\r\n"
        await send(door, letter(b"Hello\r\n", to[0], "Canary subject"), to)
        hop.answers["RCPT"] = b"450 4.2.0 sam.canary@mail.example is busy\r\n"
        await send(door, letter(b"Hello\r\n", to[0], "Canary subject"), to)
        await send(door, letter(PATIENT), ["not an address <sam.canary@mail.example>"])
        await send(door, letter(PATIENT), to, "a.clerk@elsewhere.example")
        await asyncio.sleep(1)
        await gate.end(signal.SIGTERM)

    written = gate.log.read_bytes()
    assert written.count(b'"event":"judged"') == 7
    assert [canary for canary in canaries if canary in written] == []


async def test_a_killed_worker_does_not_show(tmp_path: Path) -> None:
    """With every worker killed between messages, mail goes on, and what must be held is held."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        for _ in range(3):
            for process in worker_processes():
                os.kill(process, signal.SIGKILL)
            assert (await gate.send(letter(PATIENT))).code == 250
            assert (await gate.send(letter(b"Hello\r\n"))).code == 250

        assert len(await gate.kept("held")) == 3
        assert len([message for message in hop.arrived if message.mail_from == SENDER]) == 3


async def test_what_no_worker_can_read_is_held(tmp_path: Path) -> None:
    """A message past every worker's deadline is held as unscannable, with a reason, and never delivered."""
    async with next_hop() as hop, house(tmp_path, hop.port, inspection={"deadline": 0.001}) as gate:
        assert (await gate.send(letter(PATIENT * 2000))).code == 250

        (kept,) = await gate.kept("held")
        assert kept.details.inspection is not None
        assert [part.reason for part in kept.details.inspection.parts] == ["reading it took too long"]
        assert not [message for message in hop.arrived if message.mail_from == SENDER]


async def test_without_its_store_the_gateway_accepts_nothing_it_must_keep(tmp_path: Path) -> None:
    """When the database cannot be written, what would be held is answered 451, and never delivered."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        alter_store(tmp_path, "ALTER TABLE contents RENAME TO hidden")
        reply = await gate.send(letter(PATIENT))
        alter_store(tmp_path, "ALTER TABLE hidden RENAME TO contents")

        assert reply.code == 451
        assert hop.arrived == []
        assert await gate.kept("held") == []


async def test_what_is_spooled_waits_for_the_store_no_longer_than_that_is_away(tmp_path: Path) -> None:
    """A message claimed just before the database fails is delivered as soon as that is back."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        hop.answers["RCPT"] = b"450 4.2.1 Come back\r\n"
        assert (await gate.send(letter(b"Hello\r\n"))).code == 250
        alter_store(tmp_path, "ALTER TABLE contents RENAME TO hidden")
        with structlog.testing.capture_logs() as events:
            await until(lambda: any(event["log_level"] == "error" for event in events))
        hop.answers.clear()
        alter_store(tmp_path, "ALTER TABLE hidden RENAME TO contents")

        await until(lambda: len(hop.arrived) == 1)


@pytest.mark.parametrize("other", [b"450 4.2.1 Come back\r\n", b"550 5.1.1 No such user\r\n"])
async def test_what_one_recipient_has_is_never_answered_with_451(tmp_path: Path, other: bytes) -> None:
    """While what is owed to the other one cannot be kept, the client waits; the first one gets it once."""
    both = ["has@mail.example", "other@mail.example"]
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        hop.answers["RCPT other@mail.example"] = other
        alter_store(tmp_path, "ALTER TABLE contents RENAME TO hidden")
        sending = asyncio.create_task(gate.send(letter(b"Hello\r\n"), both))
        await until(lambda: bool(hop.arrived))
        await asyncio.sleep(1.5)
        assert not sending.done()
        alter_store(tmp_path, "ALTER TABLE hidden RENAME TO contents")

        assert (await sending).code == 250
        del hop.answers["RCPT other@mail.example"]
        await until(lambda: len(hop.arrived) >= 2)
        await asyncio.sleep(1.5)
        owed = both[1] if other.startswith(b"4") else SENDER
        assert [message.recipients for message in hop.arrived] == [("has@mail.example",), (owed,)]


async def test_what_the_next_hop_did_is_logged_with_the_message(tmp_path: Path) -> None:
    """Whoever looks into a late message, or one that came twice, finds the attempts at it by its id."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        hop.once["GREETING"] = Fault.CLOSE
        hop.once["CONTENT"] = Fault.CLOSE
        with structlog.testing.capture_logs() as events:
            reply = await gate.send(letter(b"Hello\r\n"))
            await until(lambda: bool(hop.arrived))

    of_next_hop = [event for event in events if event["event"].startswith("next_hop.")]
    assert [event["event"] for event in of_next_hop] == ["next_hop.unreachable", "next_hop.broken_off"]
    assert all(reply.text.endswith(event["id"]) for event in of_next_hop)


async def test_a_notice_that_is_refused_is_missed(tmp_path: Path) -> None:
    """A warning of its own names the held message whose sender does not know."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        hop.answers[f"RCPT {SENDER}"] = b"550 5.7.1 Relaying denied\r\n"
        with structlog.testing.capture_logs() as events:
            assert (await gate.send(letter(PATIENT))).code == 250
            await until(lambda: any(event["event"] == "notice_lost" for event in events))

        (held,) = await gate.kept("held")
        (notice,) = await gate.kept("returned")
        (lost,) = [event for event in events if event["event"] == "notice_lost"]
        assert lost == {
            "event": "notice_lost",
            "log_level": "warning",
            "id": held.id,
            "notice": notice.id,
            "code": 550,
        }


async def test_two_gateways_do_not_share_a_folder(tmp_path: Path) -> None:
    """A second gateway on the same store folder does not start."""
    async with next_hop() as hop, house(tmp_path, hop.port):
        with pytest.raises(app.AlreadyRunningError, match="another gateway"):
            async with app.running(settings(tmp_path, hop.port)):
                pass


async def test_a_delivered_message_is_not_sent_again_for_want_of_advice(tmp_path: Path) -> None:
    """When only the advice to its sender cannot be kept, a delivered message is still answered 250."""
    retired = ["social@council.gcsx.gov.uk"]
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        alter_store(tmp_path, "ALTER TABLE contents RENAME TO hidden")
        reply = await gate.send(letter(b"Hello\r\n", retired[0]), retired)
        alter_store(tmp_path, "ALTER TABLE hidden RENAME TO contents")

        assert reply.code == 250
        assert len(hop.arrived) == 1
