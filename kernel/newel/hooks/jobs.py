"""Hooks of jobs: the kinds of work, and when it is done by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel.spec import collect

if TYPE_CHECKING:
    from newel.contracts.jobs import JobKind, Schedule


@collect
def register_jobs() -> Sequence[JobKind]:  # type: ignore[empty-body]  # a declaration
    """The kinds of job the plugin can do. A name that another plugin has is a boot error naming both."""


@collect
def register_schedules() -> Sequence[Schedule]:  # type: ignore[empty-body]  # a declaration
    """Jobs at set times. A schedule of an unknown kind, a wrong cron expression or zone is a boot error."""
