"""``newel backup``: what works without a site that starts, on the database and the target alone."""

from __future__ import annotations

import click

from newel_backup.commands.archiving import export, import_
from newel_backup.commands.browsing import cat, diff, ls
from newel_backup.commands.checking import prune, unlock, verify
from newel_backup.commands.drilling import drill
from newel_backup.commands.keying import init, key
from newel_backup.commands.restoring import forget, reopen, restore
from newel_backup.commands.taking import list_, run, show, status


@click.group(no_args_is_help=True)
def backup() -> None:
    """Back up, list, verify, restore, drill, prune."""


for _one in (
    init, key, run, list_, show, status, ls, cat, diff, verify, prune, unlock, restore, forget, reopen, drill, export,
    import_,
):  # fmt: skip
    backup.add_command(_one)
