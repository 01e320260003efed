"""Every setting of Postern, declared once: its type, its default, its sentence.

`config/postern.toml` shows the same settings to the operator; a test keeps the two
alike. Settings come from that file, or from the one that `--config` names, and from
environment variables `POSTERN_SECTION__KEY`, whose values are written as in TOML.
Secrets never stand here: a setting names the file that holds one.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from allowlists.domains import DomainError, a_label

DEFAULT_FILE = Path(__file__).with_name("postern.toml")
ENVIRONMENT_PREFIX = "POSTERN_"
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_ENDPOINT = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\s\[\]]+)):(\d{1,5})")


@dataclass(frozen=True)
class Endpoint:
    """Host and TCP port; port 0 lets the system choose one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _endpoint(value: object) -> object:
    match = _ENDPOINT.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[3]) > 65535:
        raise PydanticCustomError("endpoint", 'must be "host:port", such as "127.0.0.1:2525" or "[::1]:2525"')
    return Endpoint(match[1] or match[2], int(match[3]))


def _network(value: object) -> object:
    try:
        return ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise PydanticCustomError(
            "network", 'must be a network, such as "10.1.0.0/16" or "::1/128"'
        ) from None


def _domain(value: str) -> str:
    try:
        return a_label(value)
    except DomainError:
        raise PydanticCustomError("domain", 'must be a domain name, such as "practice.nhs.uk"') from None


def _host_name(value: str) -> str:
    try:
        return value and _domain(value)
    except PydanticCustomError:
        raise PydanticCustomError(
            "host_name", 'must be a host name, such as "gate.practice.nhs.uk"'
        ) from None


def _address(value: str) -> str:
    if not value.isascii() or not _ADDRESS.fullmatch(value):
        raise PydanticCustomError("address", 'must be a mail address, such as "ig@practice.nhs.uk"')
    return value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("one_line", "must be one line without control characters")
    return value


def _database_url(value: str) -> str:
    if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise PydanticCustomError("database_url", 'must begin with "sqlite:///" or "postgresql+psycopg://"')
    return value


def _given(value: object) -> object:
    if value == "":
        raise PydanticCustomError("path", "must be a path; leave the setting out if there is none")
    return value


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path.expanduser()


