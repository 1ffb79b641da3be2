"""``newel plugins list|why|info|enable|disable|check|new``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newel import order, tomlfile
from newel.cli.checking import check
from newel.cli.runs import running_failures
from newel.commands.console import Console
from newel.commands.permissions import PLUGINS_READ
from newel.commands.planned import remote
from newel.config import FILE, did_you_mean
from newel.contracts.guests import Guests
from newel.errors import BootError, NotFound
from newel.failures import BROKEN, PART, Failure

if TYPE_CHECKING:
    from newel.app import App
    from newel.cli.site import Site
    from newel.discover import Found


@click.group(no_args_is_help=True)
def plugins() -> None:
    """List, explain, switch, check and write plugins."""


plugins.add_command(check)


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@remote(needs=PLUGINS_READ, running=False)
async def listing(console: Console, as_json: bool) -> None:
    """All plugins that are there, running or not, in the order of their start; and what failed, with the remedy."""
    app = console.app
    failures = await _failures(app)
    rows = [_row(app, name, failures) for name in _names(app)]
    if as_json:
        await console.show(rows, as_json=True)
    else:
        await console.table(("plugin", "state", "origin", "summary"), [tuple(row.values()) for row in rows])
    for told in (*failures, *app.uses.all):
        await console.err(f"{told}\n")


async def _failures(app: App) -> list[Failure]:
    """What fails here and now, and what failed in the site that runs: only that has started, and called hooks."""
    found = await asyncio.to_thread(running_failures, app.folder)
    running = [one for one in found if one.stage in ("start", "hook", PART) and one not in app.failures]
    return [*app.failures, *(one for one in running if one.plugin in app.found and one.plugin not in app.disabled)]


def _names(app: App) -> list[str]:
    return [*app.plugins, *sorted(set(app.found) - set(app.plugins))]


def _row(app: App, name: str, failures: Sequence[Failure]) -> dict[str, str]:
    failure = next((one for one in failures if one.plugin == name and one.stage != PART), None)
    state = "on" if name in app.plugins else f"off: {app.disabled[name]}" if name in app.disabled else "off"
    if failure is not None:
        state = f"failed at {failure.stage}"
    summary = app.manifests[name].summary if name in app.manifests else ""
    return {"plugin": name, "state": state, "origin": app.found[name].origin, "summary": summary}


def _known(app: App, name: str) -> None:
    if name not in app.found:
        raise NotFound(f"there is no plugin '{name}'{did_you_mean(name, app.found)}")


@plugins.command()
@click.argument("name")
@remote(needs=PLUGINS_READ, running=False)
async def why(console: Console, name: str) -> None:
    """Why a plugin runs where it runs: what it needs, and who needs it."""
    app = console.app
    _known(app, name)
    if name not in app.manifests:
        await console.say(f"{name} does not run: {_row(app, name, app.failures)['state']}")
        return
    for line in order.chain(name, app.manifests, app.plan.providers):
        await console.say(line)


@plugins.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@remote(needs=PLUGINS_READ, running=False)
async def info(console: Console, name: str, as_json: bool) -> None:
    """All about one plugin: version, contracts, hooks, operations, settings."""
    app = console.app
    if name not in app.found and (guest := await _guest(app, name)) is not None:
        await console.show(guest, as_json=as_json)
        return
    _known(app, name)
    facts: dict[str, Any] = dict(_row(app, name, await _failures(app)))
    manifest = app.manifests.get(name)
    if manifest is not None:
        declared = app.hooks.declared()
        facts |= {
            "version": manifest.version,
            "needs": [one.__name__ for one in manifest.needs],
            "wants": [one.__name__ for one in manifest.wants],
            "provides": [one.__name__ for one in manifest.offered()],
            "hooks": sorted(hook for hook, spec in declared.items() if name in app.hooks.implementers(spec)),
            "operations": [one.name for one in app.operations if one.owner == name],
            "commands": list(manifest.commands),
            "settings": [f"{name}.{one}" for one in app.configuration.layers.values.get(name, {})],
        }
    await console.show(facts, as_json=as_json)


async def _guest(app: App, name: str) -> Mapping[str, Any] | None:
    """About a plugin that runs inside of another. Where no site runs here, one is started for the question."""
    if not any(Guests in one.offered() for one in app.manifests.values()):
        return None
    if app.ready():
        return await _asked(app, name)
    if not await asyncio.to_thread((app.folder / FILE).exists):
        return None
    async with app.running():
        return await _asked(app, name)


async def _asked(app: App, name: str) -> Mapping[str, Any] | None:
    guests = app.find(Guests)
    return None if guests is None else await guests.about(name)


@plugins.command()
@click.argument("name")
@click.pass_obj
def enable(site: Site, name: str) -> None:
    """Switch a plugin on in newel.toml."""
    _switch(site, name, on=True)


@plugins.command()
@click.argument("name")
@click.pass_obj
def disable(site: Site, name: str) -> None:
    """Switch a plugin off in newel.toml; it is then never imported."""
    _switch(site, name, on=False)


def _switch(site: Site, name: str, *, on: bool) -> None:
    """Edits the file, then checks; a change with which the site cannot start is taken back."""
    from newel.cli.serve import set_up

    set_up(site)
    found = {one.name: one for one in site.found(site.layers())}
    if name not in found:
        raise NotFound(f"there is no plugin '{name}'{did_you_mean(name, found)}")
    before = tomlfile.switch(site.file, name, on=on, optional=on and _optional(found[name]))
    try:
        site.app()
    except BootError as error:
        tomlfile.write(site.file, before)
        raise BootError(f"{error.detail}\n{site.file.name} is as it was") from None
    click.echo(f"{name} is {'on' if on else 'off'} from the next start (newel serve)")


def _optional(one: Found) -> bool:
    try:
        return one.manifest().optional
    except BROKEN:  # the check that follows tells of it
        return False


@plugins.command()
@click.argument("name")
@click.option("--into", type=click.Path(path_type=Path), default=Path(), help="The folder to write into.")
def new(name: str, into: Path) -> None:
    """Write a new plugin: a complete package with tests that pass."""
    from newel.scaffold import write_plugin

    folder = write_plugin(name, into)
    click.echo(f"wrote {folder}\nnext: cd {folder} && pip install -e '.[test]' && pytest")
