"""Rest for what fails again and again: a plugin, one of its hooks, a server that it calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from newel.contracts.clock import Clock
from newel_lua.faults import Resting

BreakerState = Literal["closed", "open", "half_open"]


class Breaker:
    """Opens after ``failures`` in a row. ``seconds`` later one call is let through: its outcome closes or reopens it.

    The outcome of a call that began before the breaker last changed says nothing of the present, and does not count.
    With ``seconds`` of infinity it stays open until ``reset``.
    """

    def __init__(self, clock: Clock, *, failures: int, seconds: float) -> None:
        self._clock = clock
        self._most = failures
        self._seconds = seconds
        self._era = 0
        """Counts the changes of state."""
        self._opened: float | None = None
        self._trying = False
        self.failed = 0
        """Failures in a row, while it is closed."""

    @property
    def state(self) -> BreakerState:
        if self._opened is None:
            return "closed"
        return "open" if self._left() > 0 else "half_open"

    @contextmanager
    def calling(self, *harmless: type[Exception]) -> Iterator[None]:
        """Around one call. An ``Exception`` that leaves the block is a failure, but for ``harmless`` ones, which say
        nothing; so does a cancellation. Raises ``Resting`` instead of entering the block."""
        era = self._enter()
        try:
            yield
        except harmless:
            self._leave(era)
            raise
        except Exception:
            self._fail(era)
            raise
        except BaseException:
            self._leave(era)
            raise
        else:
            self._succeed(era)

    def reset(self) -> None:
        """Closes it, whatever was before; calls that run now no longer count."""
        self._change(None)

    def _left(self) -> float:
        return 0.0 if self._opened is None else self._opened + self._seconds - self._clock.monotonic()

    def _enter(self) -> int:
        if self._opened is not None:
            left = self._left()
            if left > 0 or self._trying:
                raise Resting("it failed several times in a row and rests", max(left, 1.0))
            self._trying = True
        return self._era

    def _succeed(self, era: int) -> None:
        if era != self._era:
            return
        self.failed = 0
        if self._trying:
            self._change(None)

    def _fail(self, era: int) -> None:
        if era != self._era:
            return
        self.failed += 1
        if self._trying or self.failed >= self._most:
            self._change(self._clock.monotonic())

    def _leave(self, era: int) -> None:
        if era == self._era:
            self._trying = False

    def _change(self, opened: float | None) -> None:
        self._era += 1
        self._opened, self._trying, self.failed = opened, False, 0
