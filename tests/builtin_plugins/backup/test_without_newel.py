"""A backup is readable when Newel is gone: the script in contrib knows the written format alone."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.backup.site import site

from newel.contracts.database import Database

SCRIPT = Path(__file__).parents[3] / "contrib" / "restore_backup.py"
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40_000
PHRASE = "correct horse battery"


def restored(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def rows_in(file: Path, table: str) -> list[tuple[Any, ...]]:
    database = sqlite3.connect(file)
    try:
        return sorted(database.execute(f"SELECT id, type FROM {table}"))
    finally:
        database.close()


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.engines("sqlite")  # a repository is the same whatever it was taken from
async def test_a_script_that_knows_the_format_alone_restores(encrypted: bool, tmp_path: Path) -> None:
    target = {"url": "file:backups", **({"passphrase": PHRASE} if encrypted else {})}
    async with site(config={"backup": {"targets": {"local": target}}}) as at:
        await at.filled(30)
        await at.file("a.pdf", PDF)
        first = await at.backup()
        await at.filled_more(5)
        await at.backup()
        phrase = tmp_path / "phrase"
        phrase.write_text(PHRASE + "\n")
        more = ["--passphrase-file", str(phrase)] if encrypted else []
        folder = str(at.app.folder / "backups")
        newest = await asyncio.to_thread(restored, folder, str(tmp_path / "new"), *more)
        assert newest.returncode == 0, newest.stderr
        there = await at.app.need(Database).fetch_all("SELECT id, type FROM content_entries ORDER BY id")
        assert rows_in(tmp_path / "new" / "newel.db", "content_entries") == [(one["id"], one["type"]) for one in there]
        (file,) = [one for one in (tmp_path / "new" / "files").rglob("*") if one.is_file()]
        assert file.read_bytes() == PDF
        older = await asyncio.to_thread(restored, folder, str(tmp_path / "old"), "--snapshot", first.id, *more)
        assert first.id in older.stdout
        assert len(rows_in(tmp_path / "old" / "newel.db", "content_entries")) == 30
        if encrypted:
            phrase.write_text("wrong horse battery")
            wrong = await asyncio.to_thread(restored, folder, str(tmp_path / "no"), *more)
            assert "no key" in wrong.stderr
