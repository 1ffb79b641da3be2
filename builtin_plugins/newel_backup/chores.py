"""What is done as a job: backing up, verifying, pruning, and all three at set times."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from newel import Call
from newel.contracts.jobs import JobKind, JobRun, Schedule
from newel.errors import Conflict, NewelError, Transient

if TYPE_CHECKING:
    from newel.app import App
    from newel_backup.config import BackupConfig, ScheduleConfig
    from newel_backup.model import Drilled
    from newel_backup.work import Work

T = TypeVar("T")
Told = Callable[[str, int, int], None]
RUN, VERIFY, PRUNE, DRILL = "backup.run", "backup.verify", "backup.prune", "backup.drill"
PIECES, TIMED = "backup.pieces", "backup.scheduled"
LONG = 7 * 86_400.0
"""Seconds that an attempt may take: it says how far it is."""
PAUSE = 1.0
"""Seconds between two reports of progress."""


class Chores:
    """The kinds of job, and the schedules of the configuration."""

    def __init__(self, app: App, config: BackupConfig, work: Work) -> None:
        self._app = app
        self._config = config
        self._work = work

    def kinds(self) -> Sequence[JobKind]:
        return [
            JobKind(name=RUN, summary="Backs the site up.", run=self._run, attempts=3, timeout=LONG, parallel=1),
            JobKind(name=VERIFY, summary="Reads backups back.", run=self._verify, attempts=3, timeout=LONG, parallel=1),
            JobKind(name=PRUNE, summary="Takes away backups that nothing keeps.", run=self._prune, attempts=3,
                    timeout=LONG, parallel=1),
            JobKind(name=DRILL, summary="Restores a backup on trial.", run=self._drill, attempts=2, timeout=LONG,
                    parallel=1),
            JobKind(name=PIECES, summary="Brings pieces of a backup back.", run=self._pieces, attempts=2, timeout=LONG,
                    parallel=1),
            JobKind(name=TIMED, summary="What a schedule of backups does.", run=self._timed, attempts=5,
                    pause=60.0, timeout=LONG, parallel=1),
        ]  # fmt: skip

    def schedules(self) -> Sequence[Schedule]:
        return [
            Schedule(
                name=schedule_name(name), cron=one.cron, zone=one.zone, kind=TIMED, payload={"schedule": name},
                catch_up=one.catch_up, jitter=one.jitter_minutes * 60,
            )
            for name, one in sorted(self._config.schedules.items())
        ]  # fmt: skip

    async def _run(self, run: JobRun) -> Any:
        target = str(run.payload["target"])
        return self._plain(await followed(run, lambda told: self._work.run(run.call, target, told=told)))

    async def _verify(self, run: JobRun) -> Any:
        target, share = str(run.payload["target"]), float(run.payload["share"])
        return self._plain(await followed(run, lambda told: self._work.verify(target, share=share, told=told)))

    async def _prune(self, run: JobRun) -> Any:
        target, keep = str(run.payload["target"]), run.payload["keep"]
        forget = tuple(run.payload.get("forget", ()))
        return self._plain(await followed(run, lambda told: self._work.prune(target, keep, forget=forget, told=told)))

    async def _drill(self, run: JobRun) -> Any:
        target, wanted = str(run.payload["target"]), str(run.payload["snapshot"])
        return self._plain(await followed(run, lambda told: self._work.drill(run.call, target, wanted, told=told)))

    async def _pieces(self, run: JobRun) -> Any:
        target, id, only = (str(run.payload[name]) for name in ("target", "snapshot", "only"))
        dry = bool(run.payload["dry_run"])
        return self._plain(
            await followed(run, lambda told: self._work.pieces(run.call, target, id, only, dry_run=dry, told=told))
        )

    def _plain(self, found: Any) -> Any:
        return self._app.structurer.unstructure(found)

    # -- at set times ---------------------------------------------------------------------------------------------

    async def _timed(self, run: JobRun) -> Any:
        """Every target is tried, whatever becomes of the others; what failed is tried again, and nothing else."""
        name = str(run.payload["schedule"])
        if name not in self._config.schedules:
            return {"skipped": f"there is no schedule '{name}' any more"}
        schedule = self._config.schedules[name]
        done: dict[str, Any] = {}
        failed: dict[str, str] = {}
        for target in schedule.targets or self._work.targets.names:
            if run.attempt > 1 and await self._work.known.since(target, name, run.id):
                continue  # an earlier attempt did it
            try:
                done[target] = await followed(run, self._one(run.call, name, schedule, target))
                await self._work.known.did(target, name, run.id)
            except NewelError as error:
                self._app.log.error(
                    "a scheduled backup failed", extra={"schedule": name, "target": target, "why": str(error)}
                )
                failed[target] = str(error)
        if failed:
            raise Transient("; ".join(f"{target}: {why}" for target, why in sorted(failed.items())))
        return done

    def _one(self, call: Call, name: str, schedule: ScheduleConfig, target: str) -> Callable[[Told], Awaitable[Any]]:
        async def work(told: Told) -> Any:
            if schedule.does == "verify":
                return self._plain(await self._work.verify(target, share=1.0, told=told))
            if schedule.does == "drill":
                drilled = await self._work.drill(call, target, told=told)
                if not drilled.ok:
                    raise Conflict(f"the drill of {drilled.snapshot} failed: {_faults(drilled)}", code="drill_failed")
                return self._plain(drilled)
            made = await self._work.run(call, target, schedule=name, told=told)
            answer: dict[str, Any] = {"snapshot": made.id, "added": made.added, "missing": made.missing_count}
            if schedule.verify != "none":
                share = 1.0 if schedule.verify == "data" else 0.0
                found = await self._work.verify(target, share=share, only=made.id, told=told)
                answer["verified"] = found.ok
            if not schedule.keep.everything:
                keep = self._app.structurer.unstructure(schedule.keep)
                answer["removed"] = (await self._work.prune(target, keep, zone=schedule.zone, told=told)).removed
            return answer

        return work


def _faults(drilled: Drilled) -> str:
    return "; ".join(fault for step in drilled.steps for fault in step.faults)[:500]


def schedule_name(name: str) -> str:
    """What a schedule of the configuration is called among those of jobs."""
    return f"backup.{name}"


async def followed(run: JobRun, work: Callable[[Told], Awaitable[T]]) -> T:
    """Work that says how far it is by a plain call, as a job that tells its progress. It ends when this does."""
    latest: tuple[str, int, int] | None = None

    def told(stage: str, done: int, total: int) -> None:
        nonlocal latest
        latest = (stage, done, total)

    task = asyncio.ensure_future(work(told))
    try:
        while not (await asyncio.wait({task}, timeout=PAUSE))[0]:
            if latest is not None:
                stage, done, total = latest
                await run.progress(done, max(done, total) or None, stage)
        return task.result()
    finally:  # also where the progress cannot be told: another attempt must not meet this one
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
