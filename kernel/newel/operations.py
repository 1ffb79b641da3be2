"""Operations: everything a person can do, declared once, reached through every door.

The dispatcher does, in this order and only here: permission → structure the input (all faults at once) → rate limit →
``around`` hooks → the gate, for writes → ``prepare`` → idempotency → ``fold`` hooks → the handler, in a transaction
when it writes → outbox and audit rows in the same transaction → commit → answer → ``notify`` hooks. A transaction that
the engine undid for the sake of another one is run again (``transact``). Permission comes first so that a stranger
learns nothing from faults.
Slow work (hashing a password) belongs into ``prepare``: nobody can write while it goes on in a transaction.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_type_hints

from attrs import evolve, fields, frozen, has

from newel.context import Call, Permission, Work
from newel.contracts.audit import Act, Audit, Change, Reverse
from newel.contracts.database import Database, Transaction
from newel.contracts.gate import Gate
from newel.contracts.idempotency import Idempotency
from newel.contracts.limits import RateLimit
from newel.contracts.outbox import Outbox
from newel.deprecation import Deprecated
from newel.errors import BootError, Conflict, Forbidden, NewelError, NotFound, Reject, Unauthenticated
from newel.hooks.operations import operation_around_run, operation_before_run
from newel.spans import operation as spanned
from newel.structure import Faults
from newel.transact import transact

if TYPE_CHECKING:
    from newel.app import App

F = TypeVar("F", bound=Callable[..., Awaitable[Any]])
Effect = Literal["read", "write"]
NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_NEXT_SENTENCE = re.compile(r"\.\s+(?=[A-Z`])")


@frozen
class Empty:
    """The input of an operation that takes none."""


@frozen(kw_only=True)
class Operation:
    """One verb. ``http`` is a method and a path below ``/api/v1``; its ``{parts}`` are fields of ``input``."""

    name: str
    summary: str
    doc: str
    needs: Permission
    effect: Effect
    input: type[Any]
    output: Any
    handler: Callable[..., Awaitable[Any]]
    http: str | None = None
    status: int = 200
    limit: str | None = None
    """The rate limit group it counts in."""
    revision: str | None = None
    """The input field that a door fills from its precondition (HTTP ``If-Match``)."""
    command: bool = True
    """Whether the CLI shows it."""
    privileged: bool = False
    """A read that leaves a row in the audit trail all the same."""
    alone: bool = False
    """A write that opens no transaction, since what it changes is in no table: it may not be part of a larger one, and
    tells the audit trail itself."""
    prepare: Callable[[Call, Any], Awaitable[Any]] | None = None
    """Runs before the transaction opens; the handler gets its answer as a third argument. May refuse."""
    undo: Callable[[Call, Sequence[Change]], Awaitable[Sequence[Reverse]]] | None = None
    """From what was changed, as the audit trail has it, the last change first (``after["revision"]`` is the present
    one), to the operations that take it back, in order. Called in the transaction in which they run. Raises
    ``Conflict`` where it cannot be."""
    deprecated: Deprecated | None = None
    """It works still, and says since when it should not be used, and what instead."""
    owner: str = ""

    @property
    def method(self) -> str:
        return (self.http or "").partition(" ")[0]

    @property
    def path(self) -> str:
        return (self.http or "").partition(" ")[2]

    @property
    def path_fields(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.path))


@frozen
class Invocation:
    """An operation about to run, with its structured input."""

    operation: Operation
    order: Any
    prepared: Any = None


def operation(
    name: str,
    *,
    needs: Permission,
    http: str | None = None,
    effect: Effect = "read",
    status: int = 200,
    limit: str | None = None,
    revision: str | None = None,
    command: bool = True,
    privileged: bool = False,
    alone: bool = False,
    deprecated: Deprecated | None = None,
    prepare: Callable[..., Awaitable[Any]] | None = None,
    undo: Callable[..., Awaitable[Sequence[Reverse]]] | None = None,
) -> Callable[[F], F]:
    """Declares a method ``async (self, call, order) -> answer`` as an operation; see ``Operation`` for the arguments.

    Input and output types are read from the annotations, summary (its first sentence) and text from the
    docstring. ``prepare`` is another method ``async (self, call, order)`` of the class, defined above this one; the
    handler gets its answer as well. ``undo`` is one too: ``async (self, call, changes)``.
    """

    def mark(function: F) -> F:
        function.newel_operation = {  # type: ignore[attr-defined]  # read back by operations_of
            "name": name, "needs": needs, "http": http, "effect": effect, "status": status,
            "limit": limit, "revision": revision, "command": command, "privileged": privileged,
            "alone": alone, "deprecated": deprecated, "prepare": prepare, "undo": undo,
        }  # fmt: skip
        return function

    return mark


def operations_of(*services: object) -> list[Operation]:
    """The operations that the services' methods declare, in the order they stand in the class."""
    found = []
    for service in services:
        for attribute in vars(type(service)):
            function = getattr(type(service), attribute)
            marked = getattr(function, "newel_operation", None)
            if marked is not None:
                found.append(_declared(service, attribute, function, marked))
    return found


