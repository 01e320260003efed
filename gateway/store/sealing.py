"""Encryption at rest: AES-256-GCM, one data key for each message, wrapped by the store's key.

A sealed piece is a 96-bit random nonce followed by ciphertext and tag (NIST SP 800-38D).
Message id and purpose are authenticated with it, so that pieces cannot be swapped
between messages or moved within one.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_OCTETS = 32
_NONCE_OCTETS = 12


class KeyFileError(Exception):
    """The key file cannot be used; the text says why and what would be right."""


class SealError(Exception):
    """A sealed piece was altered, or belongs to another key or place."""


class DataKey:
    """Seals and opens the pieces of one message."""

    def __init__(self, key: bytes, message_id: str) -> None:
        self._cipher = AESGCM(key)
        self._message_id = message_id.encode()

    def seal(self, plain: bytes, purpose: str) -> bytes:
        nonce = os.urandom(_NONCE_OCTETS)
        return nonce + self._cipher.encrypt(nonce, plain, self._bound_to(purpose))

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """The plain octets. Raises SealError."""
        nonce, ciphertext = sealed[:_NONCE_OCTETS], sealed[_NONCE_OCTETS:]
        try:
            return self._cipher.decrypt(nonce, ciphertext, self._bound_to(purpose))
        except (InvalidTag, ValueError):
            raise SealError(f"message {self._message_id.decode()}: {purpose} cannot be opened") from None

    def _bound_to(self, purpose: str) -> bytes:
        return self._message_id + b"\0" + purpose.encode()


class Keyring:
    """The key that wraps data keys. `key_id` names it without telling anything about it."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.key_id = hashlib.sha256(b"postern key id\0" + key).hexdigest()[:16]

    @classmethod
    def open(cls, file: Path, sealed_with: Collection[str] = ()) -> Keyring:
        """Read the key file; where nothing is sealed yet, it is made, with mode 0600. Raises KeyFileError.

        `sealed_with` are the ids of the keys that the store's messages are sealed with.
        """
        wanted = " and ".join(sorted(sealed_with))
        if not sealed_with:
            _make_key(file)
        elif not file.exists():
            raise KeyFileError(
                f"{file}: is missing, and the store is sealed with key {wanted}: "
                "put the file back from the backup"
            )
        keyring = cls(_read_key(file))
        if any(key_id != keyring.key_id for key_id in sealed_with):
            raise KeyFileError(
                f"{file}: holds key {keyring.key_id}, and the store is sealed with key {wanted}: "
                "put that key's file back from the backup"
            )
        return keyring

    def new_data_key(self, message_id: str) -> tuple[DataKey, bytes]:
        """A fresh data key, and the same one wrapped for keeping."""
        key = AESGCM.generate_key(KEY_OCTETS * 8)
        return DataKey(key, message_id), DataKey(self._key, message_id).seal(key, "data key")

    def unwrap(self, wrapped: bytes, message_id: str) -> DataKey:
        """Raises SealError."""
        return DataKey(DataKey(self._key, message_id).open(wrapped, "data key"), message_id)


def _make_key(file: Path) -> None:
    """Durably, unless the file is there."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise KeyFileError(f"{file}: cannot be made: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(AESGCM.generate_key(KEY_OCTETS * 8))
        stream.flush()
        os.fsync(stream.fileno())
    _sync_folder(file.parent)


def _read_key(file: Path) -> bytes:
    try:
        if file.stat().st_mode & 0o077:
            raise KeyFileError(f"{file}: others may read it; chmod 600 it")
        key = file.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{file}: cannot be read: {error.strerror}") from error
    if len(key) != KEY_OCTETS:
        raise KeyFileError(f"{file}: must hold exactly {KEY_OCTETS} octets, not {len(key)}")
    return key


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
