"""``newel plugins check``."""

from __future__ import annotations

import re

import click
from attrs import asdict

from newel.cli.output import show
from newel.compatibility import check as findings_of
from newel.compatibility import package_of
from newel.errors import Reject
from newel.surface import surface
from newel.versions import VERSION


@click.command()
@click.argument("package")
@click.option("--newel", "version", default=VERSION, show_default="this one", help="The version to hold it against.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def check(package: str, version: str, as_json: bool) -> int:
    """Hold a plugin against a version of Newel: a folder, or an installed package.

    It is read, not imported: its range of versions, the hooks with their arguments, the names it imports, the
    operations it runs. Exit code 0: it fits; 1: it does not; 3: it fits, but uses what will go or is not public.
    """
    if not re.fullmatch(r"\d+\.\d+(\.\d+)?", version):
        raise Reject(f"'{version}' is no version such as 0.1")
    target, folder = surface(version), package_of(package)
    found = findings_of(folder, target, version)
    wrong = [one for one in found if one.kind == "error"]
    code = 1 if wrong else 3 if found else 0
    if as_json:
        show(
            {"package": str(folder), "newel": version, "fits": not wrong, "findings": [asdict(one) for one in found]},
            as_json=True,
        )
        return code
    for one in found:
        click.echo(f"{one.kind}: {one}")
    click.echo(f"{folder.stem} {'does not fit' if wrong else 'fits'} Newel {version}")
    return code
