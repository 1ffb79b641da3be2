"""Stores whose statements are known already, in one process of tests.

To write the statements of content for one more application takes longer than most tests. Each store is made by its own
class once for each engine; a later one gets the same texts, and its own database.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from sqlalchemy.sql.elements import ClauseElement

from newel.contracts.database import Database
from newel.testing.off import plugins_off

PLUGINS = ("accounts", "audit", "content", "media")
_kept: dict[Any, Mapping[str, Any] | None] = {}


def keep() -> None:
    """From now on, in this process."""
    for plugin in sorted({*PLUGINS} - plugins_off()):
        package = importlib.import_module(f"newel_{plugin}.store")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for made in vars(importlib.import_module(module.name)).values():
                if isinstance(made, type) and made.__module__ == module.name and _takes_a_database(made):
                    setattr(made, "__init__", _once(made.__init__))  # noqa: B010 - mypy wants no method assigned


def _takes_a_database(kind: Any) -> bool:
    parameters = list(inspect.signature(kind).parameters.values())
    return [one.annotation for one in parameters] == [Database.__name__]


def _once(make: Callable[[Any, Database], None]) -> Callable[[Any, Database], None]:
    def init(self: Any, db: Database) -> None:
        if not hasattr(db, "server"):  # what a test made up
            make(self, db)
            return
        key = (make, type(db), db.dialect, db.server, db.collation)
        known = _kept.get(key)
        if known is not None:
            vars(self).update((name, _moved(value, db)) for name, value in known.items())
            return
        make(self, db)
        if key not in _kept:
            plain = all(_plain(value, db) for value in vars(self).values())
            _kept[key] = {name: _still(value, db) for name, value in vars(self).items()} if plain else None

    return init


def _lists(value: Any) -> bool:
    return type(value).__name__ == "Bucketed"


def _plain(value: Any, db: Database) -> bool:
    """What is the same for each application, but for the database."""
    if isinstance(value, dict | list):
        return all(
            isinstance(one, str | ClauseElement) for one in (value.values() if isinstance(value, dict) else value)
        )
    return value is db or isinstance(value, str | ClauseElement) or _lists(value)


def _still(value: Any, db: Database) -> Any:
    """As it is kept: without the database."""
    return None if value is db else _moved(value, None)


def _moved(value: Any, db: Database | None) -> Any:
    if value is None:
        return db
    if _lists(value):
        value = copy(value)
        value._db = db
        return value
    return copy(value) if isinstance(value, dict | list) else value
