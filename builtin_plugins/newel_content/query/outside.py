"""What readers get in the place of ids that point outside of content: asked once a kind for a whole answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import Factory, define

from newel.contracts.content import Field, Outside, OutsideUse
from newel.contracts.database import Row
from newel_content.documents.rows import outside_names
from newel_content.model import Catalogue, Model


@define
class _Kind:
    """The places of one kind in an answer: what holds a value, under which name."""

    outside: Outside
    places: list[tuple[dict[str, Any], str, Field]] = Factory(list)


class Places:
    """The places of one answer. They are filled when the answer is made and its transaction over: whoever shows them
    reads the database, and a request that holds one connection while it waits for another can hang a pool."""

    def __init__(self, catalogue: Catalogue, locale: str, *, private: bool) -> None:
        self._catalogue = catalogue
        self._locale = locale
        self._private = private
        self._kinds: dict[str, _Kind] = {}

    def note(self, model: Model, data: dict[str, Any]) -> tuple[str, ...]:
        """Notes the places in wire data, those in blocks too. Answers what they point at, as ``kind:id``."""
        names: dict[str, None] = {}
        self._note(model, data, names)
        return tuple(names)

    def _note(self, model: Model, data: dict[str, Any], names: dict[str, None]) -> None:
        for bound in model.outside:
            value, outside = data.get(bound.name), bound.kind.outside
            if value is not None and outside is not None:
                names |= dict.fromkeys(outside_names(bound, value))
                kind = self._kinds.setdefault(outside.kind, _Kind(outside))
                kind.places.append((data, bound.name, bound.field))
        for bound in model.embedding if self._catalogue.outside else ():
            for block in data.get(bound.name) or ():
                self._note(self._catalogue.models[block["type"]], block["data"], names)

    async def fill(self) -> None:
        """Puts in what is shown. One question a kind; none where nothing points outside."""
        for kind in self._kinds.values():
            ids = {id: None for data, name, field in kind.places for id in kind.outside.ids(data[name], field)}
            shown = await kind.outside.shown(list(ids), locale=self._locale, private=self._private) if ids else {}
            for data, name, _ in kind.places:
                data[name] = _shown(data[name], shown)


def _shown(value: Any, shown: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [shown[id] for id in value if id in shown]
    return shown.get(value)


def told(catalogue: Catalogue, rows: Sequence[Row]) -> list[OutsideUse]:
    """Reference rows with names for numbers."""
    return [
        OutsideUse(
            id=str(row["outside"]).partition(":")[2],
            entry=str(row["source"]),
            type=catalogue.by_id[row["type"]].name,
            field=_field(catalogue, row["target"] or row["type"], str(row["field"])),
            locale=row["locale"] or None,
            stage=row["stage"],
        )
        for row in rows
    ]


def _field(catalogue: Catalogue, type: str, number: str) -> str:
    """The name; the number of a field that is gone, whose value waits in the document still."""
    model = catalogue.by_id.get(type)
    bound = None if model is None else model.by_key.get(number)
    return number if bound is None else bound.name
