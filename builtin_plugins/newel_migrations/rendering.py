"""A step's Alembic operations, as the list of statements for one engine. Nothing is connected to."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO, cast

from newel.contracts.database import Dialect
from newel_migrations.columns import portable

if TYPE_CHECKING:
    from alembic.operations import Operations

_CREATED = re.compile(r"\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[\"`]?(\w+)", re.IGNORECASE)
_SCRATCH = "_alembic_tmp_"


class _Statements:
    """Where Alembic writes: it hands over one whole statement a call."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def write(self, text: str) -> None:
        # A colon that stands in a finished statement is a literal one.
        self.all.append(text.strip().removesuffix(";").replace(":", "\\:"))

    def flush(self) -> None:
        """Nothing is held back."""


def rendered(upgrade: Callable[[Operations], None], dialect: Dialect, collation: str = "") -> list[str]:
    """The statements, ready for ``execute``; text columns get ``collation``.

    Raises ``ValueError`` for a column type that engines understand differently. Importing Alembic takes half a second:
    only for what is pending.
    """
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    statements = _Statements()
    context: Any = MigrationContext.configure(
        dialect=_portable(dialect, collation),
        opts={"as_sql": True, "output_buffer": cast(TextIO, statements), "literal_binds": True},
    )
    upgrade(Operations(context))
    return statements.all


def _portable(dialect: Dialect, collation: str) -> Any:
    """SQLAlchemy's dialect with a compiler of types that makes columns hold the same values on every engine."""
    from sqlalchemy.dialects import registry

    base: Any = registry.load(dialect)

    class Types(base.type_compiler_cls):  # type: ignore[misc]  # the class is only known when it runs
        def process(self, type_: Any, **more: Any) -> str:
            return portable(super().process(type_, **more), dialect, collation)

    class Portable(base):  # type: ignore[misc]  # the class is only known when it runs
        type_compiler_cls = Types

    return Portable(paramstyle="named")


def foreign_tables(plugin: str, statements: list[str]) -> list[str]:
    """Tables a step makes that do not bear its plugin's name."""
    made = [name.removeprefix(_SCRATCH) for name in made_by(statements)]
    return [name for name in made if name != plugin and not name.startswith(f"{plugin}_")]


def made_by(statements: list[str]) -> list[str]:
    """The tables that the statements make."""
    return [found[1] for text in statements if (found := _CREATED.match(text))]
