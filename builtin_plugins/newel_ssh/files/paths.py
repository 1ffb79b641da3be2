"""Paths as clients send them."""

from __future__ import annotations

from asyncssh import SFTPInvalidFilename

from newel.contracts.files import Path
from newel.contracts.layout import harmless

LONGEST = 4096
"""Bytes of a path."""
LONGEST_NAME = 255
"""Bytes of a name."""
DEEPEST = 64


def resolved(raw: bytes) -> Path:
    """The names from the root on. Relative paths begin at the root; ``..`` never leads above it. Raises
    ``SFTPInvalidFilename`` for what no tree can have."""
    if len(raw) > LONGEST:
        raise SFTPInvalidFilename(f"a path has {LONGEST} bytes at most")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise SFTPInvalidFilename("names are UTF-8 here") from None
    if harmless(text) != text:
        raise SFTPInvalidFilename("names have no control characters and no marks of direction here")
    names: list[str] = []
    for name in text.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    if len(names) > DEEPEST or any(len(name.encode()) > LONGEST_NAME for name in names):
        raise SFTPInvalidFilename(f"a name has {LONGEST_NAME} bytes at most, and a path {DEEPEST} names")
    return tuple(names)


def written(path: Path) -> str:
    """A path as people read it."""
    return "/" + "/".join(path)
