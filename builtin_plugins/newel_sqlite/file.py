"""What can be seen of the database's file from outside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from newel.contracts.site import Finding

if TYPE_CHECKING:
    from newel_sqlite.config import SqliteConfig
    from newel_sqlite.place import Place

MIB = 1 << 20
BURSTS = 4
"""A write-ahead log so many times as large as it is cut back to is not cut back."""


def file_found(place: Place, config: SqliteConfig) -> Finding:
    """Blocks. Whether it is there and can be written, and how large its write-ahead log has become."""
    path = place.path
    if place.passing:
        place.remove()
        return Finding(detail="made for one run, and removed after it")
    if not path.exists():
        return Finding(
            state="failing", detail=f"there is no database {path} yet",
            remedy="The first `newel serve` makes it. If there was one: repair database.url, or newel backup restore.",
        )  # fmt: skip
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        told = f"{path} and its folder cannot be written by this user"
        return Finding(state="failing", detail=told, remedy="Give both to the user that the site runs as (chown).")
    log = path.with_name(f"{path.name}-wal")
    size, behind = path.stat().st_size // MIB, (log.stat().st_size if log.exists() else 0) // MIB
    told = f"{path}: {size:,} MiB, write-ahead log {behind:,} MiB"
    if behind > config.wal_limit_mib * BURSTS:
        remedy = "Somebody reads one state for long (a backup, a tool): end that, then `newel db vacuum`."
        return Finding(state="warning", detail=told, remedy=remedy)
    return Finding(detail=told)
