"""What may leave, leaves: unchanged, once, and to whom it was meant."""

import asyncio
from collections import Counter
from pathlib import Path

from tests.fakes import Fault, next_hop
from tests.journeys.house import PATIENT, SENDER, alter_store, house, letter, until


def without_our_received(content: bytes) -> bytes:
    """The content without the first header field, which must be our Received."""
    lines = content.split(b"\r\n")
    assert lines[0].startswith(b"Received: ")
    first = next(
        number for number, line in enumerate(lines[1:], start=1) if not line.startswith((b" ", b"\t"))
    )
    return b"\r\n".join(lines[first:])


async def test_clean_mail_arrives_as_it_was_sent(tmp_path: Path) -> None:
    """The next hop gets every octet of a clean message, behind our Received field, and nothing is kept."""
    awkward = b"..dots\r\n.\r\n" + b"x" * 5000 + b"\r\n" + bytes(range(128, 256)) + b"\r\n\r\n trailing \r\n"
    content = letter(b"The surgery opens at 8am.\r\n" + awkward.replace(b"\r\n.\r\n", b"\r\n. \r\n"))
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        reply = await gate.send(content, to=["sam@mail.example", "gp@nhs.net"])

        assert reply.code == 250
        (received,) = hop.arrived
        assert received.mail_from == SENDER
        assert received.recipients == ("sam@mail.example", "gp@nhs.net")
        assert without_our_received(received.content) == content
        assert await gate.kept("queued") == await gate.kept("held") == await gate.kept("delivered") == []


async def test_the_null_reverse_path_stays_null(tmp_path: Path) -> None:
    """A bounce is relayed as a bounce."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        assert (await gate.send(letter(b"Returned mail\r\n"), mail_from="")).code == 250

        assert hop.arrived[0].mail_from == ""


async def test_patient_data_goes_to_colleagues_and_secure_domains(tmp_path: Path) -> None:
    """The same patient data that is held for webmail is delivered inside and to nhs.net."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        await gate.send(letter(PATIENT, "gp@nhs.net"), to=["gp@nhs.net"])
        await gate.send(letter(PATIENT, "dr@practice.example"), to=["dr@practice.example"])

        assert [message.recipients for message in hop.arrived] == [("gp@nhs.net",), ("dr@practice.example",)]


async def test_a_refusal_is_passed_on(tmp_path: Path) -> None:
    """The next hop's 5xx is the client's 5xx, and nobody is written a bounce."""
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        hop.answers["RCPT sam@mail.example"] = b"550 5.1.1 No such user\r\n"
        reply = await gate.send(letter(b"Hello\r\n"))

        assert (reply.code, reply.text) == (550, "5.1.1 No such user")
        assert hop.arrived == []
        assert await gate.kept("queued") == []


async def test_each_recipient_has_its_own_reply(tmp_path: Path) -> None:
    """One recipient is served, one refused and reported at once, one deferred until it is served."""
    everybody = ["good@mail.example", "later@mail.example", "never@mail.example"]
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        hop.answers["RCPT later@mail.example"] = b"450 4.2.1 Come back\r\n"
        hop.answers["RCPT never@mail.example"] = b"550 5.1.1 No such user\r\n"
        reply = await gate.send(letter(b"Hello\r\n", to=everybody[0]), to=everybody)
        assert reply.code == 250
        assert hop.arrived[0].recipients == ("good@mail.example",)

        await until(lambda: len(hop.arrived) == 2)
        report = hop.arrived[1]
        assert (report.mail_from, report.recipients) == ("", (SENDER,))
        assert b"never@mail.example" in report.content
        assert b"later@mail.example" not in report.content
        assert b"report-type=delivery-status" in report.content.replace(b'"', b"")

        del hop.answers["RCPT later@mail.example"]
        await until(lambda: len(hop.arrived) == 3)
        await asyncio.sleep(1.5)

        assert hop.arrived[2].recipients == ("later@mail.example",)
        assert len(hop.arrived) == 3
        assert await gate.kept("queued") == []


