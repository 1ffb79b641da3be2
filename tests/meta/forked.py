"""The command ``newel`` for many runs: each in a process forked from one that has imported everything.

``python -m tests.meta.forked SOCKET`` serves; ``command`` writes the program that asks it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

from tests.support import HASH, environment

ROOT = Path(__file__).parents[2]
PROGRAM = """#!{python} -IS
import json, os, socket, sys
asked = socket.socket(socket.AF_UNIX)
asked.connect({path!r})
wanted = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(asked, [b"%10d" % len(wanted)], [0, 1, 2])
asked.sendall(wanted)
sys.exit(int(asked.recv(10)))
"""


@contextlib.contextmanager
def command(folder: Path) -> Iterator[Path]:
    """A folder for the PATH, with ``newel`` in it."""
    # A socket's name is bounded, pytest's folders are not.
    with tempfile.TemporaryDirectory(prefix="newel-") as place:
        path = str(Path(place) / "socket")
        program = folder / "newel"
        program.write_text(PROGRAM.format(python=sys.executable, path=path))
        program.chmod(0o755)
        with subprocess.Popen(
            [sys.executable, "-m", __name__, path], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            try:
                yield folder
            finally:
                server.kill()


def _run(asked: socket.socket) -> None:
    length, files, _, _ = socket.recv_fds(asked, 10, 3)
    wanted = b""
    while len(wanted) < int(length):
        wanted += asked.recv(1 << 16)
    child = os.fork()
    if child:
        for file in files:
            os.close(file)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with contextlib.suppress(OSError):  # a caller that was stopped
            asked.sendall(str(code).encode())
        return
    code = 70
    try:
        asked.close()
        for place, file in enumerate(files):
            os.dup2(file, place)
        arguments, folder, variables = json.loads(wanted)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(variables)
        code = _main(arguments)
    except BaseException:  # noqa: BLE001 - the parent's loop must not run on in the child
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _main(arguments: list[str]) -> int:
    from newel.cli import main

    sys.argv = ["newel", *arguments]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def serve(path: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = ("--site", folder)
        with (
            Path(os.devnull).open("w") as nothing,
            contextlib.redirect_stdout(nothing),
            contextlib.redirect_stderr(nothing),
        ):
            _main([*site, "init", "--yes"])
            _main([*site, "--set", 'plugins.enable=["demo"]', *HASH, "demo", "fill"])
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        print("ready", flush=True)
        while True:
            asked, _ = server.accept()
            with asked:
                _run(asked)


if __name__ == "__main__":
    serve(sys.argv[1])
