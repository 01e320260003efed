"""The command line: one function for each command."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from allowlists import dcb1596
from allowlists.domains import DomainError, ListError, a_label
from config import settings as configuration
from config.settings import Settings, SettingsError
from detectors import lexicons
from detectors.findings import Judgement
from gateway import app
from gateway.mail import Envelope, Headers, Inspection
from gateway.policy.facts import Recipient, gather
from gateway.policy.policy import PolicyError
from gateway.quarantine import NotHeldError, Quarantine
from gateway.sources import SourceError, printable
from gateway.store.sealing import KeyFileError, SealError
from gateway.store.store import Deed, Kept, failure
from gateway.users import hash_password
from gateway.workers import UnreadableError, WorkersError

OK, WRONG, USAGE = 0, 1, 2
_TO_SHOWN = 3
"""Recipients of a message that a table names."""

FORESEEN = (
    SettingsError,
    PolicyError,
    ListError,
    KeyFileError,
    SealError,
    WorkersError,
    UnreadableError,
    SourceError,
    NotHeldError,
    DomainError,
    app.AlreadyRunningError,
    app.FileError,
    OSError,
)
"""What may go wrong without a fault of ours: their texts are for people."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    app.configure_logging(Settings())
    try:
        status: int = options.command(options)
    except BrokenPipeError:
        sys.stderr.close()  # Whoever was reading has gone.
        return WRONG
    except FORESEEN as error:
        print("".join(f"postern: {line}\n" for line in str(error).splitlines()), end="", file=sys.stderr)
        return USAGE
    except SQLAlchemyError as error:
        print(f"postern: the store (store.folder, store.url) failed: {failure(error)}", file=sys.stderr)
        return USAGE
    except EOFError:
        print("postern: nothing was typed", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return 130
    return status


# ---------------------------------------------------------------------- commands


def serve(options: argparse.Namespace) -> int:
    uvloop.run(app.serve(_settings(options)))
    return OK


def demo(options: argparse.Namespace) -> int:
    from gateway import demo as demonstration

    return uvloop.run(demonstration.run(options.folder, once=options.once))


def check(options: argparse.Namespace) -> int:
    from gateway.check import checks

    async def show() -> int:
        fine = True
        async for one in checks(options.config):
            fine = fine and one.fine
            console.print(
                Text(f"{'ok   ' if one.fine else 'WRONG'}", "green" if one.fine else "bold red"), end=""
            )
            console.print(Text(f" {one.subject}: {one.text}"))
        return OK if fine else WRONG

    console = Console(soft_wrap=True)
    return asyncio.run(show())


def scan(options: argparse.Namespace) -> int:
    from gateway import scan as scanning

    settings = _settings(options)
    return uvloop.run(
        scanning.scan(settings, options.path, options.mail_from, options.rcpt, as_json=options.json)
    )


def detect(options: argparse.Namespace) -> int:
    from gateway import scan as scanning

    return uvloop.run(scanning.detect(_settings(options), options.path))


def extract(options: argparse.Namespace) -> int:
    from gateway import scan as scanning

    return uvloop.run(scanning.extract(_settings(options), options.path, as_json=options.json))


def policy_test(options: argparse.Namespace) -> int:
    """Run every example of the policy through real detectors and decision."""
    from gateway.inspection import Inspector
    from gateway.policy import trial

    settings, console, broken = _settings(options), Console(soft_wrap=True), 0
    inspector = Inspector(app.additions(settings))
    policy, domains = app.load_policy(settings), app.load_domains(settings)
    for one in trial.run(policy, inspector.inspect, domains, datetime.now(UTC).date()):
        broken += not one.as_promised
        verb = "must" if one.promised else "must not"
        mark = Text("ok   ", "green") if one.as_promised else Text("WRONG", "bold red")
        console.print(mark, Text(f"{one.rule} {verb} {one.number}: {one.subject}: {one.verdict.action}"))
    return WRONG if broken else OK


def policy_explain(options: argparse.Namespace) -> int:
    """The terms, the conditions that rules may name, and every rule in the policy's words."""
    from gateway.policy import explain

    for line in explain.lines(app.load_policy(_settings(options))):
        print(line)
    return OK


def domains_check(options: argparse.Namespace) -> int:
    """Say how far one address is trusted, and why."""
    local, at, domain = options.address.rpartition("@")
    a_label(domain)
    address = options.address if at else f"postmaster@{domain}"
    if at and not local:
        raise DomainError(f"{options.address}: must be an address or a domain")
    (one,) = _recipients(_settings(options), (address,))
    print(f"{options.address}: {one.trust}: {one.standing.why}")
    if one.imitation is not None:
        print(f"    it imitates {one.imitation.of}: {one.imitation.how}")
    return OK


def _recipients(settings: Settings, addresses: tuple[str, ...]) -> tuple[Recipient, ...]:
    """Addresses, and how far each is trusted today."""
    nothing = Inspection(Headers(), (), Judgement(False, False, 0, ()))
    domains, own = app.load_domains(settings), settings.organisation.domains
    return gather(Envelope("", addresses), nothing, domains, own, datetime.now(UTC).date()).recipients


def domains_list(options: argparse.Namespace) -> int:
    for entry in app.load_domains(_settings(options)).entries:
        print(f"{entry.pattern}\t{entry.status}\t{entry.reason}")
    return OK


def domains_import(options: argparse.Namespace) -> int:
    """Turn NHS England's list of accredited domains into an allowlist."""
    accredited = dcb1596.read(options.file.read_bytes())
    entries = dcb1596.entries(accredited, getpass.getuser(), datetime.now(UTC).date())
    dcb1596.save(entries, options.to)
    print(f"{options.to}: {len(entries)} domains; name it in the configuration as policy.accredited_domains")
    return OK


def lexicon_import(options: argparse.Namespace) -> int:
    """Turn a file of dm+d or SNOMED CT into word lists."""
    from detectors.lexicons.importers import import_file

    folder = _settings(options).inspection.lexicons
    if folder is None:
        raise app.FileError("inspection.lexicons: must name the folder that word lists are kept in")
    try:
        counts = import_file(options.file, folder, options.list)
    except ValueError as error:
        raise SourceError(str(error)) from error
    for name, number in counts.items():
        print(f"{folder / name}.txt: {number} terms")
    print("A gateway reads them when it starts.")
    return OK


def quarantine_list(options: argparse.Namespace) -> int:
    """For programs a line each, tab-separated; for people a table that 80 columns are enough for."""
    held = _quarantine(options).held()
    if not sys.stdout.isatty():
        print("".join("\t".join(_row(kept)) + "\n" for kept in held), end="")
        return OK
    table = Table(box=None, pad_edge=False)
    table.add_column("id, held since", no_wrap=True)
    table.add_column("from, to", overflow="fold")
    table.add_column("rules", overflow="fold", max_width=27)
    for kept in held:
        message_id, since, mail_from, _, rules = _row(kept)
        to = kept.details.envelope.recipients
        more = (f"and {len(to) - _TO_SHOWN} more",) if len(to) > _TO_SHOWN else ()
        people = (mail_from or "a mail system", *to[:_TO_SHOWN], *more)
        table.add_row(f"{message_id}\n{since}", "\n".join(people), rules.replace(", ", "\n"))
    Console().print(table)
    return OK


def _row(kept: Kept) -> tuple[str, str, str, str, str]:
    envelope, verdict = kept.details.envelope, kept.details.verdict
    rules = (f"{rule.id} ({rule.clause})" for rule in verdict.rules) if verdict else ()
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.received_at))
    return kept.id, since, envelope.mail_from, ", ".join(envelope.recipients), ", ".join(rules)


