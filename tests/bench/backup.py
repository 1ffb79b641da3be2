"""Backups of a site with many entries and files, as an operator makes them: ``newel backup`` in a process of its own.

First, unchanged, one entry changed, one percent changed, read back; the same files through restic beside it, and
SQLite's own backup as the floor of what the database costs. Figures are of one run on one machine: the ratios count.
``python -m tests.bench.backup --size 100000 --media 5`` is what the documentation states.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from attrs import frozen

from newel.testing import make_app
from newel_backup.repo.keys import key_file_text
from tests.bench.lists import _fill
from tests.builtin_plugins.content.site import Site
from tests.servers import POSTGRES_PLACES, Absent, postgres, program

SIZE = 20_000
MEDIA = 0.5
"""Gigabytes."""
FILE = 1_000_000
PLUGINS = ["sqlite", "migrations", "content", "blobs_local", "media", "jobs", "backup"]


@frozen
class Run:
    """A process that ended: seconds, processor seconds, its largest resident set in MB, what it printed."""

    seconds: float
    cpu: float
    peak: float
    out: str


def _ran(command: Sequence[str], folder: Path, **environment: str) -> Run:
    begun = perf_counter()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(
            command, cwd=folder, stdout=out, stderr=subprocess.PIPE, env={**os.environ, **environment}
        )
        assert child.stderr is not None
        error = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        took = perf_counter() - begun
        out.seek(0)
        text = out.read().decode()
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{' '.join(command)}: {error.decode()[-2000:]}")
    return Run(took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000, text)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _told(label: str, run: Run, content: int, added: int) -> None:
    print(
        f"  {label:<28} {run.seconds:7.1f} s  {content / 1e6 / run.seconds:7.0f} MB/s  cpu {run.cpu:6.1f} s  "
        f"peak {run.peak:5.0f} MB  added {added:>13,} bytes",
        flush=True,
    )


def _add_files(folder: Path, count: int, seed: int) -> None:
    """Files in the store, and the rows that an upload makes of them."""
    draw = random.Random(seed)
    database = sqlite3.connect(folder / "data" / "newel.db")
    for number in range(count):
        data = draw.randbytes(FILE)  # as dense as a photograph
        digest = hashlib.sha256(data).hexdigest()
        key = f"originals/{digest[:2]}/{digest}"
        file = folder / "data" / "blobs" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        id = f"01M{seed:03d}{number:020d}"
        now = "2030-01-01T00:00:00.000Z"
        database.execute(
            "INSERT INTO media_assets (id, revision, name, folder, kind, mime, bytes, sha256, blob, facts_json, "
            "private, status, renditions_json, texts_json, search, author, source, created_at, updated_at) VALUES "
            "(?, 1, ?, '', 'file', 'application/pdf', ?, ?, ?, '{}', 0, 'none', '[]', '{}', '', '', 'api', ?, ?)",
            (id, f"{number}.pdf", FILE, digest, key, now, now),
        )
        database.execute("INSERT INTO media_blobs VALUES (?, 'live', ?, ?)", (key, FILE, now))
    database.commit()
    database.close()


async def _filled(folder: Path, size: int) -> None:
    config = {"database": {"url": f"sqlite:///{folder}/data/newel.db"}}
    async with make_app(PLUGINS, config, folder=folder) as app:
        await _fill(Site(app), size)


async def _changed(folder: Path, count: int, seed: int) -> None:
    """Changes entries as an editor does."""
    config = {"database": {"url": f"sqlite:///{folder}/data/newel.db"}}
    async with make_app(PLUGINS, config, folder=folder) as app:
        site = Site(app)
        rows = await site.rows("SELECT id FROM content_entries ORDER BY id")
        for row in random.Random(seed).sample(rows, count):
            await site.run("content.update", type="item", id=row["id"], data={"title": f"Changed {seed}"})


def _newel(folder: Path, *words: str) -> Run:
    return _ran([sys.executable, "-m", "newel", "--site", str(folder), *words], folder)


def _ours(folder: Path, target: str, label: str) -> dict[str, Any]:
    run = _newel(folder, "backup", "run", "--to", target, "--json")
    found: dict[str, Any] = json.loads(run.out)
    _told(f"newel, {label}", run, found["bytes"], found["added"])
    return {**found, "seconds": run.seconds}


class Restic:
    """The same files in a repository of restic's."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self._folder = folder
        self._repository = repository
        self._environment = {"RESTIC_PASSWORD": "bench", "RESTIC_CACHE_DIR": str(repository.with_name("cache"))}
        self._restic("init", "--repository-version", "2")

    def _restic(self, *words: str) -> Run:
        return _ran(["restic", "-q", "-r", str(self._repository), *words], self._folder, **self._environment)

    def backup(self, label: str, content: int) -> tuple[float, int]:
        before = _size(self._repository)
        run = self._restic("backup", "data/newel.db", "data/blobs")
        added = _size(self._repository) - before
        _told(f"restic, {label}", run, content, added)
        return run.seconds, added

    def check(self, content: int) -> float:
        run = self._restic("check", "--read-data")
        _told("restic, read back", run, content, 0)
        return run.seconds

    def restore(self, target: Path, content: int) -> float:
        run = self._restic("restore", "latest", "--target", str(target))
        _told("restic, restored", run, content, 0)
        return run.seconds


