"""The zip packages of office documents: their parts by name (ECMA-376 part 2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.extract import zip_directory, zip_methods
from gateway.extract.members import TOO_LARGE
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable
from gateway.extract.zip_directory import ENCRYPTED, Member

_TELLING = re.compile(r"[^\w./\[\]-]|(?<!\d)\d{3}[_-]?\d{3}[_-]?\d{4}(?!\d)")
"""In a name that no office program gives to a part."""


def read(source: Source, limits: Limits) -> tuple[dict[str, bytes], list[Node | Source]]:
    """The parts, and what else is in the package, or wrong with it. Raises Unreadable."""
    directory = zip_directory.read(source.data, limits)
    parts: dict[str, bytes] = {}
    called: set[str] = set()
    beside: list[Node | Source] = []
    for member in directory.members:
        name = member.info.filename.replace("\\", "/").lstrip("/")
        try:
            content = _content(member, limits)
        except Unreadable as refusal:
            beside.append(source.unscannable(str(refusal), name))
            continue
        if member.info.is_dir() and not content:
            continue
        if name.lower() in called:
            beside += (
                source.unscannable("two members of the same name", "structure"),
                Source(source.within(name), content),
            )
        else:
            parts[name] = content
            called.add(name.lower())
    beside += _names(source, parts)
    beside += directory.beside(source)
    return parts, beside


def _content(member: Member, limits: Limits) -> bytes:
    if member.info.flag_bits & ENCRYPTED or member.info.compress_type == zip_methods.AES:
        raise Unreadable("a member that says it is encrypted")
    if member.info.file_size > limits.member_octets:
        raise Unreadable(TOO_LARGE)
    return member.content()


def _names(source: Source, parts: dict[str, bytes]) -> Iterator[Node]:
    if telling := list(filter(_TELLING.search, parts)):
        yield source.text("\n".join(telling), "names of parts")
