"""Entries as readers get them: names for numbers, wanted fields only, references answered in full level by level.

A reference to what cannot be seen (a draft, the trash, a type that is not public) becomes ``None`` when it is expanded,
and is left out of a list; unexpanded it stays the id that the document holds. Cycles end with the levels asked for.
With ``places``, what points outside of content is noted there, and filled in later.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import evolve, frozen

from newel import Malformed
from newel.contracts.content import Entry
from newel_content.documents.document import Flat
from newel_content.documents.showing import by_name
from newel_content.model import BLOCKS, REFERENCE, Catalogue, Model
from newel_content.query.outside import Places
from newel_content.query.wanted import Wanted, picked

MOST = 5000


@frozen
class Found:
    """An entry without its data yet."""

    entry: Entry
    model: Model
    flat: Flat


Fetch: TypeAlias = Callable[[Sequence[str]], Awaitable[Mapping[str, Found]]]
"""Entries by id; those that the caller may not see are not there."""


@frozen
class _Slot:
    """A place in the data that becomes an entry, or a list of entries."""

    data: dict[str, Any]
    name: str
    wanted: Wanted


class Composer:
    """Composes the entries of one answer."""

    def __init__(self, catalogue: Catalogue, fetch: Fetch, places: Places | None = None) -> None:
        self._catalogue = catalogue
        self._fetch = fetch
        self._places = places
        self._slots: list[_Slot] = []
        self._made = 0

    async def all(self, found: Sequence[Found], wanted: Wanted) -> list[Entry]:
        """The entries with their data; one more fetch per level of references."""
        shown = [self._entry(one, wanted) for one in found]
        while self._slots:
            slots, self._slots = self._slots, []
            ids = list(dict.fromkeys(id for slot in slots for id in _ids(slot.data[slot.name])))
            targets = await self._fetch(ids) if ids else {}
            made: dict[tuple[str, int], Entry] = {}
            for slot in slots:
                self._fill(slot, targets, made)
        return shown

    def _fill(self, slot: _Slot, targets: Mapping[str, Found], made: dict[tuple[str, int], Entry]) -> None:
        value = slot.data[slot.name]
        entries = []
        for id in _ids(value):
            if id not in targets:
                continue
            key = (id, id_of(slot.wanted))
            if key not in made:
                self._made += 1
                if self._made > MOST:
                    raise Malformed(f"the answer would hold more than {MOST} expanded entries: ask for fewer")
                made[key] = self._entry(targets[id], slot.wanted)
            entries.append(made[key])
        if isinstance(value, list):
            slot.data[slot.name] = entries
        elif value is not None:
            slot.data[slot.name] = entries[0] if entries else None

    def _entry(self, found: Found, wanted: Wanted) -> Entry:
        data = by_name(self._catalogue, found.model, found.flat)
        if not wanted.whole:
            data = picked(data, wanted)
            self._note(found.model, data, wanted)
        outside = () if self._places is None else self._places.note(found.model, data)
        return evolve(found.entry, data=data, outside=outside)

    def _note(self, model: Model, data: dict[str, Any], wanted: Wanted) -> None:
        """Notes the references in the data that are to be answered in full, those inside blocks too."""
        for name, inner in wanted.inside.items():
            bound = model.fields.get(name)
            if bound is None or data.get(name) is None:
                continue
            if bound.field.type == REFERENCE:
                self._slots.append(_Slot(data, name, inner))
            elif bound.field.type == BLOCKS:
                for block in data[name]:
                    self._note(self._catalogue.models[block["type"]], block["data"], inner)


id_of = id


def _ids(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return value if isinstance(value, list) else []
