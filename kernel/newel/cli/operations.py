"""Operations as commands at this machine: ``newel content publish post 01J... --locale de``."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from newel.commands.operations import add_operations
from newel.context import Actor
from newel.discover import load_object
from newel.errors import BootError
from newel.failures import BROKEN
from newel.hooks.lifecycle import register_commands

if TYPE_CHECKING:
    from newel.app import App
    from newel.cli.site import Site
    from newel.operations import Operation


def operator() -> Actor:
    """Whoever runs the command: who may read the site's files may do everything."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return Actor(id=f"cli:{name}", kind="system", name=name, everything=True)


def bare_command(site: Site, name: str) -> click.Command | None:
    """The command of that name that needs no application, or ``None``. Reads manifests until one has it."""
    for manifest in site.manifests():
        if name not in manifest.commands or name not in manifest.bare:
            continue
        try:
            command = load_object(manifest.bare[name])
        except BROKEN as error:
            raise BootError(f"the command '{name}' of '{manifest.name}' cannot be loaded: {error}") from error
        if not isinstance(command, click.Command):
            raise BootError(f"{manifest.bare[name]}, a command of '{manifest.name}', is no click command")
        return command
    return None


def plugin_command(site: Site, name: str) -> click.Command | None:
    """The command of that name from plugins and operations, or ``None``."""
    app = site.app()
    for owner, command in app.collected(register_commands):
        try:
            wanted = _name_of(command) == name
        except BootError as error:
            app.fail(owner, "collect", error)
            continue
        if wanted:
            if name not in app.manifests[owner].commands:
                app.log.warning("a command that its manifest does not name", extra={"plugin": owner, "command": name})
            return _with_operations(app, command, name)
    verbs = _verbs(app, name)
    if not verbs:
        return None
    summary = next((one.commands[name] for one in app.manifests.values() if name in one.commands), "")
    return _with_operations(app, click.Group(name, help=summary, no_args_is_help=True), name)


def _name_of(command: click.Command) -> str | None:
    if not isinstance(command, click.Command):
        raise BootError(f"register_commands answered {str(command)[:60]!r}, which is no click command")
    return command.name


def _verbs(app: App, name: str) -> list[Operation]:
    return [one for one in app.operations if one.command and one.name.partition(".")[0] == name]


def _with_operations(app: App, command: click.Command, name: str) -> click.Command:
    if isinstance(command, click.Group):
        add_operations(command, _verbs(app, name), asks=True)
    return command
