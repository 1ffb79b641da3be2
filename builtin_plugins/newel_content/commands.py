"""``newel content export`` and ``newel content import``. The other verbs are operations."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from newel.cli.output import clean
from newel.commands.planned import remote
from newel_content.permissions import CONTENT_CREATE, CONTENT_READ_DRAFT
from newel_content.transfer.exporting import exported
from newel_content.transfer.importing import Importing, Wanted
from newel_content.transfer.keeping import kept, kept_file

if TYPE_CHECKING:
    from newel.commands.console import Console
    from newel_content.transfer.bringing import Brought

PARTIAL = 3


@click.group(no_args_is_help=True)
def content() -> None:
    """Entries: create, list, change, publish, export, import."""


@content.command("export")
@click.argument("types", metavar="[TYPE]...", nargs=-1)
@remote(needs=CONTENT_READ_DRAFT)
async def export(console: Console, types: tuple[str, ...]) -> None:
    """Write types and drafts with all their locales to standard output, as NDJSON.

    The first line says what the file is and defines the types; then comes an entry a line. Without a TYPE: all.
    """
    async for piece in exported(console.app, console.call, types):
        await console.out(piece.decode())


@content.command("import")
@click.option("--type", "types", metavar="TYPE", multiple=True, help="Only entries of this type; may be repeated.")
@click.option("--publish", is_flag=True, help="Publish what was published where it comes from.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@remote(needs=CONTENT_CREATE, stdin=True)
async def import_(console: Console, types: tuple[str, ...], publish: bool, dry_run: bool, as_json: bool) -> int:
    """Bring an export from standard input into this site.

    Entries keep their ids, so the same once more changes nothing. Types that are missing are made, others stay as they
    are. A line that cannot be taken does not stop the others: each is told with its number, and the exit code is 3.
    """
    failed: list[dict[str, Any]] = []

    async def tell(number: int, one: Brought) -> None:
        if as_json and len(failed) < 1000:
            failed.append({"line": number, "state": one.state, "detail": one.detail})
        elif not as_json:
            await console.err(f"line {number}: {clean(one.detail)}\n")

    config = console.app.plugins["content"].config  # type: ignore[attr-defined]  # plugins are objects to the kernel
    file = await asyncio.to_thread(kept_file, console.app.folder)
    try:
        await kept(console.stdin(), file)
        wanted = Wanted(types=types, publish=publish, dry_run=dry_run)
        summary = await Importing(console.app, config, console.call, wanted, file, tell).run()
    finally:
        await asyncio.to_thread(file.close)
    if as_json:
        told = {"dry_run": dry_run, **dict(summary.counts), "types": summary.types, "lines": failed}
        await console.show(told, as_json=True)
    else:
        for line in summary.types:
            await console.err(f"{clean(line)}\n")
        await console.say(summary.text(dry_run=dry_run))
    return PARTIAL if summary.counts["failed"] else 0
