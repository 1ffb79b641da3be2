"""Operations as commands at this machine: ``newel content publish post 01J... --locale de``."""

from __future__ import annotations

import getpass
<<<<<<< HEAD
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints
=======
from typing import TYPE_CHECKING
>>>>>>> ssh-b

import click

from newel.commands.operations import OperationCommand, Verbs, verb_of
from newel.context import Actor
from newel.errors import BootError
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
    return _with_operations(app, Verbs(name, help=summary, no_args_is_help=True), name)


def _name_of(command: click.Command) -> str | None:
    if not isinstance(command, click.Command):
        raise BootError(f"register_commands answered {str(command)[:60]!r}, which is no click command")
    return command.name


def _verbs(app: App, name: str) -> list[Operation]:
    return [one for one in app.operations if one.command and one.name.partition(".")[0] == name]


<<<<<<< HEAD
def _with_operations(site: Site, app: App, command: click.Command, name: str) -> click.Command:
    """The group with the operations of that name below it; ``ssh.keys.add`` is ``newel ssh keys add``."""
    if isinstance(command, click.Group):
        for one in _verbs(app, name):
            *between, verb = (part.replace("_", "-") for part in one.name.split(".")[1:])
            group = _below(command, between)
            if group is not None and verb not in group.commands:
                group.add_command(_command(site, one, verb))
    return command


def _below(group: click.Group, names: Sequence[str]) -> click.Group | None:
    """The group inside a group, made where it is missing; ``None`` where a command has the name."""
    for name in names:
        inner = group.commands.get(name)
        if inner is None:
            inner = click.Group(name, help=f"Commands of {name}.", no_args_is_help=True)
            group.add_command(inner)
        if not isinstance(inner, click.Group):
            return None
        group = inner
    return group


def _command(site: Site, one: Operation, verb: str) -> click.Command:
    hints = get_type_hints(one.input, include_extras=True)
    parameters: list[click.Parameter] = []
    for field in fields(one.input):
        hint = hints[field.name]
        if field.name in one.path_fields:
            parameters.append(click.Argument([field.name]))
            continue
        secret = Secret in (get_origin(part) or part for part in (hint, *get_args(hint)))
        required = field.default is NOTHING
        option = f"--{field.name.replace('_', '-')}"
        details: dict[str, Any] = {"help": sentence_of(hint)}
        if bool in (hint, *get_args(hint)[:1]):
            option = f"{option}/--no-{field.name.replace('_', '-')}"
            details["default"] = None  # neither given: the field's own default
        elif secret and required:
            details |= {"prompt": True, "hide_input": True}
        parameters.append(click.Option([option, field.name], required=required and not secret, **details))
    parameters.append(click.Option(["--json", "_as_json"], is_flag=True, help="Print the answer as JSON."))
    if one.effect == "write":
        parameters.append(click.Option(["--idempotency-key", "_key"], help="The same key again does nothing twice."))

    def callback(_as_json: bool, _key: str | None = None, **given: Any) -> None:  # an input may well have a field "key"
        data = {name: _value(value) for name, value in given.items() if value is not None}
        site.expected()
        show(site.run(_run(site, one.name, data, _key)), as_json=_as_json)

    gone = False if one.deprecated is None else one.deprecated.told("This")
    return click.Command(
        verb, params=parameters, callback=callback, help=one.doc, short_help=one.summary, deprecated=gone
    )


def _value(value: Any) -> Any:
    """``@file`` and ``-`` read the value from a file or standard input; the field's type parses the text."""
    if not isinstance(value, str):
        return value
    if value == "-":
        return FromText(sys.stdin.read())
    if value.startswith("@"):
        try:
            return FromText(Path(value[1:]).read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"cannot read {value[1:]}: {error}") from None
    return FromText(value)


async def _run(site: Site, name: str, data: Any, key: str | None) -> Any:
    app = site.app()
    async with app.running():
        answer = await app.operations.run(name, data, app.call(operator(), "cli", idempotency_key=key))
        await app.settle()
    for label, text in app.notices:  # the first start of a site may be a command
        click.echo(f"{label}  {text}", err=True)
    return answer.answer if isinstance(answer, Kept) else app.structurer.unstructure(answer, show=True)
=======
def _with_operations(app: App, command: click.Command, name: str) -> click.Command:
    if isinstance(command, click.Group):
        for one in _verbs(app, name):
            if (verb := verb_of(one)) not in command.commands:
                command.add_command(OperationCommand(one, verb, asks=True))
    return command
>>>>>>> ssh-b
