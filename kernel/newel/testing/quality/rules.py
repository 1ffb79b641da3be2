"""What a rule is."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from attrs import frozen

if TYPE_CHECKING:
    from newel.testing.quality.subject import Subject

Level = Literal["bronze", "silver", "gold"]
LEVELS: tuple[Level, ...] = get_args(Level)
Check = Callable[["Subject"], Iterable[str] | Awaitable[Iterable[str]]]
F = TypeVar("F", bound=Callable[..., Any])


@frozen
class Rule:
    """One thing that a good plugin does. ``check`` answers what is wrong, a sentence each."""

    name: str
    level: Level
    text: str
    remedy: str
    check: Check

    def faults(self, subject: Subject) -> list[str]:
        found = self.check(subject)
        return list(asyncio.run(_awaited(found)) if isinstance(found, Awaitable) else found)


async def _awaited(found: Awaitable[Iterable[str]]) -> Iterable[str]:
    return await found


def rule(level: Level, remedy: str) -> Callable[[F], F]:
    """Marks a function as a rule: its name is the rule's, its docstring is the manual."""

    def mark(function: F) -> F:
        name, text = function.__name__, inspect.getdoc(function) or ""
        function.newel_rule = Rule(name, level, text, remedy, function)  # type: ignore[attr-defined]  # found by rules_of
        return function

    return mark


def rules_of(*modules: ModuleType) -> tuple[Rule, ...]:
    """The rules of modules, in the order they stand there."""
    found = [getattr(value, "newel_rule", None) for module in modules for value in vars(module).values()]
    return tuple(one for one in found if isinstance(one, Rule))
