"""Runs of pytest, each in a process of its own that was forked from one which has the libraries already.

``python -m tests.meta.warmed`` reads a run a line (arguments, environment, file for the output) and answers its code.
Nothing of Newel is imported before the fork: what a run may not import is not there.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen

ROOT = Path(__file__).parents[2]
LIBRARIES = (
    "aiohttp.web", "alembic.migration", "alembic.operations", "argon2", "asyncssh", "cattrs.gen", "click", "databases",
    "hypothesis", "orjson", "pluggy", "pytest_asyncio.plugin", "sqlalchemy.dialects.sqlite.base", "urwid", "uvloop",
)  # fmt: skip
"""What nearly every run imports."""
QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""pytest would rewrite the asserts in some libraries."""


@frozen
class Warmed:
    """The process that runs are forked from."""

    process: subprocess.Popen[str]

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
        """The exit code and the output of ``pytest ARGUMENTS``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as output:
            wanted = {"arguments": list(arguments), "environment": dict(environment), "output": output.name}
            self.process.stdin.write(json.dumps(wanted) + "\n")
            self.process.stdin.flush()
            code = self.process.stdout.readline()
            return int(code), output.read()


@contextmanager
def started(environment: Mapping[str, str]) -> Iterator[Warmed]:
    with subprocess.Popen(
        [sys.executable, "-m", __name__],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield Warmed(process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # with a run that hangs


def _forked(wanted: Mapping[str, object]) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code: int = pytest.ExitCode.INTERNAL_ERROR
    try:
        output = os.open(str(wanted["output"]), os.O_WRONLY)
        null = os.open(os.devnull, os.O_RDONLY)
        for place, file in ((0, null), (1, output), (2, output)):
            os.dup2(file, place)
        os.environ.clear()
        os.environ.update(wanted["environment"])  # type: ignore[call-overload]  # from JSON
        code = pytest.main([*QUIET, *wanted["arguments"]])  # type: ignore[misc]  # as above
    except BaseException:  # noqa: BLE001 - the parent's loop must not run on in the child
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        print(_forked(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
