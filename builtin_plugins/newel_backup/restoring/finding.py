"""Which snapshot somebody means."""

from __future__ import annotations

from datetime import UTC, datetime

from newel.app import App
from newel.errors import NotFound, Reject
from newel.structure import rfc3339
from newel_backup.repo.manifest import Snapshot, snapshot_from
from newel_backup.repo.repository import Repository

LATEST = "latest"


async def snapshot_of(app: App, repository: Repository, id: str = LATEST, *, at: str = "") -> Snapshot:
    """The snapshot with that id, or the start of one; ``latest``: the newest, with ``at`` (RFC 3339, or a day or a time
    without a zone, in UTC) the newest of those that show that time or an earlier one.

    Raises ``NotFound``, ``Reject``, ``Damaged``.
    """
    found = await repository.manifests()
    where = f"the repository in {repository.blobs.name}"
    if id.lower() != LATEST:
        if at:
            raise Reject("either an id or a time: both is too much", code="id_and_time")
        hits = [one for one in found if one.id.startswith(id.upper())]
        if len(hits) != 1:
            what = f"{len(hits)} snapshots begin with {id}" if hits else f"there is no snapshot {id}"
            raise NotFound(f"{what} in {where}; see them with newel backup list", code="no_snapshot")
        return snapshot_from(await repository.manifest(hits[0]), app.structurer)
    until = _time(at) if at else "~"
    for one in reversed(found):
        snapshot = snapshot_from(await repository.manifest(one), app.structurer)
        if snapshot.at <= until:
            return snapshot
    what = f"no snapshot of {until} or earlier" if found and at else "no snapshot"
    raise NotFound(f"there is {what} in {where}", code="no_snapshot")


def _time(text: str) -> str:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Reject(
            f"'{text}' is no time: 2026-05-01, 2026-05-01T12:00 or 2026-05-01T12:00:00Z", code="time"
        ) from None
    return rfc3339(read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC))
