"""A plugin that brings checks, figures and a setting, for the tests of those who look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, ClassVar

from attrs import frozen

from newel import Manifest, Max, NotFound, Secret, hookimpl
from newel.app import App
from newel.contracts.site import Backups, BackupStanding, Finding, HealthCheck, Metric, Spread

NONE = Secret("none")


@frozen(kw_only=True)
class GuestConfig:
    """The ``[guest]`` section."""

    word: Annotated[str, "What it says."] = "hello"
    times: Annotated[int, "How often.", Max(9)] = 1
    loud: Annotated[bool, "Whether it shouts."] = False
    key: Annotated[Secret[str], "A secret of its own."] = NONE


class Guest:
    """``fails`` makes its start fail."""

    manifest: ClassVar[Manifest] = Manifest(
        name="guest",
        summary="Is looked at.",
        load="tests.builtin_plugins.site.guest:Guest",
        config=GuestConfig,
    )
    started: ClassVar[list[str]] = []

    def __init__(self, app: App, config: GuestConfig) -> None:
        self.config = config
        self.count = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if self.config.word == "broken":
            raise RuntimeError("cannot say that")
        self.started.append(self.config.word)
        yield

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        return [
            HealthCheck(name="guest.well", summary="Whether it is", look=self.well),
            HealthCheck(name="guest.worn", summary="Whether it is worn", look=self.worn),
            HealthCheck(name="guest.slow", summary="Takes its time", look=self.slow, seconds=0.01),
            HealthCheck(name="guest.gone", summary="Refuses", look=self.gone),
            HealthCheck(name="guest.broken", summary="Breaks", look=self.broken),
        ]

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        return [
            Metric(name="guest_words_total", kind="counter", summary="Words.", read=self.counted),
            Metric(name="guest_rooms", label="room", summary="Rooms.", read=self.rooms),
            Metric(
                name="guest_visits", labels=("room", "weather"), summary="Visits.",
                read=lambda: {("red", "rain"): 1.0, ("red", "sun"): 2.0, ("blue", "sun"): 4.0},
            ),
            Metric(
                name="guest_stays_seconds", kind="histogram", unit="seconds", labels=("room", "weather"),
                summary="Stays.", bounds=(1.0, 2.0), read=self.stays,
            ),
            Metric(name="guest_endless", summary="No number.", read=lambda: float("inf")),
            Metric(name="guest_odd", summary="Never there.", read=self.broken),
        ]  # fmt: skip

    async def well(self) -> Finding:
        return Finding(detail="it is")

    async def worn(self) -> Finding:
        return Finding(state="warning", detail="a little", remedy="Mend it.")

    async def slow(self) -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    async def gone(self) -> Finding:
        raise NotFound("it is not there")

    async def broken(self) -> Any:
        raise RuntimeError("password=hunter2")

    def counted(self) -> float:
        return self.count

    def stays(self) -> dict[tuple[str, ...], Spread]:
        return {("red", "rain"): Spread(counts=(1, 0, 0), sum=1.0), ("red", "sun"): Spread(counts=(0, 1, 0), sum=2.0)}

    async def rooms(self) -> dict[str, float]:
        return {f"room {number}": float(number) for number in range(100)}


class Keeper:
    """Makes backups, it says."""

    manifest: ClassVar[Manifest] = Manifest(
        name="keeper",
        summary="Keeps.",
        load="tests.builtin_plugins.site.guest:Keeper",
        provides=(Backups,),
    )

    def __init__(self, app: App) -> None:
        self._app = app

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.provide(Backups, self)
        yield

    async def standing(self) -> BackupStanding:
        return BackupStanding(
            last_good_at="2030-01-01T00:00:00.000Z",
            next_at="2030-01-02T00:00:00.000Z",
            rpo_seconds=3700,
            finding=Finding(detail="verified"),
        )
