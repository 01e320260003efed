"""Which domains may receive patient data, and why.

A list is a TOML file of `[[domain]]` entries (`secure_domains.toml` is the one that is
shipped). Domains are compared as A-labels, label by label from the right: neither
`evilnhs.net` nor `nhs.net.evil.example` is `nhs.net`, and a domain below a listed one
counts only where the list says `*.`.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import idna
import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

SHIPPED = Path(__file__).with_name("secure_domains.toml")

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


class DomainError(ValueError):
    """What was given is not a domain. The message never repeats it."""


class ListError(ValueError):
    """A list of domains cannot be used; `problems` names everything that is wrong with it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def a_label(domain: str) -> str:
    """`domain` as it is compared and relayed: A-labels in lower case, without a trailing dot.

    Mapped by UTS 46 and encoded by IDNA 2008 (RFC 5891); ASCII labels follow the host
    name rule of RFC 5321 section 2.3.5. Raises DomainError.
    """
    if len(domain) > 1024:
        raise DomainError("the domain is too long")
    try:
        name = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
        if "xn--" in name:
            idna.decode(name)
    except UnicodeError:
        raise DomainError("the domain is not valid under IDNA 2008") from None
    name = name.removesuffix(".")
    if not _HOST_NAME.fullmatch(name) or len(name) > 253 or name.rpartition(".")[2].isdigit():
        raise DomainError("the domain is not a host name")
    return name


def _pattern(value: str) -> str:
    below = "*." if value.startswith("*.") else ""
    try:
        name = a_label(value.removeprefix(below))
    except DomainError:
        name = ""
    if "." not in name:
        raise PydanticCustomError(
            "pattern", 'must be a domain such as "nhs.net", or "*.police.uk" for every domain below one'
        )
    return below + name


Text = Annotated[str, Strict(), Field(min_length=1)]
Day = Annotated[date, Strict()]


class Entry(BaseModel):
    """One line of a list: which domains, whether they count, and who says so until when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: Annotated[Text, AfterValidator(_pattern)]
    """One domain, or `*.` and a domain: every domain below it, but not itself."""
    status: Literal["current", "retired"]
    reason: Text
    source: Text
    owner: Text
    added: Day
    expires: Day | None = None
    """The first day on which the entry no longer counts."""
    successor: Annotated[str, Strict()] = ""
    """What replaced a retired domain."""
    guarded: Annotated[bool, Strict()] = False
    """Whether domains that look like this one are treated as imitations."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if (self.status == "retired") != bool(self.successor):
            raise PydanticCustomError(
                "successor", "successor must be set for a retired entry, and only for one"
            )
        if self.expires and self.expires <= self.added:
            raise PydanticCustomError("expires", "expires must be a day after added")
        return self


class _List(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    domain: tuple[Entry, ...] = ()


class Standing(msgspec.Struct, frozen=True):
    """What the lists say about one domain on one day."""

    secure: bool
    why: str
    pattern: str = ""
    """The entry that decided; empty when none names the domain."""
    successor: str = ""
    """What replaced the domain, when it is retired."""


class SecureDomains:
    """The lists of secure domains, ready to be asked."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self.guarded = tuple(
            dict.fromkeys(entry.pattern.removeprefix("*.") for entry in self.entries if entry.guarded)
        )
        """Domains that an impostor would imitate."""
        self._by_pattern: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            self._by_pattern[entry.pattern].append(entry)

    @classmethod
    def load(cls, paths: Iterable[Path]) -> Self:
        """The entries of all files together. Raises ListError with the problems of all of them."""
        entries: list[Entry] = []
        problems: list[str] = []
        for path in paths:
            try:
                entries += _read(path)
            except ListError as error:
                problems += error.problems
        if problems:
            raise ListError(problems)
        return cls(entries)

    def classify(self, domain: str, on: date) -> Standing:
        """How `domain` (an A-label) stands on that day; a retired entry outweighs every other."""
        listed = [entry for pattern in _patterns(domain) for entry in self._by_pattern.get(pattern, ())]
        for entry in listed:
            if entry.status == "retired":
                why = f"{entry.pattern} is retired, replaced by {entry.successor}: {entry.reason}"
                return Standing(False, why, entry.pattern, entry.successor)
        for entry in listed:
            if entry.expires is None or on < entry.expires:
                return Standing(True, f"{entry.pattern}: {entry.reason}", entry.pattern)
        for entry in listed:
            return Standing(False, f"the entry {entry.pattern} expired on {entry.expires}", entry.pattern)
        return Standing(False, "no list of secure domains names it")


def _patterns(domain: str) -> Iterator[str]:
    """Every pattern that covers `domain`, the most specific first."""
    yield domain
    _, _, parent = domain.partition(".")
    while parent:
        yield f"*.{parent}"
        _, _, parent = parent.partition(".")


def _read(path: Path) -> tuple[Entry, ...]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ListError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ListError([f"{path}: is not UTF-8 from octet {error.start} on"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ListError([f"{path}: is not TOML: {error}"]) from error
    try:
        return _List.model_validate(table).domain
    except ValidationError as error:
        raise ListError(f"{path}: {_explained(detail, table)}" for detail in error.errors()) from None


def _explained(detail: ErrorDetails, table: dict[str, Any]) -> str:
    """The entry, its key, and what would be right there."""
    match detail["loc"]:
        case (_, int(index), *keys):
            where = ", ".join([_named(index, table["domain"][index]), *map(str, keys)])
        case steps:
            where = str(steps[0])
    if detail["type"] == "extra_forbidden":
        known = Entry.model_fields if len(detail["loc"]) > 1 else _List.model_fields
        return f"{where}: there is no such key; there are {', '.join(known)}"
    if detail["type"] == "missing" or isinstance(detail["input"], (dict, list)):
        return f"{where}: {detail['msg']}"
    return f"{where}: {detail['msg']}, not {detail['input']!r}"


def _named(index: int, entry: object) -> str:
    pattern = entry.get("pattern", "no pattern") if isinstance(entry, dict) else "not a table"
    return f"entry {index + 1} ({pattern})"
