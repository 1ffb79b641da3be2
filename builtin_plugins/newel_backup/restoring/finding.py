"""Which snapshot somebody means."""

from __future__ import annotations

from datetime import UTC, datetime

from newel.errors import Reject
from newel.structure import rfc3339
from newel_backup.repo.manifest import Snapshot
from newel_backup.repo.repository import Repository
from newel_backup.restoring.order import RestoreOrder
from newel_backup.work import LATEST, Work


async def snapshot_of(work: Work, repository: Repository, order: RestoreOrder, site: str = "") -> Snapshot:
    """``site``: the id of the present one; empty: there is none. Raises ``NotFound``, ``Conflict`` for a beginning
    of several ids, ``Reject``, ``Damaged``."""
    if order.at and order.snapshot.lower() != LATEST:
        raise Reject("either an id or a time: both is too much", code="id_and_time")
    return await work.snapshot(repository, order.snapshot, at=_time(order.at) if order.at else "", site=site)


def _time(text: str) -> str:
    """RFC 3339; a day, or a time without a zone, is taken in UTC."""
    try:
        read = datetime.fromisoformat(text)
        return rfc3339(read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise Reject(f"'{text[:40]}' is no time such as 2026-05-01 or 2026-05-01T12:00:00Z", code="time") from None
