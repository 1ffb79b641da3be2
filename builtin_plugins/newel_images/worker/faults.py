"""What a worker says no with."""

from __future__ import annotations


class Refused(Exception):
    """The file is the reason; the text is for people."""
