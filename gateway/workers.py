"""The box's outside: a pool of disposable worker processes that open mail.

A zygote process (gateway.worker) loads detectors and models once and forks a worker
whenever one is wanted, so that a fresh one costs milliseconds. Every worker has a
deadline and a memory limit; one that dies, hangs or answers nonsense is replaced, its
message is tried once more, and after that is unscannable. Frames on the socket are
msgpack, checked against the type that is expected: what a worker says is data.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
from typing import TypeVar

import msgspec
import structlog

from detectors.findings import Judgement
from gateway.extract.node import Limits, Node
from gateway.mail import Detection, Headers, Inspection, Part, State

log = structlog.get_logger("workers")
T = TypeVar("T")

LENGTH = struct.Struct(">I")
ANSWER_LIMIT = 256 * 1024 * 1024


class WorkerOptions(msgspec.Struct, frozen=True):
    """What every worker is given; crosses to the zygote as JSON on its command line."""

    memory: int
    """Octets that a worker may use beyond what the zygote has."""
    pipeline: str = ""
    recognizers: str = ""
    limits: Limits = Limits()


class Request(msgspec.Struct, frozen=True):
    """What a worker is asked: the name of an Inspector method, and its arguments."""

    method: str
    content: bytes
    name: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What a worker answers: the encoded result, or the class of what went wrong."""

    result: bytes = b""
    fault: str = ""


class WorkersError(Exception):
    """No worker can be started; the text says why (and was written before any mail was seen)."""


class UnreadableError(Exception):
    """Two workers in a row did not get through the content; the text is a fixed sentence."""


class Workers:
    """A pool of `count` workers."""

    def __init__(self, options: WorkerOptions, *, count: int, deadline: float, lifetime: int) -> None:
        self._zygote = _Zygote(options)
        self._count = count or os.cpu_count() or 1
        self._deadline = deadline
        self._lifetime = lifetime
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._alive: set[_Worker] = set()
        self._starting: set[asyncio.Task[None]] = set()

    @property
    def alive(self) -> int:
        """Workers that are ready or at work."""
        return len(self._alive)

    async def start(self) -> None:
        """Load everything and fork the workers. Raises WorkersError."""
        await asyncio.to_thread(self._zygote.start)
        await asyncio.gather(*(self._add() for _ in range(self._count)))

    async def close(self) -> None:
        for task in self._starting:
            task.cancel()
        for worker in tuple(self._alive):
            self._discard(worker)
        await asyncio.to_thread(self._zygote.stop)

    async def inspect(self, content: bytes) -> Inspection:
        """The facts of a message; when no worker gets through it, the fact that it is unscannable."""
        try:
            return await self._ask(Request("inspect", content), Inspection)
        except UnreadableError as unreadable:
            part = Part("message", "message/rfc822", len(content), State.UNSCANNABLE, str(unreadable))
            return Inspection(Headers(), (part,), Judgement(False, False, 0, ()))

    async def detect(self, text: str) -> Detection:
        """The findings of one text, and what they come to. Raises UnreadableError."""
        return await self._ask(Request("detect", text.encode("utf-8", "surrogatepass")), Detection)

    async def read(self, content: bytes, name: str) -> list[Node]:
        """The nodes of a message (.eml) or another file. Raises UnreadableError."""
        return await self._ask(Request("read", content, name), list[Node])

    async def mask(self, content: bytes) -> list[Node]:
        """The nodes of a message, every finding blacked out. Raises UnreadableError."""
        return await self._ask(Request("mask", content), list[Node])

    async def conceal(self, content: bytes) -> bytes:
        """The message with its recipients hidden. Raises UnreadableError."""
        return await self._ask(Request("conceal", content), bytes)

    async def _ask(self, request: Request, expected: type[T]) -> T:
        frame = msgspec.msgpack.encode(request)
        reason = ""
        for _ in range(2):
            worker = await self._idle.get()
            healthy = False
            try:
                async with asyncio.timeout(self._deadline):
                    answer = await worker.ask(frame)
                if answer.fault:
                    reason = f"reading it failed ({answer.fault})"
                else:
                    result = msgspec.msgpack.decode(answer.result, type=expected)
                    healthy = worker.asked < self._lifetime
                    return result
            except TimeoutError:
                reason = "reading it took too long"
            except (OSError, EOFError, msgspec.DecodeError):
                reason = "reading it ended the worker"
            finally:
                if healthy:
                    self._idle.put_nowait(worker)
                else:
                    self._replace(worker)
            log.warning("worker.lost", method=request.method, octets=len(request.content), reason=reason)
        raise UnreadableError(reason)

    async def _add(self) -> None:
        while True:
            try:
                worker = await self._zygote.fork()
            except WorkersError as error:
                log.error("worker.start_failed", reason=str(error))
                await asyncio.sleep(1)
            else:
                self._alive.add(worker)
                self._idle.put_nowait(worker)
                return

    def _replace(self, worker: _Worker) -> None:
        self._discard(worker)
        task = asyncio.create_task(self._add())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    def _discard(self, worker: _Worker) -> None:
        self._alive.discard(worker)
        worker.kill()


class _Worker:
    """The near end of one worker's socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pidfd: int) -> None:
        self._reader, self._writer, self._pidfd = reader, writer, pidfd
        self.asked = 0

    async def ask(self, frame: bytes) -> Answer:
        self.asked += 1
        self._writer.write(LENGTH.pack(len(frame)))
        self._writer.write(frame)
        await self._writer.drain()
        (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
        if length > ANSWER_LIMIT:
            raise EOFError
        return msgspec.msgpack.decode(await self._reader.readexactly(length), type=Answer)

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        os.close(self._pidfd)
        self._writer.close()


class _Zygote:
    """The process that forks workers. It sees no mail, and has no secrets to give away."""

    def __init__(self, options: WorkerOptions) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._lock = asyncio.Lock()

    def start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-m",
                    "gateway.worker",
                    str(theirs.fileno()),
                    msgspec.json.encode(self._options).decode(),
                ],
                pass_fds=[theirs.fileno()],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                # A library may print what it reads.
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control = ours
        greeting = ours.recv(65536)
        if greeting != b"ready":
            self.stop()
            raise WorkersError(greeting.decode("utf-8", "replace") or "the worker process ended at once")

    def stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def fork(self) -> _Worker:
        ours, theirs = socket.socketpair()
        async with self._lock:
            with theirs:
                try:
                    pidfd = await asyncio.to_thread(self._fork, theirs)
                except OSError as error:
                    ours.close()
                    self.stop()
                    raise WorkersError(f"the zygote is gone ({error.strerror})") from error
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        return _Worker(reader, writer, pidfd)

    def _fork(self, theirs: socket.socket) -> int:
        if self._control is None:
            self.start()
        assert self._control is not None
        socket.send_fds(self._control, [b"fork"], [theirs.fileno()])
        _, descriptors, _, _ = socket.recv_fds(self._control, 16, 1)
        if not descriptors:
            raise ConnectionResetError
        return descriptors[0]


def _environment() -> dict[str, str]:
    # One thread for numerical libraries: the zygote forks, and threads do not survive that.
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"} | threads
