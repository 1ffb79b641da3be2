"""Open files of a session."""

from __future__ import annotations

import os

from attrs import define

from newel.contracts.files import Path, Reading, Writing


@define(eq=False)
class Handle:
    """One of the two is there."""

    path: Path
    reading: Reading | None = None
    writing: Writing | None = None
    end: int = 0
    """Of what was written."""

    def seek(self, offset: int, whence: int) -> int:
        """What ``asyncssh`` asks about holes (an extension of its own): there are none."""
        return offset if whence == os.SEEK_DATA else 1 << 62