async def test_the_next_hop_is_down_for_a_while(tmp_path: Path) -> None:
    """Mail that comes while the next hop is down is accepted, kept, and delivered when it is back."""
    async with next_hop() as hop:
        port = hop.port
    async with house(tmp_path, port) as gate:
        replies = [await gate.send(letter(b"Number %d\r\n" % number)) for number in range(5)]
        assert {reply.code for reply in replies} == {250}
        assert len(await gate.kept("queued")) == 5

        async with next_hop(port=port) as hop:
            await until(lambda: len(hop.arrived) == 5)
            await asyncio.sleep(0.3)

            assert len(hop.arrived) == 5
            assert await gate.kept("queued") == []
            assert len(await gate.kept("delivered")) == 5


async def test_a_message_that_cannot_be_delivered_in_time_is_returned(tmp_path: Path) -> None:
    """When its lifetime is over, the sender gets a delivery status notification, and the message is gone."""
    spool = {"lifetime_hours": 0.5 / 3600}
    async with next_hop() as hop, house(tmp_path, hop.port, spool=spool) as gate:
        hop.answers["RCPT sam@mail.example"] = b"450 4.2.1 Mailbox busy\r\n"
        assert (await gate.send(letter(b"Hello\r\n"))).code == 250
        await until(lambda: bool(hop.arrived))

        (report,) = hop.arrived
        assert report.recipients == (SENDER,)
        assert b"Status: 4.2.1" in report.content
        (returned,) = await gate.kept("returned")
        assert await asyncio.to_thread(gate.store.content, returned.id) == b""


async def test_a_slow_next_hop_does_not_keep_the_client_waiting(tmp_path: Path) -> None:
    """Past the in-line deadline the client gets its 250, and the message still arrives exactly once."""
    async with next_hop() as hop, house(tmp_path, hop.port, smtp={"inline_deadline": 0.3}) as gate:
        hop.delay = 1.0
        reply = await gate.send(letter(b"Hello\r\n"))
        assert reply.code == 250
        assert "Queued" in reply.text
        assert len(await gate.kept("queued")) == 1

        await until(lambda: bool(hop.arrived))
        await asyncio.sleep(1.5)

        assert len(hop.arrived) == 1
        assert len(await gate.kept("delivered")) == 1


async def test_spool_first(tmp_path: Path) -> None:
    """With inline_deadline = 0 every message is durable before its 250, held ones too."""
    async with next_hop() as hop, house(tmp_path, hop.port, smtp={"inline_deadline": 0}) as gate:
        replies = [await gate.send(letter(b"Hello\r\n")), await gate.send(letter(PATIENT))]
        assert all("Queued" in reply.text for reply in replies)

        await until(
            lambda: {message.recipients for message in hop.arrived} == {("sam@mail.example",), (SENDER,)}
        )

        assert len(await gate.kept("held")) == 1
        assert not any(b"999 000 0018" in message.content for message in hop.arrived)


async def test_a_bypassed_network_is_relayed_without_inspection(tmp_path: Path) -> None:
    """What the configuration exempts is relayed as it is, and never reaches a worker."""
    inspection = {"bypass": ["127.0.0.0/8"]}
    async with next_hop() as hop, house(tmp_path, hop.port, inspection=inspection) as gate:
        assert (await gate.send(letter(PATIENT))).code == 250

        assert len(hop.arrived) == 1


async def test_mail_that_goes_round_in_circles_is_refused(tmp_path: Path) -> None:
    """More than fifty Received fields are a loop."""
    content = b"Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0000\r\n" * 60 + letter(b"Hello\r\n")
    async with next_hop() as hop, house(tmp_path, hop.port) as gate:
        reply = await gate.send(content)

        assert reply.code == 550
        assert hop.arrived == []


async def test_one_hanging_message_holds_up_no_other(tmp_path: Path) -> None:
    """While the next hop keeps one spooled message waiting, another one that is due is delivered."""
    async with next_hop() as hop, house(tmp_path, hop.port, smtp={"inline_deadline": 0}) as gate:
        hop.answers["RCPT slow@mail.example"] = Fault.HANG
        await gate.send(letter(b"Hello\r\n"), to=["slow@mail.example"])
        await until(lambda: any("slow@" in command for command in hop.commands))
        await gate.send(letter(b"Hello\r\n"), to=["quick@mail.example"])
        await until(lambda: bool(hop.arrived), 5)

        assert hop.arrived[0].recipients == ("quick@mail.example",)
        hop.drop_all()


