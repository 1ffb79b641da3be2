"""``newel man``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newel.errors import Conflict

if TYPE_CHECKING:
    from newel.cli.site import Site


@click.command()
@click.option("--into", type=click.Path(path_type=Path), help="Write newel.1, and a page for each command, here.")
@click.pass_context
def man(ctx: click.Context, into: Path | None) -> None:
    """Print the manual page, or write all of them.

    The pages are made of the commands that this site has, those of its plugins too. To have them for yourself:

    \b
    newel man --into ~/.local/share/man/man1
    """
    from newel.manual import pages

    site: Site = ctx.obj
    site.app()
    made = pages(ctx.find_root())
    if into is None:
        click.echo(made["newel.1"], nl=False)
        return
    try:
        into.mkdir(parents=True, exist_ok=True)
        for name, text in made.items():
            (into / name).write_text(text, "utf-8")
    except OSError as error:
        raise Conflict(f"cannot write {into}: {error.strerror}") from None
    click.echo(f"wrote {len(made)} pages into {into}")
