"""A site's folder that is restored by commands and operations, on the engine of the test."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.backup.treesite import Site

from newel.cli.site import Site as Folder
from newel.testing import run_command
from newel.testing.engines import current

SHIPPED = pytest.mark.needs_plugin(*(one.name for one in entry_points(group="newel.plugins")))
"""Of a test that runs the command, which looks at all plugins that are installed."""
PASSWORD = "correct horse battery"
OFF = '["ssh", "tui", "http", "images", "egress", "delivery", "plugins_admin", "site", "lua", "ratelimit", "storage"]'
"""Plugins that these tests have no use for: a site without them starts in a third of the time."""


def made(path: Path, url: str = "") -> Path:
    """A folder whose configuration has comments."""
    path.mkdir(parents=True)
    if not url:
        url = "sqlite:///data/newel.db" if current.engine.plugin == "sqlite" else current.engine.lasting(path)
    (path / "newel.toml").write_text(
        f'# Ours.\n[database]\nurl = "{url}"  # where it is\n\n[log]\nlevel = "warning"\n\n[plugins]\ndisable = {OFF}\n'
    )
    return path


def working(folder: Path, work: Callable[[Site], Awaitable[Any]], *, serving: bool = False) -> Any:
    """Runs something on the whole site, as its configuration is now."""
    here = Folder(folder)
    app = here.app()

    async def run() -> Any:
        async with app.running(serving=serving):
            return await work(Site(app))

    return here.run(run())


def backed_up(folder: Path) -> str:
    """The id of a snapshot."""
    return str(run_command("backup", "run", "--json", site=folder).ok().json()["id"])


def database_of(folder: Path) -> str:
    """What the configuration says."""
    text = (folder / "newel.toml").read_text()
    return text.partition('url = "')[2].partition('"')[0]


async def titles(site: Site) -> list[str]:
    found = await site.run("content.list", type="page", limit=100)
    return sorted(one.data["title"] for one in found.data)


async def roles(site: Site) -> dict[str, str]:
    """Who may what, by address."""
    rows = await site.database.fetch_all("SELECT email, role FROM accounts_users")
    return {str(row["email"]).partition("@")[0]: str(row["role"]) for row in rows}


async def filled(site: Site) -> str:
    """Three pages, and Ann, who is an admin."""
    await site.filled()
    user = await site.run("users.create", email="ann@example.com", role="admin", password=PASSWORD)
    return str(user.id)
