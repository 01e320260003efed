"""The fences around a worker: tried from inside, in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.confinement import Confinement

_LIBC = "import ctypes; libc = ctypes.CDLL(None, use_errno=True)"
_INSIDE = """
import os, resource, socket, sys, threading
{before}
from pathlib import Path
from gateway.confinement import Confinement, limit_processor_time
confinement = Confinement([Path(sys.prefix), Path(sys.base_prefix), Path({readable!r})], 2**28)
confinement.enter()
try:
    {attempt}
except BaseException as refusal:
    print(type(refusal).__name__)
else:
    print("done")
"""

pytestmark = pytest.mark.skipif(
    bool(Confinement([], 2**30).gaps), reason="this machine has no libseccomp, or no Landlock"
)


def inside(attempt: str, readable: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    """How a confined process fares that attempts this."""
    program = _INSIDE.format(attempt=attempt, readable=str(readable), before=before)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket()",
        "socket.socketpair()",
        "assert libc.socket(1, 1, 0) < 0; raise OSError(ctypes.get_errno(), '')",
        "os.fork()",
        "threading.Thread(target=print).start()",
        "os.memfd_create('x')",
        "os.kill(os.getppid(), 0)",
        "open('{folder}/new', 'w')",
        "open('{folder}/words', 'r+')",
        "open('{folder}/words', 'a')",
        "os.open('{folder}/words', os.O_RDONLY | os.O_TRUNC)",
        "os.mkdir('{folder}/new')",
        "os.unlink('{folder}/words')",
        "os.rename('{folder}/words', '{folder}/other')",
        "os.symlink('{folder}/words', '{folder}/other')",
        "os.chmod('{folder}/words', 0o777)",
        "os.listdir('{folder}/..')",
        "open('{folder}/../secret').read()",
        "open('/etc/passwd').read()",
        "open('/proc/{parent}/mem', 'rb').read(1)",
        "open('/proc/{parent}/environ', 'rb').read(1)",
        "bytearray(2**29)",
        "resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
        "os.setuid(1)",
        "os.chdir('/')",
        "os.chroot('/')",
    ],
)
def test_what_a_worker_may_not_do_is_refused(attempt: str, tmp_path: Path) -> None:
    """No network, no process, no thread, no writing, no reading elsewhere, no more memory."""
    (tmp_path / "secret").write_text("key", encoding="ascii")
    folder = tmp_path / "readable"
    folder.mkdir()
    (folder / "words").write_text("words", encoding="ascii")

    ended = inside(attempt.format(folder=folder, parent=1), folder, _LIBC)

    assert ended.stdout.removesuffix("Error\n") in {"Permission", "Memory", "Runtime", "Value"}
    assert (folder / "words").read_text(encoding="ascii") == "words"
    assert [file.name for file in folder.iterdir()] == ["words"]


@pytest.mark.parametrize(
    "attempt",
    [
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], dict()) and sys.exit(0)",
        "libc.ptrace(0, 0, 0, 0)",
        "libc.unshare(0x10000000)",
        "libc.process_vm_readv(os.getppid(), 0, 0, 0, 0, 0)",
    ],
)
def test_who_is_rude_is_killed(attempt: str, tmp_path: Path) -> None:
    """What only an intruder tries ends the process at once, or is refused before it gets so far."""
    ended = inside(attempt, tmp_path, _LIBC)

    assert ended.returncode == -signal.SIGSYS or ended.stdout == "PermissionError\n"


@pytest.mark.parametrize(
    "attempt",
    [
        "assert open('{folder}/words').read() == 'words'",
        "import xml.dom.minidom",
        "bytearray(2**27)",
        "import time; time.sleep(0.001)",
        "limit_processor_time(5)",
        "import random; random.SystemRandom().random()",
    ],
)
def test_what_a_worker_must_do_it_can(attempt: str, tmp_path: Path) -> None:
    """Reading its own files, importing late, allocating, waiting: reading mail takes that."""
    (tmp_path / "words").write_text("words", encoding="ascii")

    ended = inside(attempt.format(folder=tmp_path), tmp_path)

    assert ended.stdout == "done\n", ended.stderr


def test_processor_time_runs_out(tmp_path: Path) -> None:
    """A process that computes longer than it may is ended by signal; each message begins anew."""
    ended = inside("limit_processor_time(0)\n    while True: pass", tmp_path)

    assert ended.returncode == -signal.SIGXCPU
