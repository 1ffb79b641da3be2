"""A process that restores and is killed: ``python restoring_child.py FOLDER SNAPSHOT STAGE`` (``-``: it is not)."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from newel.cli.operations import operator
from newel.cli.site import Site
from newel.contracts.database import Database
from newel_backup.config import BackupConfig
from newel_backup.restoring import fence
from newel_backup.restoring.order import RestoreOrder
from newel_backup.restoring.run import Restoring
from newel_backup.work import Work


def main(folder: str, snapshot: str, stage: str) -> None:
    fence.LEASE = 0.01  # nobody else writes
    site = Site(Path(folder))
    app = site.app()

    def reached(now: str) -> None:
        print(now, flush=True)
        if now == stage:
            os.kill(os.getpid(), signal.SIGKILL)

    async def run() -> None:
        async with app.running_only(Database):
            work = Work(app, app.config(BackupConfig))
            restoring = Restoring(app, work, app.need(Database), reached=reached)
            await restoring.run(app.call(operator(), "test"), RestoreOrder(snapshot=snapshot))

    site.run(run())


if __name__ == "__main__":
    main(*sys.argv[1:])
