"""What a worker may still do once it opens mail: think, read the program's own files, and answer.

Three fences of the kernel, none of which can be taken down again from inside: resource limits
(setrlimit(2)), a system call filter (seccomp(2), compiled by libseccomp) and a list of folders
that may be read (landlock(7)). A machine that lacks one of the last two is told of in `gaps`.
"""

from __future__ import annotations

import ctypes
import errno
import math
import os
import resource
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38  # <linux/prctl.h>
_SECCOMP_MODE_FILTER = 2
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000  # SCMP_ACT_… of <seccomp.h>
_EQUAL, _MASKED_EQUAL = 4, 7  # SCMP_CMP_… of <seccomp.h>
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
"""The same numbers on every architecture, as of all calls since Linux 5.1."""
_LANDLOCK_PATH_BENEATH = 1
_LANDLOCK_ALL_OF_VERSION_1 = (1 << 13) - 1
_LANDLOCK_READ_FILE, _LANDLOCK_READ_FOLDER = 1 << 2, 1 << 3

_ALLOWED = """
    brk mmap munmap mremap mprotect madvise
    read readv pread64 lseek close dup dup2 dup3 fcntl ioctl getdents64
    stat lstat fstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat getcwd
    sendto sendmsg recvfrom recvmsg poll ppoll select pselect6
    write writev
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall
    futex rseq set_robust_list sched_yield sched_getaffinity membarrier
    clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time
    getpid gettid getppid getuid geteuid getgid getegid getrusage times uname sysinfo getrandom setpriority
    exit exit_group
"""
"""What reading octets in memory takes. Writing goes to descriptors that are open already: the socket."""
_KILLED = """
    execve execveat ptrace process_vm_readv process_vm_writev pidfd_getfd bpf userfaultfd
    io_uring_setup perf_event_open unshare setns mount add_key request_key keyctl
    init_module finit_module kexec_load
"""
"""What no library tries that only reads. Everything else is refused with EPERM, as libraries can bear."""
_LEISURE = 10
"""Niceness: a tenth of the processor time of a process without (sched(7))."""
_WRITING = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND


_LIBC = ctypes.CDLL(None, use_errno=True)


class _Comparison(ctypes.Structure):
    """struct scmp_arg_cmp of <seccomp.h>."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


class _Program(ctypes.Structure):
    """struct sock_fprog of <linux/filter.h>."""

    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_char_p))


class _PathBeneath(ctypes.Structure):
    """struct landlock_path_beneath_attr of <linux/landlock.h>."""

    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


class Confinement:
    """Made once, before anything hostile is read; entered by each worker."""

    def __init__(self, readable: Iterable[Path], memory: int) -> None:
        """`readable`: files and folders that may be read. `memory`: octets beyond those used now."""
        self._address_space = _pages() * resource.getpagesize() + memory
        self._filter = _compiled_filter()
        self._folders = _folders(readable)
        self.gaps = tuple(self._tried())

    def enter(self) -> None:
        """Confine this process, for good. Raises OSError when that fails."""
        _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _control(_PR_SET_NO_NEW_PRIVS, 1)
        _limit(self._address_space)
        if self._folders is not None:
            _landlock(_LANDLOCK_RESTRICT, self._folders, 0)
        if self._filter is not None:
            program = _Program(len(self._filter) // 8, self._filter)
            _control(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program))

    def _tried(self) -> Iterator[str]:
        """What the kernel does not let us do, found out in a process that ends there."""
        if self._filter is None:
            yield "system calls are not filtered: libseccomp is not installed"
        elif not _succeeds(self.enter):
            self._filter = None
            yield "system calls are not filtered: the kernel refuses it"
        if self._folders is None:
            yield "any file of this user can be read: the kernel has no Landlock"


def limit_processor_time(seconds: int) -> None:
    """End this process by signal when it has computed for so many seconds from now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


@contextmanager
def at_leisure(seconds: float) -> Iterator[None]:
    """For work of up to `seconds` that is not part of that limit, and for which nobody else should wait.

    From now on the process has what processor time others leave. One without a limit stays as it is.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if soft == resource.RLIM_INFINITY:
        yield
        return
    os.setpriority(os.PRIO_PROCESS, 0, _LEISURE)
    resource.setrlimit(resource.RLIMIT_CPU, (soft + math.ceil(seconds), hard))
    begin = time.process_time()
    try:
        yield
    finally:
        spent = math.ceil(time.process_time() - begin)
        resource.setrlimit(resource.RLIMIT_CPU, (soft + spent, hard))


def _pages() -> int:
    """Of the address space of this process (proc(5))."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])


def _limit(address_space: int) -> None:
    for limit, value in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _compiled_filter() -> bytes | None:
    """The filter in the kernel's language (BPF); None without libseccomp."""
    try:
        seccomp = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return None
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(_ERRNO | errno.EPERM))

    def rule(action: int, call: str, *conditions: _Comparison) -> None:
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        array = (_Comparison * len(conditions))(*conditions)
        seccomp.seccomp_rule_add_array(context, ctypes.c_uint32(action), number, len(conditions), array)

    for call in _ALLOWED.split():
        rule(_ALLOW, call)
    for call in _KILLED.split():
        rule(_KILL, call)
    rule(_ALLOW, "openat", _Comparison(2, _MASKED_EQUAL, _WRITING, os.O_RDONLY))
    rule(_ALLOW, "prlimit64", _Comparison(0, _EQUAL, 0), _Comparison(1, _EQUAL, resource.RLIMIT_CPU))
    file = os.memfd_create("filter")
    try:
        seccomp.seccomp_export_bpf(context, file)
        return os.pread(file, os.fstat(file).st_size, 0)
    finally:
        os.close(file)
        seccomp.seccomp_release(context)


def _folders(readable: Iterable[Path]) -> int | None:
    """A Landlock ruleset, as a descriptor, by which nothing else can be opened; None without Landlock."""
    handled = ctypes.c_uint64(_LANDLOCK_ALL_OF_VERSION_1)
    try:
        ruleset = _landlock(_LANDLOCK_CREATE, ctypes.byref(handled), ctypes.sizeof(handled), 0)
    except OSError:
        return None
    for path in filter(Path.exists, readable):
        place = os.open(path, os.O_PATH)
        access = _LANDLOCK_READ_FILE | (_LANDLOCK_READ_FOLDER if path.is_dir() else 0)
        beneath = _PathBeneath(access, place)
        _landlock(_LANDLOCK_ADD, ruleset, _LANDLOCK_PATH_BENEATH, ctypes.byref(beneath), 0)
        os.close(place)
    return ruleset


def _landlock(call: int, *arguments: object) -> int:
    return _checked(_LIBC.syscall(ctypes.c_long(call), *arguments))


def _control(option: int, *arguments: int) -> None:
    words = (*arguments, 0, 0, 0, 0)[:4]
    _checked(_LIBC.prctl(option, *map(ctypes.c_ulong, words)))


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _succeeds(action: Callable[[], None]) -> bool:
    """Whether it works, tried in a process that ends with it."""
    pid = os.fork()
    if pid == 0:
        try:
            action()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