Bool = Annotated[bool, Strict()]
Count = Annotated[int, Strict(), Field(ge=1)]
CountOrNone = Annotated[int, Strict(), Field(ge=0)]
Positive = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
Seconds = Positive
SecondsOrNone = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False)]
Text = Annotated[str, Strict(), AfterValidator(_one_line)]
Domain = Annotated[str, Strict(), AfterValidator(_domain)]
HostName = Annotated[str, Strict(), AfterValidator(_host_name)]
Address = Annotated[str, Strict(), AfterValidator(_address)]
Listen = Annotated[Endpoint, BeforeValidator(_endpoint)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
FromFile = Annotated[Path, BeforeValidator(_given), AfterValidator(_beside_the_file)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Organisation(Section):
    """Whose mail this is."""

    name: Text = Field("Example Practice", description="Name that notices are signed with.")
    domains: tuple[Domain, ...] = Field(
        ("practice.example",),
        min_length=1,
        description="The organisation's own mail domains: their recipients are internal; only they may send.",
    )
    ig_contact: Address = Field(
        "ig@practice.example",
        description="Where a sender can ask about a held message: the IG team's address.",
    )
    it_contact: Address = Field(
        "it@practice.example", description="Who is told of a virus: the IT team's address."
    )


class Smtp(Section):
    """The listener that staff, clinical systems and scanners send to."""

    listen: tuple[Listen, ...] = Field(
        (Endpoint("127.0.0.1", 8025),),
        description="Where to listen; STARTTLS is offered when a certificate is set.",
    )
    listen_tls: tuple[Listen, ...] = Field(
        (), description='Where to listen with TLS from the first byte (RFC 8314), such as "0.0.0.0:465".'
    )
    hostname: HostName = Field(
        "", description="Our name in the greeting and in Received; empty: the machine's own."
    )
    certificate: FromFile | None = Field(None, description="Certificate chain for TLS, PEM.")
    certificate_key: FromFile | None = Field(None, description="Private key of the certificate, PEM.")
    require_tls: Bool = Field(False, description="Refuse mail on a connection that is not encrypted.")
    relay_networks: tuple[Network, ...] = Field(
        (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")),
        description="Client networks that may send without logging in.",
    )
    users_file: FromFile | None = Field(
        None,
        description='Users who may send after AUTH, "name:hash" a line; `postern password` makes the hash.',
    )
    size_limit: Count = Field(50 * 1024 * 1024, description="Largest message, in octets (SIZE, RFC 1870).")
    recipient_limit: Count = Field(1000, description="Most recipients of one message.")
    connection_limit: Count = Field(1000, description="Most connections at once.")
    connection_limit_per_client: Count = Field(100, description="Most connections at once from one address.")
    memory_limit: Count = Field(
        1024 * 1024 * 1024,
        description="Most octets of mail in memory at once; past it a client is told to come back.",
    )
    idle_timeout: Seconds = Field(
        300, description="Seconds that a client may be silent (RFC 5321 section 4.5.3.2.7)."
    )
    data_timeout: Seconds = Field(600, description="Seconds that one message may take to arrive.")
    inline_deadline: SecondsOrNone = Field(
        30,
        description="Seconds a client waits for inspection and the next hop; past them the message "
        "is spooled and accepted. 0: spool everything first.",
    )


class InspectionSettings(Section):
    """The disposable workers that open mail."""

    workers: CountOrNone = Field(
        0,
        description="Worker processes for text, and as many that wait for files; 0: one for each core. "
        "Up to twice as many more are at work while there are files to read.",
    )
    deadline: Seconds = Field(
        30,
        description="Seconds that a worker has for one message, beside those for pictures.",
    )
    picture_seconds: Seconds = Field(
        50,
        description="Seconds for the pictures and scans of one message, which take one or two a page, "
        "while other mail goes first. What is left over cannot be inspected.",
    )
    memory: Annotated[int, Strict(), Field(ge=256)] = Field(1024, description="Memory of one worker, in MiB.")
    messages_per_worker: Count = Field(
        2000, description="Messages after which a worker is replaced by a fresh one."
    )
    bypass: tuple[Network, ...] = Field(
        (),
        description="Client networks whose mail is relayed without inspection, such as a recall system "
        "of its own. Every message of theirs is logged as not inspected.",
    )
    pipeline: Text = Field(
        "", description="Name or folder of another spaCy pipeline; empty: the one that is shipped."
    )
    recognizers: FromFile | None = Field(None, description="Presidio YAML file with recognizers of your own.")
    lexicons: FromFile | None = Field(
        None,
        description="Folder of word lists of your own: clinical terms as `postern lexicon import` writes "
        "them, names, places.",
    )
    modulus_table: FromFile | None = Field(
        None,
        description="Vocalink's table for the modulus check of bank accounts, if you have a licence for it: "
        "the lines of valacdos.txt, and behind them those of scsubtab.txt.",
    )


class VirusScannerSettings(Section):
    """ClamAV's daemon on this machine."""

    socket: Text = Field(
        "",
        description='Path of clamd\'s socket, or "host:port"; empty: mail is not scanned for viruses, '
        "and every verdict says so. A message that clamd does not get through is held.",
    )
    timeout: Seconds = Field(60, description="Seconds that clamd has for one file.")

    @property
    def address(self) -> Path | Endpoint:
        match = _ENDPOINT.fullmatch(self.socket)
        return Endpoint(match[1] or match[2], int(match[3])) if match else Path(self.socket)


class PolicySettings(Section):
    """What the organisation allows."""

    file: FromFile | None = Field(None, description="The policy; without it, the one that is shipped.")
    secure_domains: FromFile | None = Field(
        None, description="Secure domains; without it, the list that is shipped."
    )
    accredited_domains: FromFile | None = Field(
        None, description="DCB1596 accredited domains, as `postern domains import` writes them."
    )


class NextHop(Section):
    """The practice's mail relay: where mail goes that may leave."""

    host: Text = Field("127.0.0.1", min_length=1, description="Host of the next hop.")
    port: Annotated[int, Strict(), Field(ge=1, le=65535)] = Field(2525, description="Its port.")
    tls: Literal["none", "starttls", "implicit"] = Field(
        "none",
        description='"starttls" or "implicit"; "none" is for a relay on this machine.',
    )
    verify: Bool = Field(True, description="Whether the next hop's certificate and name must be valid.")
    ca_file: FromFile | None = Field(
        None, description="Certificate authorities to trust, PEM; without it, the system's."
    )
    username: Text = Field("", description="User for AUTH at the next hop; empty: none.")
    password_file: FromFile | None = Field(None, description="File that holds the password for AUTH.")
    connections: Count = Field(20, description="Most connections to the next hop at once.")
    connect_timeout: Seconds = Field(30, description="Seconds for connecting and greeting.")
    timeout: Seconds = Field(300, description="Seconds to wait for one reply (RFC 5321 section 4.5.3.2).")


class Store(Section):
    """Where messages are kept that could not go on, and those that must not."""

    folder: FromFile = Field(Path("data"), description="Folder for the database, its key and the lock.")
    url: Annotated[Text, AfterValidator(_database_url)] = Field(
        "",
        description="SQLAlchemy URL of another database, such as "
        '"postgresql+psycopg://postern@db.example/postern?passfile=/etc/postern/pgpass"; '
        'empty: SQLite in "folder".',
    )
    key_file: FromFile | None = Field(
        None,
        description='Key that seals the store, 32 octets; without it, "key" in "folder", '
        "made on first start.",
    )


class Spool(Section):
    """Messages that wait for the next hop or a worker."""

    retry_minutes: tuple[Positive, ...] = Field(
        (1, 5, 15, 30, 60), min_length=1, description="Minutes between tries; the last one repeats."
    )
    lifetime_hours: Positive = Field(
        120, description="Hours of trying, after which the sender is told that the message was not delivered."
    )
    senders: Count = Field(10, description="Spooled messages worked on at once.")


class Http(Section):
    """Health and metrics."""

    listen: Listen = Field(
        Endpoint("127.0.0.1", 8080), description="Where /healthz, /readyz and /metrics are served."
    )


class Log(Section):
    """What is written to standard error; never content or addresses."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is written."
    )
    format: Literal["json", "text"] = Field(
        "json", description='"json": one event a line; "text": for people.'
    )


class Settings(Section):
    """The whole configuration."""

    organisation: Organisation = Organisation()
    smtp: Smtp = Smtp()
    inspection: InspectionSettings = InspectionSettings()
    virus_scanner: VirusScannerSettings = VirusScannerSettings()
    policy: PolicySettings = PolicySettings()
    next_hop: NextHop = NextHop()
    store: Store = Store()
    spool: Spool = Spool()
    http: Http = Http()
    log: Log = Log()


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a configuration: where it stands, and what would be right."""

    source: str
    """File, or environment variable."""
    key: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.source}:{self.line}" if self.line else self.source
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class SettingsError(Exception):
    """The configuration cannot be used; `problems` names everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load(file: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of `file` (without one, the shipped defaults), overridden by the environment.

    Relative paths count from the file's folder; those of the shipped defaults from
    the working folder. Raises SettingsError.
    """
    source = file or DEFAULT_FILE
    try:
        text = source.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([Problem(str(source), "", f"cannot be read: {error}")]) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([Problem(str(source), "", f"is not TOML: {error}")]) from error
    variables = {name: _toml_value(value) for name, value in environ.items() if _names_a_setting(name)}
    merged = _merged(values, variables)

    def problem(path: list[str], message: str) -> Problem:
        key = ENVIRONMENT_PREFIX + "__".join(path[:2]).upper()
        for variable in variables:
            if variable == key or (path[0] not in values and variable.startswith(key)):
                return Problem(f"environment variable {variable}", "", message)
        return Problem(str(source), ".".join(path), message, _line_of(path, text))

    try:
        settings = Settings.model_validate(merged, context={"folder": file.parent if file else Path()})
    except ValidationError as error:
        details = [detail for detail in error.errors() if not _follows(detail)]
        raise SettingsError([problem(*_explained(detail)) for detail in details]) from None
    if contradictions := _contradictions(settings):
        raise SettingsError([problem(key.split("."), what) for key, what in contradictions])
    return settings


def _contradictions(settings: Settings) -> list[tuple[str, str]]:
    """Settings that are each right but cannot be meant together: (key, what would be right)."""
    smtp, next_hop = settings.smtp, settings.next_hop
    encrypted = bool(smtp.certificate and smtp.certificate_key)
    doors = [door for door in (*smtp.listen, *smtp.listen_tls) if door.port]
    needs_certificate = "needs smtp.certificate and smtp.certificate_key"
    checks = (
        (
            bool(smtp.certificate) != bool(smtp.certificate_key),
            "smtp.certificate",
            "goes with smtp.certificate_key; set both or neither",
        ),
        (smtp.require_tls and not encrypted, "smtp.require_tls", needs_certificate),
        (bool(smtp.listen_tls) and not encrypted, "smtp.listen_tls", needs_certificate),
        (
            bool(smtp.users_file) and not encrypted,
            "smtp.users_file",
            f"{needs_certificate}: AUTH is offered on encrypted connections only",
        ),
        (not smtp.listen and not smtp.listen_tls, "smtp.listen", "there is nothing to listen on"),
        (
            smtp.memory_limit < smtp.size_limit,
            "smtp.memory_limit",
            "must be at least smtp.size_limit, or the largest message could never arrive",
        ),
        (
            bool(next_hop.username) != bool(next_hop.password_file),
            "next_hop.username",
            "goes with next_hop.password_file; set both or neither",
        ),
        (
            bool(next_hop.username) and next_hop.tls == "none",
            "next_hop.username",
            'would send the password in the clear; set next_hop.tls to "starttls" or "implicit"',
        ),
        (
            settings.http.listen in (*smtp.listen, *smtp.listen_tls) and settings.http.listen.port != 0,
            "http.listen",
            "is where SMTP listens; choose another port",
        ),
        (
            len(set(doors)) < len(doors),
            "smtp.listen",
            "names the same place twice; each can be listened on once",
        ),
        (
            any(_leads_to(door, next_hop) for door in doors),
            "next_hop.port",
            "is our own listener; mail would go round in circles",
        ),
    )
    return [(key, what) for wrong, key, what in checks if wrong]


def _leads_to(door: Endpoint, next_hop: NextHop) -> bool:
    """Whether the next hop is that door of ours, as far as the words tell."""
    host = "127.0.0.1" if next_hop.host == "localhost" else next_hop.host
    everywhere = not door.host.strip("0.:")
    return door.port == next_hop.port and (host == door.host or (everywhere and host in ("127.0.0.1", "::1")))


def _names_a_setting(variable: str) -> bool:
    """By two underscores, or by one after a section: that is a slip, and must not be passed over."""
    name = variable.removeprefix(ENVIRONMENT_PREFIX)
    meant = "__" in name or name.lower().startswith(tuple(f"{section}_" for section in Settings.model_fields))
    return name != variable and meant


def _toml_value(text: str) -> Any:
    """The value as TOML reads it; what is not TOML is a string, so that simple words need no quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merged(values: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    merged = {
        name: dict(section) if isinstance(section, dict) else section for name, section in values.items()
    }
    for variable, value in variables.items():
        section, between, key = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
        if not between:
            merged[section] = value
        elif isinstance(merged.setdefault(section, {}), dict):
            merged[section][key] = value
    return merged


_WANTED = {
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "string_type": "must be a text in quotes",
    "model_type": "must be a section, such as [smtp]",
    "path_type": "must be a path",
    "string_too_short": "must not be empty",
    "too_short": "must have at least one entry",
    "tuple_type": "must be a list in square brackets",
}
"""What would be right, where pydantic speaks of Python."""


def _explained(detail: ErrorDetails) -> tuple[list[str], str]:
    """Path of keys, and what is wrong there."""
    path = [str(step) for step in detail["loc"]]
    if detail["type"] == "extra_forbidden":
        return path, f"there is no such setting{_did_you_mean(path)}"
    wanted = _WANTED.get(detail["type"], detail["msg"])
    given = detail["input"]
    if isinstance(given, (dict, list)) or given == "" or detail["type"] == "database_url":
        return path, wanted  # A database's URL may hold a password.
    return path, f"{wanted}, not {given!r}"


def _follows(detail: ErrorDetails) -> bool:
    """A list is too short only because its entries are wrong, which is said already."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _did_you_mean(path: list[str]) -> str:
    section = Settings.model_fields.get(path[0])
    known: list[str] = list(Settings.model_fields)
    if len(path) > 1 and section is not None and isinstance(section.default, Section):
        known = list(type(section.default).model_fields)
    near = difflib.get_close_matches(path[-1], known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"


def _line_of(path: list[str], text: str) -> int | None:
    """Line of `[section]`, or of the key below it: tomllib does not tell."""
    found, section = None, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*([\w-]+)\s*\]", line):
            section = header[1]
            if section == path[0]:
                found = number
        elif section == path[0] and len(path) > 1 and re.match(rf"\s*{re.escape(path[1])}\s*=", line):
            return number
    return found