def _declared(service: object, attribute: str, function: Callable[..., Any], marked: Mapping[str, Any]) -> Operation:
    name = marked["name"]
    doc, taken, answer, bare = _read(function)
    if not NAME.fullmatch(name) or not doc:
        raise BootError(f"operation '{name}' needs a dotted lower-case name and a docstring")
    handler, bound = getattr(service, attribute), {name: marked[name] for name in ("prepare", "undo")}
    if bare:
        alone = handler

        async def handler(call: Call, _: Empty) -> Any:
            return await alone(call)

    if not has(taken):
        raise BootError(f"operation '{name}' must take a frozen attrs class, not {taken}")
    made = Operation(
        summary=_NEXT_SENTENCE.split(" ".join(doc.partition("\n\n")[0].split()))[0].rstrip("."),
        doc=doc,
        input=taken,
        output=answer,
        handler=handler,
        **{**marked, **{name: one and one.__get__(service) for name, one in bound.items()}},
    )
    names = {field.name for field in fields(taken)}
    missing = [part for part in made.path_fields if part not in names]
    if missing:
        raise BootError(f"operation '{name}': its path names {missing}, which {taken.__name__} does not have")
    return made


def _read(function: Callable[..., Any]) -> tuple[str, Any, Any, bool]:
    """The text, what is taken, what is answered, and whether nothing is taken: read once, kept on the function, since
    applications beside this one declare the same."""
    known: tuple[str, Any, Any, bool] | None = getattr(function, "newel_read", None)
    if known is None:
        doc = (inspect.getdoc(function) or "").replace("``", "`")  # doors show it, and Markdown is what they know
        hints = get_type_hints(function, include_extras=True)
        order = list(inspect.signature(function).parameters)[2:]
        known = doc, hints[order[0]] if order else Empty, hints.get("return"), not order
        function.newel_read = known  # type: ignore[attr-defined]  # as the mark
    return known


