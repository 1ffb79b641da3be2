"""Tables and their upgrades. A plugin with ``needs=(Database, Migrations)`` starts when its tables are there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from alembic.operations import Operations as AlembicOperations

    from newel.contracts.database import Database


@frozen(kw_only=True)
class Migration:
    """One forward step of one plugin. Steps run in number order (1, 2, ...); a step that has landed never changes.

    ``upgrade`` gets Alembic operations (``op.create_table``, ``op.add_column`` ...) and only renders statements: it
    reads nothing from the database. Tables are named after their plugin: ``content_entries`` belongs to ``content``.
    """

    number: int
    name: str
    upgrade: Callable[[AlembicOperations], None]


TableMaker: TypeAlias = "Callable[[Database, Mapping[str, int]], Awaitable[None]]"
"""Makes tables in another, empty database as they were at earlier times: of each plugin, the steps up to that number.
What such a database then starts with migrates on from there. Raises ``BootError`` for steps that are not known or fail.
"""


@frozen(kw_only=True)
class MigrationState:
    """One step as the ledger sees it. ``state`` is ``applied``, ``pending`` or ``changed`` (applied, then edited)."""

    id: str
    """Plugin and number: ``content.3``."""
    plugin: str
    number: int
    name: str
    state: str
    applied_at: str | None


class Migrations(Protocol):
    """Says that every table is there. The provider applies pending steps before it provides this."""

    async def status(self) -> list[MigrationState]:
        """Every known step of every enabled plugin, in order."""

    async def bring(self, plugin: str, steps: Sequence[Migration]) -> None:
        """Brings the tables of a plugin up to date that is switched on while the site runs.

        Raises ``BootError``: a step failed (the tables are as after the last good one), or pending steps are for the
        operator to apply.
        """
