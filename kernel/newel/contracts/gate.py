"""Whether a site takes writes right now."""

from __future__ import annotations

from typing import Protocol


class Gate(Protocol):
    """Closed while the site is being swapped for another one: what would be written then would be lost.

    Operations that write ask it, each act once, before their transaction; nothing else does. So work that plugins do by
    themselves (jobs, the last use of a token) is not held up: whatever it writes of what moves is compared again
    before a swap, and of what stays it is part of what is replaced.
    """

    async def passing(self) -> None:
        """Returns where writes are taken. Quick: it may rely on a look of at most a second ago. Raises ``Transient``
        (``site_moving``, ``site_moved``) where they are not."""
