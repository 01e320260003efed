"""What is measured: servers in processes of their own, all on loopback, and what they cost."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from benchmarks.smtp_load import connections

ROOT = Path(__file__).parent.parent
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
YARDSTICK = "stock forwarder"
_FOR_EVER = 10**9
"""Messages per worker: nobody waits for one that ends, and its CPU time would be lost with it."""
_TICK = os.sysconf("SC_CLK_TCK")


class Target(msgspec.Struct, frozen=True):
    """A running server."""

    name: str
    port: int
    """SMTP, on loopback."""
    pid: int
    """Root of its process tree."""


@asynccontextmanager
async def sink() -> AsyncIterator[Target]:
    port = free_port()
    async with _running("sink alone", port, "-m", "benchmarks.sink", str(port)) as target:
        yield target


@asynccontextmanager
async def forwarder(next_hop: int) -> AsyncIterator[Target]:
    port = free_port()
    arguments = ("-m", "benchmarks.forwarder", str(port), str(next_hop))
    async with _running(YARDSTICK, port, *arguments) as target:
        yield target


@asynccontextmanager
async def postern(next_hop: int, *, inspecting: bool) -> AsyncIterator[Target]:
    """`postern serve` on its defaults, but for ports, folder, and workers that are not replaced."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="postern-benchmark-") as folder:
        config = _configuration(Path(folder), port, next_hop, inspecting=inspecting)
        name = "Postern" if inspecting else "Postern, bypassed"
        arguments = ("-m", "gateway", "serve", "--config", str(config))
        async with _running(name, port, *arguments) as target:
            yield target


def _configuration(folder: Path, port: int, next_hop: int, *, inspecting: bool) -> Path:
    sections: dict[str, dict[str, object]] = {
        "organisation": {"domains": ["practice.example"]},
        "smtp": {"listen": [f"127.0.0.1:{port}"]},
        "inspection": {"bypass": [] if inspecting else ["127.0.0.0/8"], "messages_per_worker": _FOR_EVER},
        "next_hop": {"host": "127.0.0.1", "port": next_hop, "tls": "none"},
        "store": {"folder": str(folder / "data")},
        "http": {"listen": f"127.0.0.1:{free_port()}"},
    }
    file = folder / "postern.toml"
    with file.open("w") as lines:
        for section, settings in sections.items():
            lines.write(f"[{section}]\n")
            lines.writelines(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    return file


def free_port() -> int:
    """A loopback port that nothing listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@asynccontextmanager
async def _running(name: str, port: int, *arguments: str) -> AsyncIterator[Target]:
    """`python ARGUMENTS` from when it greets on its port. A fault carries what it printed as a note."""
    with tempfile.TemporaryFile() as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=ROOT, stdout=output, stderr=output
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                await _greeting(process, port)
            yield Target(name, port, process.pid)
        except Exception as error:
            output.seek(max(0, output.seek(0, os.SEEK_END) - 2000))
            error.add_note(f"{name} printed last:\n{output.read().decode(errors='replace')}")
            raise
        finally:
            await _stop(process)


async def _greeting(process: asyncio.subprocess.Process, port: int) -> None:
    while process.returncode is None:
        with suppress(OSError):
            async with connections(port, 1):
                return
        await asyncio.sleep(0.05)
    raise ChildProcessError("a target ended while starting")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def cpu_seconds(pid: int) -> float:
    """CPU time, user and system, that a process and all its descendants have used (Linux, proc(5)).

    Children that ended count with the parent that has reaped them.
    """
    children: defaultdict[int, list[int]] = defaultdict(list)
    ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_bytes().rpartition(b")")[2].split()
        except OSError:  # It has just ended.
            continue
        children[int(fields[1])].append(int(stat.parent.name))
        ticks[int(stat.parent.name)] = sum(map(int, fields[11:15]))
    total, waiting = 0, [pid]
    while waiting:
        process = waiting.pop()
        total += ticks.get(process, 0)
        waiting += children[process]
    return total / _TICK
