"""These tests run a whole site; without the HTTP door and accounts there is none."""

from __future__ import annotations

from importlib.metadata import entry_points

NEEDED = {"http", "accounts", "audit", "delivery"}
missing = NEEDED - {point.name for point in entry_points(group="newel.plugins")}
collect_ignore_glob = ["test_*.py"] if missing else []
