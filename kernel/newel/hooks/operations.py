"""Hooks around operations: the verbs that all doors share."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from newel.spec import around, collect, fold

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call
    from newel.operations import Invocation, Operation


@collect
def register_operations() -> Sequence[Operation]:  # type: ignore[empty-body]  # a declaration
    """The plugin's operations; ``newel.operations_of(service)`` lists the decorated methods of an object."""


@fold
def operation_before_run(invocation: Invocation, call: Call, app: App) -> Invocation | None:
    """Before any operation's handler, inside its transaction, after permission and limits.

    May change ``invocation.order`` (with ``attrs.evolve``) or raise ``Reject``. Keep it quick: it runs for every verb.
    """


@around
def operation_around_run(invocation: Invocation, call: Call, app: App) -> AbstractAsyncContextManager[None] | None:
    """Encloses every operation from before its transaction until after its commit, e.g. to measure it."""
