"""What may not leave, stays: sealed, explained to its sender, and decided by a person, once."""

import asyncio
import contextlib
import json
import os
import pty
import re
import subprocess
import sys
import termios
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway import app
from gateway.cli import main
from gateway.mail import Action
from gateway.quarantine import NotHeldError
from gateway.store.sealing import KeyFileError, Keyring
from gateway.store.store import Deed
from tests.fakes import next_hop
from tests.journeys.house import PATIENT, SENDER, House, alter_store, house, letter, until

CANARIES = (b"Jane Doe", b"999 000 0018", b"01/02/1950", b"asthma", b"sam@mail.example")


async def one_held(gate: House) -> str:
    assert (await gate.send(letter(PATIENT))).code == 250
    (kept,) = await gate.kept("held")
    return kept.id


async def test_held_mail_never_arrives_and_its_sender_is_told_why(tmp_path: Path) -> None:
    """The client gets 250, the next hop gets a notice only, and the notice quotes nothing."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        reply = await gate.send(letter(PATIENT))
        assert reply.code == 250
        await until(lambda: bool(hop.arrived))
        await asyncio.sleep(0.2)

        (notice,) = hop.arrived
        assert (notice.mail_from, notice.recipients) == ("", (SENDER,))
        assert b"AUP-9c" in notice.content
        assert b"Auto-Submitted: auto-replied" in notice.content
        assert not [canary for canary in CANARIES if canary in notice.content]
        (kept,) = await gate.kept("held")
        assert kept.details.verdict is not None
        assert kept.details.verdict.action is Action.HOLD
        assert kept.id.encode() in notice.content
        assert [entry.action for entry in gate.store.audit(kept.id)] == ["held"]


async def test_nothing_of_a_held_message_can_be_read_on_disk(tmp_path: Path) -> None:
    """Database, journal and lock hold no word of the message, its subject or its addresses."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        await one_held(gate)
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        found = [(file.name, canary) for file in files for canary in CANARIES if canary in file.read_bytes()]

    assert len(files) >= 3
    assert found == []


async def test_released_mail_arrives_once(tmp_path: Path) -> None:
    """Of twenty releases at once one succeeds, and the message arrives once, as it was sent."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        message_id = await one_held(gate)

        def release(number: int) -> bool:
            try:
                gate.quarantine.release(message_id, f"reviewer {number}", "agreed by telephone")
            except NotHeldError:
                return False
            return True

        with ThreadPoolExecutor(20) as pool:
            released = list(pool.map(release, range(20)))
        await until(lambda: len(hop.arrived) == 2)
        await asyncio.sleep(1.5)

        assert sum(released) == 1
        (arrived,) = [message for message in hop.arrived if message.mail_from == SENDER]
        assert arrived.content.endswith(letter(PATIENT))
        audit = gate.store.audit(message_id)
        assert Counter(entry.action for entry in audit) == {"held": 1, "released": 1, "not released": 19}
        assert {entry.actor for entry in audit} == {"postern", *(f"reviewer {n}" for n in range(20))}
        assert await gate.kept("held") == []


async def test_rejected_mail_is_ended_and_its_sender_told(tmp_path: Path) -> None:
    """A rejection reaches the sender with the reviewer's reason; the content is gone."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        message_id = await one_held(gate)
        gate.quarantine.reject(message_id, "reviewer", "Use the secure address instead.")
        await until(lambda: len(hop.arrived) == 2)

        assert any(b"Use the secure address instead." in notice.content for notice in hop.arrived)
        assert gate.store.content(message_id) == b""
        with pytest.raises(NotHeldError, match="rejected"):
            gate.quarantine.release(message_id, "somebody", "too late")
        last = gate.store.audit(message_id)[-1]
        assert (last.actor, last.action, last.reason) == ("somebody", "not released", "too late")


async def test_a_look_is_in_the_audit_before_it_is_had(tmp_path: Path) -> None:
    """Whoever reads a held message leaves name and reason."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        kept = gate.quarantine.find(await one_held(gate))
        content = gate.quarantine.content(kept, Deed("j.reviewer", "revealed", "complaint 12"))

        assert content.endswith(letter(PATIENT))
        last = gate.store.audit(kept.id)[-1]
        assert (last.actor, last.action, last.reason) == ("j.reviewer", "revealed", "complaint 12")


@pytest.mark.parametrize("instead", [None, bytes(32)], ids=["missing", "another"])
async def test_without_its_key_a_store_is_not_opened(
    instead: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everybody who would open it says which key is wanted, and where; put back, all is there again."""
    key, config = tmp_path / "store" / "key", tmp_path / "postern.toml"
    config.write_text('[store]\nfolder = "store"\n', encoding="utf-8")
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        message_id = await one_held(gate)
    wanted, content = Keyring.open(key).key_id, key.read_bytes()
    key.unlink() if instead is None else key.write_bytes(instead)

    with pytest.raises(KeyFileError, match=f"{key}: .*sealed with key {wanted}: put "):
        async with app.running(gate.settings):
            pass
    for command in (["check"], ["quarantine", "list"], ["quarantine", "show", message_id], ["audit", "list"]):
        assert await asyncio.to_thread(main, [*command, "--config", str(config)]) != 0
        said = "".join(capsys.readouterr())
        assert f"{key}: " in said
        assert f"sealed with key {wanted}: put " in said
    assert (key.read_bytes() if key.exists() else None) == instead

    key.write_bytes(content)
    key.chmod(0o600)
    assert await asyncio.to_thread(main, ["quarantine", "list", "--config", str(config)]) == 0
    assert message_id in capsys.readouterr().out


