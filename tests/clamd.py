"""A real clamd with one signature, that of the harmless EICAR test file, on a socket of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_CLAMD = shutil.which("clamd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


class Clamd:
    """One daemon, which a test may tell to know more."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "socket"
        self._signatures, self._settings = folder / "signatures", folder / "clamd.conf"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *signatures: bytes, **settings: str) -> None:
        """With EICAR and further octets as signatures; `settings` are those of clamd.conf."""
        assert _CLAMD is not None
        self._signatures.mkdir(exist_ok=True)
        known = {"Eicar-Test-Signature": EICAR} | {f"Test-{n}": octets for n, octets in enumerate(signatures)}
        lines = "".join(f"{name}:0:*:{octets.hex()}\n" for name, octets in known.items())
        (self._signatures / "test.ndb").write_text(lines, encoding="ascii")
        chosen = {
            "LocalSocket": str(self.socket),
            "DatabaseDirectory": str(self._signatures),
            "Foreground": "yes",
            "AlertExceedsMax": "yes",
        } | settings
        self._settings.write_text("".join(f"{key} {value}\n" for key, value in chosen.items()), "utf-8")
        self._process = subprocess.Popen(
            [_CLAMD, "--config-file", str(self._settings)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while not self.socket.exists():
            assert self._process.poll() is None, "clamd ended at once"
            assert time.monotonic() < deadline, "clamd does not start"
            time.sleep(0.02)

    def pause(self) -> None:
        """It takes connections, and does not answer."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)


@contextmanager
def clamd(folder: Path, **settings: str) -> Iterator[Clamd]:
    """A running clamd; skips the test where the package is not installed."""
    if _CLAMD is None:
        pytest.skip("clamav-daemon is not installed")
    daemon = Clamd(folder)
    daemon.start(**settings)
    try:
        yield daemon
    finally:
        daemon.stop()
