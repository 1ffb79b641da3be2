"""A plugin with every kind of operation and route, for the tests of the HTTP door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Literal

from attrs import Factory, frozen

from newel import (
    PUBLIC,
    SIGNED_IN,
    Call,
    Conflict,
    FromText,
    Manifest,
    Max,
    MaxLength,
    Min,
    MinLength,
    NotFound,
    Pattern,
    Permission,
    PreconditionFailed,
    Problem,
    Reject,
    Secret,
    ShownOnce,
    TooMany,
    Transient,
    hookimpl,
    operation,
    operations_of,
)
from newel.app import App
from newel.contracts.http import HttpAnswer, HttpRequest, Route
from newel.contracts.idempotency import Kept
from newel.errors import PluginError
from newel.operations import Operation

WRITE = Permission("shop.write", "Change the shop.")


@frozen(kw_only=True)
class Size:
    """How large a thing is."""

    width: Annotated[int, "In millimetres.", Min(1), Max(10_000)]
    unit: Annotated[Literal["mm", "in"], "What was measured in."] = "mm"


@frozen(kw_only=True)
class Thing:
    """Something in the shop."""

    id: Annotated[str, "Which."]
    name: Annotated[str, "Its name."] = ""
    revision: Annotated[int, "Counts its changes."] = 1
    size: Annotated[Size | None, "How large, where that is known."] = None
    parts: tuple[Thing, ...] = ()
    seen: datetime | None = None
    extra: Mapping[str, Any] = Factory(dict)


@frozen(kw_only=True)
class Which:
    id: Annotated[str, "Which thing.", Pattern("[a-z0-9-]{1,20}")]


@frozen(kw_only=True)
class Listing:
    limit: Annotated[int, "How many at most.", Min(1), Max(100)] = 25
    sort: Annotated[tuple[str, ...], "Fields to sort by."] = ()
    ratio: float | None = None
    deep: bool = False
    kind: Literal["new", "old"] | None = None
    since: datetime | None = None
    filter: Annotated[Mapping[str, Any], "Conditions."] = Factory(dict)


@frozen(kw_only=True)
class NewThing:
    id: Annotated[str, "Which.", Pattern("[a-z0-9-]{1,20}")]
    name: Annotated[str, "Its name.", MinLength(1), MaxLength(40)]
    size: Size | None = None
    price: float = 0.0
    count: Annotated[int, "How many there are."] = 0
    tags: tuple[str, ...] = ()
    data: Mapping[str, Any] = Factory(dict)
    password: Secret[str] | None = None


@frozen(kw_only=True)
class ChangeThing:
    id: str
    name: str | None = None
    revision: Annotated[int | None, "The revision that the change is based on."] = None


@frozen(kw_only=True)
class Token:
    name: str
    token: ShownOnce[str]
    kept: Secret[str]


@frozen(kw_only=True)
class Fail:
    how: str


def _typed(value: Any) -> Any:
    """Shows what came as text and what with a type."""
    if isinstance(value, Mapping):
        return {key: _typed(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_typed(one) for one in value]
    return f"text:{value}" if isinstance(value, FromText) else value


FAILURES: dict[str, Exception] = {
    "conflict": Conflict("taken", code="name_taken"),
    "not_found": NotFound("no such thing"),
    "reject": Reject.field("/name", "bad_name", "that name is bad"),
    "filter": Reject.field("/how", "odd", "that is odd"),
    "many": TooMany("slow down", retry_after=2.5),
    "transient": Transient("busy", retry_after=0.2),
    "precondition": PreconditionFailed("somebody was first", extra={"current": 5, "theirs": {"a": [1]}}),
    "plugin": PluginError("secret words", plugin="poor", hook="content_before_save"),
    "crash": RuntimeError("secret words in a traceback"),
    "timeout": TimeoutError("secret words"),
    "problems": Reject("two", problems=[Problem("/a~1b", "x", "first"), Problem("", "y", "second")]),
}


class Shop:
    manifest = Manifest(name="shop", summary="For tests.", load=f"{__name__}:Shop")

    def __init__(self, app: App) -> None:
        self.app = app
        self.things: dict[str, Thing] = {"a": Thing(id="a", name="first")}
        self.calls: list[Call] = []
        self.entered = asyncio.Event()
        self.go_on = asyncio.Event()
        self.kept: dict[str, Any] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self)

    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return [
            Route(method="GET", path="/files/{rest...}", handler=self.file, needs=PUBLIC, summary="Reads a file",
                  query={"size": "How large.", "filter[]": "Conditions."}),
            Route(method="PUT", path="/files/{rest...}", handler=self.upload, needs=SIGNED_IN,
                  summary="Writes a file", max_body=200_000),
            Route(method="GET", path="/stream", handler=self.stream, needs=PUBLIC, summary="Streams"),
        ]  # fmt: skip

    @operation("things.list", needs=PUBLIC, http="GET /things")
    async def list_things(self, call: Call, order: Listing) -> dict[str, Any]:
        """Lists things."""
        return {
            "limit": order.limit, "sort": list(order.sort), "ratio": order.ratio, "deep": order.deep,
            "kind": order.kind, "filter": _typed(order.filter), "since": order.since,
        }  # fmt: skip

    @operation("things.get", needs=PUBLIC, http="GET /things/{id}")
    async def get(self, call: Call, order: Which) -> Thing:
        """Answers one thing."""
        self.calls.append(call)
        found = self.things.get(order.id)
        if found is None:
            raise NotFound("no such thing")
        return found

    @operation("things.mine", needs=SIGNED_IN, http="GET /mine")
    async def mine(self, call: Call) -> dict[str, Any]:
        """Answers who asks."""
        return {"id": call.actor.id}

    @operation("things.create", needs=WRITE, http="POST /things/{id}", effect="write", status=201)
    async def create(self, call: Call, order: NewThing) -> Thing:
        """Makes a thing."""
        self.calls.append(call)
        if call.idempotency_key in self.kept:
            return Kept(self.kept[call.idempotency_key])  # type: ignore[return-value]  # as the dispatcher would
        made = Thing(id=order.id, name=order.name, size=order.size, extra=order.data)
        self.things[order.id] = made
        if call.idempotency_key is not None:
            self.kept[call.idempotency_key] = self.app.structurer.unstructure(made)
        return made

    @operation("things.change", needs=PUBLIC, http="PATCH /things/{id}", effect="write", revision="revision")
    async def change(self, call: Call, order: ChangeThing) -> dict[str, Any]:
        """Changes a thing."""
        return {"name": order.name, "base": order.revision, "revision": (order.revision or 0) + 1}

    @operation("things.delete", needs=PUBLIC, http="DELETE /things/{id}", effect="write", status=204)
    async def delete(self, call: Call, order: Which) -> None:
        """Deletes a thing."""

    @operation("things.publish", needs=PUBLIC, http="POST /things/{id}/publish", effect="write")
    async def publish(self, call: Call, order: Which) -> dict[str, Any]:
        """Publishes a thing."""
        return {"id": order.id}

    @operation("tokens.create", needs=PUBLIC, http="POST /tokens", effect="write", status=201)
    async def token(self, call: Call) -> Token:
        """Makes a token."""
        return Token(name="x", token=ShownOnce("shown"), kept=Secret("hidden"))

    @operation("fail.now", needs=PUBLIC, http="GET /fail")
    async def fail(self, call: Call, order: Fail) -> None:
        """Fails."""
        raise FAILURES[order.how]

    @operation("wait.now", needs=PUBLIC, http="GET /wait")
    async def wait(self, call: Call) -> dict[str, Any]:
        """Waits until it may go on."""
        self.entered.set()
        await self.go_on.wait()
        return {"waited": True}

    @operation("big.get", needs=PUBLIC, http="GET /big")
    async def big(self, call: Call) -> dict[str, Any]:
        """Answers much."""
        return {"revision": 3, "text": "newel " * 1000}

    async def file(self, request: HttpRequest, call: Call) -> HttpAnswer:
        told = f"{request.params['rest']}|{_typed(request.nested)}|{request.headers.get('x-a')}".encode()
        headers = {"Content-Type": "text/plain", "Cache-Control": "public, max-age=60", "ETag": '"abc"'}
        return HttpAnswer(headers=headers, body=told * (100 if "size" in request.nested else 1))

    async def upload(self, request: HttpRequest, call: Call) -> HttpAnswer:
        count = 0
        self.entered.set()
        async for piece in request.body():
            count += len(piece)
        return HttpAnswer(status=201, headers={"Content-Type": "text/plain"}, body=str(count).encode())

    async def stream(self, request: HttpRequest, call: Call) -> HttpAnswer:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"one "
            yield b"two"

        return HttpAnswer(headers={"Content-Type": "text/plain"}, body=pieces())
