"""Wire values to stored values: field type, rules, blocks inside blocks; all faults at once, each with its pointer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from newel import Problem, Reject
from newel.bounds import Fault, described
from newel.contracts.content import Field, Outside
from newel_content.fieldtypes.rules import broken
from newel_content.fieldtypes.text import check_characters
from newel_content.model import BLOCKS, REFERENCE, BoundField, Catalogue, Model

BLOCK_KEYS = ("id", "type", "data")
_OUTSIDE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BLOCK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def pointer(*parts: str | int) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


@frozen
class Target:
    """What a checked value points at: an entry, or something outside. Whether it is there is for others to say."""

    where: str
    id: str
    types: tuple[str, ...] = ()
    outside: Outside | None = None
    field: Field | None = None
    """Of what is outside."""


class Checker:
    """Checks the values of one write. Gathers what is wrong in ``problems``, and what is pointed at in ``targets``."""

    def __init__(self, catalogue: Catalogue, max_depth: int, new_id: Callable[[], str]) -> None:
        self.catalogue = catalogue
        self.problems: list[Problem] = []
        self.targets: list[Target] = []
        self._max_depth = max_depth
        self._new_id = new_id

    def fault(self, where: str, code: str, detail: str) -> None:
        self.problems.append(Problem(where, code, detail))

    def value(self, bound: BoundField, wire: Any, where: str, depth: int = 0) -> Any:
        """The stored value. Where it is wrong: ``None``, and the problems say why."""
        if wire is None:
            return None
        before = len(self.problems)
        try:
            stored = bound.kind.parse(wire, bound.field)
        except Fault as fault:
            self.fault(where, fault.code, str(fault))
            return None
        if bound.field.type == BLOCKS:
            stored = self._blocks(bound, stored, where, depth + 1)
        if stored is None:
            return None
        for breach in broken(stored, bound.field):
            self.fault(where, breach.code, str(breach))
        if len(self.problems) > before:
            return None
        if bound.field.type == REFERENCE:
            self._note(bound, stored, where)
        elif bound.kind.outside is not None:
            targets = targets_outside(bound, stored, where)
            self.targets += targets
            for one in targets:
                if not _OUTSIDE_ID.fullmatch(one.id):
                    self.fault(one.where, "format", "an id is 1 to 64 letters, digits, '.', '_' and '-'")
        return stored

    def _note(self, bound: BoundField, stored: str | list[str], where: str) -> None:
        if isinstance(stored, str):
            self.targets.append(Target(where, stored, bound.options.targets))
        else:
            for index, target in enumerate(stored):
                self.targets.append(Target(where + pointer(index), target, bound.options.targets))

    def unknown(self, model: Model, data: Mapping[str, Any], where: str) -> None:
        """Notes names that the type does not have."""
        for name in data:
            if name not in model.fields:
                self.fault(where + pointer(name), "unknown", f"'{model.name}' has no field '{name}'")

    def _blocks(self, bound: BoundField, wire: list[Any], where: str, depth: int) -> list[Any] | None:
        if depth > self._max_depth:
            self.fault(where, "depth", f"blocks are nested at most {self._max_depth} deep")
            return None
        allowed = bound.options.types
        blocks = []
        for index, item in enumerate(wire):
            blocks.append(self._block(allowed, item, where + pointer(index), depth))
        return blocks

    def _block(self, allowed: tuple[str, ...], wire: Any, where: str, depth: int) -> dict[str, Any] | None:
        if not isinstance(wire, Mapping):
            self.fault(where, "type", f"expected a block, got {described(wire)}")
            return None
        for name in wire:
            if name not in BLOCK_KEYS:
                self.fault(where + pointer(str(name)), "unknown", f"a block has {', '.join(BLOCK_KEYS)}")
        model = self._block_model(allowed, wire.get("type"), where)
        identity = self._block_id(wire.get("id"), where)
        data = wire.get("data") or {}
        if not isinstance(data, Mapping):
            self.fault(where + pointer("data"), "type", f"expected an object, got {described(data)}")
            return None
        if model is None:
            return None
        inside = where + pointer("data")
        self.unknown(model, data, inside)
        stored = {}
        for bound in model:
            given = data.get(bound.name, bound.field.default if "id" not in wire else None)
            value = self.value(bound, given, inside + pointer(bound.name), depth)
            if value is not None:
                stored[bound.key] = value
        return {"id": identity, "type": model.id, "data": stored}

    def _block_model(self, allowed: tuple[str, ...], name: Any, where: str) -> Model | None:
        model = self.catalogue.models.get(name) if isinstance(name, str) else None
        if model is None or model.kind != "block" or (allowed and name not in allowed):
            known = allowed or [one.name for one in self.catalogue.models.values() if one.kind == "block"]
            self.fault(where + pointer("type"), "block_type", "expected one of: " + ", ".join(known))
            return None
        return model

    def _block_id(self, given: Any, where: str) -> str:
        if given is None:
            return self._new_id()
        if isinstance(given, str) and _BLOCK_ID.fullmatch(given):
            return given
        self.fault(where + pointer("id"), "format", "a block's id is 1 to 64 letters, digits, - and _")
        return ""


def targets_outside(bound: BoundField, stored: Any, where: str) -> list[Target]:
    """What a value points at outside of content; items of a list each with their pointer."""
    outside = bound.kind.outside
    if outside is None or stored is None:
        return []
    ids = outside.ids(stored, bound.field)
    many = isinstance(stored, list)
    return [
        Target(where + pointer(at) if many else where, id, outside=outside, field=bound.field)
        for at, id in enumerate(ids)
    ]


def all_outside(catalogue: Catalogue, model: Model, flat: Mapping[str, Any], where: str) -> list[Target]:
    """What a snapshot points at outside of content, inside blocks as well. ``flat`` is by field number."""
    found: list[Target] = []
    for bound in model.outside:
        found += targets_outside(bound, flat.get(bound.key), where + pointer(bound.name))
    for bound in model.embedding if catalogue.outside else ():
        for index, block in enumerate(flat.get(bound.key) or ()):
            inner = catalogue.by_id.get(block["type"])
            if inner is not None:
                here = where + pointer(bound.name, index, "data")
                found += all_outside(catalogue, inner, block["data"], here)
    return found


def storable(text: str | None, where: str) -> None:
    """Raises ``Reject`` for a text that no database can keep."""
    try:
        check_characters(text or "")
    except Fault as fault:
        raise Reject.field(where, fault.code, str(fault)) from None


def missing(catalogue: Catalogue, model: Model, flat: Mapping[str, Any], where: str) -> list[Problem]:
    """The required fields without a value, those inside blocks as well. ``flat`` is by field number."""
    found: list[Problem] = []
    for bound in model:
        value = flat.get(bound.key)
        here = where + pointer(bound.name)
        if bound.field.required and (value is None or value in ("", [], {})):
            found.append(Problem(here, "required", "is needed for publishing"))
        elif value is not None and bound.field.type == BLOCKS:
            for index, block in enumerate(value):
                inner = catalogue.by_id.get(block["type"])
                if inner is not None:
                    found += missing(catalogue, inner, block["data"], here + pointer(index, "data"))
    return found
