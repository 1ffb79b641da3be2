"""Running what was planned, with everything told on the console."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from newel.cli.output import clean
from newel.commands.completing import completions
from newel.commands.operations import OperationCommand, words_of
from newel.commands.outcome import exit_code, lines
from newel.commands.planned import Planned
from newel.commands.words import Helped, resolve
from newel.errors import NewelError

if TYPE_CHECKING:
    from newel.commands.console import Console

COMPLETE = "complete"
USAGE, FAILED = 2, 1


async def carried_out(planned: Planned, console: Console) -> int:
    """Runs it for the console's caller and answers the exit code. Raises the errors of ``newel.errors``."""
    if planned.needs is not None:
        try:
            console.call.actor.require(planned.needs)
        except NewelError as error:
            await console.app.operations.denied(planned.name.replace(" ", "."), console.call, error)
            raise
    if planned.warning:
        await console.err(f"{planned.warning}\n")
    return await planned.run(console) or 0


async def perform(words: Sequence[str], console: Console) -> int:
    """Does what the words say, and answers the exit code: errors are a line on the console's ``err``.

    ``complete WORD...`` answers what the last word could become, a line each: the word, a tab, a few words about it.
    """
    if words[:1] == [COMPLETE]:
        for name, about in await asyncio.to_thread(completions, console.app, words[1:]):
            await console.say(f"{name}\t{clean(about)}")
        return 0
    return await _told(console, lambda: resolve(console.app, words))


async def perform_operation(name: str, words: Sequence[str], console: Console) -> int:
    """Runs this operation and no other; ``words`` are its arguments, with or without its own name in front."""

    def plan() -> Planned:
        one = console.app.operations.get(name)
        rest, full = list(words), words_of(one)
        for own in ([name], full):
            if rest[: len(own)] == own:
                rest = rest[len(own) :]
                break
        command, shown = OperationCommand(one, asks=False), " ".join(full)
        if {"-h", "--help"} & set(rest):
            raise Helped(f"{command.get_help(click.Context(command, info_name=shown))}\n")
        return command.planned(command.make_context(shown, rest).params)

    return await _told(console, plan)


class Misused(Exception):
    """The words are no command; the text says why."""


def _parsed(plan: Callable[[], Planned]) -> Planned:
    """On a thread: click looks for its texts in other languages on the disk, each time."""
    try:
        return plan()
    except click.ClickException as error:
        raise Misused(error.format_message()) from None


async def _told(console: Console, plan: Callable[[], Planned]) -> int:
    try:
        planned = await asyncio.to_thread(_parsed, plan)
        return await carried_out(planned, console)
    except Helped as answer:
        await console.out(answer.text)
        return 0
    except Misused as error:
        await console.err(f"newel: {clean(str(error))}\n")
        return USAGE
    except NewelError as error:
        await console.err("".join(f"{clean(line)}\n" for line in lines(error)))
        return exit_code(error)
