"""Makes a backup, from whichever door: the one way in which a snapshot of this site comes to be."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from newel.contracts.backup import BackupEvent
from newel.contracts.database import Database
from newel.errors import NewelError
from newel.hooks.backup import backup_failed, backup_succeeded
from newel.structure import rfc3339
from newel_backup.known import FAILED, Known
from newel_backup.repo.manifest import Snapshot
from newel_backup.taking.run import Order, Taking, Told

if TYPE_CHECKING:
    from newel import Call
    from newel.app import App
    from newel_backup.config import BackupConfig
    from newel_backup.targets import Targets


class Making:
    """Backs up to a target of the configuration."""

    def __init__(self, app: App, config: BackupConfig, targets: Targets) -> None:
        self._app = app
        self._config = config
        self._targets = targets

    async def run(self, call: Call, target: str, *, schedule: str = "", told: Told = lambda *_: None) -> Snapshot:
        """Takes a snapshot and tells of it. The repository is made where there is none.

        Raises ``NotFound`` (no such target), ``Locked``, ``Damaged``, ``WrongKey``, ``BlobsAway``.
        """
        app, started = self._app, rfc3339(self._app.clock.now())
        begun = monotonic()
        known = Known(app.need(Database))
        try:
            async with self._targets.repository(target, create=True) as repository:
                order = Order(
                    site=await known.site(app.ids),
                    node=self._config.node,
                    schedule=schedule,
                    readers=self._config.readers,
                    locked_days=self._targets.config(target).object_lock_days,
                )
                snapshot = await Taking(app, repository, order, told).run()
        except NewelError as error:
            await known.put(FAILED + target, str(error))
            app.tell(
                [(backup_failed, BackupEvent(
                    target=target, schedule=schedule, started_at=started, ended_at=rfc3339(app.clock.now()),
                    error=str(error),
                ))],
                call,
            )  # fmt: skip
            raise
        await known.put(FAILED + target, "")
        await known.made(target, snapshot, round(monotonic() - begun))
        event = BackupEvent(
            target=target, schedule=schedule, snapshot=snapshot.id, started_at=started, ended_at=snapshot.ended_at,
            rows=snapshot.rows, files=snapshot.files.count, bytes=snapshot.bytes, added=snapshot.added,
            missing=snapshot.missing_count,
        )  # fmt: skip
        app.tell([(backup_succeeded, event)], call)
        return snapshot
