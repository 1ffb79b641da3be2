"""``newel backup drill``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newel.cli.operations import operator
from newel.cli.output import clean, show, table
from newel.contracts.audit import Audit
from newel.contracts.blobs import Blobs
from newel.contracts.migrations import Migrations
from newel_backup.commands.common import JSON, TARGET, plain, progress
from newel_backup.config import BackupConfig

if TYPE_CHECKING:
    from newel.cli.site import Site
    from newel_backup.model import Drilled


@click.command()
@click.argument("snapshot", default="latest")
@TARGET
@JSON
@click.pass_obj
def drill(site: Site, snapshot: str, target: str, as_json: bool) -> int:
    """Restore SNAPSHOT (an id, its start, or latest) on trial: beside the site, started, looked at, timed, removed.

    The report is filed in the audit trail. Exit code 1 where something was wrong.
    """
    site.expected()
    found = site.run(_drill(site, snapshot, target, quiet=as_json))
    if as_json:
        show(plain(site.app(), found), as_json=True)
        return 0 if found.ok else 1
    table(
        ("step", "", "seconds", "looked at"),
        [(one.name, "ok" if one.ok else "FAILED", f"{one.seconds:.2f}", f"{one.looked:,}") for one in found.steps],
    )
    for one in found.steps:
        for text in (*one.faults, *one.notes):
            click.echo(f"{one.name}: {clean(text)}", err=True)
    click.echo(
        f"{found.snapshot} of {found.at}: {found.rows:,} rows, {found.files:,} files; a restore takes "
        f"{found.seconds:.1f} s here: {'all is well' if found.ok else 'it cannot be relied on'}"
    )
    return 0 if found.ok else 1


async def _drill(site: Site, snapshot: str, target: str, *, quiet: bool) -> Drilled:
    from newel_backup.work import Work

    app = site.app()
    needed = [one for one in (Migrations, Blobs, Audit) if one in app.plan.providers]
    async with app.running_only(*needed):
        with progress("restoring on trial", quiet=quiet) as told:
            work = Work(app, app.config(BackupConfig))
            return await work.drill(app.call(operator(), "cli"), target, snapshot, told=told)
