"""Single fields of a content type, and the field types that they can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from attrs import evolve, frozen

from newel import Call, Max, Min, NotFound, Pattern, Problem, Reject, operation
from newel.contracts.content import NAME_PATTERN, ContentType, Field
from newel.errors import NewelError
from newel.jsonschema import schema_of
from newel_content.fieldtypes.registry import FieldTypes
from newel_content.fieldtypes.rules import NAMES, allowed
from newel_content.permissions import TYPES_READ, TYPES_WRITE
from newel_content.service.types import ChangeType, Types

TypeName = Annotated[str, "The content type.", Pattern(NAME_PATTERN)]
FieldName = Annotated[str, "The field, by its name.", Pattern(NAME_PATTERN)]
Revision = Annotated[int | None, "The type's revision that the change is based on."]


@frozen(kw_only=True)
class SetField:
    type: TypeName
    name: FieldName
    field: Annotated[Field, "The whole field. Another `name` than that in the address renames it."]
    at: Annotated[int | None, "Its place, from 0; empty: where it is, and a new one at the end.", Min(0)] = None
    revision: Revision = None
    force: Annotated[bool, "Lose the other locales' values when the field is no longer localised."] = False


@frozen(kw_only=True)
class AddField:
    type: TypeName
    field: Annotated[Field, "The field."]
    at: Annotated[int | None, "Its place, from 0; empty: at the end.", Min(0)] = None
    revision: Revision = None


@frozen(kw_only=True)
class MoveField:
    type: TypeName
    name: FieldName
    step: Annotated[int, "So many places up (negative) or down.", Min(-200), Max(200)]
    revision: Revision = None


@frozen(kw_only=True)
class DeleteField:
    type: TypeName
    name: FieldName
    revision: Revision = None


@frozen(kw_only=True)
class FieldTypeInfo:
    """A field type, for who makes forms."""

    name: str
    summary: str
    plugin: str
    indexable: bool
    textual: bool
    many: bool
    options: Annotated[Mapping[str, Any] | None, "The JSON Schema of its options; empty: it takes none."]
    rules: Annotated[tuple[str, ...], "The rules that a field of it can have."]
    points_at: Annotated[str | None, "What its values point at, where that is not content."]


@frozen(kw_only=True)
class FieldTypeList:
    data: tuple[FieldTypeInfo, ...]


class Fields:
    """The operations on single fields. Each is a change of the type, and refused for the same reasons."""

    def __init__(self, types: Types, field_types: FieldTypes) -> None:
        self._types = types
        self._field_types = field_types

    @operation("types.field_types", needs=TYPES_READ, http="GET /field-types")
    async def field_types(self, call: Call) -> FieldTypeList:
        """All field types, by name, with what can be set about a field of each."""
        found = sorted(self._field_types, key=lambda kind: kind.name)
        return FieldTypeList(
            data=tuple(
                FieldTypeInfo(
                    name=kind.name,
                    summary=kind.summary,
                    plugin=self._field_types.owner(kind.name),
                    indexable=kind.key is not None,
                    textual=kind.textual,
                    many=kind.many,
                    options=None if kind.options is None else _schema(kind.options),
                    rules=tuple(name for name in NAMES if name in allowed(kind)),
                    points_at=None if kind.outside is None else kind.outside.kind,
                )
                for kind in found
            )
        )

    @operation(
        "types.add_field",
        needs=TYPES_WRITE,
        http="POST /types/{type}/fields",
        effect="write",
        status=201,
        revision="revision",
    )
    async def add(self, call: Call, order: AddField) -> ContentType:
        """Adds a field to a content type."""
        fields = list((await self._type(call, order.type)).fields)
        if _place(fields, order.field.name) is not None:
            raise Reject.field("/field/name", "duplicate", f"'{order.type}' has a field '{order.field.name}' already")
        index = len(fields) if order.at is None else min(order.at, len(fields))
        fields.insert(index, evolve(order.field, number=0))
        return await self._changed(call, order.type, fields, order.revision, at=index)

    @operation(
        "types.set_field",
        needs=TYPES_WRITE,
        http="PUT /types/{type}/fields/{name}",
        effect="write",
        revision="revision",
    )
    async def set(self, call: Call, order: SetField) -> ContentType:
        """Adds a field to a content type, or replaces what is said of one; its values and its number stay."""
        fields = list((await self._type(call, order.type)).fields)
        index = _place(fields, order.name)
        if index is None:
            made, index = evolve(order.field, number=0), len(fields)
            fields.append(made)
        else:
            made = fields[index] = evolve(order.field, number=fields[index].number)
        if order.at is not None:
            del fields[index]
            index = min(order.at, len(fields))
            fields.insert(index, made)
        return await self._changed(call, order.type, fields, order.revision, at=index, force=order.force)

    @operation(
        "types.move_field",
        needs=TYPES_WRITE,
        http="POST /types/{type}/fields/{name}/move",
        effect="write",
        revision="revision",
    )
    async def move(self, call: Call, order: MoveField) -> ContentType:
        """Moves a field among the others of its type, in the order of the editor."""
        fields = list((await self._type(call, order.type)).fields)
        index = self._known(fields, order.type, order.name)
        moved = fields.pop(index)
        fields.insert(max(0, min(len(fields), index + order.step)), moved)
        return await self._changed(call, order.type, fields, order.revision)

    @operation(
        "types.delete_field",
        needs=TYPES_WRITE,
        http="DELETE /types/{type}/fields/{name}",
        effect="write",
        revision="revision",
    )
    async def delete(self, call: Call, order: DeleteField) -> ContentType:
        """Removes a field from its type. Its values stay in the documents, out of everybody's sight."""
        fields = list((await self._type(call, order.type)).fields)
        del fields[self._known(fields, order.type, order.name)]
        return await self._changed(call, order.type, fields, order.revision)

    async def _type(self, call: Call, name: str) -> ContentType:
        return await self._types.present(call, name)

    def _known(self, fields: Sequence[Field], type: str, name: str) -> int:
        index = _place(fields, name)
        if index is None:
            raise NotFound(f"'{type}' has no field '{name}'")
        return index

    async def _changed(
        self,
        call: Call,
        type: str,
        fields: Sequence[Field],
        revision: int | None,
        *,
        at: int | None = None,
        force: bool = False,
    ) -> ContentType:
        order = ChangeType(name=type, fields=tuple(fields), revision=revision, force=force)
        try:
            return await self._types.update(call, order)
        except NewelError as error:
            if at is not None:
                error.problems = tuple(_here(one, at) for one in error.problems)
            raise


def _schema(options: type[Any]) -> Mapping[str, Any]:
    """The schema of a class itself, in place of a reference to it."""
    whole = schema_of(options)
    own = whole["$defs"].pop(whole["$ref"].rpartition("/")[2])
    return {**own, "$defs": whole["$defs"]} if whole["$defs"] else own


def _place(fields: Sequence[Field], name: str) -> int | None:
    return next((index for index, field in enumerate(fields) if field.name == name), None)


def _here(problem: Problem, at: int) -> Problem:
    """A fault of the field that was sent, with its pointer into what was sent."""
    lead = f"/fields/{at}"
    if problem.pointer == lead or problem.pointer.startswith(lead + "/"):
        return evolve(problem, pointer="/field" + problem.pointer.removeprefix(lead))
    return problem
