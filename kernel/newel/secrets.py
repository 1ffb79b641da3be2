"""Values that must not be shown. Masking goes by type, never by guessing at key names."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")
MASK = "***"


class Secret(Generic[T]):
    """Holds a value that prints as ``***`` and is masked in logs, audit rows, reports and answers.

    In a configuration file it may stand as text, as ``{env = "NAME"}`` or as ``{file = "path"}``.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value itself. Call it at the last moment, and do not keep the result."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


class ShownOnce(Secret[T]):
    """A secret just made, such as a new API token: the answer to its maker shows it, nothing else ever does."""

    __slots__ = ()
