"""What can be set about limits."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Min


@frozen(kw_only=True)
class RateLimitConfig:
    """The ``[ratelimit]`` section."""

    login_per_minute: Annotated[int, "Tries to sign in, per address and minute.", Min(1)] = 10
