"""What the commands share."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import click

from newel.contracts.blobs import Blobs
from newel.contracts.migrations import Migrations
from newel_backup.config import LOCAL, BackupConfig

if TYPE_CHECKING:
    from newel.app import App
    from newel.cli.site import Site
    from newel_backup.work import Work

PARTIAL = 3
"""Exit code: it was done, and something is missing."""
Told = Callable[[str, int, int], None]
JSON = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
TARGET = click.option("--target", default=LOCAL, show_default=True, help="Its name in [backup.targets].")
DRY = click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")


@asynccontextmanager
async def standing(site: Site) -> AsyncIterator[tuple[App, Work]]:
    """The site's application with what backups need of it, and nothing that acts by itself."""
    from newel_backup.work import Work

    app = site.app()
    async with app.running_only(Migrations, Blobs):
        yield app, Work(app, app.config(BackupConfig))


@contextmanager
def progress(label: str, *, quiet: bool) -> Iterator[Told]:
    """A bar on standard error that follows what is told."""
    hidden = quiet or not sys.stderr.isatty()
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden) as bar:

        def told(stage: str, done: int, total: int) -> None:
            bar.label = stage
            bar.length = max(total, done, 1)
            bar.update(done - bar.pos)

        yield told


def plain(app: App, found: Any) -> Any:
    return app.structurer.unstructure(found)
