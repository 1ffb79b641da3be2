"""A command that has been parsed; and the mark of those that may be run from afar."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

if TYPE_CHECKING:
    from newel.commands.console import Console
    from newel.context import Permission

Run = Callable[["Console"], Awaitable["int | None"]]
"""Does it, and answers the exit code; ``None`` is 0."""


@frozen(kw_only=True)
class Planned:
    """What is to be done. ``run`` raises the errors of ``newel.errors``."""

    name: str
    """As it is typed: ``content list``."""
    run: Run
    needs: Permission | None = None
    """The right that it takes; an operation asks for its own."""
    operation: str | None = None
    stdin: bool = False
    """Whether it reads standard input."""
    running: bool = True
    """Whether the site must be started for it, where it does not run already."""
    person: str | None = None
    """The e-mail address of whom it is to be done in the name of; ``None``: the console's caller. Only heeded at the
    machine itself."""
    warning: str = ""
    """What the person should be told first."""


@frozen(kw_only=True)
class Remote:
    """The mark: ``function`` does the work of the command."""

    function: Callable[..., Awaitable[Any]]
    needs: Permission
    running: bool
    stdin: bool

    def planned(self, name: str, options: Mapping[str, Any]) -> Planned:
        return Planned(
            name=name, needs=self.needs, running=self.running, stdin=self.stdin,
            run=lambda console: self.function(console, **options),
        )  # fmt: skip


def remote(
    *, needs: Permission, running: bool = True, stdin: bool = False
) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Any]]:
    """Makes the callback of a click command of ``async (console, **options)``, which answers the exit code or ``None``,
    and says that it may be run from afar by those who have the right ``needs``: it touches no file of the caller's,
    starts no second site and prints through the console only. The lowest decorator of the command.

    ``running=False``: it looks at what was configured only, and needs no site that runs.
    """

    def mark(function: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
        marked = Remote(function=function, needs=needs, running=running, stdin=stdin)

        @wraps(function)
        def callback(**options: Any) -> Any:
            ctx = click.get_current_context()
            return ctx.obj.carry_out(marked.planned(ctx.command_path.removeprefix("newel "), options))

        callback.newel_remote = marked  # type: ignore[attr-defined]  # read back by remote_of
        return callback

    return mark


def remote_of(command: click.Command) -> Remote | None:
    """The mark of a command, where it has one."""
    return getattr(command.callback, "newel_remote", None)
