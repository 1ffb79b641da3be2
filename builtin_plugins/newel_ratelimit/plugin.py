"""Rate limits: the running part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel.contracts.limits import RateLimit
from newel_ratelimit.config import GROUPS, RateLimitConfig
from newel_ratelimit.limiter import Limiter
from newel_ratelimit.rate import parse

if TYPE_CHECKING:
    from newel.app import App


class RateLimitPlugin:
    """Provides ``RateLimit``."""

    def __init__(self, app: App, config: RateLimitConfig) -> None:
        self._app = app
        rates = {name: rate for name, text in {**GROUPS, **config.groups}.items() if (rate := parse(text)) is not None}
        self._limiter = Limiter(app.clock, rates, config.max_callers)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.provide(RateLimit, self._limiter)
        yield
