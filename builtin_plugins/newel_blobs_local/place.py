"""From ``[blobs] url`` to a folder, with plain words where that cannot work."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from newel.errors import BootError


def place_of(url: str, folder: Path) -> Path:
    """``file:data/blobs`` is relative to the site's folder, ``file:/srv/blobs`` and ``file:///srv/blobs`` are not."""
    path = url.partition(":")[2]
    if "?" in path or "#" in path:
        raise BootError("blobs.url: a folder takes no options in its URL. Put them in the section [blobs_local].")
    if path.startswith("//"):
        if not path.startswith("///"):
            raise BootError(f"blobs.url: '{url}' has a host. Write 'file:{path[2:]}', or three slashes.")
        path = path[2:]
    if not path.strip("/"):
        raise BootError("blobs.url: it names no folder. Write for example 'file:data/blobs'.")
    return folder / unquote(path)
