from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from allowlists.domains import SHIPPED, DomainError, ListError, SecureDomains, a_label

TODAY = date(2026, 11, 21)
SHIPPED_LIST = SecureDomains.load([SHIPPED])

ENTRY = """
[[domain]]
pattern = "clinic.example"
status = "current"
reason = "partner clinic"
source = "agreement of 2026"
owner = "IG lead"
added = 2026-11-21
"""


def listed(folder: Path, text: str) -> Path:
    path = folder / "list.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("NHS.NET", "nhs.net"),
        ("nhs.net.", "nhs.net"),
        ("ｎｈｓ．ｎｅｔ", "nhs.net"),
        ("nhs。net", "nhs.net"),
        ("n\xadhs.net", "nhs.net"),
        ("nhs\u200b.net", "nhs.net"),
        ("nhѕ.net", "xn--nh-foc.net"),
        ("XN--NH-FOC.net", "xn--nh-foc.net"),
        ("straße.example", "xn--strae-oqa.example"),
        ("a--b.example", "a--b.example"),
        ("localhost", "localhost"),
    ],
)
def test_one_domain_has_one_a_label(written: str, label: str) -> None:
    """However a domain is written, it is judged and relayed as one A-label."""
    assert a_label(written) == label


@pytest.mark.parametrize(
    "written",
    [
        "",
        ".",
        "..",
        "nhs..net",
        ".nhs.net",
        "nhs.net..",
        "-nhs.net",
        "nhs-.net",
        "nhs_net.example",
        "nhs net.example",
        "nhs.net\n",
        "nhs.net\0",
        "nhs.net:25",
        "[192.0.2.1]",
        "192.0.2.1",
        "xn--.example",
        "xn--a.example",
        "i❤.example",
        "\udcff.example",
        "a" * 64 + ".example",
        "a." * 127 + "example",
        "ａ" * 2000,
    ],
)
def test_what_is_not_a_domain_is_refused(written: str) -> None:
    """Whatever is not a domain raises DomainError, whose message does not repeat it."""
    with pytest.raises(DomainError) as raised:
        a_label(written)
    assert len(written) < 3 or written not in str(raised.value)


@given(st.text(max_size=80))
@example("xn--" + "9" * 59)
@example("٠.٠")
def test_an_a_label_is_stable(written: str) -> None:
    """Any text is either refused as DomainError or has an A-label that is its own A-label."""
    try:
        label = a_label(written)
    except DomainError:
        return
    assert label.isascii()
    assert a_label(label) == label


@pytest.mark.parametrize(
    "domain",
    ["nhs.net", "kent.police.uk", "a.kent.police.uk", "chambers.co.uk.cjsm.net", "mod.gov.uk", "army.mod.uk"],
)
def test_current_entries_are_secure(domain: str) -> None:
    """A domain that a current entry covers is secure, and the reason names the entry."""
    standing = SHIPPED_LIST.classify(domain, TODAY)
    assert standing.secure
    assert standing.why.startswith(standing.pattern)


@pytest.mark.parametrize(
    "domain",
    [
        "wards.nhs.net",
        "evilnhs.net",
        "nhs.net.evil.example",
        "xn--nh-foc.net",
        "net",
        "trust.nhs.uk",
        "police.uk",
        "notpolice.uk",
        "kentpolice.uk",
        "kent.police.uk.example",
        "cjsm.net",
        "mod.uk",
        "council.gov.uk",
        "mail.example",
    ],
)
def test_no_other_domain_is_secure(domain: str) -> None:
    """Neither parents, children of exact entries nor look-alikes of a secure domain are secure."""
    assert not SHIPPED_LIST.classify(domain, TODAY).secure


@pytest.mark.parametrize(
    ("domain", "successor"),
    [
        ("council.gcsx.gov.uk", "gov.uk"),
        ("office.x.gsi.gov.uk", "gov.uk"),
        ("body.gse.gov.uk", "gov.uk"),
        ("body.gsx.gov.uk", "gov.uk"),
        ("body.scn.gov.uk", "gov.uk"),
        ("kent.pnn.police.uk", "police.uk"),
    ],
)
def test_retired_domains_name_their_successor(domain: str, successor: str) -> None:
    """A retired domain is not secure, even below a current one, and says what replaced it."""
    standing = SHIPPED_LIST.classify(domain, TODAY)
    assert not standing.secure
    assert successor in standing.successor
    assert standing.successor in standing.why


