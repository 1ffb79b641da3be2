"""Commands that are run at this machine, by whoever may read the site's files."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import evolve

from newel.cli.operations import operator
from newel.cli.output import clean
from newel.commands.console import Console
from newel.commands.performing import carried_out
from newel.contracts.accounts import Accounts
from newel.errors import NotFound

if TYPE_CHECKING:
    from newel.app import App
    from newel.commands.planned import Planned

PIECE = 65_536
OPERATOR = "operator"


class LocalConsole(Console):
    """Standard input, output and files. ``given``: what was read of standard input before the loop ran, for commands
    that take all of it at once: an interrupt ends such a read."""

    def __init__(self, app: App, given: str) -> None:
        super().__init__(app, app.call(operator(), "cli"))
        self._given = given

    async def out(self, text: str) -> None:
        click.echo(text, nl=False)

    async def err(self, text: str) -> None:
        click.echo(text, nl=False, err=True)

    async def text(self) -> str:
        return self._given or await super().text()

    async def stdin(self) -> AsyncIterator[bytes]:
        source = getattr(sys.stdin, "buffer", None)
        if source is None:  # a stand-in for the stream, without bytes below it
            yield sys.stdin.read().encode()
            return
        while piece := await asyncio.to_thread(source.read1, PIECE):
            yield piece

    async def file(self, name: str) -> str:
        try:
            return await asyncio.to_thread(Path(name).read_text, "utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"cannot read {name}: {error}") from None


def given(planned: Planned) -> str:
    """What an operation takes from standard input."""
    return sys.stdin.read() if planned.stdin and planned.operation is not None else ""


async def carried(planned: Planned, console: LocalConsole) -> int:
    """Runs it in a site that runs already, with the rights of the person it names. The audit trail then has them as who
    acted, and ``operator`` as what they showed. Raises ``NotFound`` where there is no such account, or it is disabled.
    """
    if planned.person is not None:
        accounts = console.app.find(Accounts)
        actor = None if accounts is None else await accounts.actor_of(planned.person)
        if actor is None:
            raise NotFound(f"there is no account that could act with the address '{clean(planned.person)}'")
        console.call = evolve(console.call, actor=evolve(actor, credential=OPERATOR))
    return await carried_out(planned, console)


async def carry_out(app: App, planned: Planned, given: str) -> int:
    """Starts what the command needs, and runs it."""
    console = LocalConsole(app, given)
    if not planned.running:
        return await carried_out(planned, console)
    async with app.running():
        code = await carried(planned, console)
        await app.settle()
    for label, text in app.notices:  # the first start of a site may be a command
        click.echo(f"{label}  {text}", err=True)
    return code
