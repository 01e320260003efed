"""AES in ZIP archives, as WinZip introduced it (AE-1 and AE-2, method 99).

Specification: https://www.winzip.com/en/support/aes-encryption/
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from typing import NamedTuple, Self

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.extract.source import Unreadable, WrongPassword
from gateway.extract.zip_methods import extra_fields

ROUNDS = 4_000
"""Of PBKDF2, for as many blocks as the longest key takes."""
_EXTRA = 0x9901
_KEY_OCTETS = {1: 16, 2: 24, 3: 32}
_VERIFIER, _CODE = 2, 10
_BLOCK = 16


class Aes(NamedTuple):
    """What the extra field says of a member."""

    key_octets: int
    method: int
    """How the octets were packed before they were encrypted."""

    @classmethod
    def of(cls, extra: bytes) -> Self:
        """Raises Unreadable for a field that is missing or not by the specification."""
        field = extra_fields(extra).get(_EXTRA, b"")
        if len(field) == 7:
            version, vendor, strength, method = struct.unpack("<H2sBH", field)
            if version in {1, 2} and vendor == b"AE" and strength in _KEY_OCTETS:
                return cls(_KEY_OCTETS[strength], method)
        raise Unreadable("encrypted in a way that cannot be checked")

    def ciphertext(self, packed: bytes) -> bytes:
        """What is left without salt, password verifier and authentication code."""
        return packed[self.key_octets // 2 + _VERIFIER : -_CODE]

    def decrypt(self, packed: bytes, password: str) -> bytes:
        """Raises WrongPassword where verifier or authentication code say so."""
        salt, rest = packed[: self.key_octets // 2], packed[self.key_octets // 2 :]
        length = 2 * self.key_octets + _VERIFIER
        derived = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 1_000, length)
        if not rest.startswith(derived[-_VERIFIER:]):
            raise WrongPassword
        ciphertext, code = self.ciphertext(packed), packed[-_CODE:]
        key, signing = derived[: self.key_octets], derived[self.key_octets : -_VERIFIER]
        if hmac.digest(signing, ciphertext, "sha1")[:_CODE] != code:
            raise WrongPassword
        return _counter_mode(key, ciphertext)


def _counter_mode(key: bytes, data: bytes) -> bytes:
    """The counter is little-endian and begins at 1, unlike that of NIST SP 800-38A."""
    blocks = len(data) // _BLOCK + 1
    counters = b"".join(number.to_bytes(_BLOCK, "little") for number in range(1, blocks + 1))
    stream = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(counters)  # noqa: S305 - makes CTR
    length = len(data)
    return (int.from_bytes(data) ^ int.from_bytes(stream[:length])).to_bytes(length)