@pytest.mark.parametrize(
    ("on", "secure"), [(date(2026, 12, 30), True), (date(2026, 12, 31), False), (date(2027, 1, 1), False)]
)
def test_an_entry_counts_until_it_expires(tmp_path: Path, on: date, secure: bool) -> None:
    """An entry counts up to the day before its expiry, and no longer."""
    domains = SecureDomains.load([listed(tmp_path, ENTRY + "expires = 2026-12-31\n")])
    standing = domains.classify("clinic.example", on)
    assert standing.secure is secure
    assert secure or "expired on 2026-12-31" in standing.why


def test_a_second_entry_outlives_an_expired_one(tmp_path: Path) -> None:
    """A domain named twice is secure as long as one entry is in date."""
    domains = SecureDomains.load([listed(tmp_path, ENTRY + "expires = 2026-12-31\n" + ENTRY)])
    assert domains.classify("clinic.example", date(2027, 1, 1)).secure


def test_retired_outweighs_current(tmp_path: Path) -> None:
    """No other list can make a retired domain secure again."""
    own = listed(tmp_path, ENTRY.replace("clinic.example", "council.gcsx.gov.uk"))
    domains = SecureDomains.load([own, SHIPPED])
    assert not domains.classify("council.gcsx.gov.uk", TODAY).secure


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (ENTRY.replace('"current"', '"old"'), "entry 1 (clinic.example), status: Input should be 'current'"),
        (
            ENTRY.replace('reason = "partner clinic"\n', ""),
            "entry 1 (clinic.example), reason: Field required",
        ),
        (ENTRY.replace("partner clinic", ""), "entry 1 (clinic.example), reason: "),
        (ENTRY.replace("2026-11-21", '"today"'), "entry 1 (clinic.example), added: "),
        (ENTRY.replace("2026-11-21", "1"), "entry 1 (clinic.example), added: "),
        (ENTRY + "expires = 2026-11-21\n", "entry 1 (clinic.example): expires must be a day after added"),
        (ENTRY + 'successor = "other.example"\n', "entry 1 (clinic.example): successor must be set"),
        (ENTRY.replace('"current"', '"retired"'), "entry 1 (clinic.example): successor must be set"),
        (ENTRY + 'guarded = "yes"\n', "entry 1 (clinic.example), guarded: "),
        (
            ENTRY + 'expiry = "2027"\n',
            "entry 1 (clinic.example), expiry: there is no such key; there are",
        ),
        (ENTRY.replace("clinic.example", "*.uk"), "entry 1 (*.uk), pattern: must be a domain such as"),
        (ENTRY.replace("clinic.example", "*"), "entry 1 (*), pattern: must be a domain such as"),
        (ENTRY.replace("clinic.example", "a.*.example"), "entry 1 (a.*.example), pattern: must be a domain"),
        (ENTRY.replace("clinic.example", "x@clinic.example"), "pattern: must be a domain such as"),
        (ENTRY.replace("[[domain]]", "[[domains]]"), "domains: there is no such key; there are domain"),
        ("domain = [1]", "entry 1 (not a table): "),
        ('domain = "nhs.net"', "domain: "),
        ("[[domain]", "is not TOML: "),
    ],
)
def test_a_bad_list_says_what_would_be_right(tmp_path: Path, wrong: str, says: str) -> None:
    """A list that cannot be used names its file, the entry, the key and what would be right."""
    path = listed(tmp_path, wrong)
    with pytest.raises(ListError) as raised:
        SecureDomains.load([path])
    assert raised.value.problems[0].startswith(f"{path}: ")
    assert says in str(raised.value)


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    """One attempt to load names the problems of every entry of every file."""
    wrong = ENTRY.replace('"current"', '"old"')
    with pytest.raises(ListError) as raised:
        SecureDomains.load([listed(tmp_path, wrong + wrong), tmp_path / "missing.toml"])
    assert len(raised.value.problems) == 3


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    """A list in another encoding is refused with the place where it stops being UTF-8."""
    path = tmp_path / "list.toml"
    path.write_bytes(b"# caf\xe9")
    with pytest.raises(ListError, match="is not UTF-8 from octet 5 on"):
        SecureDomains.load([path])
