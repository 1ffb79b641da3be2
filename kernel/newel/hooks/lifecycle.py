"""Hooks of the house itself: what plugins bring along, asked once at boot, in order of need."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from newel.spec import collect

if TYPE_CHECKING:
    from click import Command

    from newel.app import App
    from newel.context import Permission
    from newel.contracts.migrations import Migration, TableMaker


@collect
def register_hookspecs() -> Sequence[ModuleType]:  # type: ignore[empty-body]  # a declaration
    """Modules with hooks of the plugin's own (functions marked with ``newel.spec``). Asked before all others."""


@collect
def register_permissions() -> Sequence[Permission]:  # type: ignore[empty-body]  # a declaration
    """Permissions that no operation or route names in its ``needs`` (those are known without this)."""


@collect
def register_migrations() -> Sequence[Migration]:  # type: ignore[empty-body]  # a declaration
    """The numbered steps that make and change the plugin's own tables."""


@collect
def register_table_makers() -> Sequence[TableMaker]:  # type: ignore[empty-body]  # a declaration
    """What makes the tables of the steps in a database that is not the site's: whoever restores rows needs it. Works
    while the site is stopped, and whatever is with its own database."""


@collect
def register_commands(app: App) -> Sequence[Command]:  # type: ignore[empty-body]  # a declaration
    """Click commands for what is not an operation. A name must be among the manifest's ``commands``."""
