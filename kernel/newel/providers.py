"""Who keeps which promise: objects by contract."""

from __future__ import annotations

from typing import Any, TypeVar

from newel.errors import BootError

T = TypeVar("T")


class Providers:
    """One provider a contract. Providing twice is an error; withdrawing happens when the provider stops."""

    def __init__(self) -> None:
        self._objects: dict[type[Any], tuple[str, Any]] = {}

    def provide(self, contract: type[T], thing: T, owner: str) -> None:
        if contract in self._objects:
            raise BootError(f"{contract.__name__} is provided twice: by {self._objects[contract][0]} and {owner}")
        self._objects[contract] = (owner, thing)

    def withdraw(self, owner: str) -> None:
        self._objects = {contract: held for contract, held in self._objects.items() if held[0] != owner}

    def find(self, contract: type[T]) -> T | None:
        held = self._objects.get(contract)
        return None if held is None else held[1]

    def need(self, contract: type[T]) -> T:
        held = self._objects.get(contract)
        if held is None:
            raise BootError(f"nobody provides {contract.__name__} yet: put it in the manifest's needs")
        return held[1]  # type: ignore[no-any-return]  # stored under its own contract
