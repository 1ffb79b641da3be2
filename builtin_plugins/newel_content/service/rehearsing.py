"""What saving would say: the whole act is done, and undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

from attrs import evolve, field, frozen

from newel import Call, Conflict, PreconditionFailed, PreconditionRequired, Problem, Reject, TooLarge, operation
from newel.app import App
from newel.context import Work
from newel.contracts.database import Transaction
from newel.errors import NewelError
from newel.transact import transact
from newel_content.permissions import CONTENT_READ_DRAFT
from newel_content.service.entries import Base, ChangeEntry, LocaleCode, NewEntry, TypeName
from newel_content.service.publishing import PublishEntry
from newel_content.store import Store

TOLD = (Reject, Conflict, TooLarge, PreconditionFailed, PreconditionRequired)


@frozen(kw_only=True)
class ValidateEntry:
    type: TypeName
    data: Annotated[Mapping[str, Any], "The fields by name, as they would be sent."] = field(factory=dict)
    locale: LocaleCode = None
    id: Annotated[str | None, "The entry that would be changed; empty: a new one would be created."] = None
    parent: Annotated[str | None, "The page that a new one would stand below."] = None
    revision: Base = None
    for_publish: Annotated[bool, "What publishing would say as well, where saving would say nothing."] = False


@frozen(kw_only=True)
class Fault:
    """Something that is wrong."""

    pointer: Annotated[str, "Where, as a JSON pointer into what would be sent; empty: as a whole."]
    code: str
    detail: str


@frozen(kw_only=True)
class Verdict:
    """All that is wrong; nothing: it would go well, as things stand now."""

    problems: tuple[Fault, ...]


class _Undone(Exception):
    """Ends the transaction without its effects."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("undone")
        self.problems = problems


class Rehearsing:
    """The operation that tries a change."""

    def __init__(self, app: App, store: Store) -> None:
        self._app = app
        self._store = store

    @operation("content.validate", needs=CONTENT_READ_DRAFT, http="POST /content/{type}/validate")
    async def validate(self, call: Call, order: ValidateEntry) -> Verdict:
        """Tells what creating or changing an entry would be refused for, and changes nothing.

        It is tried in a transaction that is undone: the same checks, plugins, unique values and references, and the
        same permissions. ``forbidden`` and ``not_found`` are raised as the act itself would raise them.
        """
        try:
            if call.work is not None:
                async with call.tx.savepoint():
                    await self._tried(call.tx, call, order)
            else:
                await transact(self._store.db, lambda tx: self._tried(tx, call, order))
        except _Undone as undone:
            found = undone.problems
        return Verdict(problems=tuple(Fault(pointer=one.pointer, code=one.code, detail=one.detail) for one in found))

    async def _tried(self, tx: Transaction, call: Call, order: ValidateEntry) -> NoReturn:
        inner = evolve(call, work=Work(tx), idempotency_key=None)
        try:
            await self._act(inner, order)
        except TOLD as error:
            raise _Undone(_problems(error)) from error
        raise _Undone([])

    async def _act(self, call: Call, order: ValidateEntry) -> None:
        if order.id is None:
            new = NewEntry(type=order.type, data=order.data, locale=order.locale, parent=order.parent)
            entry = await self._app.operations.run("content.create", new, call)
        else:
            change = ChangeEntry(
                type=order.type, id=order.id, data=order.data, locale=order.locale, revision=order.revision
            )
            entry = await self._app.operations.run("content.update", change, call)
        if order.for_publish:
            publish = PublishEntry(type=order.type, id=entry.id, locale=order.locale, revision=entry.revision)
            await self._app.operations.run("content.publish", publish, call)


def _problems(error: NewelError) -> list[Problem]:
    return list(error.problems) or [Problem("", error.reason, error.detail)]
