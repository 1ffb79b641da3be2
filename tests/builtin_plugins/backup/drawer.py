"""A plugin of a test with files: a part of its own, whose rows name them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, ClassVar

from newel import Manifest, hookimpl
from newel.contracts.backup import KeptBlob, Part
from newel.contracts.blobs import Blobs
from newel.contracts.database import Database, Queries
from newel.contracts.migrations import Migration, Migrations


class Drawer:
    """Keeps its files' keys and sizes in ``drawer_files``."""

    manifest: ClassVar[Manifest] = Manifest(
        name="drawer", summary="Of a test.", load="tests.builtin_plugins.backup.drawer:Drawer",
        needs=(Database, Migrations, Blobs),
    )  # fmt: skip

    def __init__(self, app: Any) -> None:
        """Nothing runs."""

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return [Migration(number=1, name="files", upgrade=_files)]

    @hookimpl
    def register_backup_parts(self) -> Sequence[Part]:
        return [Part(name="drawer", summary="Files of a test.", tables=("drawer_*",), blobs=_blobs)]


def _files(op: Any) -> None:
    from sqlalchemy import BigInteger, Column, String

    op.create_table("drawer_files", Column("name", String(255), primary_key=True), Column("size", BigInteger))


async def _blobs(db: Database, queries: Queries) -> AsyncIterator[KeptBlob]:
    async for row in queries.iterate("SELECT name, size FROM drawer_files ORDER BY name"):
        yield KeptBlob(key=row["name"], size=row["size"])


async def put(database: Database, store: Blobs, key: str, data: bytes) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield data

    await store.put(key, pieces(), content_type="text/x-test", size=len(data))
    await database.execute(
        "INSERT INTO drawer_files (name, size) VALUES (:key, :size)", {"key": key, "size": len(data)}
    )


async def read(store: Blobs, key: str) -> bytes:
    async with store.get(key) as found:
        return b"".join([piece async for piece in found.pieces])
