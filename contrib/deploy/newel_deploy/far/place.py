"""The folder on the server: releases, the link to the present one, the lock, the journal, the history."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from newel_deploy.far.errors import BUSY, FAILED, MISSING, Stop

Record = dict[str, Any]
READY = "release.json"
"""In a release's folder when it is whole: a folder without it is what a killed deployment left."""


class Place:
    """What lies where below ``root``. Everything that is written is written aside and renamed."""

    def __init__(self, root: Path, site: Path | None = None) -> None:
        self.root = root
        self.site = site or root / "site"
        self.releases = root / "releases"
        self.link = root / "current"
        self.logs = root / "log"
        self._journal = root / "deploy.json"
        self._history = root / "history.jsonl"
        self.lock_fd = -1

    def make(self) -> None:
        if self.site.exists() and self.site.stat().st_uid != os.geteuid():
            raise Stop(f"{self.site} belongs to user {self.site.stat().st_uid}: log in as that one", FAILED)
        for folder in (self.root, self.releases, self.logs):
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone at it. Programs that are started with ``lock_fd`` hold the lock on while they run, so that one which
        outlives a killed deployment is waited for."""
        self.make()
        descriptor = os.open(self.root / "deploy.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                whose = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
                raise Stop(f"another deployment is under way here: {whose or 'since a moment ago'}", BUSY) from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()}, since {now()}\n".encode(), 0)
            self.lock_fd = descriptor
            yield
        finally:
            self.lock_fd = -1
            os.close(descriptor)

    def current(self) -> str | None:
        """The release that ``current`` leads to."""
        try:
            return self.link.readlink().name
        except FileNotFoundError:
            return None

    def switch(self, release: str | None) -> None:
        """Lets ``current`` lead to another release, in one rename; None: to nothing."""
        if release is None:
            self.link.unlink(missing_ok=True)
            return
        aside = self.root / ".current.new"
        aside.unlink(missing_ok=True)
        aside.symlink_to(Path("releases") / release)
        aside.replace(self.link)

    def folder(self, release: str) -> Path:
        return self.releases / release

    def record(self, release: str) -> Record:
        """Raises ``Stop`` where there is no such release, or only half of one."""
        try:
            found: Record = json.loads((self.folder(release) / READY).read_text())
        except FileNotFoundError:
            raise Stop(f"there is no release {release} here: see deploy-status", MISSING) from None
        return found

    def note(self, release: str, **facts: Any) -> None:
        """Adds to a release's record; the first note makes it whole."""
        path = self.folder(release) / READY
        known = json.loads(path.read_text()) if path.exists() else {}
        _write(path, json.dumps(known | facts, indent=1))

    def whole(self) -> list[Record]:
        """The releases that can be switched to, the newest first."""
        records: list[Record] = [json.loads(path.read_text()) for path in self.releases.glob(f"*/{READY}")]
        return sorted(records, key=lambda one: str(one["installed_at"]), reverse=True)

    def remove(self, release: str) -> None:
        folder = self.folder(release)
        (folder / READY).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)

    def sweep(self) -> list[str]:
        """Removes what is only half there."""
        halves = [one.name for one in self.releases.iterdir() if not (one / READY).exists()]
        for name in halves:
            self.remove(name)
        return halves

    def journal(self) -> Record | None:
        """How far the present deployment is, or the last one if it was killed."""
        try:
            found: Record = json.loads(self._journal.read_text())
        except FileNotFoundError:
            return None
        return found

    def reached(self, journal: Record) -> None:
        _write(self._journal, json.dumps(journal))

    def ended(self, journal: Record, result: str, why: str = "") -> None:
        """Into the history, then no journal any more."""
        told = {**journal, "ended_at": now(), "result": result, "why": why}
        with self._history.open("a") as file:
            file.write(json.dumps(told) + "\n")
        self._journal.unlink(missing_ok=True)

    def history(self) -> list[Record]:
        try:
            return [json.loads(line) for line in self._history.read_text().splitlines()]
        except FileNotFoundError:
            return []


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and on the disk."""
    aside = path.with_name(f".{path.name}.new")
    with aside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
