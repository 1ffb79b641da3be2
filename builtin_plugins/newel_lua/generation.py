"""One plugin in this process: its present code, what it is allowed, how it fares."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from attrs import Factory, define, field

from newel_lua.breaker import Breaker
from newel_lua.counters import Counters
from newel_lua.discovery import Candidate
from newel_lua.examining import Examined
from newel_lua.model import Grants, Registration, Self
from newel_lua.reasons import Reason
from newel_lua.request import Item, grants, item_of
from newel_lua.store import Decided

State = Literal["discovered", "loading", "running", "failed", "stopped"]


@define(eq=False, kw_only=True)
class Generation:
    """Code that was loaded. While one is used it is not unloaded, for ten seconds at most after another took over."""

    name: str
    examined: Examined
    instance: Any = None
    """The host's."""
    settings: Mapping[str, Any] = field(repr=False)
    asked: int
    granted: frozenset[Item] = frozenset()
    grants: Grants = Factory(Grants)
    calls: int = 0
    unused: asyncio.Event = Factory(asyncio.Event)
    ended: bool = False
    """Whether nobody may begin to use it any more."""

    @property
    def version(self) -> str:
        return self.examined.manifest.version

    @property
    def self(self) -> Self:
        """As its modules see it."""
        return Self(name=self.name, version=self.version, grants=self.grants, settings=self.settings)

    def grant(self, decided: Decided) -> None:
        """From now on what is approved, and nothing else, runs."""
        self.granted = self.examined.request.granted(decided.approvals)
        self.grants = grants(self.granted)

    @property
    def waiting(self) -> bool:
        """Whether something that it asks for is not approved."""
        return not self.granted.issuperset(self.examined.request.items)

    def approved(self, what: str) -> list[Registration]:
        """Its registrations of one sort (``route``, ``hook``, ...) that may run, in order."""
        return [one for one in self.instance.registrations if one.what == what and item_of(one) in self.granted]

    @contextmanager
    def using(self) -> Iterator[Generation]:
        """Holds it."""
        self.calls += 1
        self.unused.clear()
        try:
            yield self
        finally:
            self.calls -= 1
            if not self.calls:
                self.unused.set()


@define(eq=False)
class Plugin:
    """What this process knows of one plugin."""

    name: str
    decided: Decided
    breaker: Breaker
    candidate: Candidate | None = None
    state: State = "discovered"
    reason: Reason | None = None
    """Why it failed; while it runs: why its newest code does not."""
    live: Generation | None = None
    followed: int = 0
    """The revision of the decisions that were followed last."""
    again_at: float | None = None
    """When it is tried again."""
    tries: int = 0
    dependencies: tuple[str, ...] = ()
    retiring: set[Generation] = Factory(set)
    """Code that was replaced, until its calls have ended."""
    counters: Counters = Factory(Counters)
    last_error: dict[str, Any] | None = None
    """How a call failed last."""
    hooks_off: set[str] = Factory(set)
    """Hooks that failed so often that they are not called any more."""

    @property
    def generations(self) -> list[Generation]:
        """All code that may be called."""
        return [*self.retiring, *([self.live] if self.live is not None else [])]

    @property
    def running(self) -> bool:
        return self.live is not None
