"""The whole house: builds every part, hands each its collaborators, starts and stops them in order.

Only this module reads settings; everything else is given values.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import logging
import math
import secrets
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import structlog
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from allowlists.domains import SecureDomains
from config.settings import Endpoint, Settings
from detectors import lexicons, modulus
from detectors.additions import Additions
from gateway import http
from gateway.conclusions import Conclusions
from gateway.events import MailLog
from gateway.extract.node import Limits
from gateway.intake import Intake, Judge
from gateway.load import Load
from gateway.mail import Envelope, Inspection, Verdict
from gateway.next_hop import NextHop, Route
from gateway.notices import Notices
from gateway.policy import policy
from gateway.policy.decide import decide
from gateway.policy.facts import Facts, gather
from gateway.smtp_in import Connection, ListenerPolicy
from gateway.spool import Spool, Timetable
from gateway.store.sealing import Keyring
from gateway.store.store import Store, sealed_with
from gateway.users import Users
from gateway.viruses import Examiner, VirusScanner
from gateway.workers import WorkerOptions, Workers

log = structlog.get_logger("app")
T = TypeVar("T")

DRAIN_SECONDS = 30.0
_BACKLOG = 4096
_M_MMAP_THRESHOLD = -3
_LARGE = 256 * 1024


class FileError(Exception):
    """A file that a setting names cannot be used; the text names both, and what would be right."""


class AlreadyRunningError(Exception):
    """Another gateway works on the same store folder."""


class Doors(msgspec.Struct, frozen=True):
    """Where a running gateway really listens, now that the system has chosen the ports."""

    smtp: tuple[Endpoint, ...]
    http: Endpoint


# ---------------------------------------------------------------------- parts


def hostname(settings: Settings) -> str:
    return settings.smtp.hostname or socket.gethostname()


def store_folder(settings: Settings) -> Path:
    folder = settings.store.folder
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise FileError(
            f"store.folder {folder}: must be a folder that can be written: {error.strerror}"
        ) from error
    return folder


def open_store(settings: Settings, *, create: bool = True) -> Store:
    """The store, its schema up to date. Raises KeyFileError, FileError, SQLAlchemyError.

    Without `create`, a store that no gateway has made yet is an error: a command that
    only looks must not leave a key and an empty database behind in the wrong place.
    """
    folder, url, key = settings.store.folder, store_url(settings), key_file(settings)
    keys = sealed_with(url)
    made = (settings.store.url or (folder / "postern.db").exists()) and (keys or key.exists())
    if not create and not made:
        raise FileError(f"store.folder {folder}: no gateway has kept anything here yet")
    store_folder(settings)
    store = Store(url, Keyring.open(key, keys))
    try:
        store.migrate()
    except CommandError as error:
        raise FileError(f"store {settings.store.url or folder}: was made by a newer Postern") from error
    return store


def key_file(settings: Settings) -> Path:
    return settings.store.key_file or settings.store.folder / "key"


def store_url(settings: Settings) -> str:
    return settings.store.url or f"sqlite:///{settings.store.folder / 'postern.db'}"


def load_lexicons(settings: Settings) -> dict[str, int]:
    """How many entries each of the operator's word lists has. Raises FileError."""
    folder = settings.inspection.lexicons
    return _read("inspection.lexicons", folder, lexicons.count) if folder else {}


def load_modulus_table(settings: Settings) -> modulus.Table | None:
    """Raises FileError."""
    file = settings.inspection.modulus_table
    return _read("inspection.modulus_table", file, modulus.read) if file else None


