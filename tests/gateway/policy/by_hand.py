"""Facts composed by hand, through the same door as real ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path

from allowlists.domains import SHIPPED, SecureDomains
from detectors.findings import Judgement
from gateway.mail import Envelope, Headers, Inspection, Part, State, Trait, VirusScan
from gateway.policy.facts import Facts, gather
from gateway.policy.policy import load

TODAY = date(2026, 11, 21)
DOMAINS = SecureDomains.load([SHIPPED])
POLICY = load(Path(__file__).parents[3] / "config" / "policy.toml")
OWN_DOMAINS = ("practice.example",)


def part(
    state: State, media_type: str = "text/plain", size: int = 1000, reason: str = "", *traits: Trait
) -> Part:
    return Part("a.clerk's 999 000 0018.txt", media_type, size, state, reason, traits=traits)


def facts(
    *recipients: str,
    sender: str = "a.clerk@practice.example",
    patients: int = 0,
    bank_or_card: bool = False,
    visible: Iterable[str] = (),
    authors: Iterable[str] = (),
    defects: Iterable[str] = (),
    parts: Iterable[Part] = (),
    virus_scan: VirusScan = VirusScan.DONE,
    own_domains: Collection[str] = OWN_DOMAINS,
) -> Facts:
    """A message to these recipients that identifies so many patients."""
    evidence = ("NHS number in patient context (body, characters 10 to 22)",) if patients else ()
    inspection = Inspection(
        Headers(authors=tuple(authors), visible=tuple(visible), defects=tuple(defects)),
        tuple(parts),
        Judgement(patients > 0, bank_or_card, patients, evidence),
        virus_scan,
    )
    return gather(Envelope(sender, recipients), inspection, DOMAINS, own_domains, TODAY)
