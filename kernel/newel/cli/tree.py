"""All commands as data, and as commands again that only know their words: for shells that ask often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

Node = Mapping[str, Any]


def node_of(command: click.Command, ctx: click.Context) -> dict[str, Any]:
    """A command with all below it, as JSON."""
    found: dict[str, Any] = {
        "help": command.get_short_help_str(100),
        "params": [_param(one) for one in command.params if not getattr(one, "hidden", False)],
    }
    if isinstance(command, click.Group):
        commands = {}
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            if inner is not None and not inner.hidden:
                commands[name] = node_of(inner, click.Context(inner, parent=ctx, info_name=name))
        found["commands"] = commands
    return found


def _param(one: click.Parameter) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name, "nargs": one.nargs, "multiple": one.multiple}
    if isinstance(one, click.Option):
        flag = one.is_flag or one.count
        found |= {"opts": one.opts, "off": one.secondary_opts, "flag": flag, "help": one.help or ""}
    if isinstance(one.type, click.Choice):
        found["choices"] = [str(choice) for choice in one.type.choices]
    elif isinstance(one.type, click.Path | click.File):
        found["path"] = True
    return found


def command_of(name: str, node: Node) -> click.Command:
    """The command again: it parses and completes, and does nothing."""
    params = [_param_of(one) for one in node["params"]]
    if "commands" not in node:
        return click.Command(name, params=params, help=node["help"])
    return Kept(name, node, params)


class Kept(click.Group):
    """A group whose commands are made when they are asked for."""

    def __init__(self, name: str, node: Node, params: list[click.Parameter]) -> None:
        super().__init__(name, params=params, help=node["help"])
        self._kept: Mapping[str, Node] = node["commands"]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._kept)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return command_of(name, self._kept[name]) if name in self._kept else None


def _param_of(one: Mapping[str, Any]) -> click.Parameter:
    kind: click.ParamType[Any] | None = None
    if "choices" in one:
        kind = click.Choice(one["choices"])
    elif one.get("path"):
        kind = click.Path()
    if "opts" not in one:
        return click.Argument([one["name"]], type=kind, nargs=one["nargs"], required=False)
    if one["flag"]:
        words = "/".join([one["opts"][-1], *one["off"][:1]])
        return click.Option([one["name"], *one["opts"][:-1], words], is_flag=True, help=one["help"])
    return click.Option(
        [one["name"], *one["opts"]], type=kind, nargs=one["nargs"], multiple=one["multiple"], help=one["help"]
    )
