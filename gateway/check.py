"""`postern check`: is everything there that a gateway with this configuration needs? A line for each."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import aiosmtplib
import msgspec
from sqlalchemy.exc import SQLAlchemyError

from allowlists.domains import ListError
from config import settings as configuration
from config.settings import Endpoint, Organisation, Settings, SettingsError
from gateway import app
from gateway.extract import archives, ocr
from gateway.inspection import Inspector
from gateway.policy import trial
from gateway.policy.policy import PolicyError
from gateway.store.sealing import KeyFileError, Keyring
from gateway.store.store import failure, sealed_with
from gateway.viruses import ScannerError
from gateway.workers import WorkersError


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at. What is wrong is said with what would be right."""

    subject: str
    fine: bool
    text: str


async def checks(file: Path | None) -> AsyncIterator[Check]:
    """Look at everything; without a usable configuration there is nothing more to look at."""
    try:
        settings = configuration.load(file)
    except SettingsError as error:
        for problem in error.problems:
            yield Check("configuration", False, str(problem))
        return
    yield Check("configuration", True, str(file or configuration.DEFAULT_FILE))
    yield _organisation(settings)
    domains = _tried(
        _named("secure domains", "policy.secure_domains", settings.policy.secure_domains),
        lambda: f"{len(app.load_domains(settings).entries)} entries",
    )
    yield domains
    policy = _tried(
        _named("policy", "policy.file", settings.policy.file), lambda: app.load_policy(settings).version
    )
    yield policy
    yield _tried("word lists", lambda: _lexicons(settings))
    yield _tried("modulus table", lambda: _modulus_table(settings))
    if domains.fine and policy.fine:
        yield _tried("policy examples", lambda: _examples(settings))
    yield _tried(_named("store", "store.url", settings.store.url), lambda: _store(settings))
    for check in _listener(settings):
        yield check
    async for check in _workers(settings):
        yield check
    yield _archives()
    yield _pictures()
    yield await _virus_scanner(settings)
    for check in await _next_hop(settings):
        yield check
    for network in settings.inspection.bypass:
        yield Check("inspection", True, f"mail from {network} is relayed without inspection")


def _organisation(settings: Settings) -> Check:
    own, shipped = settings.organisation, Organisation()
    if own.domains != shipped.domains and own.ig_contact == shipped.ig_contact:
        text = f"organisation.ig_contact is still {own.ig_contact}: set it, for senders are told to ask there"
        return Check("organisation", True, text)
    return Check("organisation", True, f"{own.name}, {', '.join(own.domains)}")


def _named(subject: str, setting: str, value: Path | str | None) -> str:
    return f"{subject} ({setting})" if value else subject


def _tried(subject: str, look: Callable[[], object]) -> Check:
    try:
        return Check(subject, True, str(look()))
    except (PolicyError, ListError, KeyFileError, app.FileError, OSError, _UnfitError) as error:
        return Check(subject, False, str(error))
    except SQLAlchemyError as error:
        return Check(subject, False, f"the database cannot be used: {failure(error)}")


class _UnfitError(Exception):
    """What was looked at can be used, and should not be; the text says why."""


def _examples(settings: Settings) -> str:
    try:
        inspector = Inspector(app.additions(settings))
    except ValueError as error:
        raise _UnfitError(str(error)) from error
    domains, today = app.load_domains(settings), datetime.now(UTC).date()
    outcomes = list(trial.run(app.load_policy(settings), inspector.inspect, domains, today))
    broken = [f"{one.rule} example {one.number}" for one in outcomes if not one.as_promised]
    if broken:
        raise _UnfitError(
            f"{len(broken)} of {len(outcomes)} do not come out as promised: {', '.join(broken)}"
        )
    return f"all {len(outcomes)} come out as promised"


def _store(settings: Settings) -> str:
    folder = settings.store.folder
    key = app.key_file(settings)
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise _UnfitError(f"store.folder {folder}: {nearest} must be a folder that can be written")
    if not key.exists() and not sealed_with(app.store_url(settings)):
        return f"{folder}; its key {key} will be made on first start"
    if settings.store.url or (folder / "postern.db").exists():
        store = app.open_store(settings)
        store.ping()
        store.close()
    where = "a database of its own" if settings.store.url else folder
    return f"{where}, sealed with key {Keyring.open(key).key_id}"


def _listener(settings: Settings) -> Sequence[Check]:
    looks: list[Callable[[], object]] = [partial(app.server_tls, settings), partial(_senders, settings)]
    if not app.is_running(settings.store.folder):
        looks += [
            partial(_free, setting, endpoint)
            for setting, endpoints in app.doorways(settings)
            for endpoint in endpoints
        ]
    return _wrong("listener", looks) or [_tried("listener", lambda: _doors(settings))]


def _free(setting: str, endpoint: Endpoint) -> None:
    app.bound(setting, endpoint).close()


def _doors(settings: Settings) -> str:
    how = "with TLS" if app.server_tls(settings) else "without TLS"
    doors = ", ".join(map(str, (*settings.smtp.listen, *settings.smtp.listen_tls)))
    return f"{doors} {how}, for {_senders(settings)}"


def _senders(settings: Settings) -> str:
    return "networks and users" if app.listener_policy(settings).users else "networks"


def _wrong(subject: str, looks: Sequence[Callable[[], object]]) -> list[Check]:
    """A check for each look that fails."""
    return [check for look in looks if not (check := _tried(subject, look)).fine]


def _lexicons(settings: Settings) -> str:
    counts = app.load_lexicons(settings)
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "those that are shipped"


def _modulus_table(settings: Settings) -> str:
    table = app.load_modulus_table(settings)
    return f"{len(table.rows)} lines" if table else "none: context alone tells a bank account"


async def _workers(settings: Settings) -> AsyncIterator[Check]:
    try:
        workers = app.build_workers(settings)
    except app.FileError as error:
        yield Check("workers", False, str(error))
        return
    try:
        await workers.start()
        yield Check("workers", True, f"{workers.alive} ready")
        for gap in workers.gaps:
            yield Check("workers", False, gap)
    except WorkersError as error:
        yield Check("workers", False, str(error))
    finally:
        await workers.close()


async def _virus_scanner(settings: Settings) -> Check:
    scanner = app.build_scanner(settings)
    if scanner is None:
        return Check("virus scanner", True, "none is configured: mail is not scanned for viruses")
    try:
        return Check("virus scanner", True, await scanner.probe())
    except ScannerError as error:
        return Check("virus scanner", False, f"virus_scanner.socket {settings.virus_scanner.socket}: {error}")


def _pictures() -> Check:
    if folder := ocr.data_folder():
        return Check("pictures", True, f"print in them is read, with {folder}")
    missing = "tesseract-ocr-eng and tesseract-ocr-osd are not both installed"
    return Check("pictures", True, f"{missing}: what they show cannot be inspected")


def _archives() -> Check:
    kinds = "tar, cpio, ar, cab, ISO and RAR"
    if archives.is_available():
        return Check("archives", True, f"{kinds} are read")
    return Check("archives", True, f"libarchive is not installed: what holds {kinds} cannot be inspected")


async def _next_hop(settings: Settings) -> Sequence[Check]:
    looks = (lambda: app.next_hop_password(settings), lambda: app.next_hop_authorities(settings))
    if wrong := _wrong("next hop", looks):
        return wrong
    where = f"{settings.next_hop.host}:{settings.next_hop.port}"
    try:
        await app.build_next_hop(settings).probe()
    except (aiosmtplib.SMTPException, OSError) as error:
        return [Check("next hop", False, f"{where}: {error}")]
    return [Check("next hop", True, f"{where} answers")]
