"""What a running site tells the commands beside it: the plugins that failed since its start.

``data/run/<process id>.json`` is there while that process serves and a plugin of it has failed. Nothing needs it: a
site that cannot write it serves all the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import asdict

from newel.failures import Failure

if TYPE_CHECKING:
    from newel.app import App


@contextmanager
def telling(app: App) -> Iterator[None]:
    """Keeps the file of this process inside the block."""
    place = app.folder / "data" / "run"
    file = place / f"{os.getpid()}.json"

    written = False

    def write(failures: Sequence[Failure]) -> None:
        nonlocal written
        written = True
        # A few hundred bytes, and only when something failed: not worth a thread, which could overtake another.
        text = json.dumps([asdict(one) for one in failures])
        new = file.with_suffix(".new")
        try:
            place.mkdir(exist_ok=True)
            new.write_text(text, "utf-8")
            new.replace(file)
        except OSError as error:
            app.log.warning("cannot tell other commands of a failure", extra={"cause": error.strerror})

    if app.failures:
        write(app.failures)
    app.failure_observers.append(write)
    try:
        yield
    finally:
        app.failure_observers.remove(write)
        if written:
            _remove(file)


def forget_ended(folder: Path) -> None:
    """Removes the files of processes that are gone."""
    for old in _files(folder):
        if not _alive(old):
            _remove(old)


def running_failures(folder: Path) -> list[Failure]:
    """What failed in the processes that serve this folder now."""
    found: dict[tuple[str, str, str], Failure] = {}
    for file in _files(folder):
        if not _alive(file):
            continue
        try:
            failures = [Failure(**one) for one in json.loads(file.read_text("utf-8"))]
        except (OSError, ValueError, TypeError):  # the process ended meanwhile, or wrote another version's words
            continue
        found |= {(one.plugin, one.stage, one.cause): one for one in failures}
    return list(found.values())


def _files(folder: Path) -> list[Path]:
    return [one for one in sorted((folder / "data" / "run").glob("*.json")) if one.stem.isdigit()]


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink(missing_ok=True)


def _alive(file: Path) -> bool:
    try:
        os.kill(int(file.stem), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's
        return True
    return True
