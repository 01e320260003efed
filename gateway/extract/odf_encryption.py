"""Parts of ODF packages that a password opens (OpenDocument 1.3 part 2, section 4; LibreOffice 24.8).

A part is deflated, then encrypted. What tells the right password is that its key makes of the
part a deflated stream that ends where the part does: no checksum is needed.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import zlib
from typing import NamedTuple, Self

from argon2.low_level import ARGON2_VERSION, Type, core, ffi
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.extract import xml
from gateway.extract.members import TOO_LARGE
from gateway.extract.source import Unreadable, WrongPassword

_CIPHER = re.compile(r"(?:.*#)?(?:aes(128|192|256)-(cbc|gcm)|blowfish(?: cfb)?)", re.IGNORECASE)
_START = re.compile(r"(?:.*#)?(sha1|sha256)", re.IGNORECASE)
_STRETCHED = re.compile(r"(?:.*#)?pbkdf2|.*[#:](argon2id)", re.IGNORECASE)
_COSTS = ("iterations", "memory", "lanes")
"""Of Argon2id, in LibreOffice's own attributes."""
_VECTORS = {"cbc": 16, "gcm": 12, "cfb": 8}
"""Octets of the initialisation vector; GCM repeats them in front of the part."""
_KEY_OCTETS, _ITERATIONS = 16, 1024
"""Where none are stated (sections 4.8.6, 4.8.9)."""
_ARGON2_OK = 0
_KEYS = range(4, 57)
"""Octets of a key of Blowfish; those of AES are among them."""
_BLOCK = 16
_SHA1_OCTETS = 20
_MOST_ROUNDS = 4_000_000
"""Of hashing, for one part: seconds, of which what all parts take is counted apart."""
_MOST_MEMORY = 256 * 1024
"""Kibibytes; LibreOffice takes a quarter of it."""
_ROUNDS_PER_KIBIBYTE = 2


class Encryption(NamedTuple):
    """What a manifest says of one part."""

    mode: str
    vector: bytes
    start: str
    """The hash of the password that is stretched to a key."""
    key_octets: int
    salt: bytes
    passes: int
    """Of PBKDF2, or of Argon2id where there is memory."""
    memory: int = 0
    """Kibibytes."""
    lanes: int = 1

    @classmethod
    def of(cls, data: xml.Element) -> Self | None:
        """By its `encryption-data`; None for means that are unknown here, or take longer than anybody's."""
        said = {xml.local(child): child for child in data}
        try:
            cipher, derivation = said["algorithm"], said["key-derivation"]
            vector = _octets(cipher, "initialisation-vector")
            salt = _octets(derivation, "salt")
            size = int(xml.attribute(derivation, "key-size") or _KEY_OCTETS)
            stretched = _STRETCHED.fullmatch(xml.attribute(derivation, "key-derivation-name"))
            if stretched and stretched[1]:
                costs = [int(xml.attribute(derivation, f"argon2-{cost}")) for cost in _COSTS]
            else:
                costs = [int(xml.attribute(derivation, "iteration-count") or _ITERATIONS)]
        except (KeyError, ValueError):
            return None
        named = _CIPHER.fullmatch(xml.attribute(cipher, "algorithm-name"))
        start = said.get("start-key-generation")
        hashed = _START.fullmatch(
            "SHA1" if start is None else xml.attribute(start, "start-key-generation-name")
        )
        if not (named and hashed and stretched and min(costs) > 0):
            return None
        mode, octets = (named[2] or "cfb").lower(), int(named[1]) // 8 if named[1] else size
        means = cls(mode, vector, hashed[1].lower(), octets, salt, *costs)
        usual = len(vector) == _VECTORS[mode] and octets in _KEYS
        return means if usual and means.rounds <= _MOST_ROUNDS and means.memory <= _MOST_MEMORY else None

    @property
    def rounds(self) -> int:
        """Of hashing, that one password takes."""
        if self.memory:
            return _ROUNDS_PER_KIBIBYTE * self.passes * self.memory
        return self.passes * -(-self.key_octets // _SHA1_OCTETS)

    def open(self, data: bytes, word: str, most: int) -> bytes:
        """The part. Raises WrongPassword, and Unreadable if it is of more than so many octets."""
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            part = inflater.decompress(self._decrypted(data, self._key(word)), most)
        except (zlib.error, InvalidTag) as error:
            raise WrongPassword from error
        if len(part) == most:
            raise Unreadable(TOO_LARGE)
        if not inflater.eof or len(inflater.unused_data) > _BLOCK:
            raise WrongPassword
        return part

    def _key(self, word: str) -> bytes:
        hashed = hashlib.new(self.start, word.encode(), usedforsecurity=False).digest()
        if not self.memory:
            return hashlib.pbkdf2_hmac("sha1", hashed, self.salt, self.passes, self.key_octets)
        return self._argon2id(hashed)

    def _argon2id(self, hashed: bytes) -> bytes:
        """RFC 9106, lane by lane: a worker may start no thread, and every other call starts one for each."""
        key = ffi.new("uint8_t[]", self.key_octets)
        octets = {"pwd": hashed, "salt": self.salt, "secret": b"", "ad": b""}
        buffers = {name: ffi.from_buffer("uint8_t[]", value) for name, value in octets.items()}
        lengths = {f"{name}len": len(value) for name, value in octets.items()}
        costs = {"t_cost": self.passes, "m_cost": self.memory, "lanes": self.lanes, "threads": 1}
        into = {"out": key, "outlen": len(key), "version": ARGON2_VERSION}
        if core(ffi.new("argon2_context *", buffers | lengths | costs | into), Type.ID.value) != _ARGON2_OK:
            raise Unreadable("encrypted in a way that cannot be checked")
        return bytes(key)

    def _decrypted(self, data: bytes, key: bytes) -> bytes:
        """Blowfish feeds back whole blocks, as office programs do, and not octets, as the standard says."""
        if self.mode == "gcm":
            return AESGCM(key).decrypt(self.vector, data.removeprefix(self.vector), None)
        if self.mode == "cfb":
            return Cipher(Blowfish(key), CFB(self.vector)).decryptor().update(data)
        return Cipher(algorithms.AES(key), modes.CBC(self.vector)).decryptor().update(data)


def _octets(element: xml.Element, name: str) -> bytes:
    return binascii.a2b_base64(xml.attribute(element, name))
