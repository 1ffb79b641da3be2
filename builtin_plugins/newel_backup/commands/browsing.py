"""``newel backup ls|cat|diff``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from newel.cli.output import clean, show, table
from newel_backup.commands.common import JSON, TARGET, plain, standing

if TYPE_CHECKING:
    from newel.cli.site import Site
    from newel_backup.model import Differences, Listing

PIECE = 1 << 20


@click.command()
@click.argument("snapshot", default="latest")
@click.argument("path", default="")
@TARGET
@JSON
@click.pass_obj
def ls(site: Site, snapshot: str, path: str, target: str, as_json: bool) -> None:
    """List what lies in SNAPSHOT at PATH, such as `tables` or `files/originals`."""
    site.expected()
    found = site.run(_listed(site, snapshot, path, target))
    if as_json:
        show(plain(site.app(), found), as_json=True)
        return
    for one in found.data:
        click.echo(f"{'' if one.folder else f'{one.size:,}':>15}  {clean(one.name)}{'/' if one.folder else ''}")


async def _listed(site: Site, snapshot: str, path: str, target: str) -> Listing:
    from newel_backup.work import place

    async with standing(site) as (_, work):
        return await work.listed(target, snapshot, place(path))


@click.command()
@click.argument("snapshot")
@click.argument("path")
@TARGET
@click.pass_obj
def cat(site: Site, snapshot: str, path: str, target: str) -> None:
    """Write a file of SNAPSHOT to standard output, such as `tables/content_entries.jsonl`."""
    site.expected()
    site.run(_written(site, snapshot, path, target))


async def _written(site: Site, snapshot: str, path: str, target: str) -> None:
    from newel_backup.work import place

    async with standing(site) as (_, work), work.inside(target, snapshot) as inside:
        opened, at = await inside.open(place(path)), 0
        while data := await opened.read(at, PIECE):
            sys.stdout.buffer.write(data)
            at += len(data)
        sys.stdout.buffer.flush()


@click.command()
@click.argument("before")
@click.argument("after", default="latest")
@TARGET
@JSON
@click.pass_obj
def diff(site: Site, before: str, after: str, target: str, as_json: bool) -> None:
    """What differs from BEFORE to AFTER: rows by table, and files."""
    site.expected()
    found = site.run(_differences(site, before, after, target))
    if as_json:
        show(plain(site.app(), found), as_json=True)
        return
    click.echo(f"from {found.before} ({found.before_at}) to {found.after} ({found.after_at})")
    rows = [
        (one.name, f"+{one.added:,}", f"-{one.removed:,}", f"~{one.changed:,}") for one in found.tables + found.files
    ]
    table(("", "added", "removed", "changed"), rows)
    if not rows:
        click.echo("nothing differs")


async def _differences(site: Site, before: str, after: str, target: str) -> Differences:
    async with standing(site) as (_, work):
        return await work.diff(target, before, after)
