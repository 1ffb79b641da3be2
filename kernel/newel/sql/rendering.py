"""SQLAlchemy Core to an engine's text with ``:name`` parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Alias, Column, Join, Select, Table
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ClauseElement, _label_reference
from sqlalchemy.sql.visitors import iterate

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


class _PlainBackslash(_Base):
    """A backslash in a pattern is a backslash, where the engine would take it for an escape."""

    def visit_like_op_binary(self, binary: Any, operator: Any, **kwargs: Any) -> str:
        text = super().visit_like_op_binary(binary, operator, **kwargs)  # type: ignore[no-untyped-call]  # SQLAlchemy's
        return f"{text}{_unescaped(binary)}"

    def visit_not_like_op_binary(self, binary: Any, operator: Any, **kwargs: Any) -> str:
        text = super().visit_not_like_op_binary(binary, operator, **kwargs)  # type: ignore[no-untyped-call]  # SQLAlchemy's
        return f"{text}{_unescaped(binary)}"


def _unescaped(binary: Any) -> str:
    return "" if binary.modifiers.get("escape") else " ESCAPE ''"


class _NullsFirst(_Base):
    """``NULL`` sorts below everything, where the engine would put it above.

    A column that can hold no ``NULL`` is left alone: only then can an index in the usual order serve it.
    """

    def order_by_clause(self, select: Any, **kwargs: Any) -> str:
        texts = [f"{self.process(one, **kwargs)}{_nulls(one, select)}" for one in select._order_by_clauses]
        return f" ORDER BY {', '.join(texts)}" if texts else ""


def _nulls(element: Any, select: Any) -> str:
    direction = "FIRST"
    while True:
        modifier = getattr(element, "modifier", None)
        if modifier in (operators.nulls_first_op, operators.nulls_last_op):
            return ""  # the author said it
        if modifier is operators.desc_op:
            direction = "LAST"
        elif modifier is not operators.asc_op and not isinstance(element, _label_reference):
            return "" if _never_null(element, select) else f" NULLS {direction}"
        element = element.element


def _never_null(element: Any, select: Any) -> bool:
    """Certain only for a column of a table that is not on the far side of an outer join."""
    if not isinstance(element, Column) or element.nullable or not isinstance(element.table, Table | Alias):
        return False
    froms = select.get_final_froms() if isinstance(select, Select) else ()
    return not any(isinstance(one, Join) and (one.isouter or one.full) for whole in froms for one in iterate(whole))


class Renderer:
    """Renders for one dialect of SQLAlchemy's, such as ``sqlalchemy.dialects.sqlite.base.SQLiteDialect``.

    ``escapes``: the engine takes a backslash in a pattern for an escape. ``nulls_high``: it sorts ``NULL`` last.
    """

    def __init__(self, dialect: type[DefaultDialect], *, escapes: bool = False, nulls_high: bool = False) -> None:
        parts = [*([_PlainBackslash] if escapes else []), *([_NullsFirst] if nulls_high else [])]
        compiler: type[Any] = type("TextCompiler", (_AsText, *parts, dialect.statement_compiler), {})
        names = {"statement_compiler": compiler, "supports_statement_cache": False}
        made: Any = type("TextDialect", (dialect,), names)
        self._dialect = made(paramstyle="named")

    def __call__(self, clause: ClauseElement) -> str:
        """The text of a statement. Costs up to a millisecond: at start, not per request."""
        text = str(clause.compile(dialect=self._dialect, compile_kwargs={"render_postcompile": True}))
        return text.strip()
