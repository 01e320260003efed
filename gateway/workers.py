"""The box's outside: a pool of disposable worker processes that open mail.

A zygote process (gateway.worker) loads detectors and models once and forks a worker
whenever one is wanted, so that a fresh one costs milliseconds. Every worker is confined
(gateway.confinement) and has a deadline; one that dies, hangs or answers nonsense is
replaced, its message is tried once more, and after that is unscannable. Frames on the
socket are msgpack, checked against the type that is expected: what a worker says is data.

Text is read by `count` workers, many messages each. When one of them comes upon a file,
it says so instead of opening it, and the message goes to a worker that sees it alone, of
which there are as many, and as many again that have been at it for long: with scans. They
are forked ahead: `count` fresh ones wait, so that no message waits for a fork.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec
import structlog

from detectors.additions import NONE, Additions
from detectors.findings import Judgement
from gateway.extract.node import Limits, Node
from gateway.mail import Attachment, Detection, Headers, Inspection, Part, State

log = structlog.get_logger("workers")
T = TypeVar("T")

LENGTH = struct.Struct(">I")
_START_SECONDS = 60.0
"""Time to load detectors and models."""
_FORK_SECONDS = 10.0
"""A zygote that takes longer hangs, and is ended like one that is gone."""
_PATIENCE_SECONDS = 5.0
"""An attempt that took longer is not made again: what hangs, hangs again."""
_LONG_SECONDS = 1.0
"""What a file other than a scan takes at most, as a rule."""
ANSWER_LIMIT = 256 * 1024 * 1024


class WorkerOptions(msgspec.Struct, frozen=True):
    """What every worker is given; crosses to the zygote as JSON on its command line."""

    memory: int
    """Octets that a worker may use beyond what the zygote has."""
    seconds: int
    """Processor time that one message may take, beside that for its pictures."""
    additions: Additions = NONE
    limits: Limits = Limits()


class Request(msgspec.Struct, frozen=True):
    """What a worker is asked: the name of an Inspector method, and its arguments."""

    method: str
    content: bytes
    name: str = ""
    alone: bool = False
    """The worker sees nothing but this, and may open files."""


class Answer(msgspec.Struct, frozen=True):
    """What a worker answers: the encoded result, or the class of what went wrong."""

    result: bytes = b""
    fault: str = ""
    file_within: bool = False
    """There is a file to open, and the request did not say that the worker is alone with it."""


class Greeting(msgspec.Struct, frozen=True):
    """What the zygote says when everything is loaded, or cannot be."""

    fault: str = ""
    gaps: tuple[str, ...] = ()
    """What this machine's kernel does not let us forbid to workers."""


class WorkersError(Exception):
    """No worker can be started; the text says why (and was written before any mail was seen)."""


class UnreadableError(Exception):
    """Two workers in a row did not get through the content; the text is a fixed sentence."""


class _FaultError(Exception):
    """A worker could not do it, and says so; the text is a class."""


