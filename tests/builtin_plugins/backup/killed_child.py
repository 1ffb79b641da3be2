"""Runs ``newel`` commands, each in a process of its own that may be killed: ``python killed_child.py FOLDER``.

Orders come on standard input, a JSON array a line: the stage at which the process dies (empty: it does not), then the
words of the command. Answers: the exit status (-9: killed), standard output, standard error. All are forks of one
process that has imported everything, so that a command costs a tenth of a second and not a whole one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import cryptography.hazmat.primitives.ciphers.aead
import zstandard

import newel_backup.commands.checking
import newel_backup.commands.taking
import newel_backup.making
import newel_backup.work
import newel_blobs_s3.opening
from newel.cli import run
from newel.cli.site import Site
from newel.contracts.blobs import Blobs
from newel_backup.targets import Targets

IMPORTED = (
    cryptography,
    zstandard,
    newel_backup.making,
    newel_backup.work,
    newel_backup.commands,
    newel_blobs_s3.opening,
)


class Dying:
    """A store whose process dies at a call of it: ``after put chunks/ 5``, ``during put chunks/ 1``."""

    def __init__(self, store: Blobs, stage: str) -> None:
        self._store = store
        self._when, self._verb, self._prefix, number = stage.split()
        self._left = int(number)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def _counts(self, verb: str, key: str) -> bool:
        """Whether this call is the one."""
        if verb == self._verb and key.startswith(self._prefix):
            self._left -= 1
            return self._left == 0
        return False

    async def put(self, key: str, pieces: AsyncIterator[bytes], **more: Any) -> Any:
        dies = self._counts("put", key)
        if dies and self._when == "before":
            _die()
        done = await self._store.put(key, _half(pieces) if dies and self._when == "during" else pieces, **more)
        if dies:
            _die()
        return done

    async def delete(self, *keys: str) -> None:
        for key in keys:
            dies = self._counts("delete", key)
            await self._store.delete(key)
            if dies:
                _die()


async def _half(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        yield piece[: len(piece) // 2]
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying(stage: str) -> None:
    store = Targets.store

    @asynccontextmanager
    async def opened(self: Targets, name: str) -> AsyncIterator[Any]:
        async with store(self, name) as found:
            yield Dying(found, stage)

    Targets.store = opened  # type: ignore[method-assign]  # in a process of its own


def main(folder: str) -> None:
    Site(Path(folder)).app()
    for line in sys.stdin:
        stage, *words = json.loads(line)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if child == 0:
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                if stage:
                    _dying(stage)
                code = run(["--site", folder, *words])
                sys.stdout.flush()
                os._exit(code)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            out.seek(0)
            err.seek(0)
            print(json.dumps([status, out.read().decode(), err.read().decode()]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
