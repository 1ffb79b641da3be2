"""What a word could become: data for the completion of a shell at the other end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from newel.commands.words import found

if TYPE_CHECKING:
    from newel.app import App

MOST = 500


def completions(app: App, words: Sequence[str]) -> list[tuple[str, str]]:
    """What the last word (perhaps empty) could become, each with a few words about it. The words before it stand."""
    *before, last = words or [""]
    ctx, command, rest = found(app, list(before))
    if isinstance(command, click.Group):
        names = [] if rest else [name for name in command.list_commands(ctx) if name.startswith(last)]
        return [(name, _about(command.get_command(ctx, name))) for name in names[:MOST]]
    if not last.startswith("-"):
        return []
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    given = set(rest)
    return [
        (name, one.help or "")
        for one in options
        for name in (*one.opts, *one.secondary_opts)
        if name.startswith(last) and (one.multiple or not given & {*one.opts, *one.secondary_opts})
    ][:MOST]


def _about(command: click.Command | None) -> str:
    return "" if command is None else command.get_short_help_str(100)
