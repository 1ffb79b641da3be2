"""Which fields are shown, and which references are answered in full: ``fields`` and ``expand``, read and checked.

Both are dotted paths of field names. ``expand`` goes through references, and through blocks to the references inside
them (``body.post.author``); only references count as levels. ``fields`` goes through the references that are expanded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import Factory, define

from newel import Malformed, Problem
from newel.config import did_you_mean
from newel_content.documents.checking import pointer
from newel_content.model import BLOCKS, REFERENCE, BoundField, Catalogue, Model

LEVELS = 3


@define
class Wanted:
    """What to show of one kind of place: its references in full, by name, and its fields (``None``: all)."""

    inside: dict[str, Wanted] = Factory(dict)
    fields: dict[str, None] | None = None

    @property
    def whole(self) -> bool:
        return self.fields is None and not self.inside


class WantedReader:
    """Reads both parameters for entries of one type. ``visible`` says which types are there for the caller."""

    def __init__(self, catalogue: Catalogue, visible: Callable[[Model], bool]) -> None:
        self._catalogue = catalogue
        self._visible = visible
        self._problems: list[Problem] = []

    def read(self, models: Iterable[Model], expand: Sequence[str], fields: Sequence[str]) -> Wanted:
        """Raises ``Malformed``. With several types, a name must be known to one of them."""
        whole = Wanted()
        models = tuple(models)
        for index, path in enumerate(expand):
            self._expand(whole, models, path.split("."), pointer("expand", index))
        for index, path in enumerate(fields):
            self._field(whole, models, path.split("."), pointer("fields", index))
        if self._problems:
            raise Malformed("the query is not valid", problems=self._problems)
        return whole

    def _expand(self, place: Wanted, models: Sequence[Model], path: Sequence[str], where: str) -> None:
        levels = 0
        for name in path:
            found = [bound for model in models if (bound := model.fields.get(name)) is not None and _leads(bound)]
            if not found:
                known = [bound.name for model in models for bound in model if _leads(bound)]
                self._fault(where, "unknown", f"there is no reference '{name}' here{did_you_mean(name, known)}")
                return
            levels += any(bound.field.type == REFERENCE for bound in found)
            if levels > LEVELS:
                self._fault(where, "depth", f"references are followed at most {LEVELS} levels")
                return
            place = place.inside.setdefault(name, Wanted())
            models = self.behind(found)
        if not any(bound.field.type == REFERENCE for bound in found):
            self._fault(where, "blocks", "name a reference inside the blocks, such as " + ".".join([*path, "author"]))

    def behind(self, found: Iterable[BoundField]) -> tuple[Model, ...]:
        """The types that these fields lead to."""
        models: dict[str, Model] = {}
        for bound in found:
            block = bound.field.type == BLOCKS
            names = bound.options.types if block else bound.options.targets
            for model in self._catalogue.models.values():
                fits = model.name in names if names else (model.kind == "block") == block
                if fits and (block or self._visible(model)):
                    models[model.name] = model
        return tuple(models.values())

    def _field(self, place: Wanted, models: Sequence[Model], path: Sequence[str], where: str) -> None:
        for number, name in enumerate(path):
            found = [bound for model in models if (bound := model.fields.get(name)) is not None]
            if not found:
                known = [bound.name for model in models for bound in model]
                self._fault(where, "unknown", f"there is no field '{name}'{did_you_mean(name, known)}")
                return
            if place.fields is None:
                place.fields = {}
            place.fields[name] = None
            if number + 1 == len(path):
                return
            here = [bound for bound in found if bound.field.type == REFERENCE]
            if name not in place.inside or not here:
                self._fault(where, "not_expanded", f"'{name}' is not expanded: name it in `expand` as well")
                return
            place, models = place.inside[name], self.behind(here)

    def _fault(self, where: str, code: str, detail: str) -> None:
        self._problems.append(Problem(where, code, detail))


def _leads(bound: BoundField) -> bool:
    return bound.options is not None and bound.field.type in (REFERENCE, BLOCKS)


def picked(data: Mapping[str, object], wanted: Wanted) -> dict[str, object]:
    """The fields that are wanted, in the type's order."""
    if wanted.fields is None:
        return dict(data)
    return {name: value for name, value in data.items() if name in wanted.fields}
