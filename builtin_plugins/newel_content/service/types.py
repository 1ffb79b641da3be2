"""Content types: defined and changed at run time, without DDL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from attrs import evolve, frozen

from newel import Call, Conflict, MaxLength, Pattern, Problem, Reject, operation
from newel.app import App
from newel.contracts.audit import Change
from newel.contracts.content import MAIN, NAME_PATTERN, ContentType, Field, Kind
from newel.contracts.database import UniqueViolation
from newel.hooks.content import content_after_type_change
from newel.structure import rfc3339
from newel_content.config import ContentConfig
from newel_content.model import Catalogue, Model
from newel_content.permissions import CONTENT_PURGE, TYPES_READ, TYPES_WRITE
from newel_content.service.demolishing import Demolishing
from newel_content.service.merging import stale
from newel_content.service.reindexing import Reindexing
from newel_content.service.telling import type_changed, type_deleted
from newel_content.service.validating import Validating, numbered
from newel_content.store import Store
from newel_content.store.catalogue import definition

Name = Annotated[str, "The name in the API.", Pattern(NAME_PATTERN)]
Label = Annotated[str, "What editors read; the name when empty.", MaxLength(200)]


@frozen(kw_only=True)
class NewType:
    name: Name
    label: Label = ""
    kind: Annotated[
        Kind, "`collection`, `single` (one entry), `page` (routable, in a tree) or `block` (only embedded)."
    ] = "collection"
    fields: Annotated[tuple[Field, ...], "The fields, in the order of the editor.", MaxLength(200)] = ()
    public: Annotated[bool, "Whether delivery serves published entries to anybody."] = True
    parents: Annotated[tuple[str, ...], "Types allowed as parent of a page; empty: any page type."] = ()


@frozen(kw_only=True)
class ListTypes:
    kinds: Annotated[tuple[Kind, ...], "Only types of these kinds; empty: of all.", MaxLength(4)] = ()


@frozen(kw_only=True)
class GetType:
    name: Name


@frozen(kw_only=True)
class ChangeType:
    name: Name
    rename: Annotated[str | None, "A new name in the API.", Pattern(NAME_PATTERN)] = None
    label: Annotated[str | None, "What editors read.", MaxLength(200)] = None
    fields: Annotated[
        tuple[Field, ...] | None,
        "All fields, in order. A `number` (or the same name) says which field it was; one that is missing is removed.",
        MaxLength(200),
    ] = None
    public: Annotated[bool | None, "Whether delivery serves published entries to anybody."] = None
    parents: Annotated[tuple[str, ...] | None, "Types allowed as parent of a page; empty: any page type."] = None
    revision: Annotated[int | None, "The revision that the change is based on."] = None
    force: Annotated[bool, "Lose the other locales' values when a field is no longer localised."] = False


@frozen(kw_only=True)
class DeleteType:
    name: Name
    force: Annotated[bool, "Delete its entries for good as well; needs `content.purge`."] = False


@frozen(kw_only=True)
class TypeList:
    data: tuple[ContentType, ...]


@frozen(kw_only=True)
class TypeRevision:
    revision: int
    author: str
    created_at: str
    definition: Mapping[str, Any]


@frozen(kw_only=True)
class TypeHistory:
    data: tuple[TypeRevision, ...]


class Types:
    """The operations on content types."""

    def __init__(self, app: App, config: ContentConfig, store: Store) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._reindexing = Reindexing(store)
        self._demolishing = Demolishing(store)

    @operation("types.list", needs=TYPES_READ, http="GET /types")
    async def list(self, call: Call, order: ListTypes) -> TypeList:
        """All content types, by name."""
        catalogue = await self._store.catalogue.load(self._store.db)
        known = [model.type for model in catalogue.models.values()]
        return TypeList(data=tuple(one for one in known if not order.kinds or one.kind in order.kinds))

    @operation("types.get", needs=TYPES_READ, http="GET /types/{name}")
    async def get(self, call: Call, order: GetType) -> ContentType:
        """One content type."""
        catalogue = await self._store.catalogue.load(self._store.db)
        return catalogue.model(order.name).type

    @operation("types.history", needs=TYPES_READ, http="GET /types/{name}/history")
    async def history(self, call: Call, order: GetType) -> TypeHistory:
        """Every revision of a content type, the newest first."""
        catalogue = await self._store.catalogue.load(self._store.db)
        rows = await self._store.types.history(self._store.db, catalogue.model(order.name).id)
        return TypeHistory(
            data=tuple(
                TypeRevision(
                    revision=int(row["revision"]),
                    author=str(row["author"]),
                    created_at=str(row["created_at"]),
                    definition=orjson.loads(row["definition"]),
                )
                for row in rows
            )
        )

    @operation("types.create", needs=TYPES_WRITE, http="POST /types", effect="write", status=201)
    async def create(self, call: Call, order: NewType) -> ContentType:
        """Creates a content type. It can be used at once, in every process."""
        catalogue = await self._store.catalogue.load(call.tx, lock="alone")
        if order.name in catalogue.models:
            raise _taken(order.name, "/name")
        fields, following, problems = numbered(order.fields, None)
        now = rfc3339(call.now)
        made = ContentType(
            name=order.name,
            label=order.label,
            kind=order.kind,
            fields=fields,
            public=order.public,
            parents=order.parents,
            space=MAIN,
            id=self._app.ids.new(),
            revision=1,
            created_at=now,
            updated_at=now,
        )
        problems += Validating(self._store.field_types, catalogue, made, None).problems()
        if problems:
            raise Reject("the content type is not valid", problems=problems)
        try:
            await self._store.types.insert(call.tx, made, following, call.actor.id)
        except UniqueViolation as violation:
            raise _taken(order.name, "/name") from violation
        await self._noted(call, None, made)
        return made

    @operation("types.update", needs=TYPES_WRITE, http="PATCH /types/{name}", effect="write", revision="revision")
    async def update(self, call: Call, order: ChangeType) -> ContentType:
        """Changes a content type; what is not named stays.

        Fields may be added, renamed, reordered and removed at no cost; a removed field's values stay in the documents.
        A field's type cannot change. A field that becomes indexed, unique or localised is indexed anew in the same
        transaction: ``conflict`` (``too_many_entries``) above 10,000 entries, ``not_unique`` where values clash.
        """
        catalogue = await self._store.catalogue.load(call.tx, lock="alone")
        model = catalogue.model(order.name)
        if order.revision is not None and order.revision != model.type.revision:
            raise stale(model.type.revision, order.revision)
        made, following = self._changed(call, catalogue, model, order)
        if definition(made) == definition(model.type) and made.name == model.name:
            return model.type
        if made.name != model.name and made.name in catalogue.models:
            raise _taken(made.name, "/rename")
        await self._store.types.update(call.tx, made, following, call.actor.id)
        if made.name != model.name:
            await self._follow_rename(call, catalogue, model, made.name)
        after = self._store.field_types.model(made, following)
        await self._reindexing.run(call, catalogue, model, after, force=order.force)
        await type_changed(self._store, call, model.type, made)
        await self._noted(call, model.type, made)
        return made

    async def present(self, call: Call, name: str) -> ContentType:
        """A type, which nobody else changes until the transaction ends. Raises ``NotFound``."""
        return (await self._store.catalogue.load(call.tx, lock="alone")).model(name).type

    def _changed(self, call: Call, catalogue: Catalogue, model: Model, order: ChangeType) -> tuple[ContentType, int]:
        fields, following, problems = numbered(model.type.fields if order.fields is None else order.fields, model)
        was = model.type
        made = evolve(
            was,
            name=order.rename or was.name,
            label=was.label if order.label is None else order.label,
            fields=fields,
            public=was.public if order.public is None else order.public,
            parents=was.parents if order.parents is None else order.parents,
            revision=was.revision + 1,
            updated_at=rfc3339(call.now),
        )
        # A type that names itself is checked under the name that it had, and follows the rename afterwards.
        checked = evolve(made, name=model.name)
        problems += Validating(self._store.field_types, catalogue, checked, model).problems()
        if problems:
            raise Reject("the content type is not valid", problems=problems)
        return (_renamed(made, model.name, made.name) if order.rename else made), following

    async def _follow_rename(self, call: Call, catalogue: Catalogue, model: Model, name: str) -> None:
        """Other types name this one in their options."""
        for other in catalogue.models.values():
            changed = _renamed(other.type, model.name, name)
            if other.id != model.id and changed != other.type:
                changed = evolve(changed, revision=changed.revision + 1, updated_at=rfc3339(call.now))
                await self._store.types.update(call.tx, changed, other.next_number, call.actor.id)
                call.changed(Change(entity="type", id=other.id, before=_plain(other.type), after=_plain(changed)))

    @operation("types.delete", needs=TYPES_WRITE, http="DELETE /types/{name}", effect="write")
    async def delete(self, call: Call, order: DeleteType) -> None:
        """Deletes a content type. Raises ``conflict`` while other types name it or entries are there.

        ``force`` deletes up to 10,000 entries, drafts, trash, versions and all, for good.
        """
        if order.force:
            call.actor.require(CONTENT_PURGE)
        catalogue = await self._store.catalogue.load(call.tx, lock="alone")
        model = catalogue.model(order.name)
        await self._demolishing.run(call, catalogue, model, force=order.force)
        await type_deleted(self._store, self._config, call, model.type)
        await self._noted(call, model.type, None)

    async def _noted(self, call: Call, before: ContentType | None, after: ContentType | None) -> None:
        await self._store.catalogue.renew(call.tx)
        known = after or before
        assert known is not None  # noqa: S101 - one of them is there
        call.changed(Change(entity="type", id=known.id, before=_plain(before), after=_plain(after)))
        call.emit(content_after_type_change, known.name)


def _plain(type: ContentType | None) -> dict[str, Any] | None:
    return None if type is None else {"name": type.name, **orjson.loads(definition(type))}


def _taken(name: str, where: str) -> Conflict:
    problem = Problem(where, "not_unique", f"there is a content type '{name}' already")
    return Conflict("the name is taken", code="not_unique", problems=[problem])


def _renamed(type: ContentType, old: str, new: str) -> ContentType:
    """The type with every mention of another one's name changed."""

    def swapped(names: Any) -> list[str]:
        return [new if name == old else name for name in names]

    fields = tuple(
        evolve(
            field,
            options={
                key: swapped(value) if key in ("targets", "types") and field.type in ("reference", "blocks") else value
                for key, value in field.options.items()
            },
        )
        for field in type.fields
    )
    return evolve(type, fields=fields, parents=tuple(swapped(type.parents)))
