"""`make demo` shows what it promises."""

import io
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from gateway import demo
from gateway.demo import samples
from gateway.mail import Action
from tests.journeys.house import SENDER, letter, send


def test_every_sample_comes_out_as_it_should(tmp_path: Path) -> None:
    """`postern demo --once` ends with 0, every verdict as beside the sample; 80 columns break no address."""
    ended = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--once", "--folder", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"COLUMNS": "80"},
    )

    assert ended.returncode == 0, ended.stdout
    words = ended.stdout.split()
    assert [to for sample in samples() for to in sample.recipients if to not in words] == []


async def test_its_next_hop_speaks_of_mail_that_people_sent() -> None:
    """Once it is talkative; notices to the samples' senders would drown what somebody tries."""
    console = Console(file=io.StringIO(), width=80)
    relay = demo._Relay(console)
    async with demo._next_hop(relay) as hop:
        for talkative in (False, True):
            relay.talkative = talkative
            for mail_from in ("", SENDER):
                await send(hop, letter(b"Hello\r\n"), [f"to.{talkative}@mail.example"], mail_from)

    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == "The next hop received a message for to.True@mail.example.\n"


def test_the_samples_show_every_kind_of_verdict() -> None:
    """There are at least twelve, some delivered, some held, and none that shows its Bcc."""
    shown = samples()

    assert len(shown) >= 12
    assert {Action.DELIVER, Action.NOTIFY, Action.HOLD} <= {sample.action for sample in shown}
    assert not any(b"\nbcc:" in sample.content.lower() for sample in shown)
