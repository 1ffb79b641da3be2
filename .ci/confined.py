"""``python .ci/confined.py UNIT COMMAND...``: runs a command under the filter of system calls that a unit asks for.

For machines on which systemd is not process 1. It lays over what the unit says of system calls, code that is writable,
namespaces and address families (x86-64 only); not what it says of files, users and the network.
"""

from __future__ import annotations

import ctypes
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
LOAD, AND, EQUAL, ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x45, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
X86_64 = 0xC000003E
WRITE_EXECUTE, EXECUTE = 6, 4
NEW_NAMESPACES = 0x7E020000
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2

Step = tuple[int, int, int, int]
"""Code, how many steps to skip when true, when false, constant."""


def allowed(unit: str) -> set[str]:
    """The calls that ``SystemCallFilter=`` lines leave."""
    found: set[str] = {"execve"}
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        names = {call for word in line.lstrip("~").split() for call in calls(word)}
        found = found - names if line.startswith("~") else found | names
    return found


def calls(word: str) -> Iterator[str]:
    """A call, or those of a set, as systemd knows them."""
    if not word.startswith("@"):
        yield word
        return
    asked = ["systemd-analyze", "--no-pager", "syscall-filter", word]
    told = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603 - from our own unit
    for line in told.stdout.splitlines()[1:]:
        if (inner := line.strip()) and not inner.startswith("#"):
            yield from calls(inner)


def program(unit: str) -> list[Step]:
    """The filter."""
    number = {name: int(text) for name, text in re.findall(r"#define __NR_(\w+) (\d+)", HEADER.read_text("ascii"))}
    steps: list[Step] = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, X86_64), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    refuse: Step = (RETURN, 0, 0, REFUSE | EPERM)
    allow: Step = (RETURN, 0, 0, ALLOW)
    if "MemoryDenyWriteExecute=yes" in unit:
        both: list[Step] = [(AND, 0, 0, WRITE_EXECUTE), (EQUAL, 0, 1, WRITE_EXECUTE)]
        steps += _on(number["mmap"], [_argument(2), *both, refuse, allow])
        for name in ("mprotect", "pkey_mprotect"):
            steps += _on(number[name], [_argument(2), (ANY_BIT, 0, 1, EXECUTE), refuse, allow])
    if "RestrictNamespaces=yes" in unit:
        steps += _on(number["clone"], [_argument(0), (ANY_BIT, 0, 1, NEW_NAMESPACES), refuse, allow])
        steps += _on(number.get("clone3", 435), [(RETURN, 0, 0, REFUSE | ENOSYS)])  # its flags are out of reach
        steps += _on(number["unshare"], [refuse])
    named = re.findall(r"^RestrictAddressFamilies=(.*)$", unit, re.MULTILINE)
    known = [FAMILIES[one] for line in named for one in line.split()]
    tests: list[Step] = [(EQUAL, len(known) - place, 0, one) for place, one in enumerate(known)]
    steps += _on(number["socket"], [_argument(0), *tests, (RETURN, 0, 0, REFUSE | EAFNOSUPPORT), allow])
    for one in sorted(number[name] for name in allowed(unit) if name in number):
        steps += [(EQUAL, 0, 1, one), allow]
    return [*steps, refuse]


def _on(number: int, then: list[Step]) -> list[Step]:
    return [(EQUAL, 0, len(then), number), *then]


def _argument(place: int) -> Step:
    return (LOAD, 0, 0, 16 + 8 * place)


class _Program(ctypes.Structure):
    _fields_ = (("count", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def lay(steps: Iterable[Step]) -> None:
    """Lays it over this process and all that it starts."""
    data = b"".join(struct.pack("HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(data, len(data))
    whole = _Program(len(data) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(SECCOMP, FILTER, ctypes.byref(whole), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter")


def main() -> None:
    unit, *command = sys.argv[1:]
    lay(program(Path(unit).read_text("utf-8")))
    os.execvp(command[0], command)  # noqa: S606 - running a command is what this is for


if __name__ == "__main__":
    main()
