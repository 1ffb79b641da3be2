"""Archives for tests: made of a site, made by hand, brought in."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import orjson

from newel.clock import SystemClock
from newel.structure import Structurer
from newel_backup.archive.importing import Importing
from newel_backup.archive.manifest import Packed
from newel_backup.repo.manifest import Snapshot
from newel_backup.repo.repository import Repository

ID = "01JZ0000000000000000000001"
SITE = "01JZ0000000000000000000002"
AT = "2025-07-01T00:00:00.000Z"
Entry = tuple[str | zipfile.ZipInfo, bytes]
Table = tuple[tuple[str, ...], int, bytes]
"""Columns, how many of them are the key, lines."""
ROWS: Mapping[str, Table] = {
    "content_entries": (("id", "title"), 1, b'["a","One"]\n["b","Two \xc3\xbc"]\n["c",null]\n'),
    "media_assets": (("id", "data"), 1, b'[1,{"b":"AAEC"}]\n[2,1.5]\n'),
}
FILES: Mapping[str, bytes] = {"media/a.bin": b"one" * 100, "media/b.png": bytes(range(256)) * 40}


def said(data: bytes) -> dict[str, Any]:
    return {"lines": data.count(b"\n"), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def listing(files: Mapping[str, bytes]) -> bytes:
    return b"".join(
        orjson.dumps([key, len(data), hashlib.sha256(data).hexdigest(), "application/octet-stream"]) + b"\n"
        for key, data in files.items()
    )


def manifest(tables: Mapping[str, Table] = ROWS, files: Mapping[str, bytes] = FILES, **more: Any) -> dict[str, Any]:
    """One that is true, but for ``more``."""
    return {
        "format": 1, "id": ID, "site": SITE, "node": "here", "newel": "1.0", "engine": "SQLite", "started_at": AT,
        "at": AT, "ended_at": AT, "plugins": {}, "steps": [],
        "parts": [{"name": "content", "summary": "It.", "comes": "always"}],
        "tables": {
            name: {"part": "content", "columns": columns, "key": columns[:key], "entry": said(data)}
            for name, (columns, key, data) in tables.items()
        },
        "files": {"count": len(files), "bytes": sum(map(len, files.values())), "entry": said(listing(files))},
        **more,
    }  # fmt: skip


def entries(tables: Mapping[str, Table] = ROWS, files: Mapping[str, bytes] = FILES, **more: Any) -> list[Entry]:
    """Those of an archive that is as it should be."""
    return [
        ("README.txt", b"hello"),
        *((f"tables/{name}.jsonl", data) for name, (_, _, data) in tables.items()),
        *((f"files/{key}", data) for key, data in files.items()),
        ("files.jsonl", listing(files)),
        ("manifest.json", orjson.dumps(manifest(tables, files, **more))),
    ]


def zipped(made: list[Entry], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", packed) as archive:
        for name, data in made:
            archive.writestr(name, data)
    return kept.getvalue()


def changed(change: Callable[[list[Entry]], object]) -> bytes:
    """An archive that somebody changed."""
    made = entries()
    change(made)
    return zipped(made)


async def brought(data: bytes, into: Repository, **more: Any) -> Snapshot:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return await Importing(file, Structurer(), SystemClock(), **more).into(nullcontext(into))


async def looked(data: bytes) -> Packed:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return await Importing(file, Structurer(), SystemClock()).look()
