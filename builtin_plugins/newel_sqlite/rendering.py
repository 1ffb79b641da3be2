"""SQLAlchemy Core to SQLite's text with ``:name`` parameters."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.elements import BindParameter, ClauseElement


class _TextCompiler(SQLiteCompiler):
    """``bindparam("name")`` stays ``:name``; a value that stands in the statement is written out as a literal."""

    def visit_bindparam(self, bindparam: BindParameter[Any], *args: Any, **kwargs: Any) -> str:
        if bindparam.required:
            if bindparam.expanding:
                raise ValueError(f"'{bindparam.key}' is a list, and the text is fixed: write one parameter a value")
        elif not bindparam.unique:
            raise ValueError(
                f"'{bindparam.key}' has a default in Python, which nobody fills in here: "
                "give a value, a bindparam without default, or a server_default"
            )
        else:
            kwargs["literal_binds"] = True
        return str(super().visit_bindparam(bindparam, *args, **kwargs))  # type: ignore[no-untyped-call]  # SQLAlchemy's

    def render_literal_value(self, value: Any, type_: Any, *args: Any) -> str:
        if isinstance(value, bytes):
            return f"X'{value.hex()}'"
        if isinstance(value, str) and ("\\:" in value or "\0" in value):
            raise ValueError("a literal with a NUL or a backslash before a colon cannot stand in a statement: bind it")
        return super().render_literal_value(value, type_, *args)


class _TextDialect(SQLiteDialect_pysqlite):
    statement_compiler = _TextCompiler
    supports_statement_cache = False


def render(clause: ClauseElement) -> str:
    """The text of a statement. Costs up to a millisecond: at start, not per request."""
    dialect = _TextDialect(paramstyle="named")
    return str(clause.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})).strip()
