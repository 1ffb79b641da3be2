"""Rate limits: so many calls of a group in so much time."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.limits import RateLimit
from newel_ratelimit.config import RateLimitConfig

manifest = Manifest(
    name="ratelimit",
    summary="Limits calls by group and caller, in memory.",
    load="newel_ratelimit.plugin:RateLimitPlugin",
    config=RateLimitConfig,
    provides=(RateLimit,),
)