def quarantine_show(options: argparse.Namespace) -> int:
    """Masked for everybody; revealed only with a reason, which goes to the audit."""
    if options.reveal and not options.reason:
        raise SourceError("--reveal needs --reason: it is written to the audit")
    settings, quarantine = _settings(options), _quarantine(options)
    kept = quarantine.find(options.id)
    deed = Deed(_actor(options), "revealed" if options.reveal else "viewed", options.reason or "")
    content = quarantine.content(kept, deed)

    async def nodes() -> list[str]:
        workers = app.build_workers(settings)
        await workers.start()
        try:
            read = await (workers.read(content, "message.eml") if options.reveal else workers.mask(content))
        finally:
            await workers.close()
        return [
            printable(f"── {node.name} ({node.state}{node.reason and ': '}{node.reason})\n{node.text}")
            for node in read
        ]

    _, since, mail_from, *_ = _row(kept)
    print(printable(f"held since {since}, from {mail_from or 'a mail system'}, to"))
    for one in _recipients(settings, kept.details.envelope.recipients):
        print(printable(f"    {one.address} ({one.trust})"))
    if kept.details.verdict:
        for rule in kept.details.verdict.rules:
            print(f"{rule.id} ({rule.clause}, {rule.severity}): {rule.reason}")
            print("".join(f"    {sentence}\n" for sentence in rule.evidence), end="")
    print("\n".join(asyncio.run(nodes())))
    return OK


def quarantine_release(options: argparse.Namespace) -> int:
    _quarantine(options).release(options.id, _actor(options), options.reason)
    print(f"{options.id}: released; a running gateway delivers it within a second or two")
    return OK


def quarantine_reject(options: argparse.Namespace) -> int:
    _quarantine(options).reject(options.id, _actor(options), options.reason)
    print(f"{options.id}: rejected; its sender is told why")
    return OK


def audit_list(options: argparse.Namespace) -> int:
    for entry in app.open_store(_settings(options), create=False).audit(options.id):
        moment = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="seconds")
        print(
            json.dumps(
                {
                    "sequence": entry.sequence,
                    "at": moment,
                    "actor": entry.actor,
                    "action": entry.action,
                    "message": entry.message_id,
                    "reason": entry.reason,
                },
            )
        )
    return OK


def password(_: argparse.Namespace) -> int:
    print(hash_password(getpass.getpass("Password: ")))
    return OK