class Operations:
    """All operations of one application, and the dispatcher."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._by_name: dict[str, Operation] = {}
        self._arriving: dict[str, Operation] = {}
        self._leaving: dict[str, Operation] = {}

    def add(self, owner: str, declared: Operation) -> None:
        self._by_name = self.joined(owner, [declared])

    def joined(self, owner: str, declared: Iterable[Operation]) -> dict[str, Operation]:
        """All operations with a plugin's among them. Raises ``BootError`` for what is none, or clashes."""
        known = dict(self._by_name)
        for one in declared:
            if not isinstance(one, Operation):
                raise BootError(f"register_operations answered {str(one)[:60]!r}, which is no operation")
            clash = known.get(one.name)
            if clash is None and one.http is not None:
                shape = _shape(one.http)
                clash = next((other for other in known.values() if other.http and _shape(other.http) == shape), None)
            if clash is not None:
                raise BootError(
                    f"{owner} and {clash.owner} both declare '{one.name}' ({one.http}): rename or disable one"
                )
            known[one.name] = evolve(one, owner=owner)
        return known

    def known(self) -> dict[str, Operation]:
        return dict(self._by_name)

    def become(self, known: Mapping[str, Operation]) -> None:
        """Replaces all operations at once."""
        self._by_name = dict(known)

    def forget(self, owner: str) -> None:
        self._by_name = {name: one for name, one in self._by_name.items() if one.owner != owner}

    @contextmanager
    def arriving(self, owner: str, known: Mapping[str, Operation]) -> Iterator[None]:
        """Inside the block a plugin that starts may run its own operations. No door leads to them yet."""
        self._arriving = {name: one for name, one in known.items() if one.owner == owner}
        try:
            yield
        finally:
            self._arriving = {}

    def leaving(self, owner: str) -> None:
        """When they are forgotten, calls that are inside this plugin already may run its operations still."""
        self._leaving = {one.name: one for one in self if one.owner == owner}

    def left(self) -> None:
        """Nobody is inside any more."""
        self._leaving = {}

    def __iter__(self) -> Iterator[Operation]:
        return iter(tuple(self._by_name.values()))

    def get(self, name: str) -> Operation:
        found = self._by_name.get(name) or self._arriving.get(name)
        if found is None and name in self._leaving and self._app.visits.mine(self._leaving[name].owner):
            found = self._leaving[name]
        if found is None:
            raise NotFound(f"there is no operation '{name}'")
        return found

    async def run(self, name: str, data: Any, call: Call) -> Any:
        """Runs an operation for a caller. ``data`` is a mapping (JSON-like or ``FromText`` leaves) or the input itself.

        Inside another write operation (``call.work`` is set) it joins that transaction: its changes and events are
        kept with the outer one's. Raises the errors of ``newel.errors``.
        """
        op = self.get(name)
        if op.deprecated is not None:
            self._app.uses.note(op.owner, f"the operation {name}", op.deprecated)
        visit = self._app.visits.enter(op.owner)
        try:
            with spanned(self._app, op.name, call.door):
                return await self._admitted(op, data, call)
        except (Forbidden, Unauthenticated) as error:
            await self.denied(op.name, call, error)
            raise
        finally:
            self._app.visits.leave(op.owner, visit)

    async def denied(self, name: str, call: Call, error: NewelError, detail: str = "") -> None:
        """Notes, once, that somebody was refused. For doors that ask for permission before they read the input, and
        for operations that know more (``detail``) than the error may tell."""
        if error.noted or call.work is not None:  # of a larger operation: that one is refused as a whole
            return
        error.noted = True
        audit = self._app.find(Audit)
        if audit is not None:
            await audit.note(call, name, "denied", detail or error.reason)

    async def _admitted(self, op: Operation, data: Any, call: Call) -> Any:
        call.actor.require(op.needs)
        order = data if isinstance(data, op.input) else self._structured(op, data)
        limit = self._app.find(RateLimit)
        if limit is not None and op.limit is not None:
            await limit.take(call, op.limit)
        invocation = Invocation(op, order)
        if not self._app.hooks.used(operation_around_run):
            return await self._within(invocation, call)
        async with self._app.hooks.around(operation_around_run, invocation, call):
            return await self._within(invocation, call)

    def _structured(self, op: Operation, data: Any) -> Any:
        try:
            return self._app.structurer.structure(data, op.input)
        except Faults as faults:
            raise Reject("the input is not valid", problems=faults.problems) from None

    async def _within(self, invocation: Invocation, call: Call) -> Any:
        if invocation.operation.effect == "write" and call.work is None and (gate := self._app.find(Gate)) is not None:
            await gate.passing()
        prepare = invocation.operation.prepare
        if prepare is not None:
            invocation = evolve(invocation, prepared=await prepare(call, invocation.order))
        if invocation.operation.alone and call.work is not None:
            raise Conflict(f"{invocation.operation.name} cannot be a part of a larger act")
        if invocation.operation.effect == "read" or invocation.operation.alone:
            answer = await self._handle(invocation, call)
            audit = self._app.find(Audit)
            if audit is not None and invocation.operation.privileged:
                await audit.note(call, invocation.operation.name, "done")
            return answer
        if call.work is not None:
            return await self._acting(invocation, call, call.work)

        async def body(tx: Transaction | None) -> tuple[Any, Work]:
            work = Work(tx)
            answer = await self._once(invocation, evolve(call, work=work), work)
            await self._kept(call, work)
            return answer, work

        database = self._app.find(Database)
        answer, work = await (body(None) if database is None else transact(database, body))
        for told in work.after:
            told()
        outbox = self._app.find(Outbox)
        if outbox is None:
            self._app.tell(work.events, call)
        elif work.events:
            outbox.wake()
        return answer

    async def _kept(self, call: Call, work: Work) -> None:
        """Writes what the whole act leaves behind, as the last thing in its transaction."""
        audit, outbox = self._app.find(Audit), self._app.find(Outbox)
        if work.tx is None:
            return
        if outbox is not None and work.events:
            await outbox.add(work.tx, call, work.events)
        if audit is not None and work.acts:
            await audit.append(work.tx, work.acts)

    async def _once(self, invocation: Invocation, call: Call, work: Work) -> Any:
        """With an idempotency key: the act happens once, and its answer is kept in the same transaction."""
        keeper = self._app.find(Idempotency)
        if keeper is None or call.idempotency_key is None or work.tx is None:
            return await self._acting(invocation, call, work)
        name = invocation.operation.name
        kept = await keeper.begin(work.tx, call, name, self._fingerprint(invocation.order))
        if kept is not None:
            return kept
        answer = await self._acting(invocation, call, work)
        await keeper.finish(work.tx, call, name, self._app.structurer.unstructure(answer))
        return answer

    def _fingerprint(self, order: Any) -> str:
        plain = self._app.structurer.unstructure(order)
        return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()

    async def _acting(self, invocation: Invocation, call: Call, work: Work) -> Any:
        inner = Work(work.tx, events=work.events, acts=work.acts, after=work.after)
        answer = await self._handle(invocation, evolve(call, work=inner))
        name = invocation.operation.name
        work.acts.append(Act(call=evolve(call, work=None), operation=name, changes=tuple(inner.changes)))
        return answer

    async def _handle(self, invocation: Invocation, call: Call) -> Any:
        if self._app.hooks.used(operation_before_run):
            invocation = await self._app.hooks.fold(operation_before_run, invocation, call)
        if invocation.operation.prepare is not None:
            return await invocation.operation.handler(call, invocation.order, invocation.prepared)
        return await invocation.operation.handler(call, invocation.order)


@lru_cache(4096)
def _shape(http: str) -> str:
    return re.sub(r"\{\w+\}", "{}", http)
