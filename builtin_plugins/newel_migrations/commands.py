"""``newel migrate status|plan|up``: with the database started and nothing else, so they look before anybody changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import click

from newel.cli.output import show
from newel.contracts.database import Database
from newel.errors import BootError

if TYPE_CHECKING:
    from newel.app import App
    from newel.cli.site import Site
    from newel_migrations.service import Planned, Service

_JSON = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")


@asynccontextmanager
async def _service(app: App) -> AsyncIterator[Service]:
    plugin: Any = app.plugins["migrations"]
    async with app.running_only(Database):
        yield await plugin.service()


@click.group(no_args_is_help=True)
def migrate() -> None:
    """The tables: what has been applied, what is pending."""


@migrate.command()
@_JSON
@click.pass_obj
def status(site: Site, as_json: bool) -> int:
    """Every table change of every plugin that is on: applied, pending or changed.

    Exit code 0: nothing is pending; 3: something is.
    """
    app = site.app()  # read before the loop runs

    async def ask() -> Any:
        async with _service(app) as service:
            return app.structurer.unstructure(await service.status())

    states = site.run(ask())
    show(states, as_json=as_json)
    return 3 if any(one["state"] == "pending" for one in states) else 0


@migrate.command()
@_JSON
@click.pass_obj
def plan(site: Site, as_json: bool) -> None:
    """The statements that `migrate up` would run. Changes nothing."""
    app = site.app()  # read before the loop runs

    async def ask() -> list[Planned]:
        async with _service(app) as service:
            return await service.plan()

    planned = site.run(ask())
    if as_json:
        show(
            [
                {
                    "plugin": one.step.plugin, "number": one.step.migration.number, "name": one.step.migration.name,
                    "statements": [_plain(text) for text in one.statements],
                }
                for one in planned
            ],
            as_json=True,
        )  # fmt: skip
        return
    for one in planned:
        click.echo(f"-- {one.step}")
        for text in one.statements:
            click.echo(f"{_plain(text)};")
    if not planned:
        click.echo("nothing is pending")


@migrate.command()
@_JSON
@click.pass_obj
def up(site: Site, as_json: bool) -> None:
    """Apply what is pending. Interrupted anywhere, it goes on at the next call."""
    app = site.app()  # read before the loop runs

    async def ask() -> tuple[list[dict[str, Any]], dict[str, BootError]]:
        async with _service(app) as service:
            pending = await service.pending()
            failed = await service.migrate(app.manifests)
            done = [one for one in pending if one.plugin not in failed]
            return [{"plugin": one.plugin, "number": one.migration.number, "name": one.migration.name}
                    for one in done], failed  # fmt: skip

    applied, failed = site.run(ask())
    if failed:
        raise BootError("\n".join(str(error) for error in failed.values()))
    if applied or as_json:
        show(applied, as_json=as_json)
    else:
        click.echo("nothing was pending")


def _plain(statement: str) -> str:
    return statement.replace("\\:", ":")
