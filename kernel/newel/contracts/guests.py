"""Plugins that run inside of a plugin, such as those in Lua, for whoever shows all plugins of a site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Guests(Protocol):
    """What a plugin that runs others knows of them."""

    async def names(self) -> Sequence[str]:
        """Of all that are there, running or not; in order."""

    async def about(self, name: str) -> Mapping[str, Any] | None:
        """All about one, as JSON: ``plugin`` (its name), ``state``, and what its host has to tell, with what it may not
        do. ``None``: there is no such plugin. Nothing secret: an operator reads it."""
