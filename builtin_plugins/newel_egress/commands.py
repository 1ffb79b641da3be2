"""``newel egress check URL``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newel.commands.planned import remote
from newel_egress.permissions import EGRESS_CHECK

if TYPE_CHECKING:
    from newel.commands.console import Console


@click.group(no_args_is_help=True)
def egress() -> None:
    """Outgoing requests: whether a URL may be called."""


@egress.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@remote(needs=EGRESS_CHECK)
async def check(console: Console, url: str, as_json: bool) -> int:
    """Say whether a URL may be called, and which rule refuses it.

    Resolves its name and calls nothing. Exit code 0: it may; 1: it may not.
    """
    answer = await console.app.operations.run("egress.check", {"url": url}, console.call)
    await console.show(console.app.structurer.unstructure(answer), as_json=as_json)
    return 0 if answer.allowed else 1
