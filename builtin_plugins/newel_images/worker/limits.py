"""What a worker takes away from itself before it opens a file."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import sys
from typing import Any

_DENIED = {"x86_64": (0xC000003E, (41, 42, 49, 50, 53, 101, 310, 311, 425)),
           "aarch64": (0xC00000B7, (198, 203, 200, 201, 199, 117, 270, 271, 425))}  # fmt: skip
"""By machine: its name for the kernel, and the calls socket, connect, bind, listen, socketpair, ptrace,
process_vm_readv, process_vm_writev and io_uring_setup."""
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22


def confine(memory: int, file: int, cpu_hard: int) -> str:
    """Sets the limits of this process (bytes, bytes, seconds) and answers how it is kept off the network."""
    _lower(resource.RLIMIT_AS, memory)
    _lower(resource.RLIMIT_FSIZE, file)
    _lower(resource.RLIMIT_NOFILE, 64)
    _lower(resource.RLIMIT_CORE, 0)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_hard, cpu_hard if hard == resource.RLIM_INFINITY else hard))
    # A file that grows too large is an error to report, not a death.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    os.umask(0o077)
    return _off_the_network()


def allow_cpu(seconds: int) -> None:
    """From now on so many CPU seconds: what was used before does not count."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _lower(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))


def _off_the_network() -> str:
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        # Nobody is left to wait for the answer when the server is gone.
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if _seccomp(libc):
            return "seccomp"
        if libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
            return "namespace"
    sys.addaudithook(_no_sockets)
    return "audit hook"


def _no_sockets(event: str, _: tuple[Any, ...]) -> None:
    if event.startswith("socket."):
        raise PermissionError("image workers have no network")


class _Filter(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filters", ctypes.POINTER(_Filter)))


def _seccomp(libc: ctypes.CDLL) -> bool:
    """A filter in the kernel, which binds the decoders' native code and every program that is started, too."""
    if platform.machine() not in _DENIED:
        return False
    machine, denied = _DENIED[platform.machine()]
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | 13  # EACCES
    steps = [
        (load, 0, 0, 4),  # the machine whose numbers the call has: another one's (32 bits, x32) would pass unseen
        (equal, 1, 0, machine),
        (answer, 0, 0, refuse),
        (load, 0, 0, 0),
        (at_least, len(denied) + 1, 0, 0x40000000),
        *((equal, len(denied) - at, 0, number) for at, number in enumerate(denied)),
        (answer, 0, 0, allow),
        (answer, 0, 0, refuse),
    ]
    filters = (_Filter * len(steps))(*(_Filter(*step) for step in steps))
    program = _Program(len(steps), filters)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0) == 0)
