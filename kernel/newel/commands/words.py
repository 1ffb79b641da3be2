"""Words to a command, for those who are not at this machine: operations, and commands that are marked ``remote``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from newel.commands.operations import OperationCommand, add_operations
from newel.commands.planned import Planned, remote_of
from newel.config import did_you_mean
from newel.hooks.lifecycle import register_commands

if TYPE_CHECKING:
    from newel.app import App
    from newel.operations import Operation

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
HELP = ("-h", "--help")


class Helped(Exception):
    """Not a command but a question: ``text`` is the answer, whole lines."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def resolve(app: App, words: Sequence[str]) -> Planned:
    """The command. Raises ``Helped``, and ``click.UsageError`` where it is none or its options are wrong."""
    words = list(words)
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    ctx, command, rest = found(app, words)
    if isinstance(command, click.Group):
        if rest and rest[0] not in HELP:
            raise click.UsageError(_unknown(command, ctx, rest[0]), ctx=ctx)
        raise Helped(f"{command.get_help(ctx)}\n")
    assert command is not None  # noqa: S101 - found() answers a group at least
    before = rest[: rest.index("--")] if "--" in rest else rest
    if set(HELP) & set(before):
        raise Helped(f"{command.get_help(ctx)}\n")
    with ctx.scope(cleanup=True):
        command.parse_args(ctx, list(rest))
    if isinstance(command, OperationCommand):
        return command.planned(ctx.params)
    marked = remote_of(command)
    assert marked is not None  # noqa: S101 - no other command is in the tree
    return marked.planned(ctx.command_path.removeprefix("newel "), ctx.params)


def found(app: App, words: list[str]) -> tuple[click.Context, click.Command, list[str]]:
    """The deepest command that the words lead to, its context, and the words that are left."""
    command: click.Command = root(app)
    ctx = click.Context(command, info_name="newel", **SETTINGS)  # type: ignore[arg-type]  # of two kinds
    while isinstance(command, click.Group):
        inner = command.get_command(ctx, words[0]) if words else None
        if inner is None:
            break
        ctx, command, words = click.Context(inner, parent=ctx, info_name=words[0]), inner, words[1:]
    return ctx, command, words


def root(app: App) -> click.Group:
    return _Root(app)


class _Root(click.Group):
    def __init__(self, app: App) -> None:
        super().__init__("newel", help="Newel. `help COMMAND` tells about one; `exit` leaves.")
        self._app = app

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({_first(one) for one in self._app.operations if one.command} | set(_groups(self._app)))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return group(self._app, "plugins" if name == "plugin" else name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        told = {name: text for one in self._app.manifests.values() for name, text in one.commands.items()}
        with formatter.section("Commands"):
            formatter.write_dl([(name, told.get(name) or self._text(name)) for name in self.list_commands(ctx)])

    def _text(self, name: str) -> str:
        known = _groups(self._app).get(name)
        return "" if known is None else known.get_short_help_str(100)


def group(app: App, name: str) -> click.Group | None:
    """What can be run from afar below one name."""
    verbs = [one for one in app.operations if one.command and _first(one) == name]
    own = _groups(app).get(name)
    marked = [] if own is None else [one for one in own.commands.values() if remote_of(one) is not None]
    if not verbs and not marked:
        return None
    summary = next((one.commands[name] for one in app.manifests.values() if name in one.commands), "")
    made = click.Group(name, help=summary or (None if own is None else own.help))
    for command in marked:
        made.add_command(command)
    add_operations(made, verbs, asks=False)
    return made


def _groups(app: App) -> dict[str, click.Group]:
    """The groups of commands that are written by hand and have some that can be run from afar, by name."""
    return {
        str(one.name): one for one in _written(app)
        if isinstance(one, click.Group) and any(remote_of(inner) is not None for inner in one.commands.values())
    }  # fmt: skip


def _written(app: App) -> Iterator[click.Command]:
    from newel.cli.config import config  # they import this package
    from newel.cli.plugins import plugins

    yield from (config, plugins)
    yield from (command for _, command in app.collected(register_commands))


def _first(one: Operation) -> str:
    return one.name.partition(".")[0]


def _unknown(command: click.Group, ctx: click.Context, word: str) -> str:
    known = command.list_commands(ctx)
    return f"there is no command '{word}' here{did_you_mean(word, known)}. `help` lists what there is"
