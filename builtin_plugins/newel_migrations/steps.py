"""The steps that the code knows, and what is wrong with them."""

from __future__ import annotations

import hashlib
import inspect
import textwrap
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from attrs import frozen

from newel.contracts.migrations import Migration


@frozen
class Step:
    """One plugin's migration, and the mark by which an edit of it is noticed."""

    plugin: str
    migration: Migration
    checksum: str

    @property
    def key(self) -> tuple[str, int]:
        return self.plugin, self.migration.number

    def __str__(self) -> str:
        return f"{self.plugin} {self.migration.number} '{self.migration.name}'"


@lru_cache(1024)  # sites beside this one have the same steps, and to find the source takes a millisecond
def checksum(upgrade: Callable[..., Any]) -> str:
    """A digest of the function's own source, blind to comments and blank lines; empty where there is no source.

    Not of its module: adding step 2 below step 1 in one file must not make step 1 look changed.
    """
    try:
        source = textwrap.dedent(inspect.getsource(upgrade))
    except (OSError, TypeError):
        return ""
    lines = (line.rstrip() for line in source.splitlines())
    kept = [line for line in lines if line and not line.lstrip().startswith("#")]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()


def steps_of(collected: Iterable[tuple[str, Migration]]) -> list[Step]:
    """All steps: plugins in order of need, each one's steps in order of number."""
    by_plugin: dict[str, list[Step]] = {}
    for plugin, migration in collected:
        by_plugin.setdefault(plugin, []).append(Step(plugin, migration, checksum(migration.upgrade)))
    return [step for steps in by_plugin.values() for step in sorted(steps, key=lambda one: one.migration.number)]


def misnumbered(steps: Sequence[Step]) -> dict[str, str]:
    """By plugin, what is wrong with its numbers. Right is 1, 2, 3 ... without gap or repetition."""
    numbers: dict[str, list[int]] = {}
    for step in steps:
        numbers.setdefault(step.plugin, []).append(step.migration.number)
    return {
        plugin: f"migrations of '{plugin}' must be numbered 1, 2, 3 ... each once; found {', '.join(map(str, found))}"
        for plugin, found in numbers.items()
        if found != list(range(1, len(found) + 1))
    }
