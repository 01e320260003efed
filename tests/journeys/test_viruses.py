"""Viruses on their way out: refused, IT told, and found again in what a reviewer lets go."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clamd import EICAR, Clamd, clamd
from tests.fakes import next_hop
from tests.gateway.extract.files import attachment, entity, multipart
from tests.gateway.policy.test_policy import SHIPPED
from tests.journeys.house import PATIENT, SENDER, House, house, letter, until


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Clamd]:
    with clamd(tmp_path) as running:
        yield running


def with_file(data: bytes, text: bytes = b"See the attached file.") -> bytes:
    fields = [f"From: {SENDER}", "To: sam@mail.example", "Subject: Invoice"]
    return multipart(entity(text), attachment(data, "invoice.txt", "text/plain"), fields=fields)


def scanner(daemon: Clamd) -> dict[str, str]:
    return {"socket": str(daemon.socket)}


async def held(gate: House) -> str:
    """The id of the only message that is held, as soon as there is one."""
    async with asyncio.timeout(15):
        while not (kept := await gate.kept("held")):
            await asyncio.sleep(0.02)
    return kept[0].id


async def test_a_virus_is_refused_and_it_is_told(tmp_path: Path, daemon: Clamd) -> None:
    """An infected message gets 550 and goes nowhere; IT gets a notice with the hash, not the file."""
    async with next_hop() as hop, house(tmp_path, hop.port, virus_scanner=scanner(daemon)) as gate:
        reply = await gate.send(with_file(EICAR))
        await until(lambda: bool(hop.arrived))

    (notice,) = hop.arrived
    assert (reply.code, reply.text[:5]) == (550, "5.7.1")
    assert notice.recipients == ("it@practice.example",)
    assert hashlib.sha256(EICAR).hexdigest() in notice.content.decode().replace("=\r\n", "")
    assert EICAR not in notice.content


async def test_a_policy_may_hold_what_is_infected(tmp_path: Path, daemon: Clamd) -> None:
    """With "hold" instead of "reject" the message waits for a reviewer, and IT is told all the same."""
    rules = SHIPPED.read_text("utf-8").replace('action = "reject"  # or "hold"', 'action = "hold"  #', 1)
    policy = tmp_path / "policy.toml"
    policy.write_text(rules, "utf-8")
    sections = {"virus_scanner": scanner(daemon), "policy": {"file": str(policy)}}
    async with next_hop() as hop, house(tmp_path, hop.port, **sections) as gate:
        reply = await gate.send(with_file(EICAR))
        await held(gate)
        await until(lambda: any("it@practice.example" in one.recipients for one in hop.arrived))

    assert reply.code == 250
    assert not any("sam@mail.example" in arrived.recipients for arrived in hop.arrived)
    assert not any(EICAR in arrived.content for arrived in hop.arrived)


async def test_clean_mail_passes_the_scanner(tmp_path: Path, daemon: Clamd) -> None:
    """A message without a virus is delivered in its transaction, and IT hears nothing."""
    async with next_hop() as hop, house(tmp_path, hop.port, virus_scanner=scanner(daemon)) as gate:
        reply = await gate.send(with_file(b"40 boxes of gloves"))

    assert reply.code == 250
    assert [arrived.recipients for arrived in hop.arrived] == [("sam@mail.example",)]


async def test_without_the_scanner_mail_is_held(tmp_path: Path, daemon: Clamd) -> None:
    """While clamd is down nothing goes out unscanned, not even between colleagues."""
    async with next_hop() as hop, house(tmp_path, hop.port, virus_scanner=scanner(daemon)) as gate:
        daemon.stop()
        reply = await gate.send(letter(b"We meet on Tuesday.\r\n"), to=["dr.b@practice.example"])
        (kept,) = await gate.kept("held")

    assert reply.code == 250
    assert kept.details.verdict is not None
    assert [rule.id for rule in kept.details.verdict.rules] == ["no-virus-scan"]
    assert all(SENDER in arrived.recipients for arrived in hop.arrived)


async def test_a_released_message_is_scanned_again(tmp_path: Path, daemon: Clamd) -> None:
    """What was no known virus when it was held, and is one when it is released, does not go."""
    worm = b"not known as a virus until today, 0123456789"
    async with next_hop() as hop, house(tmp_path, hop.port, virus_scanner=scanner(daemon)) as gate:
        await gate.send(with_file(worm, text=PATIENT))
        message = await held(gate)
        daemon.stop()
        daemon.start(worm)
        gate.quarantine.release(message, "reviewer", "agreed by telephone")
        await until(lambda: any("it@practice.example" in one.recipients for one in hop.arrived))
        kept = await asyncio.to_thread(gate.store.get, message)

    assert kept is not None
    assert not any("sam@mail.example" in arrived.recipients for arrived in hop.arrived)


async def test_a_release_waits_for_the_scanner(tmp_path: Path, daemon: Clamd) -> None:
    """A message that is released while clamd is down goes once, when clamd is back."""
    async with next_hop() as hop, house(tmp_path, hop.port, virus_scanner=scanner(daemon)) as gate:
        await gate.send(with_file(b"40 boxes of gloves", text=PATIENT))
        message = await held(gate)
        daemon.stop()
        gate.quarantine.release(message, "reviewer", "agreed by telephone")
        async with asyncio.timeout(15):
            while (kept := await asyncio.to_thread(gate.store.get, message)) and not kept.attempts:
                await asyncio.sleep(0.02)
        assert not any("sam@mail.example" in arrived.recipients for arrived in hop.arrived)
        daemon.start()
        await until(lambda: any("sam@mail.example" in arrived.recipients for arrived in hop.arrived))

    assert sum("sam@mail.example" in arrived.recipients for arrived in hop.arrived) == 1
