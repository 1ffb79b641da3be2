"""What Linux does for a process that asks to be confined."""

from __future__ import annotations

import ctypes
import platform
import signal
from functools import cache

from newel.confine.filters import Filter

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 1, 38, 22, 2


class _Step(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Step)))


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def die_with_the_parent() -> None:
    """SIGKILL, when the thread that started this process ends."""
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def filtered(filter_: Filter) -> bool:
    """Whether the kernel took it: for this thread, and all threads and programs that it starts, native code too."""
    steps = filter_(platform.machine())
    if steps is None:
        return False
    program = _Program(len(steps), (_Step * len(steps))(*(_Step(*step) for step in steps)))
    if _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(_libc().prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def network_of_its_own() -> bool:
    """Whether this process moved into a network without interfaces."""
    return any(_libc().unshare(kind) == 0 for kind in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))
