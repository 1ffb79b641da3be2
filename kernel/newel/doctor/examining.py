"""The examination: from what needs nothing to what needs a site that runs. It never fails itself, and changes nothing.

The site is started as a command starts it: nothing is served, no job is begun, and no table is changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING

from newel.checks import WORST, by_name, finding_of
from newel.contracts.database import Database
from newel.contracts.site import Finding, HealthCheck
from newel.doctor import folder, machine, plugins, settings
from newel.doctor.model import KERNEL, Case, OwnCheck, Result
from newel.errors import BootError, NewelError
from newel.failures import BROKEN, told
from newel.hooks.site import register_health_checks

if TYPE_CHECKING:
    from newel.app import App
    from newel.cli.site import Site

OWN = (
    OwnCheck("newel.python", "Python", machine.python),
    OwnCheck("newel.libraries", "Libraries", machine.libraries),
    OwnCheck("newel.open_files", "Files a process may open", machine.open_files),
    OwnCheck("newel.site", "The site's folder", folder.there),
    OwnCheck("newel.owner", "Whose site it is", folder.owner),
    OwnCheck("newel.permissions", "Who may read and write its files", folder.permissions),
    OwnCheck("newel.configuration", "The configuration", settings.built),
    OwnCheck("newel.deprecated", "What will go", settings.deprecated),
    OwnCheck("newel.secrets", "Files with secrets", settings.secrets),
)
PLUGINS = OwnCheck("newel.plugins", "Plugins that failed", plugins.failed)
START, CLOCK = "newel.start", "newel.clock"
NAMES = (*(one.name for one in OWN), PLUGINS.name, START, CLOCK)
"""All checks of the kernel's own."""


def examined(site: Site, case: Case) -> list[Result]:
    """All that was found, the worst first. ``case`` is filled on the way. Runs an event loop of its own."""
    before = machine.clock()
    _build(site, case)
    results = [made for one in OWN for made in _own(one, case)]
    if case.app is not None:
        results += site.run(_of_plugins(case.app, results))
        results += _own(PLUGINS, case)
    results.append(_result(CLOCK, KERNEL, "This machine's clock", machine.jumped(before, machine.clock())))
    return sorted(results, key=lambda one: (WORST.index(one.state), one.name))


def _build(site: Site, case: Case) -> None:
    site.log_stream = StringIO()  # what is told belongs into the table
    site.sets = (*site.sets, "migrations.auto=false")
    if not site.file.exists():
        case.trouble = f"there is no {site.file}"
        return
    try:
        case.app = site.app()
    except BootError as error:
        case.trouble = error.detail


def _own(check: OwnCheck, case: Case) -> Iterator[Result]:
    try:
        finding = check.look(case)
    except OSError as error:
        finding = Finding(state="failing", detail=f"cannot look: {error.strerror} ({error.filename})")
    if finding is not None:
        yield _result(check.name, KERNEL, check.summary, finding)


async def _of_plugins(app: App, own: list[Result]) -> list[Result]:
    """Asks first what needs no site that runs, since that may say why it does not."""
    try:
        checks = by_name(app.collected(register_health_checks), "check")
    except BootError as error:
        return [_start("failing", error.detail, "Switch one of the two plugins off.")]
    here = await _asked([one for one in checks if not one[1].running])
    waiting = [one for one in checks if one[1].running]
    if any(one.name == "newel.owner" and one.state != "ok" for one in own):
        # What another user's process writes (a write-ahead log) the site itself could not use afterwards.
        return [*here, _start("warning", f"not tried, so {len(waiting)} checks were not asked", "See newel.owner.")]
    base = app.plan.providers.get(Database)
    if lost := next((one for one in here if one.plugin == base and one.state == "failing"), None):
        return [*here, _start("failing", f"not tried, so {len(waiting)} checks were not asked", f"See {lost.name}.")]
    return [*here, *await _started(app, waiting)]


async def _started(app: App, waiting: list[tuple[str, HealthCheck]]) -> list[Result]:
    found: list[Result] = []
    up, app.examined = False, True
    try:
        async with app.running():
            up = True
            # A plugin that failed at its start is gone, and its checks with it.
            found = await _asked([one for one in waiting if one[0] in app.plugins])
    except BROKEN as error:
        detail = error.detail if isinstance(error, NewelError) else told(error)
        if not up:
            told_too = f"{detail}\n{len(waiting)} checks were not asked"
            return [_start("failing", told_too, "Do what it says, and ask anew (this command changes no table).")]
        return [*found, _start("warning", f"it did not stop as it should: {detail}", "newel --strict check")]
    return [*found, _start("ok", f"it starts; {len(found)} checks were asked of it")]


async def _asked(checks: list[tuple[str, HealthCheck]]) -> list[Result]:
    async def ask(owner: str, check: HealthCheck) -> Result:
        broken: list[Exception] = []
        finding = await finding_of(check, broken.append)
        if broken:  # nobody has a log of this
            finding = Finding(state="failing", detail=f"the check itself failed: {told(broken[0])}")
        return _result(check.name, owner, check.summary, finding)

    return await asyncio.gather(*(ask(owner, check) for owner, check in checks))


def _start(state: str, detail: str, remedy: str = "") -> Result:
    finding = Finding(state=state, detail=detail, remedy=remedy)  # type: ignore[arg-type]  # of our own three words
    return _result(START, KERNEL, "The site can be started", finding)


def _result(name: str, plugin: str, summary: str, finding: Finding) -> Result:
    return Result(
        name=name, plugin=plugin, summary=summary, state=finding.state, detail=finding.detail, remedy=finding.remedy
    )
