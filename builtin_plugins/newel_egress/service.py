"""The operation ``egress.check``."""

from __future__ import annotations

from collections.abc import Callable

from newel import Call, operation
from newel.contracts.egress import Egress, EgressRefused
from newel_egress.model import CheckUrl, UrlChecked
from newel_egress.permissions import EGRESS_CHECK


class Checking:
    """Tries the rules for an administrator."""

    def __init__(self, egress: Callable[[], Egress]) -> None:
        self._egress = egress

    @operation("egress.check", needs=EGRESS_CHECK, http="POST /egress/check")
    async def check(self, call: Call, order: CheckUrl) -> UrlChecked:
        """Says whether a URL may be called, and which rule refuses it. Resolves its name; calls nothing."""
        try:
            await self._egress().check(order.url)
        except EgressRefused as error:
            return UrlChecked(allowed=False, rule=error.extra["rule"], detail=error.detail)
        return UrlChecked(allowed=True, rule=None, detail="the URL may be called")