def _read(setting: str, path: Path, read: Callable[[Path], T]) -> T:
    """What `read` makes of a file; its ValueErrors name it, and say what would be right."""
    try:
        return read(path)
    except OSError as error:
        raise FileError(f"{setting} {path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise FileError(f"{setting} {error}") from error


def additions(settings: Settings) -> Additions:
    """What the operator gives the detectors, looked at here so that a mistake has its setting's name.

    Raises FileError.
    """
    load_lexicons(settings)
    load_modulus_table(settings)
    inspection = settings.inspection
    return Additions(
        pipeline=inspection.pipeline,
        recognizers=str(inspection.recognizers or ""),
        lexicons=str(inspection.lexicons or ""),
        modulus_table=str(inspection.modulus_table or ""),
    )


def build_workers(settings: Settings) -> Workers:
    """Raises FileError."""
    inspection = settings.inspection
    options = WorkerOptions(
        memory=inspection.memory * 1024 * 1024,
        seconds=math.ceil(inspection.deadline),
        additions=additions(settings),
        limits=Limits(ocr_seconds=inspection.picture_seconds),
    )
    return Workers(
        options,
        count=inspection.workers,
        deadline=inspection.deadline,
        lifetime=inspection.messages_per_worker,
    )


def build_scanner(settings: Settings) -> VirusScanner | None:
    """None where the configuration does without."""
    scanner = settings.virus_scanner
    return VirusScanner(scanner.address, scanner.timeout) if scanner.socket else None


def load_policy(settings: Settings) -> policy.Policy:
    """Raises PolicyError."""
    return policy.load(settings.policy.file or Path(str(files("config") / "policy.toml")))


def load_domains(settings: Settings) -> SecureDomains:
    """Raises ListError."""
    shipped = Path(str(files("allowlists") / "secure_domains.toml"))
    named = (settings.policy.secure_domains or shipped, settings.policy.accredited_domains)
    return SecureDomains.load([path for path in named if path is not None])


def build_judge(settings: Settings) -> Judge:
    """From an envelope and what inspection found to facts and verdict. Raises PolicyError, ListError."""
    rules, domains, own = load_policy(settings), load_domains(settings), settings.organisation.domains

    def judge(envelope: Envelope, inspection: Inspection) -> tuple[Facts, Verdict]:
        facts = gather(envelope, inspection, domains, own, datetime.now(UTC).date())
        return facts, decide(facts, rules)

    return judge


def next_hop_password(settings: Settings) -> str:
    """Empty when there is none. Raises FileError."""
    file = settings.next_hop.password_file
    return _secret("next_hop.password_file", file) if file else ""


def next_hop_authorities(settings: Settings) -> Path | None:
    """The certificate authorities to trust, if not the system's. Raises FileError."""
    file = settings.next_hop.ca_file
    if file:
        look = ssl.create_default_context().load_verify_locations
        _certificates("next_hop.ca_file", file, "must be certificates in PEM", look)
    return file


def build_next_hop(settings: Settings) -> NextHop:
    """Raises FileError."""
    hop = settings.next_hop
    return NextHop(
        Route(
            host=hop.host,
            port=hop.port,
            hostname=hostname(settings),
            tls=hop.tls,
            verify=hop.verify,
            ca_file=next_hop_authorities(settings),
            username=hop.username,
            password=next_hop_password(settings),
            connections=hop.connections,
            connect_timeout=hop.connect_timeout,
            timeout=hop.timeout,
        )
    )


def build_notices(settings: Settings) -> Notices:
    organisation = settings.organisation
    return Notices(organisation.name, organisation.ig_contact, hostname(settings), organisation.it_contact)


def build_timetable(settings: Settings) -> Timetable:
    minutes = settings.spool.retry_minutes
    return Timetable(tuple(60 * pause for pause in minutes), 3600 * settings.spool.lifetime_hours)


def server_tls(settings: Settings) -> ssl.SSLContext | None:
    """The listener's TLS context. Raises FileError."""
    certificate, key = settings.smtp.certificate, settings.smtp.certificate_key
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if key is not None and not key.is_file():
        raise FileError(f"smtp.certificate_key {key}: must be a file that can be read")
    wanted = "must be PEM, and fit the key"
    _certificates("smtp.certificate", certificate, wanted, lambda file: context.load_cert_chain(file, key))
    return context


def _certificates(setting: str, file: Path, wanted: str, load: Callable[[Path], object]) -> None:
    try:
        load(file)
    except OSError as error:  # ssl.SSLError is one too.
        raise FileError(f"{setting} {file}: {wanted}: {error.strerror or error}") from error


def _secret(setting: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{setting} {file}: must be a text file that can be read") from error


def listener_policy(settings: Settings) -> ListenerPolicy:
    """Raises FileError."""
    smtp = settings.smtp
    return ListenerPolicy(
        hostname=hostname(settings),
        domains=settings.organisation.domains,
        relay_networks=smtp.relay_networks,
        users=_read("smtp.users_file", smtp.users_file, Users.load) if smtp.users_file else None,
        require_tls=smtp.require_tls,
        size_limit=smtp.size_limit,
        recipient_limit=smtp.recipient_limit,
        idle_timeout=smtp.idle_timeout,
        data_timeout=smtp.data_timeout,
    )


# ---------------------------------------------------------------------- the house


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Doors]:
    """A gateway that takes mail until the block ends; then it drains.

    Raises AlreadyRunningError, and whatever the parts raise that cannot be built.
    """
    async with contextlib.AsyncExitStack() as stack:
        node = stack.enter_context(only_one(store_folder(settings) / "node"))
        events = MailLog()
        judge = build_judge(settings)
        conclusions = Conclusions(build_notices(settings), build_timetable(settings))

        store = await asyncio.to_thread(open_store, settings)
        stack.callback(store.close)
        next_hop = build_next_hop(settings)
        stack.push_async_callback(next_hop.close)
        workers = build_workers(settings)
        stack.push_async_callback(workers.close)
        await workers.start()

        load = Load(
            settings.smtp.connection_limit,
            settings.smtp.connection_limit_per_client,
            settings.smtp.memory_limit,
        )
        _show(events, workers, load)
        load.closing = True  # Until there is a listener: health is answered longer than mail is taken.
        listener = bound("http.listen", settings.http.listen)
        health = _endpoint(listener)
        app = http.application(events.registry, lambda: _unready(workers, load, store))
        await stack.enter_async_context(http.serving(app, listener))

        intake = Intake(
            workers,
            Examiner(workers, build_scanner(settings)),
            judge,
            next_hop,
            store,
            conclusions,
            events,
            node=node,
            inline_deadline=settings.smtp.inline_deadline,
            bypass=settings.inspection.bypass,
        )
        stack.push_async_callback(intake.drain, DRAIN_SECONDS)
        spool = Spool(store, node, settings.spool.senders, intake.resume)
        await spool.start()
        stack.push_async_callback(spool.stop, DRAIN_SECONDS)

        smtp = await stack.enter_async_context(_listening(settings, intake, load))
        log.info("started", smtp=[str(door) for door in smtp], http=str(health))
        yield Doors(smtp, health)
        log.info("stopping")


async def serve(settings: Settings, ready: Callable[[Doors], None] = lambda _: None) -> None:
    """Run a gateway until SIGTERM or SIGINT, then drain it."""
    _give_memory_back()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings) as doors:
        ready(doors)
        await stop.wait()


