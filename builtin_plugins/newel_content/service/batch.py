"""Many changes in one request: all or nothing, or as many as can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from attrs import evolve, frozen

from newel import Call, MaxLength, MinLength, Problem, operation
from newel.app import App
from newel.context import SIGNED_IN
from newel.contracts.content import Entry
from newel.errors import NewelError, Transient
from newel_content.documents.checking import pointer
from newel_content.store import Store
from newel_content.store.feed import telling

Op = Literal["create", "update", "replace", "delete", "publish", "unpublish", "move"]
OPTIONS = ("data", "locale", "parent", "top", "before", "after", "revision", "force", "descendants")


@frozen(kw_only=True)
class Item:
    """One change: a verb and what the operation of that name takes."""

    op: Annotated[Op, "The verb."]
    type: Annotated[str, "The content type."]
    id: Annotated[str | None, "The entry; not for `create`."] = None
    data: Annotated[Mapping[str, Any] | None, "The fields by name."] = None
    locale: str | None = None
    revision: Annotated[int | None, "The revision that the change is based on."] = None
    parent: str | None = None
    top: bool | None = None
    before: str | None = None
    after: str | None = None
    force: bool | None = None
    descendants: bool | None = None


@frozen(kw_only=True)
class Batch:
    operations: Annotated[tuple[Item, ...], "The changes, in order.", MinLength(1), MaxLength(1000)]
    atomic: Annotated[bool, "All or nothing; else every change that can be made is."] = True


@frozen(kw_only=True)
class ItemResult:
    """What became of one change."""

    ok: bool
    id: str | None = None
    revision: int | None = None
    error: Mapping[str, Any] | None = None
    """``code``, ``detail`` and ``errors``, as a problem document has them."""


@frozen(kw_only=True)
class BatchResult:
    data: tuple[ItemResult, ...]
    failed: int = 0


class Batches:
    """The operation that runs others."""

    def __init__(self, app: App, store: Store) -> None:
        self._app = app
        self._store = store

    @operation("content.batch", needs=SIGNED_IN, http="POST /content:batch", effect="write", command=False)
    @telling
    async def batch(self, call: Call, order: Batch) -> BatchResult:
        """Makes up to 1,000 changes in one transaction.

        Each needs the permission of its own operation. ``atomic``: the first that fails undoes all; the error's
        pointers begin with ``/operations/<n>``. Otherwise each that fails is undone alone, and its result says why.
        """
        results = []
        for index, item in enumerate(order.operations):
            results.append(await (self._strict if order.atomic else self._lenient)(call, index, item))
        return BatchResult(data=tuple(results), failed=sum(not one.ok for one in results))

    async def _strict(self, call: Call, index: int, item: Item) -> ItemResult:
        try:
            return await self._run(call, item)
        except NewelError as error:
            here = pointer("operations", index)
            moved = [evolve(one, pointer=here + one.pointer) for one in error.problems]
            error.problems = tuple(moved or [Problem(here, error.reason, error.detail)])
            raise

    async def _lenient(self, call: Call, index: int, item: Item) -> ItemResult:
        assert call.work is not None  # noqa: S101 - a write operation has its work
        try:
            with call.work.part():
                async with call.tx.savepoint():
                    return await self._run(call, item)
        except Transient:  # not this item's fault, and perhaps the end of the whole transaction
            raise
        except NewelError as error:
            return ItemResult(ok=False, id=item.id, error=_plain(error))

    async def _run(self, call: Call, item: Item) -> ItemResult:
        order: dict[str, Any] = {"type": item.type}
        if item.op != "create":
            order["id"] = item.id or ""
        # What the verb does not take is refused by its own input.
        order |= {name: value for name in OPTIONS if (value := getattr(item, name)) is not None}
        answer = await self._app.operations.run(f"content.{item.op}", order, call)
        if isinstance(answer, Entry):
            return ItemResult(ok=True, id=answer.id, revision=answer.revision)
        return ItemResult(ok=True, id=item.id)


def _plain(error: NewelError) -> dict[str, Any]:
    problems: Sequence[Problem] = error.problems
    told = [{"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in problems]
    return {"code": error.reason, "detail": error.detail, "errors": told, **error.extra}
