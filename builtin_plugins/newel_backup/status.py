"""How the backups stand, from what the site knows: no target is asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from newel.contracts.database import Database, Row
from newel.contracts.jobs import Jobs
from newel.contracts.site import BackupStanding, Finding
from newel.structure import rfc3339
from newel_backup.chores import schedule_name
from newel_backup.known import DRILL_SECONDS, FAILED, Known
from newel_backup.model import ScheduleRow, Status, TargetRow
from newel_backup.restoring.after import old_sites

if TYPE_CHECKING:
    from newel.app import App
    from newel_backup.config import BackupConfig


class Standing:
    """Keeps the contract ``Backups``."""

    def __init__(self, app: App, config: BackupConfig) -> None:
        self._app = app
        self._config = config

    async def standing(self) -> BackupStanding:
        found = await self.status()
        return BackupStanding(
            last_good_at=found.last_good_at,
            next_at=found.next_at,
            rpo_seconds=found.rpo_seconds,
            finding=found.finding,
        )

    async def status(self) -> Status:
        known, now = Known(self._app.need(Database)), self._app.clock.now()
        rows = await known.all()
        good = [row for row in rows if row["verified_at"] is not None]
        last_good = max((row["at"] for row in good), default=None)
        rpo = None if last_good is None else max((now - datetime.fromisoformat(last_good)).total_seconds(), 0.0)
        schedules = tuple(self._schedules())
        failed = {name: await known.get(FAILED + name) or "" for name in sorted(self._config.targets)}
        seconds = await known.get(DRILL_SECONDS)
        newest = max(rows, key=lambda row: (row["at"], row["id"]), default=None)
        return Status(
            finding=self._finding(rows, rpo, failed),
            last_good_at=last_good, rpo_seconds=rpo, promised_rpo_seconds=self._config.rpo_hours * 3600,
            rto_seconds=None if seconds is None else float(seconds),
            drilled_at=max((row["drilled_at"] for row in rows if row["drilled_at"]), default=None),
            next_at=min((one.next_at for one in schedules if one.does == "backup" and one.next_at), default=None),
            snapshots=len(rows), bytes=0 if newest is None else int(newest["bytes"]),
            grown_week=_grown(rows, now - timedelta(days=7)), grown_month=_grown(rows, now - timedelta(days=30)),
            targets=tuple(self._target(name, rows, failed[name]) for name in sorted(self._config.targets)),
            schedules=schedules,
            old=tuple(one.database for one in await old_sites(self._app.need(Database))),
        )  # fmt: skip

    def _schedules(self) -> list[ScheduleRow]:
        jobs = self._app.find(Jobs)
        return [
            ScheduleRow(
                name=name, does=one.does, cron=one.cron, zone=one.zone,
                targets=tuple(one.targets) or tuple(sorted(self._config.targets)), keep=one.keep,
                next_at=None if jobs is None else jobs.next_at(schedule_name(name)),
            )
            for name, one in sorted(self._config.schedules.items())
        ]  # fmt: skip

    def _target(self, name: str, rows: list[Row], failed: str) -> TargetRow:
        here = [row for row in rows if row["target"] == name]
        config = self._config.targets[name]
        return TargetRow(
            name=name, encrypted=bool(config.key_file or config.passphrase), snapshots=len(here),
            newest_at=max((row["at"] for row in here), default=None),
            verified_at=max((row["at"] for row in here if row["verified_at"]), default=None),
            failed=failed,
        )  # fmt: skip

    def _finding(self, rows: list[Row], rpo: float | None, failed: dict[str, str]) -> Finding:
        promised = self._config.rpo_hours * 3600
        backups = [one for one in self._config.schedules.values() if one.does == "backup"]
        if not rows and not backups:
            return Finding(
                state="warning",
                detail="there is no backup, and none is planned",
                remedy="Make one with `newel backup run`, and plan them in [backup.schedules.nightly].",
            )
        if promised and (rpo is None or rpo > promised):
            what = "no backup has been read back yet" if rpo is None else f"the newest one is {lasting(rpo)} old"
            return Finding(
                state="warning",
                detail=f"{what}, {lasting(promised)} are promised",
                remedy="See `newel backup status`; back up with `newel backup run`, read back with "
                "`newel backup verify --read-data`.",
            )
        if whys := [f"{name}: {why}" for name, why in failed.items() if why]:
            return Finding(state="warning", detail=f"the last backup failed to {'; '.join(whys)}"[:500],
                           remedy="Try it with `newel backup run --to TARGET`.")  # fmt: skip
        if any(row["missing"] for row in rows[-1:]):
            return Finding(
                state="warning",
                detail=f"the newest backup lacks {rows[-1]['missing']:,} files that the store does not have",
                remedy="See `newel media check`.",
            )
        return Finding(detail=f"{len(rows)} backups" if rpo is None else f"read back {lasting(rpo)} ago")


def _grown(rows: list[Row], since: datetime) -> int:
    start = rfc3339(since)
    return sum(int(row["added"]) for row in rows if row["ended_at"] >= start)


def lasting(seconds: float) -> str:
    """A length of time, for people."""
    for size, unit in ((172_800.0, "days"), (7200.0, "h"), (120.0, "min")):
        if seconds >= size:
            return f"{seconds / {'days': 86_400, 'h': 3600, 'min': 60}[unit]:.1f} {unit}"
    return f"{seconds:.1f} s"
