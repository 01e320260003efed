"""The import of NHS England's list of domains accredited under DCB1596.

DCB1596 is the secure email standard of health and adult social care in England. The
published file is CSV, though its name ends in .xlsx, and not always UTF-8. Each of its
domains becomes an exact entry that lasts a year, as the accreditation does.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec

from allowlists.domains import DomainError, Entry, ListError, a_label

LIFETIME = timedelta(days=365)
SOURCE = "NHS England, list of DCB1596 accredited domains"

_HEADERS = ("domain", "domain name", "domains", "email domain", "accredited domain", "accredited domains")


class Accredited(msgspec.Struct, frozen=True):
    """What the published list names."""

    domains: tuple[str, ...]
    """A-labels, in the list's order, each once."""
    skipped: tuple[str, ...]
    """Why a row gave no domain, one sentence a row."""


def read(content: bytes) -> Accredited:
    """The domains of the published list. Raises ListError when it holds none, saying why."""
    if content.startswith(b"PK\x03\x04"):
        raise ListError(["this is an Excel workbook; save it as CSV and import that"])
    rows = _rows(content)
    column = _domain_column(rows)
    found: dict[str, None] = {}
    skipped: list[str] = []
    for line, row in rows:
        for cell in re.split(r"[\s,;]+", row[column].strip() if column < len(row) else ""):
            try:
                found[_exact(cell)] = None
            except DomainError as error:
                skipped.append(f"line {line}: {error}")
    if not found:
        raise ListError(["no row names a domain", *skipped])
    return Accredited(tuple(found), tuple(skipped))


def entries(accredited: Accredited, owner: str, on: date) -> tuple[Entry, ...]:
    """The entries that the list comes to when `owner` imports it on that day."""
    return tuple(
        Entry(
            pattern=domain,
            status="current",
            reason="accredited under DCB1596, the secure email standard",
            source=SOURCE,
            owner=owner,
            added=on,
            expires=on + LIFETIME,
        )
        for domain in accredited.domains
    )


def save(listed: Iterable[Entry], path: Path) -> None:
    """Writes a list that `SecureDomains.load` reads; the old file stays whole until the new one is."""
    heading = f"# {SOURCE}.\n# Written by `postern domains import`; import the newer list rather than edit.\n"
    draft = path.with_name(f"{path.name}.new")
    draft.write_text("\n".join([heading, *map(_as_toml, listed)]), encoding="utf-8")
    draft.replace(path)


def _as_toml(entry: Entry) -> str:
    values = entry.model_dump(exclude_defaults=True).items()
    return "\n".join(["[[domain]]", *(f"{key} = {_toml_value(value)}" for key, value in values), ""])


def _toml_value(value: str | date) -> str:
    # A JSON string is a TOML basic string, but for DEL, and for escapes of half a surrogate pair.
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for row in filter(any, reader):
            yield reader.line_num, row
    except csv.Error as error:
        raise ListError([f"line {reader.line_num}: is not CSV: {error}"]) from error


def _domain_column(rows: Iterator[tuple[int, list[str]]]) -> int:
    """Index of the column whose header names domains; consumes the rows up to the header."""
    for _, row in rows:
        for column, cell in enumerate(row):
            if " ".join(cell.casefold().split()) in _HEADERS:
                return column
    raise ListError([f"no column is headed by one of: {', '.join(_HEADERS)}"])


def _exact(cell: str) -> str:
    domain = a_label(cell.removeprefix("@"))
    if "." not in domain:
        raise DomainError("a single label is not an accredited domain")
    return domain
