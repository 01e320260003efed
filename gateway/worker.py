"""The box's inside: the zygote, and the workers it forks, where hostile bytes are opened.

Run as `python -m gateway.worker CONTROL_FD OPTIONS`. Over the control socket the zygote
receives one end of a socket for each worker to fork, and answers with a pidfd. When its
parent goes away, so does it, and its workers with it.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
import socket
import sys
from pathlib import Path

import msgspec

from gateway.inspection import Inspector
from gateway.workers import LENGTH, Answer, Request, WorkerOptions

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    options = msgspec.json.decode(sys.argv[2], type=WorkerOptions)
    try:
        inspector = Inspector(options.pipeline, options.recognizers, options.limits)
        inspector.warm_up()
    except Exception as error:
        control.send(f"{type(error).__name__}: {error}".encode()[:60_000])
        return
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # The kernel buries the workers.
    gc.collect()
    gc.freeze()  # Keep collections from copying the pages that all workers share.
    control.send(b"ready")
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 16, 1)
        if not message:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            _confine(options.memory)
            _serve(socket.socket(fileno=descriptors[0]), inspector)
            os._exit(0)
        os.close(descriptors[0])
        pidfd = os.pidfd_open(pid)
        socket.send_fds(control, [b"forked"], [pidfd])
        os.close(pidfd)


def _confine(memory: int) -> None:
    """Limits that a worker cannot lift again: memory, files, core dumps, privileges."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    address_space = pages * resource.getpagesize() + memory
    for limit, value in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _serve(connection: socket.socket, inspector: Inspector) -> None:
    stream = connection.makefile("rb", buffering=256 * 1024)
    while head := stream.read(LENGTH.size):
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
        result = inspector.answer(request.method, request.content, request.name)
        return Answer(result=msgspec.msgpack.encode(result))
    except Exception as fault:
        # Its text may quote the mail; its class does not.
        return Answer(fault=type(fault).__name__)


if __name__ == "__main__":
    main()
