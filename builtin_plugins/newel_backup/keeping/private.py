"""Who may read what lies on this machine: repositories in folders, and the keys of targets."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from newel.contracts.site import Finding

if TYPE_CHECKING:
    from newel_backup.config import BackupConfig

FOLDER = "file:"


def looked_at(site: Path, config: BackupConfig) -> Finding:
    """Blocks."""
    places = list(_places(site, config))
    loose = [str(path) for path, mode in places if mode & (stat.S_IROTH | stat.S_IWOTH)]
    if loose:
        return Finding(
            state="warning", detail=f"other users may come to {', '.join(loose)}", remedy=f"chmod o= {' '.join(loose)}"
        )
    return Finding(detail=f"{len(places)} folders and keys are private" if places else "none lies here yet")


def _places(site: Path, config: BackupConfig) -> Iterator[tuple[Path, int]]:
    for target in config.targets.values():
        url = target.url.reveal()
        named = [site / url.removeprefix(FOLDER).removeprefix("//")] if url.startswith(FOLDER) else []
        named += [site / target.key_file] if target.key_file else []
        for path in named:
            try:
                yield path, path.stat().st_mode
            except OSError:  # it is not made yet, or not mounted: a backup tells
                continue
