"""``content``: our operations on content as functions, for the types that an admin approved.

``content.get("post", id)``, ``content.list("post", {filter = ...})``, ``content.create("post", {title = ...})``,
``content.update("post", id, {title = ...}, {revision = 3, clear = {"subtitle"}})``, ``content.publish("post", id)``; or
with one table that names everything, as over HTTP. Each answers what the operation does, or ``nil, message, code,
problems``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import evolve, fields

from newel import Forbidden
from newel.contracts.content import ContentType, Entry
from newel.errors import NewelError
from newel_lua.model import Function, LuaFault, LuaValue, Run
from newel_lua.modules.core.asking import acting, denied, refused

if TYPE_CHECKING:
    from newel.app import App
    from newel.operations import Operation

NEEDS: Mapping[str, str] = {
    "content.read": "content.read", "content.read_draft": "content.read", "content.types.read": "content.read",
    "content.create": "content.write", "content.update": "content.write", "content.publish": "content.publish",
    "content.delete": "content.delete", "content.purge": "content.purge", "content.types": "content.types",
}  # fmt: skip
"""What a plugin needs, by the permission of an operation. All but ``content.types`` are for a type, or for ``*``."""
NAMES = {"types.list": "types", "types.get": "type", "locales.list": "locales"}
LEFT_OUT = frozenset(
    {
        "content.batch", "content.import", "content.outline", "content.outlines", "content.tree", "content.routes",
        "content.validate", "content.duplicate", "types.presets", "types.install_preset", "types.field_types",
        "types.add_field", "types.set_field", "types.move_field", "types.delete_field",
    }
)  # fmt: skip
"""What is made for people at a terminal and for imports: much of it reaches entries of all types, whatever one was
approved for, and the rest says in other words what the functions here say."""
EVERY = "*"
WHOLE = ("descendants", "force")
WIDE = frozenset({"content.references", "content.purge", "content.restore_trashed"})
"""Options and operations that reach entries of other types."""


class ContentModule:
    """Keeps the ``Module`` protocol. To be made when all operations are known."""

    name = "content"

    def __init__(self, app: App) -> None:
        self._app = app
        self.functions: Mapping[str, Function] = {
            _name(one): partial(self._call, one)
            for one in app.operations
            if one.owner == "content" and one.name not in LEFT_OUT and one.needs.name in NEEDS
        }

    async def _call(self, operation: Operation, run: Run, given: Sequence[LuaValue]) -> LuaValue:
        function = f"content.{_name(operation)}"
        run.forbid(function, "before", "load")
        run.spend()
        if operation.effect == "write" and run.tx is not None:
            raise LuaFault(f"{function} is not available inside db.transaction")
        order = _order(operation, given, function)
        types = _types(run, NEEDS[operation.needs.name])
        try:
            _check(operation, order, types)
        except Forbidden as error:
            raise await denied(self._app, run, function, error.detail) from None
        permissions = [name for name, need in NEEDS.items() if _types(run, need)]
        call = evolve(
            run.call, actor=acting(run, permissions), door="lua", work=None, idempotency_key=None, event="",
            now=self._app.clock.now(),
        )  # fmt: skip
        try:
            answer = await self._app.operations.run(operation.name, order, call)
        except NewelError as error:
            raise refused(error) from None
        if operation.name == "types.list" and EVERY not in types:
            answer = evolve(answer, data=tuple(one for one in answer.data if one.name in types))
        for type in _shown(answer):
            if EVERY not in types and type not in types:
                raise await denied(self._app, run, function, _unapproved("content.read", type).detail)
        return self._app.structurer.unstructure(answer)


def _name(operation: Operation) -> str:
    area, _, verb = operation.name.partition(".")
    return NAMES.get(operation.name) or (verb if area == "content" else f"{area}_{verb}")


def _order(operation: Operation, given: Sequence[LuaValue], function: str) -> dict[str, Any]:
    """The operation's input: one table, or type, id, data and options in that order."""
    names = {one.name for one in fields(operation.input)}
    waiting, order = list(given), {}
    for name in ("type", "name", "code", "id"):
        if name in names and waiting and isinstance(waiting[0], str):
            order[name] = waiting.pop(0)
    if order and "data" in names and waiting and isinstance(waiting[0], dict):
        order["data"] = waiting.pop(0)
    for one in waiting:
        if not isinstance(one, dict):
            raise LuaFault(f"{function}: takes {', '.join(sorted(names))}")
        order |= {name: [] if value == {} and name not in ("data", "filter") else value for name, value in one.items()}
    clear = order.pop("clear", ()) if "data" in names else ()
    if clear:
        order["data"] = {**order.get("data", {}), **{str(name): None for name in clear}}
    return order


def _types(run: Run, need: str) -> frozenset[str]:
    """For which types something was approved."""
    found = [one.partition(":") for one in run.plugin.grants.needs]
    return frozenset(type or EVERY for area, _, type in found if area == need and (type or need == "content.types"))


def _check(operation: Operation, order: Mapping[str, Any], types: frozenset[str]) -> None:
    """Raises ``Forbidden`` where the order is about more than was approved."""
    need = NEEDS[operation.needs.name]
    if need == "content.types" or operation.name in ("types.list", "locales.list"):
        if not types:
            raise _unapproved(need)
        return
    names = {one.name for one in fields(operation.input)}
    given = order.get("type" if "type" in names else "name")
    type = given if isinstance(given, str) and operation.name not in WIDE else None
    if EVERY not in types and type not in types:
        raise _unapproved(need, type)
    if EVERY not in types and (any(order.get(name) for name in WHOLE) or _relational(order.get("filter"))):
        raise Forbidden(f"this is about entries of other types, too: it needs {need}:*")


def _unapproved(need: str, type: str | None = None) -> Forbidden:
    wanted = need if need == "content.types" else f"{need}:{type or EVERY}"
    return Forbidden(f"'{wanted[:100]}' is not approved for this plugin")


def _relational(node: Any, depth: int = 0) -> bool:
    """Whether a filter asks about what references point at."""
    if isinstance(node, list):
        return any(_relational(one, depth) for one in node)
    if not isinstance(node, dict):
        return False
    for name, inner in node.items():
        logic = name in ("_and", "_or", "_not")
        if "." in name or (depth > 0 and not name.startswith("_")) or name in ("_some", "_none"):
            return True
        if _relational(inner, depth if logic else depth + 1):
            return True
    return False


def _shown(answer: Any) -> Iterable[str]:
    """The types of all entries in an answer, those in the place of references too."""
    if isinstance(answer, Entry):
        yield answer.type
        yield from _shown(answer.data)
    elif isinstance(answer, Mapping):
        for one in answer.values():
            yield from _shown(one)
    elif isinstance(answer, list | tuple):
        for one in answer:
            yield from _shown(one)
    elif not isinstance(answer, ContentType) and hasattr(answer, "data"):
        yield from _shown(answer.data)
