"""How a deployment ends otherwise than well. The exit code says what state the server is in."""

from __future__ import annotations

FAILED, ROLLED_BACK, BUSY, MISSING, DOWN = 1, 3, 4, 5, 7
"""Nothing was changed; the former release serves again; another is at it; no such thing; nobody serves."""


class Stop(Exception):
    """Ends what is being done, with a line for the person and an exit code."""

    def __init__(self, said: str, code: int = FAILED) -> None:
        super().__init__(said)
        self.code = code
