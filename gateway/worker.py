"""The box's inside: the zygote, and the workers it forks, where hostile bytes are opened.

Run as `python -m gateway.worker CONTROL_FD OPTIONS`. Over the control socket the zygote
receives one end of a socket for each worker to fork, and answers with a pidfd. When its
parent goes away, so does it, and its workers with it.

A worker reads one message after another as long as there is nothing in them but header
fields, text and HTML. A file (PDF, Office, archive, picture …) is opened only by a worker
that was forked for this message, has seen no other, and ends with its answer: what a
hostile file takes over has nobody else's mail before it or after it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import re
import signal
import socket
import sys
from pathlib import Path

import msgspec

import allowlists
import config
import detectors
import gateway
from gateway.confinement import Confinement, limit_processor_time
from gateway.extract.source import FileWithin
from gateway.inspection import Inspector
from gateway.workers import LENGTH, Answer, Greeting, Request, WorkerOptions

_LARGE_PAGE = 2 * 1024 * 1024
_MADV_COLLAPSE = 25  # <asm-generic/mman-common.h>
_ANONYMOUS = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0\b")  # proc_pid_maps(5)
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/magic", "/etc/magic.mime", "/dev/urandom")


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    options = msgspec.json.decode(sys.argv[2], type=WorkerOptions)
    try:
        inspector = Inspector(options.additions, options.limits)
        inspector.warm_up()
    except Exception as error:
        control.send(msgspec.msgpack.encode(Greeting(fault=f"{type(error).__name__}: {error}"[:10_000])))
        return
    gc.collect()
    gc.freeze()  # Keep collections from copying the pages that all workers share.
    _gather_pages()
    confinement = Confinement(_readable(options), options.memory)
    control.send(msgspec.msgpack.encode(Greeting(gaps=confinement.gaps)))
    signal.signal(signal.SIGCHLD, _bury)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 16, 1)
        if not message:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            connection = socket.socket(fileno=descriptors[0])
            confinement.enter()
            _serve(connection, inspector, options.seconds)
            os._exit(0)
        os.close(descriptors[0])
        pidfd = os.pidfd_open(pid)
        socket.send_fds(control, [b"forked"], [pidfd])
        os.close(pidfd)


def _gather_pages() -> None:
    """Make large pages of our memory, where the kernel can (since Linux 6.1).

    Half of what a fork costs is the table of small ones, which every worker gets a copy of.
    """
    libc = ctypes.CDLL(None)
    for begin, end in _ANONYMOUS.findall(Path("/proc/self/maps").read_text(errors="replace")):
        first, last = -(-int(begin, 16) // _LARGE_PAGE), int(end, 16) // _LARGE_PAGE
        if first < last:
            length = (last - first) * _LARGE_PAGE
            libc.madvise(ctypes.c_void_p(first * _LARGE_PAGE), ctypes.c_size_t(length), _MADV_COLLAPSE)


def _bury(*_: object) -> None:
    """Workers that have ended; what they have computed goes to our account, where benchmarks find it."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _readable(options: WorkerOptions) -> list[Path]:
    """The program itself, what it stands on, and what it is told to load."""
    packages = [Path(next(iter(package.__path__))) for package in (gateway, detectors, allowlists, config)]
    return [*packages, *options.additions.paths, *map(Path, (sys.prefix, sys.base_prefix, *_SYSTEM))]


def _serve(connection: socket.socket, inspector: Inspector, seconds: int) -> None:
    stream = connection.makefile("rb", buffering=256 * 1024)
    while head := stream.read(LENGTH.size):
        limit_processor_time(seconds)
        frame = stream.read(LENGTH.unpack(head)[0])
        answer = _answer(frame, inspector)
        encoded = msgspec.msgpack.encode(answer)
        connection.sendall(LENGTH.pack(len(encoded)))
        connection.sendall(encoded)
        if answer.fault:
            return  # Whatever failed may have left something behind.


def _answer(frame: bytes, inspector: Inspector) -> Answer:
    try:
        request = msgspec.msgpack.decode(frame, type=Request)
        chosen = inspector if request.alone else inspector.without_files()
        result = chosen.answer(request.method, request.content, request.name)
        return Answer(result=msgspec.msgpack.encode(result))
    except FileWithin:
        return Answer(file_within=True)
    except Exception as fault:
        # Its text may quote the mail; its class does not.
        return Answer(fault=type(fault).__name__)


if __name__ == "__main__":
    main()