def _floor(folder: Path, target: Path) -> None:
    begun = perf_counter()
    source, copy = sqlite3.connect(folder / "data" / "newel.db"), sqlite3.connect(target)
    source.backup(copy)
    copy.close()
    source.close()
    print(f"  {'sqlite3 .backup':<28} {perf_counter() - begun:7.1f} s  {target.stat().st_size:,} bytes", flush=True)


def _measure(size: int, gigabytes: float, *, restic: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "site"
        (folder / "data").mkdir(parents=True)
        (folder / "key").write_text(key_file_text())
        (folder / "newel.toml").write_text(
            '[backup.targets.local]\nurl = "file:../plain"\n'
            '[backup.targets.sealed]\nurl = "file:../sealed"\nkey_file = "key"\n'
        )
        asyncio.run(_filled(folder, size))
        count = int(gigabytes * 1e9 / FILE)
        _add_files(folder, count, 1)
        database = (folder / "data" / "newel.db").stat().st_size
        print(f"  {size:,} entries ({database:,} bytes of SQLite), {count:,} files of {FILE:,} bytes", flush=True)
        plain = {"first": _ours(folder, "local", "first")}
        sealed = {"first": _ours(folder, "sealed", "first, encrypted")}
        plain["unchanged"] = _ours(folder, "local", "unchanged")
        sealed["unchanged"] = _ours(folder, "sealed", "unchanged, encrypted")
        other = Restic(folder, Path(name) / "restic") if restic else None
        theirs = {}
        if other is not None:
            theirs["first"] = other.backup("first", plain["first"]["bytes"])
            theirs["unchanged"] = other.backup("unchanged", plain["first"]["bytes"])
        asyncio.run(_changed(folder, 1, 2))
        _ours(folder, "local", "one entry changed")
        asyncio.run(_changed(folder, size // 100, 3))
        _add_files(folder, count // 100, 2)
        plain["1 %"] = _ours(folder, "local", "1 % changed")
        sealed["1 %"] = _ours(folder, "sealed", "1 % changed, encrypted")
        if other is not None:
            theirs["1 %"] = other.backup("1 % changed", plain["1 %"]["bytes"])
        run = _newel(folder, "backup", "verify", "--read-data", "--json")
        _told("newel, read back", run, plain["1 %"]["bytes"], 0)
        drilled = _newel(folder, "backup", "drill", "--json")
        _told("newel, drilled", drilled, plain["1 %"]["bytes"], 0)
        for step in json.loads(drilled.out)["steps"]:
            print(f"    {step['name']:<20} {step['seconds']:7.2f} s  {step['looked']:>10,}", flush=True)
        run = _newel(folder, "backup", "restore", "latest", "--yes", "--json")
        _told("newel, restored and swapped", run, plain["1 %"]["bytes"], 0)
        if other is not None:
            other.check(plain["1 %"]["bytes"])
            other.restore(Path(name) / "restored", plain["1 %"]["bytes"])
        _floor(folder, Path(name) / "copy.db")
        print(
            f"  repository {_size(Path(name) / 'plain'):,} bytes for {plain['first']['bytes']:,} of content", flush=True
        )
        for step, (seconds, added) in theirs.items():
            ours = sealed[step]
            print(
                f"  {step}: newel (encrypted) takes {ours['seconds'] / seconds:.2f} of restic's time "
                f"and adds {ours['added'] / max(added, 1):.2f} of its bytes"
            )


async def _in_postgres(folder: Path, url: str, size: int) -> None:
    plugins = ["postgres", *PLUGINS[1:]]
    async with make_app(plugins, {"database": {"url": url}}, folder=folder) as app:
        await _fill(Site(app), size)


def _postgres(size: int) -> None:
    """The same entries in PostgreSQL, beside ``pg_dump``, which is the floor of what its database costs."""
    try:
        with postgres() as server, tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            url = f"{server.url}/bench"
            psql = program("psql", *POSTGRES_PLACES)
            _ran([psql, f"{server.url}/postgres", "-qc", "CREATE DATABASE bench"], folder)
            (folder / "newel.toml").write_text(f'[database]\nurl = "{url}"\n[backup]\nreaders = 2\n')
            asyncio.run(_in_postgres(folder, url, size))
            print(f"  {size:,} entries in PostgreSQL", flush=True)
            _ours(folder, "local", "first")
            _ours(folder, "local", "unchanged")
            dump = _ran([program("pg_dump", *POSTGRES_PLACES), "-Fc", "-f", str(folder / "dump"), url], folder)
            _told("pg_dump -Fc", dump, (folder / "dump").stat().st_size, (folder / "dump").stat().st_size)
    except Absent as error:
        print(f"  without PostgreSQL: {error}")


def run(size: int = SIZE, gigabytes: float = MEDIA) -> None:
    _measure(size, gigabytes, restic=shutil.which("restic") is not None)
    _postgres(size)


if __name__ == "__main__":
    ask = argparse.ArgumentParser()
    ask.add_argument("--size", type=int, default=SIZE)
    ask.add_argument("--media", type=float, default=MEDIA, help="Gigabytes.")
    given = ask.parse_args()
    run(given.size, given.media)
