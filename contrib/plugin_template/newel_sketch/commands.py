"""Commands that are no operations: they need no site that runs. Those of operations are there by themselves."""

from __future__ import annotations

import click


@click.group(no_args_is_help=True)
def group() -> None:
    """What its commands are about."""


@group.command()
def about() -> None:
    """Say what this plugin is."""
    click.echo("sketch keeps notes")
