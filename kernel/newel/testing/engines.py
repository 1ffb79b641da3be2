"""Which database engine the tests run on: what ``"database"`` means in ``make_app(["database", ...])``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attrs import define, frozen


@frozen
class Engine:
    """An engine to test on."""

    plugin: str
    """The name of the plugin, such as ``postgres``."""
    make: Callable[[], str]
    """The URL of a database that is nobody else's and holds no rows."""
    lasting: Callable[[Path], str]
    """The URL of a site folder's database: the same each time it is asked for in a test."""


SQLITE = Engine("sqlite", lambda: "sqlite://", lambda folder: f"sqlite:///{folder}/site.db")
LASTING = {"database": {"url": "lasting://"}}
"""Configuration for ``make_app(["database", ...], LASTING, folder=...)``: the database outlives the application."""


@define
class Current:
    """The engine of the test that runs. A suite with several sets it in a fixture; otherwise it is SQLite."""

    engine: Engine = SQLITE


current = Current()
