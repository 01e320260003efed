"""Users who may send after AUTH: a file of "name:hash" lines, hashes by Argon2id (RFC 9106)."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from pathlib import Path

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError

_HASHER = PasswordHasher()
# Verified against for unknown names, so that the time taken does not tell which names exist.
_NOBODY = _HASHER.hash("")


class UsersError(ValueError):
    """The users file cannot be used; the text names file, line and what would be right."""


class Guesses:
    """Wrong passwords of late by user name and by client, so that nobody guesses on over many sessions."""

    LIMIT = 10
    SECONDS = 15 * 60.0
    REMEMBERED = 10_000
    """Names and clients; beyond it the one that was wrong longest ago is forgotten."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def wrong(self, user: str, client: str) -> None:
        """Note a wrong password."""
        for key in _keys(user, client):
            self._wrong.setdefault(key, deque(maxlen=self.LIMIT)).append(time.monotonic())
            self._wrong.move_to_end(key)
        while len(self._wrong) > self.REMEMBERED:
            self._wrong.popitem(last=False)

    def too_many(self, user: str, client: str) -> bool:
        """Whether either has been wrong LIMIT times within SECONDS."""
        since = time.monotonic() - self.SECONDS
        noted = (self._wrong.get(key) for key in _keys(user, client))
        return any(times is not None and len(times) == self.LIMIT and times[0] > since for times in noted)


def _keys(user: str, client: str) -> tuple[str, str]:
    return f"user {user[:100]}", f"client {client}"


class Users:
    """Names and password hashes; `verify` is slow on purpose and belongs in a thread."""

    def __init__(self, hashes: dict[str, str]) -> None:
        self._hashes = hashes
        self.guesses = Guesses()

    @classmethod
    def load(cls, file: Path) -> Users:
        """Read a users file; empty lines and lines that begin with # are skipped. Raises UsersError."""
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsersError(f"{file}: cannot be read: {error}") from error
        hashes: dict[str, str] = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.startswith("#"):
                continue
            name, _, hashed = line.strip().partition(":")
            if not (name and name.isprintable() and name == name.strip() and _is_hash(hashed)):
                wanted = 'must be "name:hash", with a hash made by `postern password`'
                raise UsersError(f"{file}:{number}: {wanted}")
            if name in hashes:
                raise UsersError(f"{file}:{number}: this user stands there twice; remove one of the lines")
            hashes[name] = hashed
        return cls(hashes)

    def verify(self, name: str, password: bytes) -> bool:
        try:
            return _HASHER.verify(self._hashes.get(name, _NOBODY), password) and name in self._hashes
        except Argon2Error:
            return False


def _is_hash(text: str) -> bool:
    try:
        extract_parameters(text)
    except InvalidHashError:
        return False
    return True


def hash_password(password: str) -> str:
    """The hash of a password as the users file holds it."""
    return _HASHER.hash(password)
