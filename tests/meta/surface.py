"""``python -m tests.meta.surface``: the public surface as text, a line a thing (``./just snapshots``).

A change of it is then a changed line in review: a route, a permission, a command, a hook, a setting.
"""

from __future__ import annotations

import inspect
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from attrs import asdict

from newel import surface as newel_surface
from newel.app import App
from newel.cli import newel
from newel.cli.site import Site
from newel.contracts.http import HttpAnswer
from newel.explain import explained
from newel.spec import kind_of
from newel.testing.reference import shipped_app
from newel.testing.surface import made
from newel_accounts.rights import Registry
from newel_http.clients import Proxies
from newel_http.config import HttpConfig
from newel_http.entries import router_of
from newel_http.figures import Traffic
from newel_http.pages import Pages
from newel_http.probes import Probes
from newel_http.server import Server

FOLDER = Path(__file__).with_name("snapshots")
PREFIX = "/api/v1"
SHIPPED = Path(newel_surface.__file__).with_name(f"{newel_surface.minor()}.json")


def snapshots(app: App) -> dict[str, str]:
    """The texts by file name."""
    made = {
        "routes.txt": _routes(app),
        "permissions.txt": _permissions(app),
        "commands.txt": _commands(app),
        "hooks.txt": _hooks(app),
        "config.txt": _config(app),
    }
    return {name: "\n".join(lines) + "\n" for name, lines in made.items()}


def _routes(app: App) -> list[str]:
    """Method, path, permission, plugin, then the operation or the parameters that a route by hand takes."""
    config = app.config(HttpConfig)
    operations = {(one.method, PREFIX + one.path): one.name for one in app.operations if one.http}
    lines = []
    probes = Probes(app, Server(app, config, Proxies(config.trusted_proxies), Traffic()))
    own = [*probes.entries(), *Pages(app, HttpAnswer()).entries()]
    for entry in router_of(app, config, own).entries:
        what = operations.get((entry.method, entry.path))
        more = what or f"by hand{''.join(f' ?{name}' for name in sorted(entry.parameters))}"
        lines.append((entry.path, f"{entry.method} {entry.path}  {entry.needs.name}  {entry.owner}  {more}"))
    return [line for _, line in sorted(lines)]


def _permissions(app: App) -> list[str]:
    """Name, plugin, the roles that hold it from the start beside ``admin``."""
    known = Registry(app).known.values()
    return [f"{one.permission.name}  {one.plugin}  {' '.join(sorted(one.permission.roles)) or '-'}" for one in known]


def _commands(app: App) -> list[str]:
    context = click.Context(newel, obj=Site(app.folder, app=app))
    return sorted(_command("newel", newel, context))


def _command(path: str, command: click.Command, context: click.Context) -> Iterator[str]:
    if isinstance(command, click.Group):
        if options := _parameters(command, context):
            yield f"{path}{options}"
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None, name
            yield from _command(f"{path} {name}", inner, context)
    else:
        yield f"{path}{_parameters(command, context)}"


def _parameters(command: click.Command, context: click.Context) -> str:
    """Arguments, then options; an option without brackets is required."""
    told = ""
    for one in sorted(command.params, key=lambda one: isinstance(one, click.Option)):
        text = "/".join([*one.opts, *one.secondary_opts]) if isinstance(one, click.Option) else one.human_readable_name
        told += f" {text}" if one.required else f" [{text}]"
    return told


def _hooks(app: App) -> list[str]:
    """Name with arguments, and kind."""

    def told(name: str, hook: Any) -> str:
        return f"{name}({', '.join(inspect.getfullargspec(hook).args)})  {kind_of(hook)}"

    return [told(name, hook) for name, hook in sorted(app.hooks.declared().items())]


def _config(app: App) -> list[str]:
    return [f"[{one.section}] {one.key}: {one.type} = {one.default}" for one in explained(app)]


def shipped_surface(app: App) -> str:
    """What ``newel plugins check`` holds packages against."""
    return json.dumps(asdict(made(app)), indent=1, sort_keys=True) + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        app = shipped_app(Path(folder))
        for name, text in snapshots(app).items():
            (FOLDER / name).write_text(text, "utf-8")
        SHIPPED.write_text(shipped_surface(app), "utf-8")


if __name__ == "__main__":
    main()
