"""SQLAlchemy Core to an engine's text with ``:name`` parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ClauseElement

if TYPE_CHECKING:
    _Base = SQLCompiler
else:
    _Base = object


class _AsText(_Base):
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
            return self.bytes_literal(value)
        if isinstance(value, str) and ("\\" in value or "\0" in value):
            raise ValueError("a literal with a NUL or a backslash cannot stand in a statement: bind it")
        return super().render_literal_value(value, type_, *args)

    def bytes_literal(self, value: bytes) -> str:
        return f"'\\x{value.hex()}'" if self.dialect.name == "postgresql" else f"X'{value.hex()}'"


class Renderer:
    """Renders for one dialect of SQLAlchemy's, such as ``sqlalchemy.dialects.sqlite.base.SQLiteDialect``."""

    def __init__(self, dialect: type[DefaultDialect]) -> None:
        compiler: type[Any] = type("TextCompiler", (_AsText, dialect.statement_compiler), {})
        names = {"statement_compiler": compiler, "supports_statement_cache": False}
        made: Any = type("TextDialect", (dialect,), names)
        self._dialect = made(paramstyle="named")

    def __call__(self, clause: ClauseElement) -> str:
        """The text of a statement. Costs up to a millisecond: at start, not per request."""
        text = str(clause.compile(dialect=self._dialect, compile_kwargs={"render_postcompile": True}))
        return text.strip()
