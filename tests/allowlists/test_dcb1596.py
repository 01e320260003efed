from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allowlists import dcb1596
from allowlists.domains import ListError, SecureDomains

TODAY = date(2026, 11, 21)
LIST = (
    "Organisation,ODS code,Expiry,Domain ,DMARC\r\n"
    "Caf\xe9 Care Ltd,A1,x,CAFE-CARE.example,Yes\r\n"
    '"Two, Domains",A2,x,"@two.example; three.example",Yes\r\n'
    "Again,A1,x,cafe-care.example,Yes\r\n"
    ",,,,\r\n"
    "Wild,A3,x,*.wild.example,Yes\r\n"
    "Short,A4\r\n"
).encode("latin-1")


def test_the_published_list_is_read() -> None:
    """Domains are found by the header of their column, whatever the encoding, each once."""
    accredited = dcb1596.read(LIST)
    assert accredited.domains == ("cafe-care.example", "two.example", "three.example")


def test_rows_without_a_domain_are_reported() -> None:
    """Wildcards and rows that are too short are skipped by line number; empty rows go unmentioned."""
    lines = [sentence.partition(":")[0] for sentence in dcb1596.read(LIST).skipped]
    assert lines == ["line 6", "line 7"]


def test_a_heading_above_the_header_is_passed_over() -> None:
    """Lines above the header are not mistaken for it."""
    assert dcb1596.read(b"DCB1596 accredited domains list\n\n" + LIST).domains == dcb1596.read(LIST).domains


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no column is headed by one of: domain"),
        (b"org,host\na,b.example\n", "no column is headed by one of: domain"),
        (b"org,domain\na,\n", "no row names a domain"),
        (b"org,domain\na,uk\n", "no row names a domain"),
        (b"PK\x03\x04rest", "save it as CSV"),
        (b"domain\n" + b"a" * 200_000, "is not CSV"),
    ],
)
def test_another_file_is_refused(content: bytes, says: str) -> None:
    """A file that is not the list is refused with the reason, never imported as empty."""
    with pytest.raises(ListError, match=says):
        dcb1596.read(content)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Whatever follows the header, reading ends in domains or in a ListError."""
    try:
        accredited = dcb1596.read(b"domain\n" + content)
    except ListError:
        return
    assert accredited.domains


def test_imported_domains_are_secure_for_a_year(tmp_path: Path) -> None:
    """An import loads beside other lists, counts for exact domains, and lapses after a year."""
    path, owner = tmp_path / "accredited.toml", 'Zoë "IG" Łęcka\\ \x7f\n😀'
    dcb1596.save(dcb1596.entries(dcb1596.read(LIST), owner, TODAY), path)
    domains = SecureDomains.load([path])
    assert domains.classify("two.example", TODAY).secure
    assert domains.classify("two.example", date(2027, 11, 20)).secure
    assert not domains.classify("two.example", date(2027, 11, 21)).secure
    assert not domains.classify("mail.two.example", TODAY).secure
    assert {(entry.source, entry.owner) for entry in domains.entries} == {(dcb1596.SOURCE, owner)}


def test_an_import_replaces_the_one_before(tmp_path: Path) -> None:
    """A newer import leaves nothing of the older one behind."""
    path = tmp_path / "accredited.toml"
    for content in (LIST, b"domain\nnew.example\n"):
        dcb1596.save(dcb1596.entries(dcb1596.read(content), "IG lead", TODAY), path)
    assert [entry.pattern for entry in SecureDomains.load([path]).entries] == ["new.example"]
    assert list(tmp_path.iterdir()) == [path]
