"""``newel db copy|vacuum``. ``size`` and ``check`` are here too, so that they need no site that starts."""

from __future__ import annotations

import os
import re
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from newel.cli.output import show, table
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel.errors import BootError, Conflict

if TYPE_CHECKING:
    from newel.app import App
    from newel.cli.site import Site
    from newel.contracts.database import TableShape
    from newel.sql.copying import Copied

_JSON = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")


@click.group(no_args_is_help=True)
def db() -> None:
    """The database: size, check, vacuum, copy to another engine."""


@db.command()
@_JSON
@click.pass_obj
def size(site: Site, as_json: bool) -> None:
    """How large the database and each of its tables are."""
    from newel_db.service import size_of

    app = site.app()

    async def ask() -> Any:
        async with app.running_only(Database):
            return app.structurer.unstructure(await size_of(app.need(Database)))

    found = site.run(ask())
    if as_json:
        show(found, as_json=True)
        return
    rows = [(one["name"], f"{one['rows']:,}", f"{one['bytes']:,}") for one in found["tables"]]
    table(("table", "rows", "bytes"), [*rows, (found["server"], "", f"{found['bytes']:,}")])


@db.command()
@_JSON
@click.pass_obj
def check(site: Site, as_json: bool) -> int:
    """Have the engine check the database. Exit code 1 where it complains."""
    from newel_db.service import check_of

    app = site.app()

    async def ask() -> Any:
        async with app.running_only(Database):
            return app.structurer.unstructure(await check_of(app.need(Database)))

    found = site.run(ask())
    if as_json:
        show(found, as_json=True)
    else:
        for complaint in found["complaints"]:
            click.echo(complaint, err=True)
        click.echo(f"{found['server']}: {'well' if found['ok'] else 'damaged'}")
    return 0 if found["ok"] else 1


@db.command()
@click.pass_obj
def vacuum(site: Site) -> None:
    """Give the room of deleted rows back to the disk. Takes a while; on some engines nobody can write meanwhile."""
    app = site.app()

    async def ask() -> tuple[int, int]:
        async with app.running_only(Database):
            database = app.need(Database)
            before = await database.size()
            await database.compact()
            return before, await database.size()

    before, after = site.run(ask())
    click.echo(f"{before:,} bytes before, {after:,} after")


@db.command()
@click.option(
    "--from", "source", envvar="NEWEL_DB_FROM", metavar="URL", help="Instead of this site's own database.url."
)
@click.option("--to", "target", envvar="NEWEL_DB_TO", metavar="URL", required=True, help="The database to fill.")
@click.option("--overwrite", is_flag=True, help="Empty the target's tables first.")
@click.option("--yes", is_flag=True, help="Do not ask before --overwrite.")
@_JSON
@click.pass_obj
def copy(site: Site, source: str | None, target: str, overwrite: bool, yes: bool, as_json: bool) -> None:
    """Copy the whole site to another database, of any engine, and compare every table afterwards.

    Takes one snapshot: what is written meanwhile stays behind, so stop the site first. A URL with a password had better
    not stand on the command line: use ${VARIABLE}, or NEWEL_DB_TO and NEWEL_DB_FROM in the environment.
    """
    here = _app(site, source)
    there = _app(site, target)
    if overwrite and not yes:
        click.confirm("empty all tables of the target?", abort=True, err=True)
    copied, left, seconds = site.run(_copy(here, there, overwrite, quiet=as_json))
    rows = sum(one.rows for one in copied)
    if as_json:
        tables = [{"name": one.table, "rows": one.rows, "digest": one.digest} for one in copied]
        show({"tables": tables, "rows": rows, "seconds": round(seconds, 1), "left_out": left}, as_json=True)
        return
    table(("table", "rows", "sha256 (sum)"), [(one.table, f"{one.rows:,}", one.digest[:16]) for one in copied])
    click.echo(f"{rows:,} rows in {seconds:.1f} s, {rows / max(seconds, 0.001):,.0f} a second; every table compared")
    if left:
        click.echo(f"left out, since their plugins are off: {', '.join(left)}")
    click.echo("next: put the new URL into [database] url of newel.toml, and start the site")


def _app(site: Site, url: str | None) -> App:
    """The site as it would be on that database."""
    if url is None:
        return site.app()
    return type(site)(
        site.folder, (*site.sets, f"database.url={_filled(url)}"), site.safe, site.strict, enable=site.enable
    ).app()


async def _copy(here: App, there: App, overwrite: bool, *, quiet: bool) -> tuple[list[Copied], list[str], float]:
    from newel.sql.copying import Copying
    from newel.sql.tables import counted, emptied, in_order

    async with there.running_only(Database):
        new = not await there.need(Database).tables()
    async with here.running_only(Migrations), there.running_only(Migrations):
        source, goal = here.need(Database), there.need(Database)
        mine, left = _ours(here, await source.tables())
        known = {one.name: one for one in await goal.tables()}
        shapes = in_order(mine)
        for shape in shapes:
            other = known.get(shape.name)
            if other is None or set(other.columns) != set(shape.columns):
                raise BootError(f"the table {shape.name} is another one in the target: both must be of this version")
        if overwrite or new:  # migrations put some rows into new tables
            await emptied(goal, shapes)
        full = [f"{name} ({rows:,} rows)" for name, rows in (await counted(goal, goal, shapes)).items() if rows]
        if full:
            raise Conflict(
                f"the target is not empty: {', '.join(full[:3])}. Name an empty database, or give --overwrite"
            )
        begun = perf_counter()
        total = sum((await counted(source, source, shapes)).values())
        with click.progressbar(length=total, label="copying", file=sys.stderr) as bar:
            bar.hidden = bar.hidden or quiet

            def tell(_: str, rows: int) -> None:
                bar.update(rows)

            copied = await Copying(source, goal, shapes, tell).run()
        return copied, left, perf_counter() - begun


def _ours(app: App, shapes: list[TableShape]) -> tuple[list[TableShape], list[str]]:
    """The tables of plugins that are on, and the names of the others. Ledgers belong to each database itself."""
    mine, left = [], []
    for shape in shapes:
        owner = next((name for name in app.manifests if shape.name == name or shape.name.startswith(f"{name}_")), None)
        if owner is None:
            left.append(shape.name)
        elif owner != "migrations":
            mine.append(shape)
    return mine, left


def _filled(url: str) -> str:
    """The URL with ``${NAME}`` filled in from the environment."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            raise click.BadParameter(f"the URL names ${{{found[1]}}}, which is not set")
        return os.environ[found[1]]

    return re.sub(r"\$\{(\w+)\}", value, url)
