"""What can be set about limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from attrs import field, frozen

from newel import Max, Min
from newel_ratelimit.rate import parse

GROUPS = {"login": "10/minute"}
"""Limits that are there unless the configuration names the group: adding one must not lift another."""


def _check(_: Any, __: Any, groups: Mapping[str, str]) -> None:
    for name, text in groups.items():
        try:
            parse(text)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None


@frozen(kw_only=True)
class RateLimitConfig:
    """The ``[ratelimit]`` section."""

    groups: Annotated[
        Mapping[str, str],
        "By group: `10/minute`, `100/hour burst 20` (so many at once) or `off`. `login` is `10/minute` if not named.",
    ] = field(factory=dict, validator=_check)
    max_callers: Annotated[
        int, "Callers that are remembered; beyond it the one seen longest ago goes.", Min(100), Max(10_000_000)
    ] = 50_000
