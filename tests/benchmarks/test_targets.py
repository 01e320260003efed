from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from benchmarks import targets

BURN = "import time\nwhile time.process_time() < 0.2: pass"
REAPED = f"import subprocess, sys\nsubprocess.run((sys.executable, '-c', {BURN!r}))"
WAITING = f"{BURN}\nprint(flush=True)\ninput()"
LIVING = f"""
import subprocess, sys
child = subprocess.Popen((sys.executable, '-c', {WAITING!r}), stdin=-1, stdout=-1)
child.stdout.readline()
"""


async def _cpu_of(code: str) -> float:
    """CPU seconds of a process that runs `code`, seen while it waits for its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"{code}\nprint(flush=True)\ninput()", stdin=-1, stdout=-1
    )
    assert process.stdout is not None
    await process.stdout.readline()
    seconds = targets.cpu_seconds(process.pid)
    await process.communicate(b"\n")
    return seconds


async def test_cpu_of_a_process_is_its_own() -> None:
    """Burning 0.2 seconds shows as at least that, whatever this process has used."""
    assert await _cpu_of(BURN) > 0.15


@pytest.mark.parametrize("code", [REAPED, LIVING])
async def test_cpu_of_a_process_includes_its_children(code: str) -> None:
    """Children count, be they alive or ended and reaped."""
    assert await _cpu_of(code) > 0.15


def test_a_process_that_is_gone_has_used_nothing_more() -> None:
    """Asking for a process that ended is no fault."""
    process = subprocess.Popen((sys.executable, "-c", BURN))
    process.wait()
    assert targets.cpu_seconds(process.pid) == 0.0


def test_a_free_port_can_be_bound() -> None:
    """What is called free is free, and not always the same."""
    assert len({targets.free_port() for _ in range(5)}) > 1
