"""OpenPGP messages that a password opens (RFC 9580): session keys of version 4, AES, data with a checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import count
from typing import NamedTuple

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from gateway.extract.source import WrongPassword

_KEY_SIZES = {7: 16, 8: 24, 9: 32}
"""Of AES (section 9.3)."""
_HASHES = {1: "md5", 2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224"}
"""Section 9.5."""
_SALTED = {1, 3}
_ITERATED = 3
_BLOCK = 16
_CHECKSUM = b"\xd3\x14"
"""How the packet with the checksum begins, which ends the data (section 5.13.1)."""
_OCTETS_A_ROUND = 300


class PasswordKey(NamedTuple):
    """How a password becomes a key (sections 3.7.1, 5.3.1)."""

    cipher: int
    hash: str
    salt: bytes
    octets: int
    """To hash."""
    wrapped: bytes
    """The session key, encrypted; empty where the key is that of the password."""

    @classmethod
    def of(cls, body: bytes) -> PasswordKey | None:
        """By the body of its packet; None for what is not tried here."""
        if len(body) < 4 or body[0] != 4 or body[1] not in _KEY_SIZES or body[3] not in _HASHES:
            return None
        _, cipher, kind, hash_ = body[:4]
        if kind not in {0, *_SALTED}:
            return None
        end = 4 + 8 * (kind in _SALTED)
        coded = body[end : end + 1] if kind == _ITERATED else b""
        octets = (16 + (coded[0] & 15)) << (coded[0] >> 4) + 6 if coded else 0
        return cls(cipher, _HASHES[hash_], body[4:end], octets, body[end + len(coded) :])

    @property
    def rounds(self) -> int:
        return 1_000 + self.octets // _OCTETS_A_ROUND

    def open(self, word: str) -> bytes:
        """The session key; raises WrongPassword."""
        key = self._hashed(word.encode())
        if not self.wrapped:
            return key
        cipher, *rest = _decrypted(key, self.wrapped)
        if _KEY_SIZES.get(cipher) != len(rest):
            raise WrongPassword
        return bytes(rest)

    def _hashed(self, word: bytes) -> bytes:
        """As often as it takes for the key, each time with one more zero in front."""
        seed, size, key = self.salt + word, _KEY_SIZES[self.cipher], b""
        for zeros in count():
            if len(key) >= size:
                break
            hashed = hashlib.new(self.hash, bytes(zeros), usedforsecurity=False)
            times, more = divmod(max(self.octets, len(seed)), len(seed))
            for _ in range(times):
                hashed.update(seed)
            hashed.update(seed[:more])
            key += hashed.digest()
        return key[:size]


def content(keys: Iterable[PasswordKey], protected: bytes, word: str) -> bytes:
    """The packets inside protected data of version 1 (section 5.13.1); raises WrongPassword."""
    for key in keys:
        try:
            plain = _decrypted(key.open(word), protected[1:])
        except (WrongPassword, ValueError):
            continue
        prefix = plain[: _BLOCK + 2]
        data, checksum = plain[_BLOCK + 2 : -22], plain[-22:]
        hashed = hashlib.sha1(plain[:-20], usedforsecurity=False).digest()
        if prefix[-2:] == prefix[-4:-2] and checksum == _CHECKSUM + hashed:
            return data
    raise WrongPassword


def _decrypted(key: bytes, octets: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), CFB(bytes(_BLOCK))).decryptor()
    return decryptor.update(octets) + decryptor.finalize()
