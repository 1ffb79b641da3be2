"""What a confined process tries, and what becomes of it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import environment

from newel.confine.calls import CALLS, MACHINES
from newel.confine.filters import Filter, Step, compute_only, no_network

WAYS = {
    "seccomp": "",
    "namespace": "linux.filtered = lambda _: False",
    "audit hook": "sys.platform = 'other'",
}

NETWORK = """
try:
    with socket.socket() as one:
        one.settimeout(3)
        one.connect(("192.0.2.1", 80))
    said["connect"] = "open"
except OSError as error:
    said["connect"] = error.errno
"""

ATTEMPTS = """
raw, page = ctypes.CDLL(None, use_errno=True), os.sysconf("SC_PAGE_SIZE")
plain = mmap.mmap(-1, page)
at = ctypes.addressof(ctypes.c_char.from_buffer(plain))

def raws(name, *arguments):
    # As native code would: past everything that Python itself refuses.
    number = numbers.get(name)
    if number is None:
        return None
    ctypes.set_errno(0)
    arguments = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return ctypes.get_errno() if raw.syscall(number, *arguments) < 0 else "done"

def attempts():
    yield "read a file", lambda: open("/etc/passwd").read()
    yield "read its own memory", lambda: open("/proc/self/mem", "rb").read(1)
    yield "read its environment", lambda: open("/proc/self/environ", "rb").read(1)
    yield "list a folder", lambda: os.listdir("/")
    yield "write a file", lambda: open(os.path.join(folder, "new"), "w").write("x")
    yield "make a folder", lambda: os.mkdir(os.path.join(folder, "made"))
    yield "an inherited descriptor", lambda: os.read(inherited, 1)
    yield "fork", lambda: os.fork() or os._exit(0)
    yield "exec", lambda: os.execv("/bin/true", ["true"])
    yield "spawn", lambda: subprocess.run(["/bin/true"])
    yield "a thread", lambda: threading.Thread(target=int).start()
    yield "a socket", lambda: socket.socket()
    yield "a pair of sockets", lambda: socket.socketpair()
    yield "a pipe", lambda: os.pipe()
    yield "import", lambda: __import__("xmlrpc.client")
    yield "1 GB", lambda: bytearray(1 << 30)
    yield "kill the parent", lambda: os.kill(os.getppid(), 0)

NATIVE = {
    "kill": (parent, 0), "tgkill": (parent, parent, 0), "openat": (-100, b"/etc/passwd", 0), "clone": (17, 0, 0, 0, 0),
    "execve": (b"/bin/true", None, None), "socket": (1, 1, 0), "ptrace": (16, parent, 0, 0), "prctl": (1, 0, 0, 0, 0),
    "process_vm_readv": (parent, at, 0, at, 0, 0),
    "prlimit64": (0, 7, None, at), "ioctl": (0, 0x5413, at), "dup": (0,),
    "mmap": (0, page, 7, 0x22, -1, 0), "mprotect": (at, page, 5), "io_uring_setup": (1, at), "bpf": (0, at, 8),
    "memfd_create": (b"x", 0), "userfaultfd": (0,), "chdir": (b"/",), "unshare": (0x10000000,),
    "pidfd_open": (parent, 0),
}
"""

DESK = """
import ctypes, json, mmap, os, select, signal, socket, subprocess, sys, threading, time
from newel import confine
from newel.confine import linux
said, folder, inherited, numbers = {}, sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
parent = os.getppid()
"""

NUMBERS = {
    "x86_64": {
        "kill": 62, "tgkill": 234, "openat": 257, "clone": 56, "execve": 59, "socket": 41, "ptrace": 101, "prctl": 157,
        "process_vm_readv": 310, "prlimit64": 302, "ioctl": 16, "dup": 32, "mmap": 9, "mprotect": 10, "bpf": 321,
        "io_uring_setup": 425, "memfd_create": 319, "userfaultfd": 323, "chdir": 80, "unshare": 272, "pidfd_open": 434,
    },
    "aarch64": {
        "kill": 129, "tgkill": 131, "openat": 56, "clone": 220, "execve": 221, "socket": 198, "ptrace": 117,
        "prctl": 167, "process_vm_readv": 270, "prlimit64": 261, "ioctl": 29, "dup": 23, "mmap": 222, "mprotect": 226,
        "bpf": 280, "io_uring_setup": 425, "memfd_create": 279, "userfaultfd": 282, "chdir": 49,
        "unshare": 97, "pidfd_open": 434,
    },
}  # fmt: skip


def child(code: str, folder: Path, inherited: int = -1) -> dict[str, object]:
    """What a process with this code found out."""
    numbers = json.dumps(NUMBERS.get(platform.machine(), {}))
    ended = subprocess.run(
        [sys.executable, "-c", f"{DESK}\n{code}\nprint(json.dumps(said))", str(folder), str(inherited), numbers],
        capture_output=True, text=True, env=environment(), timeout=60, pass_fds=[] if inherited < 0 else [inherited],
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("kind", ["without_network", "alone"])
@pytest.mark.parametrize("way", WAYS)
def test_each_way_off_the_network_closes_it(tmp_path: Path, way: str, kind: str) -> None:
    """Where the kernel refuses one, the next is taken. What stays reachable in none: another machine."""
    said = child(
        f"{WAYS[way]}\nsaid['way'] = confine.{kind}(confine.Limits(memory=1 << 30, cpu=100))\n{NETWORK}", tmp_path
    )
    if way != "audit hook":  # a kernel that allows neither ends at the last
        assert said["way"] in (way, "namespace", "audit hook")
    assert said["connect"] in (13, 101)


@pytest.mark.parametrize("way", ["seccomp", "audit hook"])
def test_alone_a_process_reaches_nothing(tmp_path: Path, way: str) -> None:
    secret, _ = os.pipe()
    code = f"""
{WAYS[way]}
{ATTEMPTS}
said["way"] = confine.alone(confine.Limits(memory=1 << 29, cpu=100))
for name, attempt in attempts():
    try:
        attempt()
        said[name] = "done"
    except (OSError, MemoryError, RuntimeError, ImportError) as error:
        said[name] = "refused"
