"""``newel backup restore|forget-old|reopen``: on the database and the target alone, whether the site runs or not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import click

from newel.cli.operations import operator
from newel.cli.output import clean, show, table
from newel.contracts.database import Database
from newel_backup.commands.bringing import pieces
from newel_backup.commands.common import DRY, JSON, PARTIAL, TARGET, Told, progress
from newel_backup.config import BackupConfig

if TYPE_CHECKING:
    from newel.cli.site import Site
    from newel_backup.restoring.after import OldSite
    from newel_backup.restoring.order import Restored, RestoreOrder
    from newel_backup.restoring.plan import RestorePlan
    from newel_backup.restoring.run import Restoring

_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@click.argument("snapshot", default="latest")
@TARGET
@click.option("--at", default="", metavar="TIME", help="The newest snapshot of that time (UTC) or earlier.")
@click.option(
    "--into", default="", envvar="NEWEL_BACKUP_INTO", metavar="URL",
    help="An empty database for it, a password as ${NAME}. Without: a new one beside the present one.",
)  # fmt: skip
@click.option(
    "--only", default="", metavar="WHAT", help="type=NAME, entry=ID or media: into the site as it is, nothing else."
)
@click.option("--with", "parts", default="", metavar="PARTS", help="users, tokens, plugins, audit: or all.")
@DRY
@click.option("--no-swap", is_flag=True, help="Restore and check, and leave the configuration alone.")
@_YES
@JSON
@click.pass_obj
def restore(
    site: Site, snapshot: str, target: str, at: str, into: str, only: str, parts: str, dry_run: bool, no_swap: bool,
    yes: bool, as_json: bool,
) -> int:  # fmt: skip
    """Restore SNAPSHOT (an id, its start, or latest) into a new database and a new folder, check, swap.

    The present database and files are kept. Exit code 3 where files were missing in the snapshot.
    """
    from newel_backup.restoring.order import RestoreOrder
    from newel_backup.restoring.places import has_password

    site.expected()
    if has_password(into):
        click.echo(
            "others may see this password, and newel.toml would have it: write a variable's name, ${NAME}", err=True
        )
    if only:
        if into or parts or no_swap:
            raise click.UsageError("--only writes into the present site: it goes with --target, --at and --dry-run")
        return pieces(site, snapshot, target, at, only, dry_run=dry_run, as_json=as_json)
    named = tuple(one.strip() for one in parts.split(",") if one.strip())
    order = RestoreOrder(snapshot=snapshot, target=target, at=at, into=into, parts=named, swap=not no_swap)
    if dry_run or not (yes or as_json):
        plan = site.run(_plan(site, order))
        if as_json:
            show(site.app().structurer.unstructure(plan), as_json=True)
        else:
            _print(plan)
        if dry_run:
            return PARTIAL if plan.missing else 0
        click.confirm("restore?", abort=True, err=True)
    done = site.run(_restore(site, order, quiet=as_json))
    if as_json:
        show(site.app().structurer.unstructure(done), as_json=True)
    else:
        click.echo(
            f"restored {done.plan.snapshot} of {done.plan.at}: {done.rows:,} rows, each table compared, {done.files:,} "
            f"files ({done.bytes:,} bytes), {sum(done.carried.values()):,} rows kept, in {done.seconds} s"
        )
        for label, text in done.notices:
            click.echo(f"{label}: {clean(text)}")
        click.echo(f"next: {done.next}")
    return PARTIAL if done.plan.missing else 0


@click.command("forget-old")
@_YES
@JSON
@click.pass_obj
def forget(site: Site, yes: bool, as_json: bool) -> None:
    """Remove the databases and files that the site had before it was restored."""
    from newel_backup.restoring.after import forget_old, old_sites

    site.expected()
    app = site.app()

    async def look() -> list[OldSite]:
        async with app.running_only(Database):
            return await old_sites(app.need(Database))

    async def remove() -> list[OldSite]:
        async with app.running_only(Database):
            return await forget_old(app, app.need(Database))

    if not yes:
        for one in site.run(look()):
            click.echo(f"{one.database} {one.store}, put aside at {one.at}", err=True)
        click.confirm("remove them for good?", abort=True, err=True)
    gone = site.run(remove())
    if as_json:
        show(app.structurer.unstructure(gone), as_json=True)
        return
    for one in gone:
        click.echo(f"removed {one.database} {one.store}".rstrip())


@click.command()
@click.pass_obj
def reopen(site: Site) -> None:
    """Take writes again on a database that the site had moved away from.

    For who went back to it: put its URL into newel.toml, then this, then start the site.
    """
    from newel_backup.restoring.after import reopened

    site.expected()
    app = site.app()

    async def ask() -> bool:
        async with app.running_only(Database):
            return await reopened(app.need(Database))

    click.echo("it takes writes again" if site.run(ask()) else "it took writes already")


@asynccontextmanager
async def _restoring(site: Site, told: Told) -> AsyncIterator[Restoring]:
    from newel_backup.restoring.run import Restoring
    from newel_backup.work import Work

    app = site.app()
    work = Work(app, app.config(BackupConfig))
    async with AsyncExitStack() as stack:
        present = None
        try:
            await stack.enter_async_context(app.running_only(Database))
            present = app.need(Database)
            await present.tables()
        except Exception as error:  # noqa: BLE001 - whatever it is: who restores may have lost just this
            click.echo(f"the present database cannot be opened: {clean(str(error))}", err=True)
            present = None
        yield Restoring(app, work, present, told)


async def _plan(site: Site, order: RestoreOrder) -> RestorePlan:
    async with _restoring(site, lambda *_: None) as restoring:
        return await restoring.plan(order)


async def _restore(site: Site, order: RestoreOrder, *, quiet: bool) -> Restored:
    with progress("restoring", quiet=quiet) as told:
        async with _restoring(site, told) as restoring:
            return await restoring.run(site.app().call(operator(), "cli"), order)


def _print(plan: RestorePlan) -> None:
    click.echo(f"snapshot {plan.snapshot} of {plan.at} (Newel {clean(plan.newel)} on {clean(plan.engine)})")
    table(
        ("comes", "tables", "rows", ""),
        [(one.name, str(one.tables), f"{one.rows:,}", one.summary) for one in plan.comes],
    )
    click.echo(f"files: {plan.files:,} ({plan.bytes:,} bytes)")
    table(("does not come", "then", "why"), [(one.name, one.fate, one.why) for one in plan.stays])
    if plan.left_out:
        click.echo(clean(f"left out: {', '.join(plan.left_out)}"))
    if plan.migrations:
        click.echo(f"table changes afterwards: {', '.join(plan.migrations)}")
    click.echo(f"into {plan.database}" + (f" and {plan.store}" if plan.store else ""))
    click.echo(plan.then)
    for warning in plan.warnings:
        click.echo(f"! {clean(warning)}")
