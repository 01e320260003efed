"""Office documents that need a password to open ([MS-OFFCRYPTO]), judged and opened by msoffcrypto.

What proves it: noise where the content should be, and that the passwords which Excel and
PowerPoint try by themselves do not open it.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
from collections.abc import Iterator
from typing import Any

import msoffcrypto  # type: ignore[import-untyped]  # ships no types
from msoffcrypto.exceptions import InvalidKeyError  # type: ignore[import-untyped]
from msoffcrypto.format import doc97, ppt97, xls97  # type: ignore[import-untyped]
from msoffcrypto.method import ecma376_agile  # type: ignore[import-untyped]
from msoffcrypto.method.ecma376_agile import ECMA376Agile  # type: ignore[import-untyped]
from msoffcrypto.method.ecma376_standard import ECMA376Standard  # type: ignore[import-untyped]

from gateway.extract.node import Limits
from gateway.extract.noise import is_noise
from gateway.extract.ole import Storage, storage_of
from gateway.extract.source import Found, Locked, Source, Unreadable, WrongPassword


class _InMemory:
    """In the place of `tempfile`: msoffcrypto keeps its work in a file, and a worker cannot make any."""

    TemporaryFile = io.BytesIO


for _format in (doc97, ppt97, xls97):
    _format.tempfile = _InMemory


def _derived_key(hashed: bytes, block_key: bytes, algorithm: str, bits: int) -> bytes:
    """Section 2.3.4.11: a hash shorter than the key is padded, which msoffcrypto leaves out."""
    digest: bytes = ecma376_agile.ALGORITHM_HASH[algorithm](hashed + block_key).digest()
    return digest[: bits // 8].ljust(bits // 8, b"\x36")


ECMA376Agile._derive_encryption_key = staticmethod(_derived_key)
ecma376_agile.ALGORITHM_HASH.setdefault(
    "MD5", hashlib.md5
)  # section 2.3.4.10; it only stretches the password

_DEFAULT_PASSWORDS = ("VelvetSweatshop", "/01Hannes Ruescher/01")
"""Of Excel and of PowerPoint, for what is only write-protected."""
_SPINS = re.compile(rb'spinCount="([0-9]{1,20})"')
_MOST_SPINS = 1_000_000
_SPINS_OF_OLDER_WAYS = 100_000
_DOCUMENT_HEADER = 1024
"""Octets in front of a stream of Word or PowerPoint that may stay plain."""
_SMALLEST = 512
"""Octets of the smallest document."""
_BLOCK = 16
"""Octets of a block of AES. Standard encryption (section 2.3.4.5) keeps alike blocks alike."""
_SEGMENT = 4096
"""Octets that are encrypted one by one (section 2.3.4.15)."""
_PACKAGE = b"PK\3\4"
_FILEPASS = 0x2F
_OLD_FILEPASS = 4
"""Octets of that record in Excel 5 and 95, which only knew how to obfuscate."""
_PLAIN_RECORDS = {0x809, _FILEPASS, 0xE1, 0x194, 0x195, 0x85}
"""[MS-XLS] section 2.2.10."""
_OBFUSCATED = "obfuscated as Excel 95 did, which protects nothing"
_UNCHECKED = "encrypted in a way that cannot be checked"


def read(source: Source, limits: Limits) -> Iterator[Found]:
    """The document as it is without encryption, if a default password opens it; else the proof."""
    storage = storage_of(source)
    obfuscated = _is_obfuscated(storage)
    if obfuscated and "Book" in storage.streams:  # which msoffcrypto does not open
        raise Unreadable(_OBFUSCATED)
    content = _content(storage)
    if not obfuscated and (len(content) < _SMALLEST or not is_noise(content)):
        raise Unreadable("says that it is encrypted, but is not")
    rounds = 2 * _spins(storage)

    def open_(word: str) -> list[Source]:
        return [Source(source.name, _decrypted(source.data, word))]

    for word in _DEFAULT_PASSWORDS:
        try:
            yield from open_(word)
            return
        except WrongPassword:
            continue
    node = source.unscannable(_OBFUSCATED) if obfuscated else source.encrypted("opens with a password only")
    yield Locked(source, node, open_, rounds)


def _content(storage: Storage) -> bytes:
    """Octets that encryption would cover."""
    if "EncryptedPackage" in storage.streams:
        package = storage.stream("EncryptedPackage")[8:]
        blocks = (package[place : place + _BLOCK] for place in range(0, len(package), _BLOCK))
        return b"".join(dict.fromkeys(blocks))
    for name in ("WordDocument", "PowerPoint Document"):
        if name in storage.streams:
            return storage.stream(name)[_DOCUMENT_HEADER:].rstrip(b"\0")
    return b"".join(content for kind, content in _records(storage) if kind not in _PLAIN_RECORDS)


def _records(storage: Storage) -> Iterator[tuple[int, bytes]]:
    """Kind and content of the records of a workbook ([MS-XLS] section 2.1.4)."""
    stream = storage.stream("Workbook" if "Workbook" in storage.streams else "Book")
    place = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length


def _is_obfuscated(storage: Storage) -> bool:
    """Whether a workbook is merely combined with a short key by XOR (section 2.3.7)."""
    records = _records(storage) if {"Workbook", "Book"}.intersection(storage.streams) else ()
    return any(
        kind == _FILEPASS and (len(content) == _OLD_FILEPASS or content[:2] == b"\0\0")
        for kind, content in records
    )


def _spins(storage: Storage) -> int:
    """Rounds of hashing that one password takes; raises Unreadable where that is more than anybody sets."""
    info = storage.stream("EncryptionInfo") if "EncryptionInfo" in storage.streams else b""
    spins = max(map(int, _SPINS.findall(info)), default=_SPINS_OF_OLDER_WAYS)
    if spins > _MOST_SPINS:
        raise Unreadable(_UNCHECKED)
    return spins


def _decrypted(data: bytes, word: str) -> bytes:
    """Raises WrongPassword, and Unreadable for what msoffcrypto makes no sense of."""
    plain = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        _load_key(file, word)
        file.decrypt(plain)
    except InvalidKeyError as error:
        raise WrongPassword from error
    except Exception as error:  # msoffcrypto raises whatever its parsers do
        raise Unreadable(_UNCHECKED) from error
    return plain.getvalue()


def _load_key(file: Any, word: str) -> None:
    """Raises InvalidKeyError unless the document says that it is this password, or opens with it.

    The hash by which it says so may be padded (section 2.3.4.13), for which msoffcrypto makes no
    allowance, or may be wrong; a key that makes a package of what is encrypted is right.
    """
    if file.format != "ooxml":
        file.load_key(word)
        return
    try:
        file.load_key(word, verify_password=True)
    except InvalidKeyError:
        with file.file.openstream("EncryptedPackage") as stream:
            first = io.BytesIO(struct.pack("<Q", _SEGMENT) + stream.read(8 + _SEGMENT)[8:])
        if file.type == "agile":
            salt, algorithm = file.info["keyDataSalt"], file.info["keyDataHashAlgorithm"]
            opened = ECMA376Agile.decrypt(file.secret_key, salt, algorithm, first)
        else:
            opened = ECMA376Standard.decrypt(file.secret_key, first)
        if not opened.startswith(_PACKAGE):
            raise
