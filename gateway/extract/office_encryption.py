"""Office documents that need a password to open ([MS-OFFCRYPTO] sections 2.3.4.5 to 2.3.4.13).

A compound file with the stream EncryptedPackage proves it: the package is noise, and the
password that every Excel tries by itself does not open it.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from base64 import b64decode
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.extract import xml
from gateway.extract.node import Limits, Node
from gateway.extract.ole import open_file
from gateway.extract.source import Source, Unreadable

_DEFAULT_PASSWORD = "VelvetSweatshop"  # noqa: S105 - Excel's own, for workbooks that are only write-protected
_STANDARD = {(2, 2), (3, 2), (4, 2)}
_AGILE = (4, 4)
_STANDARD_SPINS = 50_000
_MOST_SPINS = 1_000_000
_VERIFIER_INPUT = bytes.fromhex("fea7d2763b4b9e79")
_VERIFIER_VALUE = bytes.fromhex("d7aa0f6d3061344e")
_HASHES = {"SHA1": "sha1", "SHA-1": "sha1", "SHA256": "sha256", "SHA384": "sha384", "SHA512": "sha512"}
_SAMPLE = 16 * 1024


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    container = open_file(source.data)
    sample = container.stream("EncryptedPackage")[8 : 8 + _SAMPLE]
    if not sample or len(zlib.compress(sample)) < len(sample):
        raise Unreadable("says that it is encrypted, but is not")
    if _opens_by_default(container.stream("EncryptionInfo")):
        raise Unreadable("encrypted with the password that every Excel knows")
    yield source.encrypted("opens with a password only")


def _opens_by_default(info: bytes) -> bool:
    password = _DEFAULT_PASSWORD.encode("utf-16-le")
    try:
        version = struct.unpack_from("<HH", info)
        if version == _AGILE:
            return _opens_agile(info[8:], password)
        if version in _STANDARD:
            return _opens_standard(info, password)
    except (struct.error, ValueError, LookupError) as error:
        raise Unreadable("a damaged encryption header") from error
    raise Unreadable("encrypted in a way that cannot be checked")


def _opens_standard(info: bytes, password: bytes) -> bool:
    """Sections 2.3.4.5 to 2.3.4.9."""
    (header_size,) = struct.unpack_from("<I", info, 8)
    (key_bits,) = struct.unpack_from("<I", info, 12 + 16)
    salt, verifier, proof = struct.unpack_from("<4x16s16s4x32s", info, 12 + header_size)
    hashed = _hash("sha1", _spin("sha1", salt + password, _STANDARD_SPINS) + bytes(4))
    pads = (bytes(octet ^ pad for octet in hashed.ljust(64, b"\0")) for pad in (0x36, 0x5C))
    key = b"".join(_hash("sha1", block) for block in pads)[: key_bits // 8]
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 - what the format prescribes
    plain = decryptor.update(verifier + proof)
    return _hash("sha1", plain[:16]) == plain[16:36]


def _opens_agile(description: bytes, password: bytes) -> bool:
    """Sections 2.3.4.10 to 2.3.4.13."""
    encryptor = next(xml.parse(description).iter("{*}encryptedKey"))
    name = _HASHES[encryptor.get("hashAlgorithm")]
    salt = b64decode(encryptor.get("saltValue"))
    spins = int(encryptor.get("spinCount"))
    if spins > _MOST_SPINS:
        raise Unreadable("encrypted in a way that cannot be checked")
    hashed = _spin(name, salt + password, spins)

    def decrypt(block: bytes, attribute: str) -> bytes:
        key = (
            hashlib.new(name, hashed + block)
            .digest()
            .ljust(64, b"\x36")[: int(encryptor.get("keyBits")) // 8]
        )
        decryptor = Cipher(algorithms.AES(key), modes.CBC(salt.ljust(16, b"\x36")[:16])).decryptor()
        return decryptor.update(b64decode(encryptor.get(attribute)))

    given = decrypt(_VERIFIER_INPUT, "encryptedVerifierHashInput")[: len(salt)]
    proof = decrypt(_VERIFIER_VALUE, "encryptedVerifierHashValue")
    return proof.startswith(_hash(name, given))


def _spin(name: str, first: bytes, times: int) -> bytes:
    hashed = _hash(name, first)
    for turn in range(times):
        hashed = _hash(name, turn.to_bytes(4, "little") + hashed)
    return hashed


def _hash(name: str, octets: bytes) -> bytes:
    return hashlib.new(name, octets, usedforsecurity=False).digest()
