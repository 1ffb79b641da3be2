"""``newel backup init`` and ``newel backup key``."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newel.cli.output import clean
from newel.errors import Conflict
from newel_backup.commands.common import TARGET
from newel_backup.config import BackupConfig

if TYPE_CHECKING:
    from newel.cli.site import Site


@click.command()
@TARGET
@click.pass_obj
def init(site: Site, target: str) -> None:
    """Make a repository on a target. The first backup does so too; here one sees whether the target works."""
    from newel_backup.repo.faults import NoRepository
    from newel_backup.targets import Targets

    site.expected()
    app = site.app()
    targets = Targets(app, app.config(BackupConfig))

    async def make() -> tuple[str, bool, bool]:
        try:
            async with targets.repository(target) as found:
                return found.blobs.name, found.config.encrypted, False
        except NoRepository:
            async with targets.repository(target, create=True) as found:
                return found.blobs.name, found.config.encrypted, True

    name, encrypted, made = site.run(make())
    click.echo(f"{'made' if made else 'there already'}: {clean(name)}, {'encrypted' if encrypted else 'not encrypted'}")
    if encrypted:
        click.echo("keep its key or passphrase somewhere else as well: without it no backup can be read")


@click.group(no_args_is_help=True)
def key() -> None:
    """Keys of encrypted targets."""


@key.command("new")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def new(file: Path) -> None:
    """Make a key file; name it as key_file of a target before its first backup."""
    from newel_backup.repo.keys import key_file_text

    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{file} is there already: a key that is overwritten opens nothing any more") from None
    with open(handle, "w", encoding="utf-8") as opened:  # noqa: PTH123 - a handle, opened so that nobody else reads it
        opened.write(key_file_text())
    click.echo(f"wrote {file}: keep a copy somewhere else, without it no backup can be read")


@key.command()
@TARGET
@click.option("--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Of the new key.")
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Holds the new passphrase in its first line.")  # fmt: skip
@click.option("--label", default="added", show_default=True, help="What it is called.")
@click.pass_obj
def add(site: Site, target: str, key_file: Path | None, passphrase_file: Path | None, label: str) -> None:
    """Let another key file or passphrase open a target, too."""
    from newel_backup.repo.keys import Secret, read_key_file
    from newel_backup.targets import Targets

    if (key_file is None) == (passphrase_file is None):
        raise click.UsageError("give --key-file or --passphrase-file")
    site.expected()
    app = site.app()
    targets = Targets(app, app.config(BackupConfig))

    async def work() -> str:
        if key_file is not None:
            secret = Secret(key_file=read_key_file(await asyncio.to_thread(key_file.read_text, "utf-8")))
        else:
            assert passphrase_file is not None  # noqa: S101 - one of the two is there
            lines = (await asyncio.to_thread(passphrase_file.read_text, "utf-8")).splitlines()
            secret = Secret(passphrase=lines[0] if lines else "")
        return await targets.add_key(target, secret, label=label, clock=app.clock)

    click.echo(f"added {site.run(work())} to '{target}'")


@key.command("list")
@TARGET
@click.pass_obj
def list_(site: Site, target: str) -> None:
    """The keys that open a target."""
    from newel.cli.output import table
    from newel_backup.targets import Targets

    site.expected()
    app = site.app()
    found = site.run(Targets(app, app.config(BackupConfig)).keys(target))
    table(("id", "kind", "label", "made"), [(one.id, one.kind, clean(one.label), one.created_at) for one in found])


@key.command()
@click.argument("id")
@TARGET
@click.pass_obj
def remove(site: Site, id: str, target: str) -> None:
    """Take a key away; the last one stays. Who copied the repository before can still open that copy with it."""
    from newel_backup.targets import Targets

    site.expected()
    app = site.app()
    site.run(Targets(app, app.config(BackupConfig)).remove_key(target, id))
    click.echo(f"removed {clean(id)} from '{target}'")
