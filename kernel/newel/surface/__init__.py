"""What plugins may rely on, by minor version: one JSON file each, made by ``./just snapshots`` and shipped.

A file stays when its version is out; so a package can be held against a version that is not installed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from attrs import frozen

from newel.errors import NotFound
from newel.versions import VERSION


@frozen
class Surface:
    """One version. ``modules`` has names with their signatures (or ``class``, ``value``), ``hooks`` arguments and kind,
    ``operations`` the HTTP address; ``deprecated`` is by the whole name (``newel.errors.Old``, ``hook x``,
    ``operation x.y``, ``hook x(argument)``)."""

    version: str
    modules: Mapping[str, Mapping[str, str]]
    classes: Mapping[str, Mapping[str, str]]
    hooks: Mapping[str, Mapping[str, Any]]
    operations: Mapping[str, str]
    deprecated: Mapping[str, Mapping[str, str]]


def minor(version: str = VERSION) -> str:
    """``0.1.3`` is of ``0.1``."""
    return ".".join(version.split(".")[:2])


def known() -> list[str]:
    """The versions that are on record, the oldest first."""
    names = [one.name.removesuffix(".json") for one in files("newel.surface").iterdir() if one.name.endswith(".json")]
    return sorted(names, key=lambda name: [int(part) for part in name.split(".")])


def surface(version: str) -> Surface:
    """Raises ``NotFound`` for a version that is not on record."""
    if minor(version) not in known():
        raise NotFound(f"Newel {version} is not on record here; known: {', '.join(known())}")
    return Surface(**json.loads((files("newel.surface") / f"{minor(version)}.json").read_text("utf-8")))
