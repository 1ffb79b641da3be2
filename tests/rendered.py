"""Statements as text, kept between the applications of one process of tests.

Each of thousands of tests starts plugins that render the same statements for the same engine. What is kept is found by
SQLAlchemy's own key of a statement, with the literals in it, so another statement never gets its text.
"""

from __future__ import annotations

from typing import Any

from newel.sql.rendering import Renderer

MOST = 5000
_render = Renderer.__call__
_kept: dict[Any, str] = {}


def keep() -> None:
    """From now on, in this process."""
    Renderer.__call__ = _found  # type: ignore[method-assign]  # for tests only


def _found(self: Renderer, clause: Any) -> str:
    made = clause._generate_cache_key()
    if made is None:
        return _render(self, clause)
    literals = tuple((one.key, type(one.value), one.value, one.required, one.unique) for one in made.bindparams)
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


def _engine(dialect: Any) -> Any:
    """All that makes a renderer differ from another: those of MySQL are made for each server."""
    return (
        dialect.name,
        getattr(dialect, "is_mariadb", None),
        getattr(dialect, "server_version_info", None),
        getattr(dialect.type_compiler_cls, "newel_collation", None),
        tuple(one.__qualname__ for one in dialect.statement_compiler.__mro__),
    )