def doorways(settings: Settings) -> tuple[tuple[str, tuple[Endpoint, ...]], ...]:
    """Where SMTP is listened for, by setting."""
    return ("smtp.listen", settings.smtp.listen), ("smtp.listen_tls", settings.smtp.listen_tls)


def _give_memory_back() -> None:
    """Large messages go back to the system as soon as they are freed.

    Left alone, glibc raises the size from which it does so with every one that it sees (mallopt(3)).
    """
    with contextlib.suppress(AttributeError):  # Another C library.
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)


@contextlib.asynccontextmanager
async def _listening(settings: Settings, intake: Intake, load: Load) -> AsyncIterator[tuple[Endpoint, ...]]:
    """Listen, and when the block ends let everybody finish the message they are sending."""
    policy, tls = listener_policy(settings), server_tls(settings)
    loop = asyncio.get_running_loop()

    def connection(implicit_tls: bool) -> Connection:
        return Connection(intake.receive, policy, load, tls=tls, implicit_tls=implicit_tls)

    doors: list[Endpoint] = []
    servers: list[asyncio.Server] = []
    try:
        for setting, endpoints in doorways(settings):
            implicit_tls = setting == "smtp.listen_tls"
            for endpoint in endpoints:
                listener = bound(setting, endpoint)
                doors.append(_endpoint(listener))
                factory = partial(connection, implicit_tls)
                servers.append(await loop.create_server(factory, sock=listener, backlog=_BACKLOG))
        load.closing = False
        yield tuple(doors)
    finally:
        load.closing = True
        for server in servers:
            server.close()
        await load.empty(DRAIN_SECONDS)


def bound(setting: str, endpoint: Endpoint) -> socket.socket:
    """A socket that listens there. Raises FileError."""
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    try:
        return socket.create_server((endpoint.host, endpoint.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        wanted = "must be an address of this machine and a port that is free"
        raise FileError(f"{setting} {endpoint}: {wanted}: {error.strerror}") from error


def _endpoint(listener: socket.socket) -> Endpoint:
    host, port = listener.getsockname()[:2]
    return Endpoint(host, port)


def _show(events: MailLog, workers: Workers, load: Load) -> None:
    events.gauge("workers", "Worker processes alive.").set_function(lambda: workers.alive)
    events.gauge("connections", "SMTP connections open.").set_function(lambda: load.connections)
    events.gauge("octets_in_hand", "Octets of mail in memory.").set_function(lambda: load.octets)


async def _unready(workers: Workers, load: Load, store: Store) -> list[str]:
    reasons = []
    if load.closing:
        reasons.append("starting or shutting down")
    if not workers.alive:
        reasons.append("no worker")
    try:
        await asyncio.to_thread(store.ping)
    except SQLAlchemyError:
        reasons.append("the store cannot be written")
    return reasons


@contextlib.contextmanager
def only_one(file: Path) -> Iterator[str]:
    """The name of the node that works on this folder: its own, for claims; two would deliver twice."""
    with file.open("a+", encoding="ascii") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunningError(f"{file}: another gateway is running on this folder") from None
        stream.seek(0)
        name = stream.read()
        if not name:
            name = secrets.token_hex(8)
            stream.write(name)
            stream.flush()
        yield name


def is_running(folder: Path) -> bool:
    """Whether a gateway works on this store folder."""
    try:
        with (folder / "node").open(encoding="ascii") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def configure_logging(settings: Settings) -> None:
    """Events on standard error, one a line. What libraries log is cut off below warnings."""
    level = getattr(logging, settings.log.level.upper())
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[_Libraries()], force=True)
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_json)]
        if settings.log.format == "json"
        else [*shared, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()), _octets],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.BytesLogger(sys.stderr.buffer),
    )


class _Libraries(logging.Handler):
    """What libraries log becomes an event without their words: messages and tracebacks may quote the mail."""

    def emit(self, record: logging.LogRecord) -> None:
        fault = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        log.log(record.levelno, "library", library=record.name, line=record.lineno, fault=fault)


def _octets(_: object, __: str, text: Any) -> bytes:
    return str(text).encode()


def _json(event: object, **_: object) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)
