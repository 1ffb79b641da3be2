"""``newel backup restore --only``: pieces of a snapshot, into the site as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newel.cli.operations import operator
from newel.cli.output import clean, show
from newel_backup.commands.common import PARTIAL, plain, progress
from newel_backup.config import BackupConfig

if TYPE_CHECKING:
    from newel.cli.site import Site
    from newel_backup.model import Pieces


def pieces(site: Site, snapshot: str, target: str, at: str, only: str, *, dry_run: bool, as_json: bool) -> int:
    """Answers the exit code: 3 where some could not be brought."""
    found = site.run(_brought(site, snapshot, target, at, only, dry_run=dry_run, quiet=as_json))
    if as_json:
        show(plain(site.app(), found), as_json=True)
    else:
        for text in found.faults:
            click.echo(clean(text), err=True)
        would = "would be " if dry_run else ""
        counts = (
            ", ".join(f"{count:,} {would}{name}" for name, count in sorted(found.counts.items())) or "nothing to do"
        )
        click.echo(f"{found.only} of {found.snapshot} ({found.at}): {counts}")
    return PARTIAL if found.faults else 0


async def _brought(site: Site, snapshot: str, target: str, at: str, only: str, *, dry_run: bool, quiet: bool) -> Pieces:
    from newel_backup.work import Work

    app = site.app()
    async with app.running():
        with progress("restoring", quiet=quiet) as told:
            work = Work(app, app.config(BackupConfig))
            call = app.call(operator(), "cli")
            return await work.pieces(call, target, snapshot, only, at=at, dry_run=dry_run, told=told)
