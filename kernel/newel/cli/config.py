"""``newel config explain|show|check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newel.cli.output import show as print_value
from newel.cli.output import table
from newel.explain import explained, shown

if TYPE_CHECKING:
    from newel.cli.site import Site


@click.group(no_args_is_help=True)
def config() -> None:
    """Look at the configuration."""


@config.command()
@click.argument("section", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def explain(site: Site, section: str | None, as_json: bool) -> None:
    """Every setting: type, default, a sentence, and its name in the environment."""
    settings = explained(site.app(), section)
    if as_json:
        print_value([one.as_dict() for one in settings], as_json=True)
        return
    for number, one in enumerate(settings):
        if number == 0 or settings[number - 1].section != one.section:
            click.echo(f"{'' if number == 0 else chr(10)}[{one.section}]")
        click.echo(f"  {one.key} = {one.default}  ({one.type})\n      {one.sentence}\n      {one.environment}")


@config.command()
@click.option("--origin", is_flag=True, help="Also where each value comes from.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def show(site: Site, origin: bool, as_json: bool) -> None:
    """The values in force. Secrets are masked."""
    rows = shown(site.app())
    if as_json:
        print_value([{"path": path, "value": value, "origin": where} for path, value, where in rows], as_json=True)
    elif origin:
        table(("setting", "value", "origin"), rows)
    else:
        table(("setting", "value"), [row[:2] for row in rows])


@config.command()
@click.pass_obj
def check(site: Site) -> None:
    """Whether the configuration is right; all mistakes at once."""
    site.app()
    click.echo("the configuration is right")
