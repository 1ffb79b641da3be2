"""``newel completion``, and the answers to a shell that completes.

All commands of a site are kept in the user's cache: to find them, all plugins are loaded, and a shell asks at each key.
They are found anew when Newel, a package, the configuration or the plugins' folder changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Literal

import click

from newel.cli.site import Site
from newel.cli.tree import Kept, Node, command_of, node_of
from newel.config import PREFIX
from newel.errors import NewelError
from newel.versions import VERSION

VARIABLE = "_NEWEL_COMPLETE"
KEPT = "commands-"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: Literal["bash", "zsh", "fish"]) -> None:
    """Print what makes a shell complete commands.

    \b
    bash: newel completion bash > ~/.local/share/bash-completion/completions/newel
    zsh:  newel completion zsh > FOLDER/_newel, where FOLDER is one of $fpath
    fish: newel completion fish > ~/.config/fish/completions/newel.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows these three
    click.echo(kind(click.Command("newel"), {}, "newel", VARIABLE).source())


def complete(root: click.Group, instruction: str) -> int:
    """Answers a shell. What is wrong with the site is silence here, and no trace in a prompt."""
    from click.shell_completion import shell_complete

    return shell_complete(Remembered(root), {}, "newel", VARIABLE, instruction)


class Remembered(click.Group):
    """The root with the commands of the site that the words name."""

    def __init__(self, root: click.Group) -> None:
        super().__init__("newel", params=root.params, help=root.help)
        self._root = root
        self._known: Kept | None = None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._of(ctx).list_commands(ctx)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return self._of(ctx).get_command(ctx, name)

    def _of(self, ctx: click.Context) -> Kept:
        if self._known is None:
            site = Site.of(ctx.params)
            site.log_stream = StringIO()  # the shell has no room for a log
            kept = command_of("newel", _remembered(site) or _found(self._root, site))
            assert isinstance(kept, Kept)  # noqa: S101 - the root has commands
            self._known = kept
        return self._known


def _remembered(site: Site) -> Node | None:
    """What is kept of this site, where it still holds."""
    file = _file(site)
    if file is None or not _private(file.parent):
        return None
    try:
        found = json.loads(file.read_text("utf-8"))
        return found["root"] if found["state"] == _state(site) else None
    except (OSError, ValueError, RecursionError, LookupError, TypeError):  # it is not there, or none of ours
        return None


def _found(root: click.Group, site: Site) -> Node:
    """All commands; where the site cannot be looked into, those on top."""
    try:
        site.app()
        node = node_of(root, click.Context(root, obj=site, info_name="newel"))
    except (NewelError, OSError):
        names = root.list_commands(click.Context(root, obj=site, info_name="newel"))
        return {"help": "", "params": [], "commands": {name: {"help": "", "params": []} for name in names}}
    _keep(site, node)
    return node


def _keep(site: Site, node: Node) -> None:
    file = _file(site)
    if file is None:
        return
    with suppress(OSError):  # it is found anew each time then
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _private(file.parent):
            return
        new = file.with_suffix(f".{os.getpid()}")
        new.unlink(missing_ok=True)
        # The state is made of settings too, secrets among them.
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            json.dump({"state": _state(site), "root": node}, opened)
        new.replace(file)


def _private(folder: Path) -> bool:
    """Whether nobody else can put words into this user's prompt, or a link where a file is to be written."""
    try:
        found = folder.stat()
    except OSError:
        return False
    return found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _file(site: Site) -> Path | None:
    home = os.environ.get("XDG_CACHE_HOME") or (os.path.expandvars("$HOME/.cache") if "HOME" in os.environ else "")
    if not home.startswith("/"):
        return None
    return Path(home) / "newel" / f"{KEPT}{_digest(str(site.folder))[:16]}.json"


def _state(site: Site) -> str:
    """What the commands of a site depend on, in short."""
    return _digest("\n".join([VERSION, sys.executable, *_changes(site)]))


def _changes(site: Site) -> Iterator[str]:
    places = [site.file, *_plugins(site.folder / "plugins"), *map(Path, sys.path)]
    for place in places:
        with suppress(OSError):
            yield f"{place} {place.stat().st_mtime_ns}"
    yield from sorted(f"{name}={text}" for name, text in os.environ.items() if name.startswith(PREFIX))
    yield repr((site.sets, site.safe, site.strict))


def _plugins(folder: Path) -> list[Path]:
    try:
        return [folder, *sorted(folder.iterdir())[:500]]
    except OSError:  # there are none
        return []


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
