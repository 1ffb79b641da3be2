"""``newel version``."""

from __future__ import annotations

import platform
import sqlite3
from importlib import metadata
from typing import TYPE_CHECKING, Any

import click
from attrs import asdict

from newel.cli.output import clean, show, table
from newel.errors import NewelError
from newel.failures import BROKEN
from newel.releases import UPGRADE, ReleasesConfig, asked
from newel.versions import VERSION

if TYPE_CHECKING:
    from newel.cli.site import Site


@click.command()
@click.option("--check", is_flag=True, help="Ask whether there is a newer one (see [releases] url).")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def version(site: Site, check: bool, as_json: bool) -> int:
    """Versions of Newel, Python, libraries and plugins. Asks nobody, unless told to with --check.

    With --check: exit code 0: this is the newest; 3: there is a newer one; 1: it cannot be told.
    """
    if check:
        return _check(site, as_json)
    facts = _facts(site)
    if as_json:
        show(facts, as_json=True)
        return 0
    rows = [("newel", facts["newel"], ""), ("python", facts["python"], facts["platform"])]
    rows += [(name, found, "library") for name, found in facts["libraries"].items()]
    rows += [(one["name"], one["version"], f"plugin, {one['origin']}") for one in facts["plugins"]]
    table(("what", "version", ""), rows)
    return 0


def _check(site: Site, as_json: bool) -> int:
    found = asked(site.layers().text("releases.url", ReleasesConfig().url))
    if as_json:
        show(asdict(found), as_json=True)
    elif not found.newer:
        click.echo(f"Newel {found.current} is the newest")
    else:
        click.echo(f"Newel {clean(found.latest)} is out; this is {found.current}")
        if found.read:
            click.echo(f"read: {clean(found.read)}")
        click.echo(f"then: {UPGRADE}")
    return 3 if found.newer else 0


def _facts(site: Site) -> dict[str, Any]:
    return {
        "newel": VERSION,
        "python": platform.python_version(),
        "platform": f"{platform.python_implementation()}, {platform.system()} {platform.machine()}",
        "libraries": {"sqlite": sqlite3.sqlite_version, **_libraries()},
        "plugins": _plugins(site),
    }


def _libraries() -> dict[str, str]:
    """What Newel was installed with, as far as it is here."""
    from newel.doctor.machine import OURS, requirements

    found = {}
    try:
        names = sorted({one.name for one, _ in requirements(OURS)})
    except metadata.PackageNotFoundError:
        return {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _plugins(site: Site) -> list[dict[str, str]]:
    """From manifests alone, so that a site that cannot start tells its versions too."""
    rows = []
    try:
        found = site.found(site.layers())
    except NewelError as error:
        click.echo(f"without plugins: {clean(error.detail)}", err=True)
        return []
    for one in found:
        try:
            told = one.manifest().version
        except BROKEN:  # `newel doctor` says why
            told = "?"
        rows.append({"name": one.name, "version": told, "origin": one.origin})
    return rows
