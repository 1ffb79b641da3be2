"""Statements as text, kept between the applications of one process of tests.

Each of thousands of tests starts plugins that render the same statements for the same engine. What is kept is found by
SQLAlchemy's own key of a statement, with the literals in it, so another statement never gets its text. The changes of
tables of what ships are kept by their function.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from newel.contracts.database import Dialect
from newel.sql.rendering import Renderer
from newel_migrations import service
from newel_migrations.rendering import rendered

MOST = 5000
_render = Renderer.__call__
_kept: dict[Any, str] = {}
_change = rendered


def keep() -> None:
    """From now on, in this process."""
    Renderer.__call__ = _found  # type: ignore[method-assign]  # for tests only
    setattr(service, rendered.__name__, _changed)


def _found(self: Renderer, clause: Any) -> str:
    made = clause._generate_cache_key()
    if made is None:
        return _render(self, clause)
    # A literal has no name of its own but what SQLAlchemy makes of its address.
    literals = tuple(
        (one.required and one.key, type(one.value), one.value, one.required, one.unique) for one in made.bindparams
    )
    key = (_engine(self._dialect), made.key, literals)
    try:
        text = _kept.get(key)
    except TypeError:  # a literal that is a list
        return _render(self, clause)
    if text is None:
        if len(_kept) >= MOST:
            _kept.clear()
        text = _kept[key] = _render(self, clause)
    return text


def _changed(upgrade: Callable[..., None], dialect: Dialect, collation: str = "") -> list[str]:
    ships = getattr(upgrade, "__module__", "").startswith("newel_")
    return list(_kept_change(upgrade, dialect, collation)) if ships else _change(upgrade, dialect, collation)


@cache
def _kept_change(upgrade: Callable[..., None], dialect: Dialect, collation: str) -> tuple[str, ...]:
    return tuple(_change(upgrade, dialect, collation))


def _engine(dialect: Any) -> Any:
    """All that makes a renderer differ from another: those of MySQL are made for each server."""
    return (
        dialect.name,
        getattr(dialect, "is_mariadb", None),
        getattr(dialect, "server_version_info", None),
        getattr(dialect.type_compiler_cls, "newel_collation", None),
        tuple(one.__qualname__ for one in dialect.statement_compiler.__mro__),
    )
