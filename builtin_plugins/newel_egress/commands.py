"""``newel egress check URL``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newel.cli.operations import operator
from newel.cli.output import show

if TYPE_CHECKING:
    from newel.app import App
    from newel.cli.site import Site
    from newel_egress.model import UrlChecked


async def _check(app: App, url: str) -> UrlChecked:
    async with app.running():
        answer: UrlChecked = await app.operations.run("egress.check", {"url": url}, app.call(operator(), "cli"))
    return answer


def group(app: App) -> click.Group:
    @click.group("egress", no_args_is_help=True)
    def egress() -> None:
        """Outgoing requests: whether a URL may be called."""

    @egress.command()
    @click.argument("url")
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @click.pass_obj
    def check(site: Site, url: str, as_json: bool) -> int:
        """Say whether a URL may be called, and which rule refuses it.

        Resolves its name and calls nothing. Exit code 0: it may; 1: it may not.
        """
        site.expected()
        answer = site.run(_check(app, url))
        show(app.structurer.unstructure(answer), as_json=as_json)
        return 0 if answer.allowed else 1

    return egress