"""
    said = child(code, tmp_path, secret)
    if way != "seccomp":
        said.pop("a thread")  # only the kernel refuses it
    assert {name: end for name, end in said.items() if end != "refused"} == {"way": said["way"]}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(platform.machine() not in NUMBERS or sys.platform != "linux", reason="its numbers are not known")
def test_alone_native_code_reaches_nothing_either(tmp_path: Path) -> None:
    code = f"""
{ATTEMPTS}
said["way"] = confine.alone(confine.Limits(memory=1 << 29, cpu=100))
said |= {{name: raws(name, *arguments) for name, arguments in NATIVE.items()}}
said["x32"] = raw.syscall(0x40000000 | 39) if "ioctl" in numbers and numbers["ioctl"] == 16 else -1
"""
    said = child(code, tmp_path)
    if said["way"] != "seccomp":
        pytest.skip("this kernel has no seccomp")
    assert said.pop("x32") == -1
    assert {name: end for name, end in said.items() if end != 13} == {"way": "seccomp"}


def test_alone_a_process_still_computes(tmp_path: Path) -> None:
    """Memory, time, timers, descriptors that it kept, randomness, and an end by its own hand."""
    kept, far = os.pipe()
    os.write(far, b"order")
    code = """
said["way"] = confine.alone(confine.Limits(memory=1 << 29, cpu=100, file=1 << 20), keep=(0, 1, 2, inherited))
rang = []
signal.signal(signal.SIGPROF, lambda *_: rang.append(1))
signal.setitimer(signal.ITIMER_PROF, 0.01)
began = time.process_time()
while not rang and time.process_time() < began + 5:
    blocks = [bytearray(1 << 20) for _ in range(20)]
said["rang"] = rang
said["read"] = os.read(inherited, 100).decode()
said["ready"] = bool(select.select([], [1], [], 0)[1])
said["random"] = len(os.urandom(8))
time.sleep(0.001)
print("an answer", file=sys.stderr)
"""
    said = child(code, tmp_path, kept)
    os.close(far)
    assert said.pop("way") in ("seccomp", "audit hook", "namespace")
    assert said == {"rang": [1], "read": "order", "ready": True, "random": 8}


def test_alone_a_process_may_abort(tmp_path: Path) -> None:
    code = f"{DESK}\nconfine.alone(confine.Limits(memory=1 << 29, cpu=100)); os.abort()"
    ended = subprocess.run(
        [sys.executable, "-c", code, "", "0", "{}"],
        env=environment(), timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == -6


def answered(program: list[Step], machine: int, number: int, *arguments: int) -> int | None:
    """What the kernel would do: ``None`` lets the call pass, a number is its error."""
    words = {0: number, 4: machine, **{16 + 8 * at: one & 0xFFFFFFFF for at, one in enumerate(arguments)}}
    at, held = 0, 0
    while True:
        code, true, false, operand = program[at]
        at += 1
        match code:
            case 0x20:
                held = words.get(operand, 0)
            case 0x06:
                return None if operand == 0x7FFF0000 else operand & 0xFFFF
            case _:
                test = {0x15: held == operand, 0x35: held >= operand, 0x45: bool(held & operand)}[code]
                at += true if test else false


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("filter_", [no_network, compute_only])
def test_a_filter_says_the_same_on_every_machine(filter_: Filter, machine: str) -> None:
    name, column = MACHINES[machine]
    program = filter_(machine)
    assert program is not None
    roads = {"socket", "connect", "ptrace", "pidfd_getfd", "io_uring_setup"}
    for call, numbers in CALLS.items():
        number = numbers[column]
        if call in {"read", "write", "futex", "exit_group", *roads} and number is not None:
            assert answered(program, name, number) == (13 if call in roads else None), call
            assert answered(program, 0x40000003, number) == 13
    alone = 13 if filter_ is compute_only else None
    numbers = NUMBERS[machine]
    assert answered(program, name, numbers["mmap"], 0, 4096, 3) is None
    assert answered(program, name, numbers["mmap"], 0, 4096, 7) == alone
    assert answered(program, name, numbers["tgkill"], os.getpid(), 1, 6) is None
    assert answered(program, name, numbers["tgkill"], os.getppid(), 1, 6) == alone
    for call in ("kill", "openat", "execve", "clone", "prctl"):
        assert answered(program, name, numbers[call]) == alone, call
    assert answered(program, name, 5000) == alone  # a call that a later Linux has


def test_a_machine_whose_numbers_nobody_knows_has_no_filter() -> None:
    assert no_network("riscv64") is None
    assert compute_only("riscv64") is None
