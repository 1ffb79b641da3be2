"""``newel storage doctor|copy``. They need no site that starts, only the stores."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING

import click

from newel.cli.output import clean, show
from newel.contracts.blobs import Blobs
from newel.errors import Conflict, Transient

if TYPE_CHECKING:
    from newel.app import App
    from newel.cli.site import Site
    from newel_storage.copying import Copied
    from newel_storage.probing import Finding

_JSON = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
INCOMPLETE = 3
"""Exit code: not everything went over."""


@click.group(no_args_is_help=True)
def storage() -> None:
    """Files: examine the store, copy all to another."""


@storage.command()
@_JSON
@click.pass_obj
def doctor(site: Site, as_json: bool) -> int:
    """Try everything that Newel does with the store, a line each. Exit code 1 where something fails.

    What it writes is below newel-doctor/, and is removed again.
    """
    app = site.app()

    async def ask() -> tuple[str, list[Finding]]:
        from newel_storage.probing import examined

        async with app.running_only(Blobs):
            store = app.need(Blobs)
            return store.name, await examined(store)

    name, findings = site.run(ask())
    well = all(one.outcome != "failed" for one in findings)
    if as_json:
        probes = [
            {"probe": one.probe, "outcome": one.outcome, "ms": one.ms, "detail": one.detail, "fix": one.fix}
            for one in findings
        ]
        show({"store": name, "ok": well, "probes": probes}, as_json=True)
        return 0 if well else 1
    click.echo(clean(name))
    for one in findings:
        line = f"{one.outcome:7} {one.probe:12} {clean(one.detail)}".rstrip()
        click.echo(f"{line}\n{'':20} fix: {one.fix}" if one.fix else line)
    return 0 if well else 1


@storage.command()
@click.option("--from", "source", metavar="URL", help="Instead of this site's own blobs.url.")
@click.option("--to", "target", metavar="URL", required=True, help="The store to fill.")
@click.option("--from-set", "from_sets", metavar="KEY=VALUE", multiple=True, help="A setting for the source only.")
@click.option("--to-set", "to_sets", metavar="KEY=VALUE", multiple=True, help="A setting for the target only.")
@click.option("--verify", is_flag=True, help="Read every file on both sides and compare hashes.")
@click.option("--at-once", type=click.IntRange(1, 64), default=4, show_default=True, help="Files on their way at once.")
@_JSON
@click.pass_obj
def copy(
    site: Site,
    source: str | None,
    target: str,
    from_sets: tuple[str, ...],
    to_sets: tuple[str, ...],
    verify: bool,
    at_once: int,
    as_json: bool,
) -> int:
    """Copy all files to another store. Run again after a break: what is there with its size is skipped.

    Nothing is deleted on either side. Secrets had better not stand on the command line: write ${VARIABLE} instead.
    """
    here = _app(site, source, from_sets)
    there = _app(site, target, to_sets)
    copied, names, seconds = site.run(_copy(here, there, verify, at_once, quiet=as_json))
    if as_json:
        show(
            {
                "from": names[0], "to": names[1], "copied": copied.copied, "skipped": copied.skipped,
                "bytes": copied.bytes, "verified": copied.verified, "repaired": copied.repaired, "gone": copied.gone,
                "differing": copied.differing, "seconds": round(seconds, 1),
            },
            as_json=True,
        )  # fmt: skip
    else:
        rate = copied.bytes / 1e6 / max(seconds, 0.001)
        click.echo(
            f"{copied.copied:,} files copied ({copied.bytes:,} bytes in {seconds:.1f} s, {rate:,.0f} MB/s), "
            f"{copied.skipped:,} were there"
        )
        if verify:
            click.echo(f"{copied.verified:,} compared, {copied.repaired:,} of them were other and were copied anew")
        if copied.gone:
            click.echo(f"{copied.gone:,} were deleted meanwhile")
        for key in copied.differing:
            click.echo(f"{key} is another one in the target, also after it was copied again", err=True)
        if not copied.differing:
            click.echo("next: put the new URL into [blobs] url of newel.toml, and start the site")
    return INCOMPLETE if copied.differing else 0


def _app(site: Site, url: str | None, sets: Sequence[str]) -> App:
    """The site as it would be on that store."""
    if url is None and not sets:
        return site.app()
    named = () if url is None else (f"blobs.url={_filled(url)}",)
    changed = (*site.sets, *named, *map(_filled, sets))
    return type(site)(site.folder, changed, site.safe, site.strict, enable=site.enable).app()


async def _copy(
    here: App, there: App, verify: bool, at_once: int, *, quiet: bool
) -> tuple[Copied, tuple[str, str], float]:
    from newel_storage.copying import Copying, measured

    async with here.running_only(Blobs), there.running_only(Blobs):
        source, target = here.need(Blobs), there.need(Blobs)
        one, other = f"{source.name}/", f"{target.name}/"
        if one.startswith(other) or other.startswith(one):
            raise Conflict(
                f"{source.name} and {target.name} are one place, or one is inside the other: nothing to copy"
            )
        begun = perf_counter()
        with click.progressbar(length=await measured(source), label="copying", file=sys.stderr) as bar:
            bar.hidden = bar.hidden or quiet
            try:
                copied = await Copying(source, target, bar.update, verify=verify, at_once=at_once).run()
            except Transient as error:
                error.detail += ". Run the command again: what went over is skipped"
                error.args = (error.detail,)
                raise
        return copied, (source.name, target.name), perf_counter() - begun


def _filled(text: str) -> str:
    """The text with ``${NAME}`` filled in from the environment."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            raise click.BadParameter(f"${{{found[1]}}} is not set")
        return os.environ[found[1]]

    return re.sub(r"\$\{(\w+)\}", value, text)
