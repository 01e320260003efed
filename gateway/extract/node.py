"""A node of the tree that a message or file unfolds into, and the limits of unfolding."""

from __future__ import annotations

import msgspec

from gateway.extract.layout import Layout, Pages
from gateway.mail import State, Trait


class Limits(msgspec.Struct, frozen=True):
    """Floors below which nothing honest falls; past one of them a node is unscannable, never clean."""

    depth: int = 8
    """Containers inside containers: message in message, file in archive."""
    mime_depth: int = 50
    """Multiparts inside multiparts."""
    mime_parts: int = 1_000
    headers: int = 1_000
    """Header fields of one entity."""
    header_octets: int = 256 * 1024
    """Octets of one entity's header section."""
    nodes: int = 2_000
    """Nodes of one whole tree."""
    octets: int = 300 * 1024 * 1024
    """Octets that one tree may expand to."""
    chars: int = 20_000_000
    """Code points of text that one tree may yield."""
    pdf_pages: int = 500
    cells: int = 2_000_000
    html_depth: int = 500
    picture_pixels: int = 60_000_000
    ocr_pages: int = 50
    """Pictures of one file, and pages without text of one PDF, that are read by OCR."""
    ocr_seconds: float = 50
    """From the beginning of one tree on; past them no further picture is read."""
    ocr_until: float = 1e12
    """When that is, on the clock of time.monotonic; as it stands here, never."""
    member_octets: int = 100 * 1024 * 1024
    """Octets that one member of an archive may expand to."""
    passwords: int = 50
    """Words of a message that are tried as passwords."""
    password_rounds: int = 10_000_000
    """Rounds of hashing that trying them may take; and what is opened, with trying the empty one."""
    files: bool = True
    """Whether anything but text, HTML and messages may be opened; if not, FileWithin is raised."""


class Node(msgspec.Struct, frozen=True):
    """One place text was looked for: a body, an attachment, the comments inside an attachment."""

    name: str
    """Way from the root, steps joined by " › ": "body", "letter.docx › comments"."""
    declared: str
    """Media type that the sender declared; empty inside files."""
    type: str
    """Media type that the bytes show."""
    size: int
    """Octets as decoded."""
    state: State
    """CLEAN stands for "text was extracted" here; MATCHED is for those who look at the text."""
    reason: str = ""
    """Fixed sentence: what made it unscannable, what proves it encrypted or empty."""
    text: str = ""
    traits: tuple[Trait, ...] = ()
    layout: Layout | Pages | None = None
    """Of the text of a sheet or of several pages: in which cell, or on which page, a finding stands."""
