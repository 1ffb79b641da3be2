"""Seccomp filters: programs for the kernel that allow or refuse each system call of a process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from newel.confine.calls import CALLS, MACHINES

Step: TypeAlias = tuple[int, int, int, int]
"""An instruction of classic BPF: its code, how far to jump if true, if false, and its operand."""
Filter: TypeAlias = Callable[[str], "list[Step] | None"]
"""The program for a machine, as ``platform.machine()`` names it; ``None`` where nobody knows its numbers."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13  # EACCES
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
_PROT_EXEC = 4

_ROADS: Final = (
    "socket", "socketpair", "bind", "listen", "connect",
    # what would take a socket from another process, or go round the filter
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "io_uring_setup",
)  # fmt: skip
_APART: Final = ("mmap", "mprotect", "tgkill")
_COMPUTING: Final = tuple(name for name in CALLS if name not in {*_ROADS, *_APART})


def no_network(machine: str) -> list[Step] | None:
    """All but the network."""
    if machine not in MACHINES:
        return None
    named = [step for name in _ROADS for step in _answered(machine, name, _REFUSE)]
    return [*_of_this_machine(machine), *named, (_ANSWER, 0, 0, _ALLOW)]


def compute_only(machine: str) -> list[Step] | None:
    """Descriptors that are open, data in memory, time, and an end: nothing else, and whatever a later Linux adds."""
    if machine not in MACHINES:
        return None
    named = [step for name in _COMPUTING for step in _answered(machine, name, _ALLOW)]
    for name in ("mmap", "mprotect"):
        named += _tested(machine, name, 2, (_ANY_BIT, _PROT_EXEC), _REFUSE, _ALLOW)
    # abort() signals itself
    named += _tested(machine, "tgkill", 0, (_EQUAL, os.getpid()), _ALLOW, _REFUSE)
    return [*_of_this_machine(machine), *named, (_ANSWER, 0, 0, _REFUSE)]


def _of_this_machine(machine: str) -> Iterator[Step]:
    """Calls with the numbers of another one (32 bits, x32) would pass unseen."""
    yield (_LOAD, 0, 0, _MACHINE)
    yield (_EQUAL, 1, 0, MACHINES[machine][0])
    yield (_ANSWER, 0, 0, _REFUSE)
    yield (_LOAD, 0, 0, _NUMBER)
    yield (_AT_LEAST, 0, 1, 0x40000000)
    yield (_ANSWER, 0, 0, _REFUSE)


def _answered(machine: str, name: str, answer: int) -> Iterator[Step]:
    number = CALLS[name][MACHINES[machine][1]]
    if number is not None:
        yield (_EQUAL, 0, 1, number)
        yield (_ANSWER, 0, 0, answer)


def _tested(
    machine: str, name: str, argument: int, test: tuple[int, int], if_true: int, if_false: int
) -> Iterator[Step]:
    """Answers a call by the low half of one of its arguments."""
    number = CALLS[name][MACHINES[machine][1]]
    if number is not None:
        yield (_EQUAL, 0, 4, number)
        yield (_LOAD, 0, 0, _ARGUMENTS + 8 * argument)
        yield (test[0], 0, 1, test[1])
        yield (_ANSWER, 0, 0, if_true)
        yield (_ANSWER, 0, 0, if_false)
