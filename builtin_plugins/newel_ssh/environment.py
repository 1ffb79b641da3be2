"""What a client may say of itself."""

from __future__ import annotations

import re

KNOWN = re.compile(rb"COLORTERM|NO_COLOR|LANG|LC_[A-Z]{1,20}")
LONGEST = 128
TERM = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,63}")


class Environment(dict[bytes, bytes]):
    """Takes what may be told of a terminal, in short, and forgets the rest."""

    def __setitem__(self, key: bytes, value: bytes) -> None:
        if KNOWN.fullmatch(key) and len(value) <= LONGEST and value.isascii() and value.decode().isprintable():
            super().__setitem__(key, value)


def told(term: str | None, given: dict[bytes, bytes]) -> dict[str, str]:
    """The variables of ``newel.contracts.terminal.Terminal``."""
    found = {key.decode(): value.decode() for key, value in given.items()}
    return {"TERM": term if term is not None and TERM.fullmatch(term) else "dumb", **found}
