"""What a process takes away from itself before it touches what a stranger wrote.

A worker calls one of the two, once, before it starts a thread. Nothing of it can be taken back, neither by native code
nor by a program that it starts. The answer is a word for the operator, how far it got: ``seccomp``, a filter in the
kernel; ``namespace``, a network of its own, without interfaces; ``audit hook``, what Python itself refuses.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Collection
from typing import Any

from attrs import frozen

from newel.confine import linux
from newel.confine.filters import Filter, compute_only, no_network


@frozen(kw_only=True)
class Limits:
    memory: int
    """Bytes of address space."""
    cpu: int
    """Seconds of processor time, in this process's life."""
    file: int | None = None
    """Bytes of a file that it writes; more is an error (``EFBIG``). ``None``: as many as the server."""


def without_network(limits: Limits) -> str:
    """From now on this process, and what it starts, opens no socket, and at most 64 files at a time."""
    _limit(limits)
    _lower(resource.RLIMIT_NOFILE, 64)
    return _refuse(no_network, "socket.")


def alone(limits: Limits, keep: Collection[int] = (0, 1, 2)) -> str:
    """From now on this process computes, and reads and writes the descriptors ``keep``; all others are closed.

    It opens nothing, starts nothing, signals nobody else and makes no memory executable; what it imports must be
    imported by now. What is refused fails with ``EACCES``.
    """
    last = -1
    for one in [*sorted(keep), resource.getrlimit(resource.RLIMIT_NOFILE)[0]]:
        if last + 1 < one:  # Python 3.11 takes an empty range at 0 for everything
            os.closerange(last + 1, one)
        last = one
    _limit(limits)
    # These two hold where there is no seccomp, too.
    _lower(resource.RLIMIT_NOFILE, max(keep, default=-1) + 1)
    _lower(resource.RLIMIT_NPROC, 0)
    return _refuse(compute_only, "socket.", "open", "os.", "subprocess.", "ctypes.", "mmap.", "fcntl.", "signal.")


def allow_cpu(seconds: int) -> None:
    """From now on so many seconds of processor time: what was used before does not count. Not after ``alone``."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _limit(limits: Limits) -> None:
    _lower(resource.RLIMIT_AS, limits.memory)
    _lower(resource.RLIMIT_CORE, 0)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu, limits.cpu if hard == resource.RLIM_INFINITY else hard))
    if limits.file is not None:
        _lower(resource.RLIMIT_FSIZE, limits.file)
        # A file that grows too large is an error to report, not a death.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    os.umask(0o077)


def _lower(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))


def _refuse(filter_: Filter, *events: str) -> str:
    if sys.platform == "linux":
        # Nobody is left to wait for the answer when the server is gone.
        linux.die_with_the_parent()
        if linux.filtered(filter_):
            return "seccomp"
        way = "namespace" if linux.network_of_its_own() else "audit hook"
        if way == "namespace" and filter_ is no_network:
            return way
    else:
        way = "audit hook"

    def hook(event: str, _: tuple[Any, ...]) -> None:
        if event.startswith(events):
            raise PermissionError(13, f"this process is confined: {event}")

    sys.addaudithook(hook)
    return way
