"""What differs from run to run or says on which machine it was, put into other words of the same width."""

from __future__ import annotations

import re
import socket
from functools import partial

ID = "01J9ZK3W5QV8T2M4XN6P7R0ABC"
FINGERPRINT = "SHA256:p2QJ7nC0mYt4vWzK9fXbR1sLd8HgTe5aUo3iNqVxE6w"
_HOST = re.escape(socket.gethostname())
# What stands before may be the end of a colour's escape sequence, a letter.
_RULES = (
    (re.compile(rf"{_HOST}:\d+"), "cms-1:200"),
    (re.compile(r"127\.0\.0\.1:\d{4,5}"), "127.0.0.1:8420"),
    (re.compile(r"(?<!\w)/(?:tmp|var|home|root|Users)/[^\s│\"']+"), "/srv/site"),
    (re.compile(r"SHA256:[\w+/]+"), FINGERPRINT),
    (re.compile(r"(?<![0-9A-Z])01[0-9A-HJKMNP-TV-Z]{6,24}"), ID),
    (re.compile(r"(?<=│            )[0-9A-HJKMNP-TV-Z]{4,20}(?=/)"), ID[14:]),  # the rest of an id in an address
    (re.compile(r"(?<!\d)20\d\d-\d\d-\d\d(?=[T ]\d\d:)"), "2026-03-02"),
    (re.compile(r"(?<![\d-])\d\d-\d\d(?= \d\d:\d\d)"), "03-02"),
    (re.compile(r"(?<![\d:])\d\d:\d\d(:\d\d(\.\d+)?)?(?!\d)"), "09:41:07.000"),
)


def masked(screen: str) -> str:
    """The same with examples for ids, times, fingerprints, hosts and paths; every line stays as wide as it was."""
    for pattern, example in _RULES:
        screen = pattern.sub(partial(fitted, example), screen)
    return screen


def fitted(example: str, found: re.Match[str]) -> str:
    """As wide as what was found."""
    width = len(found[0])
    return example[:width].ljust(width)
