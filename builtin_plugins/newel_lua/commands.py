"""``newel lua new|check|info``. The other verbs are operations."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newel.cli.operations import operator
from newel.cli.output import clean
from newel.commands.console import Console
from newel.commands.planned import remote
from newel_lua.permissions import LUA_READ
from newel_lua.reasons import Reason

if TYPE_CHECKING:
    from newel.cli.site import Site
    from newel_lua.answers import Decision, Info
    from newel_lua.checking import Checked

WRONG = 1
FOLLOW_SECONDS, LOOK_SECONDS = 10.0, 0.25
"""How long the processes that serve are waited for, and how often they are looked at."""


@click.group(no_args_is_help=True)
def lua() -> None:
    """Plugins in Lua: write, check, test, approve, enable, reload them."""


@lua.command()
@click.argument("name")
@click.option("--into", type=click.Path(path_type=Path), help="The folder to write into; the site's plugins otherwise.")
@click.pass_obj
def new(site: Site, name: str, into: Path | None) -> None:
    """Write a new plugin that works, with a test that passes."""
    from newel_lua.config import LuaConfig
    from newel_lua.scaffold import write_plugin

    if into is None:
        into = site.folder / site.app().config(LuaConfig).folder if site.file.exists() else Path()
    folder = write_plugin(name, into)
    click.echo(f"wrote {folder}\nnext: newel lua test {folder}")


@lua.command()
@click.argument("folders", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_obj
def check(site: Site, folders: Sequence[Path]) -> int:
    """Say all that is wrong with plugins, with file and line. Needs no site, and runs nothing of them for real."""
    code = 0
    whole = [Path(os.path.normpath(folder.absolute())) for folder in folders]
    for folder, found in zip(folders, site.run(_check(site, whole)), strict=True):
        for mistake in found.mistakes:
            click.echo(f"{folder}/{clean(str(mistake))}" if mistake.file else f"{folder}: {clean(str(mistake))}")
            code = WRONG
        if found.examined is not None:
            manifest, items = found.examined.manifest, found.examined.request.items
            click.echo(f"{manifest.name} {manifest.version}: fine; it asks for {len(items) or 'nothing'}")
            for item in items:
                click.echo(f"  {clean(item.label)}{f'  ({item.terms})' if item.terms else ''}")
    return code


async def _check(site: Site, folders: Sequence[Path]) -> list[Checked]:
    plugin: Any = site.app().plugins["lua"]
    async with plugin.looking() as check:
        return [await check.check(folder) for folder in folders]


@lua.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@remote(needs=LUA_READ)
async def info(console: Console, name: str, as_json: bool) -> None:
    """Tell all about a plugin: how it fares, what it asks for, and what of it is approved."""
    found = await console.app.operations.run("lua.get", {"name": name}, console.call)
    if as_json:
        await console.show(console.app.structurer.unstructure(found), as_json=True)
    else:
        await _told(console, found)


@lua.command()
@click.argument("name")
@click.pass_obj
def enable(site: Site, name: str) -> int:
    """Let a plugin run, with what is approved of what it asks for; and tell how it fares where the site runs."""
    site.expected()
    return _outcome(site.run(_decide(site, "lua.enable", {"name": name})))


@lua.command()
@click.argument("name")
@click.option(
    "--keep", is_flag=True, help="Routes that were approved in an earlier version, and did not change, stay so."
)
@click.pass_obj
def reload(site: Site, name: str, keep: bool) -> int:
    """Take a plugin's files as they are now, and tell how the new code fares where the site runs. Where it fails, the
    old code goes on."""
    site.expected()
    return _outcome(site.run(_decide(site, "lua.reload", {"name": name, "keep": keep})))


async def _decide(site: Site, operation: str, order: dict[str, Any]) -> tuple[Decision, Info]:
    """The decision, and what is known when the processes that serve have followed it, or have had time to."""
    app = site.app()
    async with app.running():
        decision = await app.operations.run(operation, order, app.call(operator(), "cli"))
        await app.settle()
        for _ in range(round(FOLLOW_SECONDS / LOOK_SECONDS)):
            found = await app.operations.run("lua.get", {"name": order["name"]}, app.call(operator(), "cli"))
            if all(one["followed"] >= decision.revision for one in found.nodes):
                break
            await app.clock.sleep(LOOK_SECONDS)
    return decision, found


def _outcome(result: tuple[Decision, Info]) -> int:
    decision, found = result
    for item in decision.waiting:
        click.echo(f"not approved, so it does not run: {clean(item)}")
    if not found.nodes:
        click.echo("no process serves this site now: it counts from the next start on")
    code = 0
    for node in found.nodes:
        place = f"{node.get('host', node['node'])} ({node.get('process', '-')})"
        if node["followed"] < decision.revision:
            click.echo(f"{place}: has not followed yet")
            continue
        click.echo(clean(f"{place}: {node['state']} {node['version']}".rstrip()))
        if (reason := node["failed_reason"]) is not None:
            click.echo(clean(f"  {Reason(**reason)}"))
            code = WRONG
    return code


async def _told(console: Console, found: Info) -> None:
    await console.say(clean(f"{found.name} {found.version}  {found.state}  {found.description}"))
    if found.failed_reason is not None:
        await console.say(f"{'failed' if found.state == 'failed' else 'new code fails'}: {clean(found.failed_reason)}")
    if not found.enabled:
        await console.say(f"not enabled: newel lua enable {found.name}")
    if found.manifest_drift:
        await console.say(f"other files lie there than run: newel lua reload {found.name}")
    if found.circuit_breaker_state != "closed":
        await console.say(f"it rests after repeated failure ({found.circuit_breaker_state})")
    if found.request:
        await console.say("asks for:")
        rows = [(clean(one.item), one.terms, one.approved_by or "not approved") for one in found.request]
        await console.table(("item", "terms", "approved by"), rows)
    if any(not one.approved for one in found.request):
        await console.say(f"what is not approved does not run: newel lua approve {found.name} --all")
    drifts = [f"{one['table']}.{one['column']}: {one['kind']}" for one in found.schema_drift]
    for title, lines in (
        ("settings", [f"{one['name']} = {one['value']}" for one in found.settings]),
        ("needs the plugins", list(found.dependencies)),
        ("hooks that are switched off", list(found.hooks_off)),
        ("tables that are not as it wants them", drifts),
        ("nodes", [f"{one.get('host', one['node'])}: {one['state']} {one['version']}" for one in found.nodes]),
    ):  # fmt: skip
        if lines:
            await console.say(f"{title}:")
            for line in lines:
                await console.say(f"  {clean(line)}")
