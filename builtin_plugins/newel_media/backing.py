"""What media are to a backup: rows, and the bytes that they name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import exists, or_, select

from newel.contracts.backup import KeptBlob, Part
from newel.contracts.database import Database, Queries
from newel_media import tables
from newel_media.names import ORIGINALS


def backup_parts() -> Sequence[Part]:
    return [
        Part(name="media", summary="Files, folders and renditions.", tables=("media_*",), blobs=_blobs),
        Part(name="uploads", summary="Files on their way in.", tables=("media_uploads",), comes="never"),
    ]


async def _blobs(db: Database, queries: Queries) -> AsyncIterator[KeptBlob]:
    blobs, assets, renditions = tables.blobs, tables.assets, tables.renditions
    named = or_(
        exists(select(assets.c.id).where(assets.c.blob == blobs.c.key)),
        exists(select(renditions.c.hash).where(renditions.c.key == blobs.c.key, renditions.c.state == "ready")),
    )
    wanted = select(blobs.c.key, blobs.c.bytes).where(blobs.c.state == "live", named).order_by(blobs.c.key)
    async for row in queries.iterate(db.render(wanted)):
        key = row["key"]
        known = key.rpartition("/")[2] if key.startswith(ORIGINALS) else ""
        yield KeptBlob(key=key, size=row["bytes"], sha256=known)
