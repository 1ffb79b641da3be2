"""``newel backup verify|prune|unlock``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from newel.cli.output import clean, table
from newel.cli.output import show as print_answer
from newel_backup.commands.common import DRY, JSON, TARGET, plain, progress, standing

if TYPE_CHECKING:
    from newel.cli.site import Site
    from newel_backup.model import Pruned, Verified
    from newel_backup.repo.locks import Lock

F = TypeVar("F", bound=Callable[..., Any])


def _share(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text)
    if found is None or not 0 < float(found[1]) <= 100:
        raise click.BadParameter("write a share such as 5%")
    return float(found[1]) / 100


@click.command()
@TARGET
@click.option("--read-data", is_flag=True, help="Read everything back and compare it with its names.")
@click.option("--sample", metavar="N%", callback=_share, help="Read that share of the data, another one each time.")
@click.option("--repair", is_flag=True, help="Delete damaged chunks, so that the next backup writes them again.")
@JSON
@click.pass_obj
def verify(site: Site, target: str, read_data: bool, sample: float | None, repair: bool, as_json: bool) -> int:
    """Look whether everything that the snapshots need is there; exit code 1 where something is not as it should be."""
    if read_data and sample is not None:
        raise click.UsageError("--read-data reads everything; --sample a share of it")
    site.expected()
    share = 1.0 if read_data or (repair and sample is None) else sample or 0.0
    found = site.run(_verify(site, target, share, repair, quiet=as_json))
    if as_json:
        print_answer(plain(site.app(), found), as_json=True)
        return 0 if found.ok else 1
    for one in found.problems:
        spoils = f" (spoils {', '.join(one.snapshots)})" if one.snapshots else ""
        click.echo(f"{clean(one.object)}: {clean(one.detail)}{spoils}", err=True)
    click.echo(
        f"{found.snapshots:,} snapshots, {found.chunks:,} chunks, {found.read:,} of them read back "
        f"({found.bytes:,} bytes), {found.unused:,} that nothing needs: "
        + ("all is well" if found.ok else f"{found.problem_count:,} problems")
    )
    if not found.ok and not repair:
        click.echo("next: newel backup verify --repair, then newel backup run", err=True)
    return 0 if found.ok else 1


async def _verify(site: Site, target: str, share: float, repair: bool, *, quiet: bool) -> Verified:
    async with standing(site) as (_, work):
        with progress("reading", quiet=quiet) as told:
            return await work.verify(target, share=share, repair=repair, told=told)


def _keep(name: str) -> Callable[[F], F]:
    text = f"Keep the newest of each of the last so many {name}." if name != "last" else "Keep the newest so many."
    flag = {"last": "last", "days": "daily", "weeks": "weekly", "months": "monthly", "years": "yearly"}[name]
    return click.option(f"--keep-{flag}", flag, type=click.IntRange(0), default=0, help=text)


@click.command()
@TARGET
@_keep("last")
@_keep("days")
@_keep("weeks")
@_keep("months")
@_keep("years")
@click.option("--forget", metavar="ID", multiple=True, help="Take this one away whatever the rule says.")
@click.option("--zone", default="UTC", show_default=True, help="The time zone in which days begin.")
@DRY
@JSON
@click.pass_obj
def prune(
    site: Site, /, target: str, forget: tuple[str, ...], zone: str, dry_run: bool, as_json: bool, **keep: int
) -> int:
    """Take away snapshots that no rule keeps, and what no snapshot needs. Without a rule, only the latter."""
    site.expected()
    found = site.run(_prune(site, target, keep, forget, zone, dry_run, quiet=as_json))
    if as_json:
        print_answer(plain(site.app(), found), as_json=True)
        return 0
    rows = [(one.id, one.at, "keep" if one.keep else "remove", ", ".join(one.why)) for one in found.snapshots]
    table(("id", "at", "", "why"), rows)
    would = "would go" if dry_run else "went"
    click.echo(f"{found.removed:,} snapshots and {found.chunks:,} chunks ({found.bytes:,} bytes) {would}")
    if found.held:
        click.echo(
            f"the store did not let {found.held:,} objects go: they are locked for now (a later run takes them), or "
            "these credentials may not delete",
            err=True,
        )
    return 0


async def _prune(
    site: Site, target: str, keep: dict[str, int], forget: tuple[str, ...], zone: str, dry_run: bool, *, quiet: bool
) -> Pruned:
    async with standing(site) as (_, work):
        with progress("pruning", quiet=quiet) as told:
            return await work.prune(target, keep, forget=forget, zone=zone, dry_run=dry_run, told=told)


@click.command()
@TARGET
@click.option(
    "--all", "everything", is_flag=True, help="Locks that have not run out, too: only where nobody is at work."
)
@JSON
@click.pass_obj
def unlock(site: Site, target: str, everything: bool, as_json: bool) -> None:
    """Remove locks on a target that ran out."""
    site.expected()
    gone = site.run(_unlock(site, target, everything))
    if as_json:
        print_answer({"removed": plain(site.app(), gone)}, as_json=True)
        return
    for one in gone:
        click.echo(f"removed the lock of {clean(one.node)} of {one.created_at} ({clean(one.purpose)})")
    if not gone:
        click.echo("no lock has run out; --all removes those that have not")


async def _unlock(site: Site, target: str, everything: bool) -> list[Lock]:
    async with standing(site) as (_, work):
        return await work.unlock(target, everything=everything)
