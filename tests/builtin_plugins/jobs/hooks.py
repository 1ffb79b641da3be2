"""A hook of the tests' own, with a subject that holds a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from newel import Secret
from newel.spec import notify

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call


@frozen(kw_only=True)
class ThingChange:
    """What became of a thing."""

    type: str
    id: str
    number: int
    secret: Secret[str] = field(factory=lambda: Secret("canary-77"))


@notify
def thing_after_change(change: ThingChange, call: Call, app: App) -> None:
    """A thing was changed, and that is committed."""


@notify
def thing_after_name(name: str, call: Call, app: App) -> None:
    """A thing got a name; the subject is plain text."""
