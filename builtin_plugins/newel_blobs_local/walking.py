"""Lists keys in their order, a folder at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from newel.blobs import checked_key
from newel.contracts.blobs import Blob
from newel.errors import Reject
from newel_blobs_local.facts import moment
from newel_blobs_local.folder import Folder

_SEGMENT = re.compile(r"[a-z0-9_-][a-z0-9._-]*")


def walk(folder: Folder, prefix: str, after: str, below: str = "") -> Iterator[Blob]:
    """Blobs below a folder. Holds nothing open between two of them. Links, and what is no key, are passed over."""
    for name, is_folder, stat in _entries(folder, below):
        key = below + name
        if is_folder:
            inside = key + "/"
            if (inside.startswith(prefix) or prefix.startswith(inside)) and (
                after < inside or after.startswith(inside)
            ):
                yield from walk(folder, prefix, after, inside)
        elif key.startswith(prefix) and key > after and _is_key(key):
            yield Blob(key=key, size=stat.st_size, modified=moment(stat))


def _entries(folder: Folder, below: str) -> list[tuple[str, bool, os.stat_result]]:
    """Name, whether a folder, facts; in the order of the keys: ``a-b`` and ``a.b`` come before ``a/b``."""
    found = []
    try:
        with folder.parent(f"{below}x") as (fd, _), os.scandir(fd) as entries:
            for entry in entries:
                is_folder = entry.is_dir(follow_symlinks=False)
                if _SEGMENT.fullmatch(entry.name) and (is_folder or entry.is_file(follow_symlinks=False)):
                    try:
                        found.append((entry.name, is_folder, entry.stat(follow_symlinks=False)))
                    except FileNotFoundError:  # deleted meanwhile
                        continue
    except FileNotFoundError:
        if not below:  # the whole store is gone
            raise
    return sorted(found, key=lambda one: one[0] + "/" if one[1] else one[0])


def _is_key(key: str) -> bool:
    try:
        return bool(checked_key(key))
    except Reject:
        return False
