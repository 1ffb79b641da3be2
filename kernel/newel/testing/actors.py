"""Callers for tests."""

from __future__ import annotations

from newel.context import Actor

_NAMES = {"admin": True}


def actor(name: str = "tester", *permissions: str, everything: bool | None = None) -> Actor:
    """A signed-in user with those permissions. ``actor("admin")`` may do everything."""
    whole = _NAMES.get(name, False) if everything is None else everything
    return Actor(id=name, kind="user", name=name, permissions=frozenset(permissions), everything=whole)