async def test_spool_first_accepts_nothing_without_its_store(tmp_path: Path) -> None:
    """With inline_deadline = 0 a message that cannot be kept is answered 451, and not delivered either."""
    async with next_hop() as hop, house(tmp_path, hop.port, smtp={"inline_deadline": 0}) as gate:
        alter_store(tmp_path, "ALTER TABLE contents RENAME TO hidden")
        reply = await gate.send(letter(b"Hello\r\n"))
        alter_store(tmp_path, "ALTER TABLE hidden RENAME TO contents")
        await asyncio.sleep(1.5)

        assert reply.code == 451
        assert hop.arrived == []


async def test_a_delivery_that_cannot_be_recorded_is_not_made_again(tmp_path: Path) -> None:
    """A spooled message that the next hop took is settled when the store is back, and arrives once."""
    async with next_hop() as hop, house(tmp_path, hop.port, smtp={"inline_deadline": 0}) as gate:
        hop.delay = 1.0
        await gate.send(letter(b"Hello\r\n"))
        await until(lambda: "DATA" in hop.commands)
        alter_store(tmp_path, "ALTER TABLE messages RENAME TO hidden")
        await until(lambda: bool(hop.arrived))
        await asyncio.sleep(1.5)
        alter_store(tmp_path, "ALTER TABLE hidden RENAME TO messages")
        await asyncio.sleep(2.5)

        assert len(hop.arrived) == 1
        assert len(await gate.kept("delivered")) == 1


async def test_what_the_next_hop_is_slow_with_arrives_once(tmp_path: Path) -> None:
    """Far more messages past the deadline than the spool has senders, with the next hop or waiting for it."""
    smtp, spool, slots = {"inline_deadline": 0.3}, {"senders": 2}, {"connections": 6}
    async with (
        next_hop() as hop,
        house(tmp_path, hop.port, smtp=smtp, spool=spool, next_hop=slots) as gate,
    ):
        hop.delay = 0.8
        letters = [letter(b"Hello\r\n", subject=f"Number {number}") for number in range(16)]
        sending = []
        for content in letters:
            sending.append(asyncio.create_task(gate.send(content)))
            await asyncio.sleep(0.05)
        assert {reply.code for reply in await asyncio.gather(*sending)} == {250}
        await until(lambda: len(hop.arrived) >= 16, 30)
        await asyncio.sleep(2.5)

        arrived = Counter(without_our_received(message.content) for message in hop.arrived)
        assert arrived == dict.fromkeys(letters, 1)
        assert hop.broken_off == 0
        assert await gate.kept("queued") == []
        assert len(await gate.kept("delivered")) == 16


async def test_what_waits_for_a_worker_past_the_deadline_is_given_up(tmp_path: Path) -> None:
    """It is queued for everybody, and the spool begins it anew."""
    async with next_hop() as hop, house(tmp_path, hop.port, smtp={"inline_deadline": 0.05}) as gate:
        slow = letter(b"one two three four five " * 100_000 + b"\r\n")
        replies = await asyncio.gather(*(gate.send(slow) for _ in range(3)))
        assert all("Queued" in reply.text for reply in replies)
        assert hop.commands == []

        await until(lambda: len(hop.arrived) >= 3, 60)
        await asyncio.sleep(1.5)
        assert len(hop.arrived) == 3


async def test_a_bypassed_network_cannot_send_in_circles(tmp_path: Path) -> None:
    """A loop is seen without inspection, too."""
    content = b"Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0000\r\n" * 60 + letter(b"Hello\r\n")
    inspection = {"bypass": ["127.0.0.0/8"]}
    async with next_hop() as hop, house(tmp_path, hop.port, inspection=inspection) as gate:
        reply = await gate.send(content)

        assert reply.code == 550
        assert hop.arrived == []