async def test_a_reviewer_sees_who_it_is_from_and_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`show` begins with the envelope, how far each recipient is trusted, and why it is held."""
    config = tmp_path / "postern.toml"
    config.write_text('[store]\nfolder = "store"\n', encoding="utf-8")
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        await gate.send(letter(PATIENT), ["sam@mail.example", "gp@nhs.net"])
        (kept,) = await gate.kept("held")
    capsys.readouterr()

    assert await asyncio.to_thread(main, ["quarantine", "show", kept.id, "--config", str(config)]) == 0

    first, *said = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"held since [-\d]+ [\d:]+, from {SENDER}, to", first)
    assert said[:2] == ["    sam@mail.example (insecure)", "    gp@nhs.net (secure)"]
    assert said[2].startswith("patient-data-to-insecure (AUP-9c, ")
    assert "█" in "".join(said)
    assert "�" not in "".join(said)


async def test_a_reviewer_can_read_the_list_on_80_columns(tmp_path: Path) -> None:
    """No address, rule or id is broken, and of many recipients the first ones and a number are named."""
    config = tmp_path / "postern.toml"
    config.write_text('[store]\nfolder = "store"\n', encoding="utf-8")
    many = [f"patient.number.{n}@webmail.example" for n in range(5)]
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        await gate.send(letter(PATIENT), many)
        (kept,) = await gate.kept("held")

    words = (await asyncio.to_thread(on_a_terminal, "quarantine", "list", "--config", str(config))).split()

    assert {kept.id, SENDER, *many[:3], "patient-data-to-insecure", "(AUP-9c)"} <= {*words}
    assert "and 2 more" in " ".join(words)
    assert not {*many[3:]} & {*words}


def on_a_terminal(*command: str) -> str:
    """What a command says on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", *command], stdout=theirs, env=environment | {"TERM": "dumb"}
    ):
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # Which is how a terminal's end is told (pty(7)).
            while octets := os.read(ours, 65536):
                said += octets
    os.close(ours)
    return said.decode()


async def test_events_of_commands_do_not_mix_with_what_they_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row that cannot be opened is an event on standard error, as configured; the list is clean."""
    config = tmp_path / "postern.toml"
    config.write_text('[store]\nfolder = "store"\n', encoding="utf-8")
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        altered = await one_held(gate)
        await gate.send(letter(PATIENT))
        good = next(kept.id for kept in await gate.kept("held") if kept.id != altered)
    alter_store(tmp_path, "UPDATE messages SET details = zeroblob(40) WHERE rowid = 1")
    capsys.readouterr()

    assert await asyncio.to_thread(main, ["quarantine", "list", "--config", str(config)]) == 0

    said = capsys.readouterr()
    assert [line.split("\t")[0] for line in said.out.splitlines()] == [good]
    (event,) = map(json.loads, said.err.splitlines())
    assert (event["event"], event["id"]) == ("store.cannot_open", altered)


async def test_visible_recipients_can_be_hidden_instead(tmp_path: Path) -> None:
    """With the rule's action set to convert, everybody gets the message and nobody sees the others."""
    shipped = Path("config/policy.toml").read_text(encoding="utf-8")
    rule = re.search(r'id = "visible-recipients".*?\naction = "hold"', shipped, re.DOTALL)
    assert rule is not None
    changed = rule[0].replace('action = "hold"', 'action = "convert"')
    policy = tmp_path / "policy.toml"
    policy.write_text(shipped.replace(rule[0], changed), encoding="utf-8")
    crowd = [f"{name}@{name}mail.example" for name in ("ann", "ben", "cat", "dan")]
    content = letter(b"The clinic moves to the church hall.\r\n", to=",\r\n ".join(crowd))
    async with next_hop() as hop, house(tmp_path, hop.port, policy={"file": str(policy)}) as gate:
        assert (await gate.send(content, to=crowd)).code == 250
        await until(lambda: len(hop.arrived) == 2)

        delivered, notice = hop.arrived
        assert delivered.recipients == tuple(crowd)
        assert not any(address.encode() in delivered.content for address in crowd)
        assert delivered.content.startswith(b"Received: ")
        assert b"\r\nTo: undisclosed-recipients:;\r\n" in delivered.content
        assert b"The clinic moves to the church hall." in delivered.content
        assert notice.recipients == (SENDER,)


async def test_nobody_is_told_about_a_machine_s_mail(tmp_path: Path) -> None:
    """A held message that a machine sent by itself is held without a notice (RFC 3834)."""
    content = b"Auto-Submitted: auto-generated\r\n" + letter(PATIENT)
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        await gate.send(content)
        await asyncio.sleep(1.5)

        assert hop.arrived == []
        assert len(await gate.kept("held")) == 1


async def test_a_release_has_the_whole_lifetime_before_it(tmp_path: Path) -> None:
    """A message released after its lifetime is tried again when the next hop defers it, not returned."""
    spool = {"lifetime_hours": 3 / 3600}
    async with next_hop() as hop, house(tmp_path, hop.port, spool=spool) as gate:
        message_id = await one_held(gate)
        await asyncio.sleep(3)
        hop.answers["RCPT sam@mail.example"] = b"450 4.2.1 Greylisted\r\n"
        gate.quarantine.release(message_id, "reviewer", "agreed")
        await until(lambda: any("RCPT TO:<sam@" in command for command in hop.commands))
        del hop.answers["RCPT sam@mail.example"]
        await until(lambda: any(message.mail_from == SENDER for message in hop.arrived))

        assert [entry.action for entry in gate.store.audit(message_id)] == ["held", "released"]
