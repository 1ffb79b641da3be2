"""``newel backup export|import``: a site as one ZIP."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from newel.cli.output import clean, rendered
from newel_backup.commands.common import DRY, JSON, PARTIAL, TARGET, progress, standing
from newel_backup.config import LOCAL, BackupConfig

if TYPE_CHECKING:
    from newel.cli.site import Site
    from newel_backup.archive.manifest import Packed
    from newel_backup.repo.manifest import Snapshot

STANDARD = Path("-")
"""Standard output, or standard input."""
_FILE = click.argument("file", type=click.Path(path_type=Path, allow_dash=True))


@click.command("export")
@_FILE
@click.option("--from", "snapshot", default="", metavar="SNAPSHOT", help="An id, its start, or latest. Without: now.")
@click.option("--target", default=LOCAL, show_default=True, help="Where SNAPSHOT lies: its name in [backup.targets].")
@JSON
@click.pass_obj
def export(site: Site, file: Path, snapshot: str, target: str, as_json: bool) -> int:
    """Write the site, as it is now or as SNAPSHOT has it, to FILE as one ZIP; `-` is standard output.

    It holds all that is backed up, and it is NOT encrypted, whatever the target is: FILE gets mode 0600. Exit code 3
    where files were missing.
    """
    from newel_backup.archive.exporting import new_file

    site.expected()
    piped = file == STANDARD
    if piped and sys.stdout.isatty():
        raise click.UsageError("standard output is a terminal: name a file, or pipe it somewhere")
    with nullcontext(sys.stdout.buffer) if piped else new_file(file) as out:
        packed = site.run(_export(site, out, snapshot, target, quiet=as_json))
    told = {**_told(packed), "file": str(file)}
    if as_json:
        click.echo(rendered(told, as_json=True), nl=False, err=piped)
    else:
        click.echo(f"exported {_counted(told)} to {clean(str(file))}, not encrypted", err=piped)
    return _ended(packed)


async def _export(site: Site, out: IO[bytes], snapshot: str, target: str, *, quiet: bool) -> Packed:
    from newel_backup.archive.exporting import Exporting
    from newel_backup.work import Work

    async with AsyncExitStack() as stack:
        told = stack.enter_context(progress("exporting", quiet=quiet))
        if snapshot:
            app = site.app()
            work = Work(app, app.config(BackupConfig))
            return await Exporting(app, work, told).snapshot(out, target, snapshot)
        app, work = await stack.enter_async_context(standing(site))
        return await Exporting(app, work, told).live(out)


@click.command("import")
@_FILE
@TARGET
@DRY
@JSON
@click.pass_obj
def import_(site: Site, file: Path, target: str, dry_run: bool, as_json: bool) -> int:
    """Make a snapshot on a target of FILE, which `newel backup export` wrote; `-` is standard input.

    The site stays as it is: `newel backup restore` brings the snapshot back. All of FILE is checked on the way, but
    nobody signs it: import what you trust. Exit code 3 where files were missing when it was exported.
    """
    from newel_backup.archive.spool import source

    site.expected()
    with source(file) as kept:
        packed = site.run(_import(site, kept, target, dry_run=dry_run, quiet=as_json))
    following = "" if dry_run else f"newel backup restore {packed.id} --target {target}"
    told = {**_told(packed), "target": target, "dry_run": dry_run, "next": following}
    if as_json:
        click.echo(rendered(told, as_json=True), nl=False)
    else:
        done = "would import" if dry_run else "imported"
        click.echo(f"{done} {_counted(told)} to '{target}'")
        if following:
            click.echo(f"next: {following}")
    return _ended(packed)


async def _import(site: Site, file: IO[bytes], target: str, *, dry_run: bool, quiet: bool) -> Packed | Snapshot:
    from newel_backup.archive.importing import Importing
    from newel_backup.targets import Targets

    app = site.app()
    targets = Targets(app, app.config(BackupConfig))
    targets.config(target)  # that there is one is told before anything is read
    with progress("importing", quiet=quiet) as told:
        importing = Importing(file, app.structurer, app.clock, told)
        if dry_run:
            return await importing.look()
        return await importing.into(targets.repository(target, create=True))


def _told(found: Packed | Snapshot) -> dict[str, Any]:
    return {
        "id": found.id, "at": found.at, "site": found.site, "newel": found.newel, "engine": found.engine,
        "rows": found.rows, "files": found.files.count, "bytes": found.bytes, "missing": found.missing_count,
    }  # fmt: skip


def _counted(told: dict[str, Any]) -> str:
    return f"{told['id']} of {told['at']}: {told['rows']:,} rows and {told['files']:,} files ({told['bytes']:,} bytes)"


def _ended(found: Packed | Snapshot) -> int:
    if found.missing_count:
        click.echo(f"{found.missing_count:,} files are missing in it", err=True)
    return PARTIAL if found.missing_count else 0
