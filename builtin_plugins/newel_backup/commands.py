"""``newel backup``: what works without a site that starts, on the database and the target alone."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import click

from newel.cli.operations import operator
from newel.cli.output import clean, show, table
from newel.contracts.blobs import Blobs
from newel.contracts.migrations import Migrations
from newel_backup.config import LOCAL, BackupConfig

if TYPE_CHECKING:
    from newel.app import App
    from newel.cli.site import Site
    from newel_backup.repo.manifest import Snapshot

PARTIAL = 3
"""Exit code: a snapshot was made, and files are missing in it."""
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
_TARGET = click.option("--target", default=LOCAL, show_default=True, help="Its name in [backup.targets].")


@click.group(no_args_is_help=True)
def backup() -> None:
    """Back up, list, verify, restore, drill, prune."""


@backup.command()
@click.option("--to", "target", default=LOCAL, show_default=True, help="The target's name in [backup.targets].")
@_JSON
@click.pass_obj
def run(site: Site, target: str, as_json: bool) -> int:
    """Back the site up, whether it is running or not. Exit code 3 where files were missing."""
    site.expected()
    snapshot = site.run(_run(site, target, quiet=as_json))
    if as_json:
        show(_facts(snapshot), as_json=True)
    else:
        click.echo(
            f"{snapshot.id}: {snapshot.rows:,} rows and {snapshot.files.count:,} files ({snapshot.bytes:,} bytes), "
            f"{snapshot.added:,} bytes added to '{target}'"
        )
        for key in snapshot.missing[:20]:
            click.echo(f"missing in the site's store: {clean(key)}", err=True)
        if snapshot.missing_count:
            click.echo(f"{snapshot.missing_count:,} files are missing: newel media check", err=True)
    return PARTIAL if snapshot.missing_count else 0


@backup.command("list")
@_TARGET
@_JSON
@click.pass_obj
def list_(site: Site, target: str, as_json: bool) -> None:
    """The snapshots of a target, the oldest first."""
    site.expected()
    found = site.run(_list(site, target))
    if as_json:
        show([_facts(one) for one in found], as_json=True)
        return
    table(
        ("id", "at", "rows", "files", "bytes", "added"),
        [
            (one.id, one.at, f"{one.rows:,}", f"{one.files.count:,}", f"{one.bytes:,}", f"{one.added:,}")
            for one in found
        ],
    )


@asynccontextmanager
async def standing(site: Site) -> AsyncIterator[App]:
    """The site's application with what backups need of it, and nothing that acts by itself."""
    app = site.app()
    async with app.running_only(Migrations, Blobs):
        yield app


async def _run(site: Site, target: str, *, quiet: bool) -> Snapshot:
    from newel_backup.making import Making
    from newel_backup.targets import Targets

    async with standing(site) as app:
        config = app.config(BackupConfig)
        with click.progressbar(length=1, label="backing up", file=sys.stderr) as bar:
            bar.hidden = bar.hidden or quiet

            def told(stage: str, done: int, total: int) -> None:
                bar.label = stage
                bar.length = max(total, done, 1)
                bar.update(done - bar.pos)

            making = Making(app, config, Targets(app, config))
            return await making.run(app.call(operator(), "cli"), target, told=told)


async def _list(site: Site, target: str) -> list[Snapshot]:
    from newel_backup.repo.manifest import snapshot_from
    from newel_backup.targets import Targets

    app = site.app()
    async with Targets(app, app.config(BackupConfig)).repository(target) as repository:
        return [snapshot_from(await repository.manifest(one), app.structurer) for one in await repository.manifests()]


def _facts(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": snapshot.id, "at": snapshot.at, "rows": snapshot.rows, "files": snapshot.files.count,
        "bytes": snapshot.bytes, "added": snapshot.added, "missing": snapshot.missing_count,
        "schedule": snapshot.schedule, "engine": snapshot.engine, "newel": snapshot.newel, "node": snapshot.node,
    }  # fmt: skip
