"""``newel backup run|list|show|status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newel.cli.operations import operator
from newel.cli.output import clean, table
from newel.cli.output import show as print_answer
from newel_backup.commands.common import JSON, PARTIAL, TARGET, plain, progress, standing
from newel_backup.config import LOCAL, BackupConfig
from newel_backup.status import lasting

if TYPE_CHECKING:
    from newel.cli.site import Site
    from newel_backup.model import SnapshotDetails, SnapshotRow, Status
    from newel_backup.repo.manifest import Snapshot


@click.command()
@click.option("--to", "target", default=LOCAL, show_default=True, help="The target's name in [backup.targets].")
@JSON
@click.pass_obj
def run(site: Site, target: str, as_json: bool) -> int:
    """Back the site up, whether it is running or not. Exit code 3 where files were missing."""
    site.expected()
    snapshot, row = site.run(_run(site, target, quiet=as_json))
    if as_json:
        print_answer(plain(site.app(), row), as_json=True)
    else:
        click.echo(
            f"{snapshot.id}: {snapshot.rows:,} rows and {snapshot.files.count:,} files ({snapshot.bytes:,} bytes), "
            f"{snapshot.added:,} bytes added to '{target}'"
        )
        click.echo("next: newel backup verify --read-data, which makes it one that counts")
        for key in snapshot.missing[:20]:
            click.echo(f"not whole in the site's store: {clean(key)}", err=True)
        if snapshot.missing_count:
            click.echo(f"{snapshot.missing_count:,} files are missing in it: newel media check", err=True)
    return PARTIAL if snapshot.missing_count else 0


async def _run(site: Site, target: str, *, quiet: bool) -> tuple[Snapshot, SnapshotRow]:
    from newel_backup.service.looking import row_of

    async with standing(site) as (app, work):
        with progress("backing up", quiet=quiet) as told:
            made = await work.run(app.call(operator(), "cli"), target, told=told)
        return made, row_of(made, await work.site(), {})


@click.command("list")
@TARGET
@JSON
@click.pass_obj
def list_(site: Site, target: str, as_json: bool) -> None:
    """The snapshots on a target, the newest first."""
    site.expected()
    rows = site.run(_list(site, target))
    if as_json:
        print_answer({"data": plain(site.app(), rows)}, as_json=True)
        return
    table(
        ("id", "at", "rows", "files", "bytes", "added", "read back", "schedule"),
        [
            (one.id, one.at, f"{one.rows:,}", f"{one.files:,}", f"{one.bytes:,}", f"{one.added:,}",
             (one.verified_at or "-")[:16], "imported" if one.imported_at else one.schedule)
            for one in rows
        ],
    )  # fmt: skip


async def _list(site: Site, target: str) -> list[SnapshotRow]:
    from newel_backup.service.looking import row_of

    async with standing(site) as (_, work):
        found = await work.snapshots(target)
        known = {row["id"]: row for row in await work.known.snapshots(target)}
        own = await work.site()
        return [row_of(one, own, known) for one in reversed(found)]


@click.command()
@click.argument("id")
@TARGET
@JSON
@click.pass_obj
def show(site: Site, id: str, target: str, as_json: bool) -> None:
    """A snapshot with its parts and tables. ID may be a unique beginning of it, or `latest`."""
    site.expected()
    found = site.run(_show(site, id, target))
    if as_json:
        print_answer(plain(site.app(), found), as_json=True)
        return
    print_answer(plain(site.app(), found.snapshot), as_json=False)
    table(
        ("part", "comes back", "rows", ""), [(one.name, one.comes, f"{one.rows:,}", one.summary) for one in found.parts]
    )
    table(
        ("table", "part", "rows", "bytes"),
        [(one.name, one.part, f"{one.rows:,}", f"{one.bytes:,}") for one in found.tables],
    )


async def _show(site: Site, id: str, target: str) -> SnapshotDetails:
    from newel_backup.service.looking import details_of

    async with standing(site) as (_, work):
        async with work.targets.repository(target) as repository:
            found = await work.snapshot(repository, id)
        known = {row["id"]: row for row in await work.known.snapshots(target)}
        return details_of(found, await work.site(), known)


@click.command()
@JSON
@click.pass_obj
def status(site: Site, as_json: bool) -> int:
    """The last good backup, what would be lost now, how long a restore takes, what is next.

    Exit code 1 where it is not as promised.
    """
    site.expected()
    found = site.run(_status(site))
    if as_json:
        print_answer(plain(site.app(), found), as_json=True)
    else:
        _told(found)
    return 0 if found.finding.state == "ok" else 1


def _told(found: Status) -> None:
    """For people: a line for each question they have."""
    mark = {"ok": "ok", "warning": "warning", "failing": "FAILING"}[found.finding.state]
    click.echo(f"{mark}: {clean(found.finding.detail)}")
    if found.finding.remedy:
        click.echo(f"next: {found.finding.remedy}")
    rpo = "everything" if found.rpo_seconds is None else lasting(found.rpo_seconds)
    promised = lasting(found.promised_rpo_seconds) if found.promised_rpo_seconds else "nothing"
    rto = "not known: newel backup drill" if found.rto_seconds is None else lasting(found.rto_seconds)
    click.echo(f"would be lost now (RPO): {rpo}, promised: {promised}")
    click.echo(f"a restore takes (RTO): {rto}")
    click.echo(f"last good: {found.last_good_at or 'never'}; last drill: {found.drilled_at or 'never'}")
    click.echo(f"next: {found.next_at or 'none is planned'}")
    click.echo(
        f"{found.snapshots:,} snapshots, the newest of {found.bytes:,} bytes; grown by {found.grown_week:,} bytes in 7 "
        f"days, {found.grown_month:,} in 30"
    )
    table(
        ("target", "encrypted", "snapshots", "newest", "read back", "failed"),
        [
            (one.name, "yes" if one.encrypted else "no", f"{one.snapshots:,}", one.newest_at or "-",
             one.verified_at or "-", clean(one.failed)[:60])
            for one in found.targets
        ],
    )  # fmt: skip
    if found.old:
        click.echo(f"kept from before a restore: {', '.join(found.old)}; newel backup forget-old")
    if found.schedules:
        table(
            ("schedule", "does", "when", "targets", "next"),
            [
                (one.name, one.does, f"{one.cron} {one.zone}", ", ".join(one.targets), one.next_at or "-")
                for one in found.schedules
            ],
        )


async def _status(site: Site) -> Status:
    from newel_backup.status import Standing

    async with standing(site) as (app, _):
        return await Standing(app, app.config(BackupConfig)).status()
