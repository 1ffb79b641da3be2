"""``newel doctor``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click
from attrs import asdict

from newel.checks import worst
from newel.cli.output import clean, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newel.cli.site import Site
    from newel.doctor.model import Result

CODES = {"ok": 0, "failing": 1, "warning": 3}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--quiet", is_flag=True, help="Print only what is not well.")
@click.option("--fix", is_flag=True, help="Take rights away from others where they should not have them (chmod).")
@click.pass_obj
def doctor(site: Site, as_json: bool, quiet: bool, fix: bool) -> int:
    """Look for all that is wrong, and say what to do. Changes nothing, unless told to with --fix.

    Works where the site does not: with a broken configuration, a plugin that is missing, a database that is away. Exit
    code 0: all is well; 1: something does not work; 3: it works, but somebody should look.
    """
    from newel.doctor.examining import examined
    from newel.doctor.folder import repair
    from newel.doctor.model import Case

    case = Case(folder=site.folder)
    found = examined(site, case)
    if fix and case.loose:
        for line in repair(case):
            click.echo(clean(line), err=True)
        found = examined(site, Case(folder=site.folder))
    told = [one for one in found if one.state != "ok"] if quiet else found
    state = worst(one.state for one in found)
    if as_json:
        show({"state": state, "checks": [asdict(one) for one in told]}, as_json=True)
    else:
        _print(told)
        if not quiet:
            counts = Counter[str](one.state for one in found)
            click.echo(", ".join(f"{counts[name]} {name}" for name in CODES))
    return CODES[state]


def _print(found: Sequence[Result]) -> None:
    """A row each, aligned; what to do stands below, behind an arrow."""
    width = max((len(one.name) for one in found), default=0)
    margin = " " * (len("failing") + 2 + width + 2)
    for one in found:
        first, *more = one.detail.split("\n")
        click.echo(f"{one.state:<7}  {one.name:<{width}}  {clean(first)}".rstrip())
        for line in more:
            click.echo(f"{margin}{clean(line)}")
        for line in one.remedy.split("\n") if one.remedy else ():
            click.echo(f"{margin}→ {clean(line)}")
