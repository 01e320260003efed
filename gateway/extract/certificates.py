"""Certificates (RFC 5280), and the stores in which they are handed on with their keys (RFC 7292)."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from typing import Any

from asn1crypto import parser, pkcs12, x509  # type: ignore[import-untyped]  # ships no types
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from gateway.extract import codes
from gateway.extract.node import Limits, Node
from gateway.extract.noise import is_noise
from gateway.extract.source import Found, Locked, Source, Unreadable, WrongPassword

_LONGEST = 16 * 1024
"""Octets of a certificate, or in the open beside keys: far beyond what names and keys take."""
_WORDS = re.compile(rb"(?:[\x20-\x7e]|[\xc3-\xc5][\x80-\xbf]){8,}")
_LONGEST_KEY = 1_600
"""Octets of a public key with its parameters, or of a signature: those of DSA take the most."""
_LONGEST_VALUE, _MOST_VALUES = 64, 2_048
"""Octets that are no string: of one hash, serial number, or identifier, and of all of them."""
_UNIVERSAL, _OCTETS = 0, 4
_CHARSETS = {_OCTETS: "utf-8", 12: "utf-8", 28: "utf-32-be", 30: "utf-16-be"} | dict.fromkeys(
    (18, 19, 20, 21, 22, 25, 26, 27), "latin-1"
)
"""Of the types of strings, by their tags (X.680 section 8.6), and of octets that are text."""
_BREAKS = re.compile(r"[\t\n\r]")
_TIMESTAMPS = "1.3.6.1.4.1.11129.2.4.2"
_TIMESTAMP = re.compile(rb"\0.{40}\0\0\x04[\x01\x03]\0[\x40-\x70]\x30.{63,111}", re.DOTALL)
"""Proof that a certificate was published, and its octets (RFC 6962 sections 3.2, 3.3)."""
_PROTECTING = re.compile(r"aes(?:128|192|256)_cbc|pkcs12_sha1_tripledes_3key")
_MOST_ROUNDS = 1_000_000
"""Of hashing, for all that a store holds: each trial of a password takes them."""
_NOT_UNDERSTOOD = "a certificate with octets that are neither words nor known to say nothing"
_UNPROVED = "says that it is encrypted, but is not"


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """Whom it names, and all other words in it."""
    if len(source.data) > _LONGEST:
        raise Unreadable("a certificate longer than any that holds names and keys alone")
    try:
        certificate = x509.Certificate.load(source.data, strict=True)
        names = [certificate.subject.human_friendly, certificate.issuer.human_friendly]
        certificate.native  # noqa: B018 - every field of it is parsed
        strings, understood = _strings(_beside_keys(certificate))
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable("a damaged certificate") from error
    said = "\n".join(dict.fromkeys((*names, *strings, *_words(source.data))))
    yield source.text(said, empty="a certificate without words")
    yield from codes.within(source, said)
    if not understood:
        raise Unreadable(_NOT_UNDERSTOOD)


def _beside_keys(certificate: Any) -> Iterator[bytes]:
    """What is in it beside its key and signature. Raises Unreadable where these are longer than any."""
    body = certificate["tbs_certificate"]
    for whole, key in ((body, "subject_public_key_info"), (certificate, "signature_value")):
        if len(whole[key].dump()) > _LONGEST_KEY:
            raise Unreadable(_NOT_UNDERSTOOD)
    yield certificate["signature_algorithm"].dump()
    yield from (
        body[field].dump() for field in body if field not in ("subject_public_key_info", "extensions")
    )
    yield from (extension.dump() for extension in body["extensions"] if not _is_timestamps(extension))


def _is_timestamps(extension: Any) -> bool:
    """Whether it is a list of timestamps and nothing else; each, and all of them, behind their length."""
    if extension["extn_id"].dotted != _TIMESTAMPS:
        return False
    listed = parser.parse(extension["extn_value"].contents, strict=True)[4]
    rest = listed[2:]
    while stated := int.from_bytes(rest[:2]):
        if not _TIMESTAMP.fullmatch(rest[2 : 2 + stated]) or len(rest) < 2 + stated:
            return False
        rest = rest[2 + stated :]
    return not rest and int.from_bytes(listed[:2]) == len(listed) - 2


def _strings(values: Iterable[bytes], known: Container[bytes] = ()) -> tuple[list[str], bool]:
    """All strings in values in DER; and whether all else but what is `known` is too short to say anything."""
    strings: list[str] = []
    lengths: list[int] = []
    for value in values:
        for charset, content in _primitives(value):
            text = _text(content, charset)
            if text:
                strings.append(text)
            elif content not in known:
                lengths.append(len(content))
    return strings, max(lengths, default=0) <= _LONGEST_VALUE and sum(lengths) <= _MOST_VALUES


def _primitives(der: bytes) -> Iterator[tuple[str, bytes]]:
    """Charset and content of every value that holds no others; of octets, those that they hold."""
    while der:
        size = parser.peek(der)
        class_, constructed, tag, _, content, _ = parser.parse(der[:size])
        der = der[size:]
        if constructed:
            yield from _primitives(content)
        elif class_ == _UNIVERSAL and tag == _OCTETS and not _text(content, "utf-8"):
            try:
                yield from list(_primitives(content))
            except ValueError:
                yield "utf-8", content
        elif class_ == _UNIVERSAL:
            yield _CHARSETS.get(tag, ""), content
        else:
            yield "utf-8", content  # names in extensions: their tags do not tell the type


def _text(content: bytes, charset: str) -> str:
    """Empty for octets that are no text, whatever somebody says."""
    try:
        text = content.decode(charset) if charset else ""
    except ValueError:
        return ""
    return text if _BREAKS.sub("", text).isprintable() else ""


def _words(data: bytes) -> list[str]:
    return [run.decode("utf-8", "replace") for run in _WORDS.findall(data)]


def read_store(source: Source, limits: Limits) -> Iterator[Found]:
    """The names beside the keys, and the proof that these need a password."""
    try:
        store = pkcs12.Pfx.load(source.data, strict=True)
        bags = list(_bags(store))
        rounds = int(store["mac_data"]["iterations"].native)
        plain = source.data
        sealed = set()
        for algorithm, content in (*_sealed(store), *map(_key, bags)):
            if not _PROTECTING.fullmatch(_cipher(algorithm)):
                raise Unreadable("encrypted in a way that does not protect")
            if not is_noise(content):
                raise Unreadable(_UNPROVED)
            rounds += algorithm.kdf_iterations
            plain = plain.replace(content, b"")
            sealed.add(content)
        strings, understood = _strings([source.data], sealed)
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable("a damaged store of certificates") from error
    if not len(source.data) > len(plain) < _LONGEST or rounds > _MOST_ROUNDS:
        raise Unreadable("encrypted in a way that cannot be checked")
    if said := "\n".join(dict.fromkeys((*strings, *_words(plain)))):
        yield source.text(said, "names")
    if not understood:
        raise Unreadable(_NOT_UNDERSTOOD)

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


def _cipher(algorithm: Any) -> str:
    """Of the older ways the name says it, of the newer ones a parameter (RFC 8018 section 6.2)."""
    name: str = algorithm["algorithm"].native
    return algorithm["parameters"]["encryption_scheme"]["algorithm"].native if name == "pbes2" else name