class Workers:
    """A pool of `count` workers that read many messages, and of those that read one with a file in it."""

    def __init__(self, options: WorkerOptions, *, count: int, deadline: float, lifetime: int) -> None:
        self._zygote = _Zygote(options)
        self._count = count or os.cpu_count() or 1
        self._deadline = deadline
        self._picture_seconds = options.limits.ocr_seconds
        self._turns = asyncio.Semaphore(self._count)
        self._long_turns = asyncio.Semaphore(self._count)
        self._lifetime = lifetime
        self._idle: _Queue = asyncio.LifoQueue()
        self._fresh: _Queue = asyncio.LifoQueue()
        """Workers that have seen nothing yet, each for one message with a file in it."""
        self._alive: set[_Worker] = set()
        self._starting: set[asyncio.Task[None]] = set()

    @property
    def alive(self) -> int:
        """Workers that are ready or at work. For the event loop's thread alone."""
        return sum(not worker.has_ended for worker in self._alive)

    @property
    def gaps(self) -> tuple[str, ...]:
        """What this machine's kernel does not let us forbid to workers; known once started."""
        return self._zygote.gaps

    async def start(self) -> None:
        """Load everything and fork the workers. Raises WorkersError."""
        await asyncio.to_thread(self._zygote.start)
        await asyncio.gather(*(self._add(self._idle) for _ in range(self._count)))
        await asyncio.gather(*(self._add(self._fresh) for _ in range(self._count)))

    async def close(self) -> None:
        self._discard_all()  # First, so that none of them is replaced.
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        await self._zygote.settle()
        self._discard_all()
        await asyncio.to_thread(self._zygote.stop)

    def _discard_all(self) -> None:
        for worker in tuple(self._alive):
            self._discard(worker)

    async def inspect(self, content: bytes) -> Inspection:
        """The facts of a message; when no worker gets through it, the fact that it is unscannable."""
        try:
            return await self._ask(Request("inspect", content), Inspection)
        except UnreadableError as unreadable:
            part = Part("message", "message/rfc822", len(content), State.UNSCANNABLE, str(unreadable))
            return Inspection(Headers(), (part,), Judgement(False, False, 0, ()))

    async def attachments(self, content: bytes) -> list[Attachment]:
        """The files that a message carries, decoded. Raises UnreadableError."""
        return await self._ask(Request("attachments", content), list[Attachment])

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
        clock = asyncio.get_running_loop().time
        for attempt in (1, 2):
            begin = clock()
            try:
                return await self._tried(request, expected)
            except TimeoutError:
                reason = "reading it took too long"
            except _FaultError as fault:
                reason = f"reading it failed ({fault})"
            except (OSError, EOFError, msgspec.DecodeError, WorkersError):
                reason = "reading it ended the worker"
            log.warning("worker.lost", method=request.method, octets=len(request.content), reason=reason)
            if attempt == 2 or clock() - begin > _PATIENCE_SECONDS:
                raise UnreadableError(reason)
        raise AssertionError

    async def _tried(self, request: Request, expected: type[T]) -> T:
        """One attempt."""
        worker = await self._taken(self._idle)
        healthy = False
        try:
            answer = await self._answer(worker, request, self._deadline)
            healthy = worker.asked < self._lifetime
        finally:
            if healthy:
                self._idle.put_nowait(worker)
            else:
                self._replace(worker, self._idle)
        if answer.file_within:
            answer = await self._answer_alone(msgspec.structs.replace(request, alone=True))
        return msgspec.msgpack.decode(answer.result, type=expected)

    async def _answer_alone(self, request: Request) -> Answer:
        """No more than `count` at once, and as many that take long: a scan keeps no other file waiting."""
        turns = self._turns
        await turns.acquire()
        reading = asyncio.ensure_future(self._read_alone(request))
        try:
            finished, _ = await asyncio.wait({reading}, timeout=_LONG_SECONDS)
            if not finished and not self._long_turns.locked():
                await self._long_turns.acquire()
                turns.release()
                turns = self._long_turns
            return await reading
        finally:
            turns.release()
            reading.cancel()

    async def _read_alone(self, request: Request) -> Answer:
        worker = await self._taken(self._fresh)
        worker.is_replaced()
        self._refill(self._fresh)
        try:
            return await self._answer(worker, request, self._deadline + self._picture_seconds)
        finally:
            self._discard(worker)

    async def _answer(self, worker: _Worker, request: Request, deadline: float) -> Answer:
        async with asyncio.timeout(deadline):
            answer = await worker.ask(msgspec.msgpack.encode(request))
        if answer.fault:
            raise _FaultError(answer.fault)
        return answer

    async def _taken(self, queue: _Queue) -> _Worker:
        """The next worker; those that ended while they waited did so for no fault of this message."""
        worker = await queue.get()
        while worker.has_ended:
            self._replace(worker, queue)
            worker = await queue.get()
        return worker

    async def _add(self, queue: _Queue) -> None:
        while True:
            try:
                worker = await self._zygote.fork()
            except WorkersError as error:
                log.error("worker.start_failed", reason=str(error))
                await asyncio.sleep(1)
            else:
                self._alive.add(worker)
                worker.when_ended(partial(self._replace, worker, queue))
                queue.put_nowait(worker)
                return

    def _replace(self, worker: _Worker, queue: _Queue) -> None:
        """Once, whoever notices first that it has ended."""
        if worker in self._alive:
            self._discard(worker)
            self._refill(queue)

    def _refill(self, queue: _Queue) -> None:
        task = asyncio.create_task(self._add(queue))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    def _discard(self, worker: _Worker) -> None:
        self._alive.discard(worker)
        worker.kill()


class _Worker:
    """The near end of one worker's socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pidfd: int) -> None:
        self._reader, self._writer, self._pidfd = reader, writer, pidfd
        self._killed = False
        self.asked = 0

    @property
    def has_ended(self) -> bool:
        """The process is gone: its pidfd can be read (pidfd_open(2))."""
        return self._killed or bool(select.select([self._pidfd], [], [], 0)[0])

    def when_ended(self, tell: Callable[[], None]) -> None:
        """Call `tell` as soon as the process is gone, unless it is killed by us first."""
        asyncio.get_running_loop().add_reader(self._pidfd, tell)

    def is_replaced(self) -> None:
        """There is another in its place already: nobody need be told when it ends."""
        asyncio.get_running_loop().remove_reader(self._pidfd)

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
        if self._killed:
            return
        self._killed = True
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._writer.close()


_Queue = asyncio.LifoQueue[_Worker]


class _Zygote:
    """The process that forks workers. It sees no mail, and has no secrets to give away."""

    def __init__(self, options: WorkerOptions) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._lock = asyncio.Lock()
        self._forking: set[asyncio.Future[_Worker]] = set()
        self.gaps: tuple[str, ...] = ()

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
        ours.settimeout(_START_SECONDS)
        try:
            greeting = msgspec.msgpack.decode(ours.recv(65536), type=Greeting)
        except TimeoutError:
            greeting = Greeting(fault="the worker process does not get ready")
        except msgspec.DecodeError:
            greeting = Greeting(fault="the worker process ended at once")
        if greeting.fault:
            self.stop()
            raise WorkersError(greeting.fault)
        self.gaps = greeting.gaps
        ours.settimeout(_FORK_SECONDS)

    def stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def fork(self) -> _Worker:
        """A fresh worker. Whoever stops waiting for it leaves it to be ended, not half made."""
        forking = asyncio.ensure_future(self._forked())
        self._forking.add(forking)
        forking.add_done_callback(self._forking.discard)
        try:
            return await asyncio.shield(forking)
        except asyncio.CancelledError:
            forking.add_done_callback(_end)
            raise

    async def settle(self) -> None:
        """Wait until no fork is half made."""
        await asyncio.gather(*self._forking, return_exceptions=True)

    async def _forked(self) -> _Worker:
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


def _end(forking: asyncio.Future[_Worker]) -> None:
    if not forking.cancelled() and forking.exception() is None:
        forking.result().kill()


def _environment() -> dict[str, str]:
    # One thread for numerical libraries: the zygote forks, and threads do not survive that.
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"} | threads
