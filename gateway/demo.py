"""`postern demo`: a gateway with a next hop of its own, sample mails through it, and what became of them."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import signal
import socket
import textwrap
import time
import tomllib
from collections.abc import AsyncIterator, MutableMapping
from email.parser import BytesHeaderParser
from email.policy import default
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiosmtplib
import msgspec
import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from config import settings as configuration
from config.settings import Endpoint
from detectors.findings import Judgement
from gateway.app import FileError, build_judge, configure_logging, only_one, running
from gateway.mail import Action, Headers, Inspection
from gateway.mail import Envelope as MailEnvelope
from gateway.scan import STYLES

_WRITTEN_BY = "# Written by `postern demo`"
SAMPLES = Path(str(files("gateway") / "samples"))


class Sample(msgspec.Struct, frozen=True):
    """A message as a mail client would send it: the Bcc field has become recipients only."""

    name: str
    mail_from: str
    recipients: tuple[str, ...]
    content: bytes
    action: Action
    """What must become of it."""
    rules: tuple[str, ...]
    """The enforced rules that must fire."""


def samples() -> list[Sample]:
    """The shipped sample mails, in order."""
    return [_sample(file) for file in sorted(SAMPLES.glob("*.eml"))]


def _sample(file: Path) -> Sample:
    content = file.read_bytes()
    header = BytesHeaderParser(policy=default).parsebytes(content)
    fields = [header[name] for name in ("To", "Cc", "Bcc") if header[name] is not None]
    recipients = tuple(address.addr_spec for field in fields for address in field.addresses)
    shown = re.sub(rb"^Bcc:.*\r\n(?:[ \t].*\r\n)*", b"", content, count=1, flags=re.MULTILINE)
    verdict = tomllib.loads(file.with_suffix(".verdict.toml").read_text(encoding="utf-8"))
    return Sample(
        name=file.stem,
        mail_from=header["From"].addresses[0].addr_spec,
        recipients=recipients,
        content=shown,
        action=Action(verdict["action"]),
        rules=tuple(verdict["rules"]),
    )


class _Recorder:
    """Remembers what the gateway's own events say of each message."""

    def __init__(self) -> None:
        self.judged: dict[str, MutableMapping[str, Any]] = {}

    def __call__(self, _: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if event.get("event") == "judged":
            self.judged[event["id"]] = event
        raise structlog.DropEvent


class _Relay:
    """The demo's next hop: takes everything, and says so."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.talkative = False

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.talkative and envelope.mail_from != "<>":  # Not our own notices to the samples' senders.
            to = ", ".join(envelope.rcpt_tos)
            self._console.print(Text(f"The next hop received a message for {to}.", "green"))
        return "250 2.0.0 OK"


async def run(folder: Path, *, once: bool) -> int:
    """Show the table; unless `once`, stay up until Ctrl-C. 1 if a verdict is not as it should be."""
    console = Console()
    async with contextlib.AsyncExitStack() as stack:
        relay = _Relay(console)
        hop = await stack.enter_async_context(_next_hop(relay))
        file = _fresh_configuration(folder, hop)
        settings = configuration.load(file)
        configure_logging(settings)
        recorder = _Recorder()
        structlog.configure(processors=[recorder])
        with console.status("Starting the gateway: loading detectors, forking workers ..."):
            doors = await stack.enter_async_context(running(settings))
        judge = build_judge(settings)
        with console.status("Sending the sample mails ..."):
            table, surprises = await _sent(doors.smtp[0], recorder, judge)
        console.print(table)
        for surprise in surprises:
            console.print(Text(surprise, "bold red"))
        if not once:
            relay.talkative = True
            _say_what_next(console, file, doors.smtp[0], doors.http)
            await _until_interrupted()
    return 1 if surprises else 0


async def _sent(door: Endpoint, recorder: _Recorder, judge: Any) -> tuple[Table, list[str]]:
    # As narrow as it can be: 80 columns are enough for every address.
    table = Table(
        title="What became of the sample mails",
        show_lines=True,
        box=box.HORIZONTALS,
        show_edge=False,
        padding=0,
    )
    for heading in ("message", "recipients", "verdict", "rule and clause"):
        table.add_column(heading, overflow="fold")
    table.add_column("ms", justify="right")
    surprises: list[str] = []
    async with aiosmtplib.SMTP(hostname=door.host, port=door.port, start_tls=False) as client:
        for sample in samples():
            began = time.perf_counter()
            _, reply = await client.sendmail(sample.mail_from, sample.recipients, sample.content)
            milliseconds = 1000 * (time.perf_counter() - began)
            event = recorder.judged[_id_in(reply)]
            fired, action = tuple(event["rules"]), Action(event["action"])
            if action is not sample.action or not set(sample.rules) <= set(fired):
                surprises.append(
                    f"{sample.name}: should be {sample.action} by {', '.join(sample.rules) or 'no rule'}"
                )
            facts, _ = judge(MailEnvelope(sample.mail_from, sample.recipients), _NOTHING)
            who = "\n".join(f"{one.address} [{one.trust}]" for one in facts.recipients)
            table.add_row(
                _wrapped(sample.name, 14),
                Text(who),
                Text(action, STYLES[action]),
                "\n".join(
                    _wrapped(f"{rule} ({clause})", 24)
                    for rule, clause in zip(fired, event["clauses"], strict=True)
                ),
                f"{milliseconds:.0f}",
            )
    return table, surprises


_NOTHING = Inspection(Headers(), (), Judgement(False, False, 0, ()))


def _wrapped(name: str, width: int) -> str:
    """Broken after a hyphen rather than within a word."""
    return "\n".join(textwrap.wrap(name, width))


def _id_in(reply: str) -> str:
    """The message id that every 250 of ours names."""
    return next(
        word.strip(";,")
        for word in reply.split()
        if len(word.strip(";,")) == 16 and word.strip(";,").isalnum()
    )


def _fresh_configuration(folder: Path, hop: Endpoint) -> Path:
    """An empty folder with a configuration in it.

    Raises FileError rather than empty somebody else's, and AlreadyRunningError.
    """
    file = folder / "postern.toml"
    if folder.exists() and any(folder.iterdir()):
        if not (file.exists() and file.read_text(encoding="utf-8").startswith(_WRITTEN_BY)):
            raise FileError(f"{folder}: must be empty, or left by an earlier demo")
        with only_one(folder / "node"):
            shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f"{_WRITTEN_BY}; everything else is as shipped.\n"
        f'[smtp]\nlisten = ["{_free("127.0.0.1", 8025)}"]\n\n'
        f'[next_hop]\nhost = "{hop.host}"\nport = {hop.port}\n\n'
        f'[store]\nfolder = "."\n\n'
        f'[http]\nlisten = "{_free("127.0.0.1", 8080)}"\n',
        encoding="utf-8",
    )
    return file


def _free(host: str, port: int) -> Endpoint:
    """That port, or any other when something listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            probe.bind((host, 0))
        return Endpoint(*probe.getsockname())


@contextlib.asynccontextmanager
async def _next_hop(relay: _Relay) -> AsyncIterator[Endpoint]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(relay, enable_SMTPUTF8=True, hostname="next-hop.example", loop=loop), "127.0.0.1", 0
    )
    try:
        yield Endpoint(*server.sockets[0].getsockname())
    finally:
        server.close()


def _say_what_next(console: Console, file: Path, smtp: Endpoint, http: Endpoint | None) -> None:
    postern = ".venv/bin/postern"
    console.print(
        f"""
The gateway listens on {smtp}, and hands what may leave to a next hop of its own. In another terminal:

  send a message        python3 -c "import smtplib; smtplib.SMTP('{smtp.host}', {smtp.port}).sendmail(
                          'me@practice.example', ['you@webmail.example'],
                          'Subject: Hello\\r\\n\\r\\nMrs Jane Doe, NHS number 999 000 0018, has asthma.')"
  see what is held      {postern} quarantine list --config {file}
  look at one, masked   {postern} quarantine show ID --config {file}
  let it go             {postern} quarantine release ID --reason "agreed by telephone" --config {file}
  see the numbers       http://{http}/metrics

Ctrl-C ends it.""",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


async def _until_interrupted() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
