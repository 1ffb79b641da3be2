"""Hooks of the site's own care: what tells whether it is well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel.spec import collect

if TYPE_CHECKING:
    from newel.contracts.site import HealthCheck, Metric


@collect
def register_health_checks() -> Sequence[HealthCheck]:  # type: ignore[empty-body]  # a declaration
    """Questions about the health of what the plugin looks after, asked while it runs. Names are unique in a site."""


@collect
def register_metrics() -> Sequence[Metric]:  # type: ignore[empty-body]  # a declaration
    """Figures that the plugin keeps, read while it runs. Names are unique in a site."""
