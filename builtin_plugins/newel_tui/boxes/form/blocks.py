"""Blocks: an outline, a line a block with its kind and its first text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from newel.contracts.views import MISSING, Col, Control, Listing
from newel_tui.boxes.form.field import Fault, Field, Placed, step
from newel_tui.boxes.form.group import Parts
from newel_tui.boxes.form.items import Item, ItemsField, first_text


class Block(Item):
    """A block. What it has beside its fields (its id, say) stays as it is."""

    def __init__(self, listed: BlocksField, value: Mapping[str, Any]) -> None:
        control = listed.control
        self.kind = str(value.get(control.tag, ""))
        self._tag, self._within = control.tag, control.within
        self._rest = {key: one for key, one in value.items() if key not in (self._within or None, control.tag)}
        inner = value.get(self._within) if self._within else value
        self._parts = Parts(listed.form, control.variants.get(self.kind, ()), inner)
        super().__init__(listed, _Nothing(listed.form, Control(name="block")))

    @property
    def told(self) -> str:
        return f"{self.kind}: {first_text({name: one.value() for name, one in self._parts.all.items()})}"

    def _whole(self, parts: dict[str, Any]) -> dict[str, Any]:
        if self._within:
            return self._rest | {self._tag: self.kind, self._within: parts}
        return parts | {self._tag: self.kind}

    def value(self) -> Any:
        return self._whole(self._parts.value())

    def kept(self) -> Any:
        return self._whole(self._parts.kept())

    def _at(self, pointer: str) -> str:
        return pointer + (step(self._within) if self._within else "")

    def placed(self, pointer: str, indent: int) -> Iterator[Placed]:
        yield from self._parts.placed(self._at(pointer), indent)

    def faults(self, pointer: str) -> Iterator[Fault]:
        yield from self._parts.faults(self._at(pointer))

    def settled(self) -> None:
        self._parts.settled()


class BlocksField(ItemsField):
    """A list of blocks. A kind that the field does not know keeps its block as it is."""

    items: list[Item]

    def made(self, value: Any) -> Item | None:
        return Block(self, value) if isinstance(value, Mapping) else None

    def copied(self, value: Any) -> Any:
        return {key: one for key, one in value.items() if key != "id"}  # an id tells blocks apart

    async def _add(self, after: Item | None) -> None:
        kinds = list(self.control.variants)
        if len(kinds) > 1:
            rows = tuple({"id": one, "name": one.replace("_", " ")} for one in kinds)
            listing = Listing(title="add a block", rows=rows, columns=(Col(label="kind", value="name"),))
            chosen = await self.form.host.pick(listing)
            kinds = [str(one["id"]) for one in chosen or ()]
        if kinds and (item := self.made({self.control.tag: kinds[0]})) is not None:
            self.put(item, after)
            self.form.host.redraw()

    def add(self, after: Item | None) -> Any:
        return self._add(after)


class _Nothing(Field):
    """A block has no value beside its fields."""

    def load(self, value: Any) -> None: ...

    def value(self) -> Any:
        return MISSING
