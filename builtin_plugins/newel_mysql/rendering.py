"""SQLAlchemy Core to the text of the server that is connected: MariaDB and MySQL are two."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.mysql.base import MySQLCompiler, MySQLDialect, MySQLTypeCompiler

from newel.sql.rendering import Renderer
from newel_mysql.sessions import Kind


def renderer_for(kind: Kind) -> Renderer:
    """Text without a length is as long as it may be, bytes too; text compares by its bytes."""
    types: type[Any] = type("Types", (_Types,), {"newel_collation": kind.collation})

    class Dialect(MySQLDialect):
        statement_compiler = _Statements
        type_compiler_cls = types
        supports_statement_cache = False
        # What SQLAlchemy asks a server for when it connects, which it never does here.
        server_version_info = kind.version
        use_mysql_for_share = not kind.mariadb
        supports_for_update_of = not kind.mariadb
        _backslash_escapes = False
        _requires_alias_for_on_duplicate_key = not kind.mariadb and kind.version >= (8, 0, 20)
        _support_default_function = True
        _support_float_cast = True

        def __init__(self, **given: Any) -> None:
            super().__init__(is_mariadb=kind.mariadb, **given)

    return Renderer(Dialect)


class _Statements(MySQLCompiler):
    """A backslash in a pattern is a backslash. The servers differ in how to say "no escape" with
    ``NO_BACKSLASH_ESCAPES``; both take a character that stands in no text."""

    def visit_like_op_binary(self, binary: Any, operator: Any, **given: Any) -> str:
        text: str = super().visit_like_op_binary(binary, operator, **given)  # type: ignore[no-untyped-call]  # SQLAlchemy's
        return text + _unescaped(binary)

    def visit_not_like_op_binary(self, binary: Any, operator: Any, **given: Any) -> str:
        text: str = super().visit_not_like_op_binary(binary, operator, **given)  # type: ignore[no-untyped-call]  # SQLAlchemy's
        return text + _unescaped(binary)


def _unescaped(binary: Any) -> str:
    return "" if binary.modifiers.get("escape") else " ESCAPE X'00'"


class _Types(MySQLTypeCompiler):
    newel_collation: str

    def _extend_string(self, type_: Any, defaults: dict[str, Any], spec: str) -> str:
        # Plugins that name a collation by hand name one of the other server's, or one that ignores trailing spaces.
        return f"{spec} CHARACTER SET utf8mb4 COLLATE {self.newel_collation}"

    def visit_TEXT(self, type_: Any, **given: Any) -> str:
        return super().visit_TEXT(type_, **given) if type_.length else self._extend_string(type_, {}, "LONGTEXT")

    def visit_BLOB(self, type_: Any, **given: Any) -> str:
        return super().visit_BLOB(type_, **given) if type_.length else "LONGBLOB"