def _actor(options: argparse.Namespace) -> str:
    """Who acts, for the audit: as said, or the login; a user without a name has a number."""
    if options.actor:
        return str(options.actor)
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _words(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty: it is written to the audit")
    return text.strip()


def _settings(options: argparse.Namespace) -> Settings:
    """The configuration; from now on events are written as it says. Raises SettingsError."""
    settings = configuration.load(options.config)
    app.configure_logging(settings)
    return settings


def _quarantine(options: argparse.Namespace) -> Quarantine:
    settings = _settings(options)
    return Quarantine(app.open_store(settings, create=False), app.build_notices(settings))


# ---------------------------------------------------------------------- the parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="postern", description="The outbound mail gate for NHS practices and trusts."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    config = argparse.ArgumentParser(add_help=False)
    config.add_argument(
        "--config", type=Path, metavar="FILE", help="the configuration; without it, the shipped one"
    )

    def add(
        within: argparse._SubParsersAction[argparse.ArgumentParser], name: str, command: object, sentence: str
    ) -> argparse.ArgumentParser:
        made = within.add_parser(name, parents=[config], help=sentence, description=sentence)
        made.set_defaults(command=command)
        return made

    def group(name: str, sentence: str) -> argparse._SubParsersAction[argparse.ArgumentParser]:
        return commands.add_parser(name, help=sentence).add_subparsers(required=True, metavar="COMMAND")

    add(commands, "serve", serve, "run the gateway until SIGTERM")
    made = add(commands, "demo", demo, "run a gateway with sample mails, and show what becomes of them")
    made.add_argument("--once", action="store_true", help="end after the table")
    made.add_argument(
        "--folder", type=Path, default=Path("data/demo"), help="where the demo keeps its things"
    )
    add(commands, "check", check, "look at configuration, policy, lists, keys, workers and next hop")

    made = add(commands, "scan", scan, "judge messages without delivering or keeping anything")
    made.add_argument(
        "path", nargs="+", metavar="PATH", help="an .eml file, an mbox, a folder, or - for standard input"
    )
    made.add_argument("--mail-from", metavar="A", help="the sender; without it, the From field's")
    made.add_argument(
        "--rcpt", action="append", default=[], metavar="A", help="a recipient; without any, To, Cc and Bcc"
    )
    made.add_argument("--json", action="store_true", help="one JSON object a line")
    made = add(commands, "detect", detect, "find identifiers in texts")
    made.add_argument("path", metavar="FILE", help='JSON lines {"id", "text"}, or - for standard input')
    made.add_argument("--json", action="store_true", help="JSON lines out (always so)")
    made = add(commands, "extract", extract, "show what the gate sees in files and messages")
    made.add_argument("path", nargs="+", metavar="PATH")
    made.add_argument("--json", action="store_true", help="one JSON object a line")

    within = group("policy", "the rules")
    add(within, "test", policy_test, "run every example of the policy")
    add(within, "explain", policy_explain, "say what the conditions mean and what the rules are")
    within = group("domains", "secure domains")
    add(within, "check", domains_check, "say how far an address is trusted").add_argument(
        "address", metavar="ADDRESS"
    )
    add(within, "list", domains_list, "list the entries")
    made = add(within, "import", domains_import, "import the list of DCB1596 accredited domains")
    made.add_argument("file", type=Path, metavar="FILE")
    made.add_argument(
        "--to", type=Path, default=Path("accredited_domains.toml"), metavar="FILE", help="where to write"
    )

    made = add(group("lexicon", "word lists"), "import", lexicon_import, "import medicines or clinical terms")
    made.add_argument("file", type=Path, metavar="FILE", help="of dm+d (XML) or SNOMED CT (descriptions)")
    made.add_argument(
        "--as",
        dest="list",
        default="",
        choices=lexicons.CLINICAL,
        metavar="NAME",
        help=f"the list that all of it belongs to: {', '.join(lexicons.CLINICAL)}; without it, as tagged",
    )

    within = group("quarantine", "held messages")
    add(within, "list", quarantine_list, "list held messages, oldest first")
    made = add(within, "show", quarantine_show, "show a held message, what was found blacked out")
    made.add_argument("id", metavar="ID")
    made.add_argument("--reveal", action="store_true", help="show what was found, too")
    made.add_argument("--reason", type=_words, metavar="TEXT", help="why; written to the audit")
    made.add_argument("--actor", metavar="NAME", type=_words, help="who looks; without it, the login")
    for name, command, sentence in (
        ("release", quarantine_release, "let a held message go"),
        ("reject", quarantine_reject, "end a held message and tell its sender"),
    ):
        made = add(within, name, command, sentence)
        made.add_argument("id", metavar="ID")
        made.add_argument(
            "--reason", required=True, type=_words, metavar="TEXT", help="why; written to the audit"
        )
        made.add_argument("--actor", metavar="NAME", type=_words, help="who decides; without it, the login")
    made = add(group("audit", "what was done"), "list", audit_list, "list the audit as JSON lines")
    made.add_argument("id", nargs="?", metavar="ID", help="of one message only")
    add(commands, "password", password, "make the hash of a password for smtp.users_file")
    return parser
