"""What ends a run of tests."""

from __future__ import annotations


class Broken(Exception):
    """The plugin does not run, or a test file cannot be read: why, for people."""
