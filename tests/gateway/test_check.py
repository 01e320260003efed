"""`postern check`: what it says of the box and of the virus scanner."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.check import Check, checks
from gateway.confinement import Confinement
from tests.clamd import clamd


async def said(folder: Path, subject: str, configuration: str = "") -> list[Check]:
    """What is said of one subject."""
    file = folder / "postern.toml"
    file.write_text(f"[inspection]\nworkers = 1\n{configuration}", encoding="utf-8")
    return [check async for check in checks(file) if check.subject == subject]


async def test_every_gap_in_the_box_is_wrong(tmp_path: Path) -> None:
    """Workers that start are fine; each fence that this machine cannot put up is not."""
    gaps = Confinement([], 2**30).gaps

    start, *wrong = await said(tmp_path, "workers")

    assert start == Check("workers", True, "1 ready")
    assert wrong == [Check("workers", False, gap) for gap in gaps]


async def test_doing_without_a_scanner_is_said(tmp_path: Path) -> None:
    """Without a scanner all is as configured, and still the line says what is not done."""
    (check,) = await said(tmp_path, "virus scanner")

    assert check.fine
    assert "not scanned for viruses" in check.text


@pytest.mark.parametrize(
    ("alert", "fine", "text"), [("yes", True, "ClamAV"), ("no", False, "set AlertExceedsMax to yes")]
)
async def test_a_scanner_is_tried(tmp_path: Path, alert: str, fine: bool, text: str) -> None:
    """A scanner that finds viruses is fine if its limits alert; if not, what to set is said."""
    with clamd(tmp_path, AlertExceedsMax=alert) as daemon:
        scanner = f'[virus_scanner]\nsocket = "{daemon.socket}"\n'
        (check,) = await said(tmp_path, "virus scanner", scanner)

    assert check.fine is fine
    assert text in check.text


async def test_a_scanner_that_is_down_is_wrong(tmp_path: Path) -> None:
    """A socket that nobody listens on is named."""
    scanner = '[virus_scanner]\nsocket = "127.0.0.1:1"\n'
    (check,) = await said(tmp_path, "virus scanner", scanner)

    assert not check.fine
    assert check.text.startswith("127.0.0.1:1: ")
