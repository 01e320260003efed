"""Certificates (RFC 5280), and the stores in which they are handed on with their keys (RFC 7292)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from asn1crypto import pkcs12, x509  # type: ignore[import-untyped]  # ships no types
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from gateway.extract.node import Limits, Node
from gateway.extract.noise import is_noise
from gateway.extract.source import Found, Locked, Source, Unreadable, WrongPassword

_LONGEST = 16 * 1024
"""Octets of a certificate, or in the open beside keys: far beyond what names and keys take."""
_WORDS = re.compile(rb"(?:[\x20-\x7e]|[\xc3-\xc5][\x80-\xbf]){8,}")
_PROTECTING = re.compile(r"aes(?:128|192|256)_cbc|pkcs12_sha1_tripledes_3key")
_MOST_ROUNDS = 1_000_000
_UNPROVED = "says that it is encrypted, but is not"


def read(source: Source, limits: Limits) -> Iterator[Node]:
    """Whom it names, and all other words in it."""
    if len(source.data) > _LONGEST:
        raise Unreadable("a certificate longer than any that holds names and keys alone")
    try:
        certificate = x509.Certificate.load(source.data, strict=True)
        names = [certificate.subject.human_friendly, certificate.issuer.human_friendly]
        certificate.native  # noqa: B018 - every field of it is parsed
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable("a damaged certificate") from error
    said = dict.fromkeys((*names, *_words(source.data)))
    yield source.text("\n".join(said), empty="a certificate without words")


def _words(data: bytes) -> list[str]:
    return [run.decode("utf-8", "replace") for run in _WORDS.findall(data)]


def read_store(source: Source, limits: Limits) -> Iterator[Found]:
    """The names beside the keys, and the proof that these need a password."""
    try:
        store = pkcs12.Pfx.load(source.data, strict=True)
        bags = list(_bags(store))
        rounds = int(store["mac_data"]["iterations"].native)
        plain = source.data
        for algorithm, content in (*_sealed(store), *map(_key, bags)):
            if not _PROTECTING.fullmatch(_cipher(algorithm)):
                raise Unreadable("encrypted in a way that does not protect")
            if not is_noise(content):
                raise Unreadable(_UNPROVED)
            rounds += algorithm.kdf_iterations
            plain = plain.replace(content, b"")
        names = [name for bag in bags for name in _names(bag)]
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable("a damaged store of certificates") from error
    if not len(source.data) > len(plain) < _LONGEST or rounds > _MOST_ROUNDS:
        raise Unreadable("encrypted in a way that cannot be checked")
    if said := "\n".join((*names, *_words(plain))):
        yield source.text(said, "names")

    def open_(word: str) -> list[Node]:
        try:
            load_pkcs12(source.data, word.encode())
        except ValueError as error:
            raise WrongPassword from error
        return [source.unscannable("private keys that a known password opens")]

    try:
        yield from open_("")
    except WrongPassword:
        yield Locked(source, source.encrypted("PKCS #12: opens with a password only"), open_, rounds)


def _sealed(store: Any) -> Iterator[tuple[Any, bytes]]:
    """Algorithm and content of what is encrypted as a whole: mostly the certificates."""
    for info in store.authenticated_safe:
        if info["content_type"].native == "encrypted_data":
            inside = info["content"]["encrypted_content_info"]
            yield inside["content_encryption_algorithm"], inside["encrypted_content"].native


def _bags(store: Any) -> Iterator[Any]:
    """What stands in the open, each thing in a bag: the keys, which are encrypted one by one."""
    for info in store.authenticated_safe:
        if info["content_type"].native != "encrypted_data":
            yield from pkcs12.SafeContents.load(info["content"].native, strict=True)


def _key(bag: Any) -> tuple[Any, bytes]:
    """Raises Unreadable for anything else."""
    if bag["bag_id"].native != "pkcs8_shrouded_key_bag":
        raise Unreadable(_UNPROVED)
    return bag["bag_value"]["encryption_algorithm"], bag["bag_value"]["encrypted_data"].native


def _names(bag: Any) -> list[str]:
    values = (value for attribute in bag["bag_attributes"].native or () for value in attribute["values"])
    return [value for value in values if isinstance(value, str)]


def _cipher(algorithm: Any) -> str:
    """Of the older ways the name says it, of the newer ones a parameter (RFC 8018 section 6.2)."""
    name: str = algorithm["algorithm"].native
    return algorithm["parameters"]["encryption_scheme"]["algorithm"].native if name == "pbes2" else name
