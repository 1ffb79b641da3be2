"""A plugin that keeps things outside of content, and brings field types that point at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel import Manifest, hookimpl
from newel.app import App
from newel.bounds import Fault
from newel.contracts.content import Field, FieldType
from newel.contracts.database import Transaction


class Things:
    """Keeps the contract ``Outside``. ``kept`` is what is there; ``secret`` of that is for those who may see all."""

    kind = "thing"

    def __init__(self) -> None:
        self.kept = {f"t{number}" for number in range(1, 10)}
        self.secret: set[str] = set()
        self.asked: list[list[str]] = []
        self.shows: list[list[str]] = []

    def ids(self, stored: Any, field: Field) -> Sequence[str]:
        return stored if isinstance(stored, list) else [stored]

    async def faults(self, tx: Transaction, wanted: Sequence[tuple[str, Field]]) -> Sequence[Fault | None]:
        await tx.fetch_one("select 1")  # it is open, and a write's
        self.asked.append(sorted({id for id, _ in wanted}))
        return [None if id in self.kept else Fault("not_found", "there is no such thing") for id, _ in wanted]

    async def shown(self, ids: Sequence[str], *, locale: str | None, private: bool) -> Mapping[str, Any]:
        self.shows.append(sorted(ids))
        seen = self.kept if private else self.kept - self.secret
        return {id: {"id": id, "alt": f"{id} in {locale}"} for id in ids if id in seen}


def _one(value: Any, field: Field) -> str:
    if not isinstance(value, str):
        raise Fault("type", "expected an id")
    return value


def _several(value: Any, field: Field) -> list[str]:
    if not isinstance(value, list):
        raise Fault("type", "expected a list of ids")
    return [_one(item, field) for item in value]


class Shelf:
    manifest = Manifest(name="shelf", summary="For tests.", load=f"{__name__}:Shelf")

    def __init__(self, app: App) -> None:
        self.things = Things()

    @hookimpl
    def register_field_types(self) -> Sequence[FieldType]:
        def made(name: str, parse: Any, **more: Any) -> FieldType:
            return FieldType(
                name=name, summary="Things.", parse=parse, schema=lambda field: {}, outside=self.things,
                key=lambda stored, field: str(stored), literal=_one, **more,
            )  # fmt: skip

        return [made("thing", _one), made("things", _several, many=True)]


class Word:
    kind = "thing"


class Rival:
    """Another plugin that calls its things the same."""

    manifest = Manifest(name="usurper", summary="For tests.", load=f"{__name__}:Rival")
    outside: Any = Word()

    def __init__(self, app: App) -> None:
        self.app = app

    @hookimpl
    def register_field_types(self) -> Sequence[FieldType]:
        return [FieldType(name="other", summary="x", parse=_one, schema=lambda field: {}, outside=self.outside)]
