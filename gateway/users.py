"""Users who may send after AUTH: a file of "name:hash" lines, hashes by Argon2id (RFC 9106)."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError

_HASHER = PasswordHasher()


class UsersError(ValueError):
    """The users file cannot be used; the text names file, line and what would be right."""


class Guesses:
    """Wrong passwords of late, so that nobody guesses on over many sessions.

    Counted before the password is looked at, for guesses come in parallel. Who guesses at somebody's
    password bars themselves from that name, and in the end from all; only guesses from very many
    clients bar a name for everybody.
    """

    OF_ONE_AT_ONE = 10
    OF_ONE = 30
    AT_ONE = 300
    SECONDS = 15 * 60.0
    REMEMBERED = 10_000
    """Names, clients and pairs of them; beyond it the one noted longest ago is forgotten."""

    def __init__(self) -> None:
        self._noted: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def take(self, user: str, client: str) -> bool:
        """Note that a password is tried; False when there were too many wrong ones within SECONDS."""
        now = time.monotonic()
        limits = self._limits(user, client)
        for key, limit in limits:
            times = self._noted.setdefault(key, deque())
            while times and times[0] <= now - self.SECONDS:
                times.popleft()
            if len(times) >= limit:
                return False
        for key, _ in limits:
            self._noted[key].append(now)
            self._noted.move_to_end(key)
        while len(self._noted) > self.REMEMBERED:
            self._noted.popitem(last=False)
        return True

    def give_back(self, user: str, client: str) -> None:
        """The password was right: it is no guess."""
        for key, _ in self._limits(user, client):
            if self._noted.get(key):
                self._noted[key].pop()

    def _limits(self, user: str, client: str) -> tuple[tuple[tuple[str, str], int], ...]:
        user = user[:100]
        return ((user, client), self.OF_ONE_AT_ONE), (("", client), self.OF_ONE), ((user, ""), self.AT_ONE)


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
        except OSError as error:
            raise UsersError(f"{file}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
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
            return _HASHER.verify(self._hashes.get(name, _nobody()), password) and name in self._hashes
        except Argon2Error:
            return False


@cache
def _nobody() -> str:
    """Verified against for unknown names, so that the time taken does not tell which names exist."""
    return _HASHER.hash("")


def _is_hash(text: str) -> bool:
    try:
        extract_parameters(text)
    except InvalidHashError:
        return False
    return True


def hash_password(password: str) -> str:
    """The hash of a password as the users file holds it."""
    return _HASHER.hash(password)
