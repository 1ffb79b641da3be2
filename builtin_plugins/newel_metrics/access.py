"""Who may scrape without being a user of the site: the bearer of the token of the configuration."""

from __future__ import annotations

import hmac
import re

from newel import Secret
from newel.commands.permissions import SITE_WATCH
from newel.context import Actor
from newel.errors import BootError

WELL_FORMED = re.compile(r"[\x21-\x7e]{16,4096}")
SCRAPER = Actor(
    id="metrics", kind="token", name="metrics.token", permissions=frozenset((SITE_WATCH.name,)),
    credential="metrics.token",
)  # fmt: skip
"""It may see figures, and nothing else; the token is good at ``/metrics`` alone."""


class Scrapers:
    """Raises ``BootError`` for a token that nobody could send, or that could be guessed."""

    def __init__(self, token: Secret[str]) -> None:
        said = token.reveal()
        if said and not WELL_FORMED.fullmatch(said):
            raise BootError(
                "metrics.token: a token has 16 to 4096 visible ASCII characters. Make one: openssl rand -hex 32"
            )
        self._token = said.encode()

    def who(self, token: Secret[str]) -> Actor | None:
        # Compared in constant time, so that nobody finds it out letter by letter.
        sent = token.reveal().encode("utf-8", "surrogateescape")
        return SCRAPER if self._token and hmac.compare_digest(sent, self._token) else None
