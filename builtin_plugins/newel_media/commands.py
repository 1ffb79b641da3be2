"""``newel media import``. The other verbs are operations."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newel.cli.operations import operator
from newel.cli.output import clean, show

if TYPE_CHECKING:
    from newel.cli.site import Site
    from newel_media.uploads.importing import Local, Outcome

PARTIAL = 3


@click.group(no_args_is_help=True)
def media() -> None:
    """Files: import a folder, list, move, reprocess, clean up."""


@media.command("import")
@click.argument("source", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--to", "target", metavar="FOLDER", required=True, help="In the library, such as Trips/2026; / is all.")
@click.option("--private", is_flag=True, help="Only signed addresses lead to them.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_obj
def import_(site: Site, source: Path, target: str, private: bool, dry_run: bool, as_json: bool) -> int:
    """Take a folder of this machine in, with the folders in it.

    What a folder of the library has already, by name and content, is left alone: after an interruption, the same
    command goes on. Hidden files and symbolic links are left out. Exit code 3 where some files were refused.
    """
    from newel_media.uploads.importing import walk

    site.expected()
    files, left = walk(source)
    names = tuple(part for part in target.split("/") if part)
    outcomes = site.run(_run(site, files, names, private=private, dry_run=dry_run, quiet=as_json))
    counts = Counter(one.state for one in outcomes)
    if as_json:
        told = [
            {"name": one.name, "state": one.state, "asset": one.asset, "detail": one.detail} for one in outcomes
        ]  # fmt: skip
        show({"dry_run": dry_run, **{state: counts[state] for state in ("stored", "there", "failed")},
              "skipped": left, "files": told}, as_json=True)  # fmt: skip
    else:
        for one in outcomes:
            if one.state == "failed":
                click.echo(f"{clean(one.name)}: {clean(one.detail or '')}", err=True)
        would = "would be " if dry_run else ""
        click.echo(
            f"{counts['stored']:,} {would}stored, {counts['there']:,} there already, {counts['failed']:,} refused, "
            f"{len(left):,} left out"
        )
    return PARTIAL if counts["failed"] else 0


async def _run(
    site: Site, files: list[Local], to: tuple[str, ...], *, private: bool, dry_run: bool, quiet: bool
) -> list[Outcome]:
    from newel_media.uploads.importing import Importing

    app = site.app()
    plugin: Any = app.plugins["media"]
    importing = Importing(plugin.uploads, plugin.store, plugin.pipeline)
    async with app.running():
        with click.progressbar(length=sum(file.bytes for file in files), label="importing", file=sys.stderr) as bar:
            bar.hidden = bar.hidden or quiet

            def tell(file: Local) -> None:
                bar.update(file.bytes)

            if dry_run:
                return await importing.rehearse(files, to, tell)
            outcomes = await importing.run(app.call(operator(), "cli"), files, to, private, tell)
        await app.settle()
    return outcomes
