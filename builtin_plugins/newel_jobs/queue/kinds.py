"""The kinds of job and the schedules that plugins bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel import NotFound
from newel.contracts.jobs import JobKind, Schedule
from newel.errors import BootError
from newel.hooks.jobs import register_jobs, register_schedules
from newel_jobs.schedules.cron import Cron

if TYPE_CHECKING:
    from newel.app import App


class Kinds:
    """By name, with their owners. Filled once, when the site boots."""

    def __init__(self) -> None:
        self._kinds: dict[str, tuple[str, JobKind]] = {}
        self._schedules: dict[str, tuple[str, Schedule, Cron]] = {}

    def collect(self, app: App) -> None:
        """Takes what the plugins bring. A plugin whose part is wrong is taken out, with an error that says what."""
        for owner, kind in list(app.collected(register_jobs)):
            clash = self._kinds.get(kind.name)
            if clash is not None and owner in app.plugins:
                self._fail(app, owner, f"{owner} and {clash[0]} both bring the job '{kind.name}': rename one")
            elif owner in app.plugins:
                self._kinds[kind.name] = (owner, kind)
        for owner, schedule in list(app.collected(register_schedules)):
            if owner in app.plugins:
                self._add(app, owner, schedule)

    def _add(self, app: App, owner: str, one: Schedule) -> None:
        clash = self._schedules.get(one.name)
        if clash is not None:
            self._fail(app, owner, f"{owner} and {clash[0]} both bring the schedule '{one.name}': rename one")
            return
        if one.kind not in self._kinds:
            self._fail(app, owner, f"the schedule '{one.name}' names the job '{one.kind}', which no plugin brings")
            return
        try:
            self._schedules[one.name] = (owner, one, Cron(one.cron, one.zone))
        except ValueError as error:
            self._fail(app, owner, f"the schedule '{one.name}': {error}")

    def _fail(self, app: App, owner: str, detail: str) -> None:
        app.fail(owner, "collect", BootError(detail))
        self._kinds = {name: known for name, known in self._kinds.items() if known[0] != owner}
        self._schedules = {name: known for name, known in self._schedules.items() if known[0] != owner}

    def get(self, name: str) -> JobKind:
        """Raises ``NotFound``."""
        known = self._kinds.get(name)
        if known is None:
            raise NotFound(f"there is no job '{name}'")
        return known[1]

    def names(self) -> list[str]:
        return sorted(self._kinds)

    def schedules(self) -> list[tuple[Schedule, Cron]]:
        return [(schedule, cron) for _, schedule, cron in self._schedules.values()]
