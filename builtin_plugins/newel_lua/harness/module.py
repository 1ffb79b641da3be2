"""``test``: what test files ask of the site."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import evolve

from newel.context import SYSTEM
from newel.errors import NewelError
from newel.testing import FakeTerminal
from newel_lua.faults import CallFailed
from newel_lua.harness.outside import rule
from newel_lua.model import Function, Kind, LuaFault, LuaValue, Returns, Run

if TYPE_CHECKING:
    from newel_lua.harness.site import Site

EVENTS: Mapping[str, Kind] = {
    "before_read": "read", "after_read": "read",
    **{f"{when}_{what}": when for when in ("before", "after")
       for what in ("create", "update", "delete", "publish", "archive")},
}  # fmt: skip


class TestModule:
    """Works on ``site``, which is there before a test runs."""

    __test__ = False
    name = "test"
    site: Site

    def __init__(self) -> None:
        self.functions: Mapping[str, Function] = {
            "request": self.request, "fire_hook": self.fire_hook, "mock_request": self.mock_request,
            "settle": self.settle, "advance": self.advance, "run_schedules": self.run_schedules,
            "requests": self.requests, "allow": self.allow, "screen": self.screen, "interface": self.interface,
            "press": self.press, "accept": self.accept,
        }  # fmt: skip

    async def request(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``test.request(method, path[, {body, headers, auth}])``: ``{status, body, json, headers}``. A path that does
        not begin with ``/api/`` is one of the plugin's."""
        method, path, options = _text(args, 0, "method"), _text(args, 1, "path"), _table(args, 2)
        if unknown := sorted({*options} - {"body", "headers", "auth", "json"}):
            raise LuaFault(f"test.request: there is no option '{unknown[0]}'")
        auth = options.get("auth", "admin")
        if auth not in (*self.site.tokens, "none"):
            raise LuaFault('test.request: auth is "admin", "viewer" or "none"')
        if not path.startswith("/api/"):
            path = f"/api/v1/plugins/{self.site.name}/{path.lstrip('/')}"
        body = options.get("body", options.get("json"))
        headers = {str(name).lower(): str(value) for name, value in _mapping(options.get("headers")).items()}
        if body is not None:
            headers.setdefault("content-type", "application/json")
            body = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        client = self.site.client.signed_in(self.site.tokens.get(str(auth)))
        answer = await client.request(method.upper(), path, body=body, headers=headers)
        told = {name.lower(): value for name, value in answer.headers.items()}
        found: dict[str, LuaValue] = {"status": answer.status, "body": answer.body, "headers": told}
        if "json" in told.get("content-type", "") and answer.body:
            found["json"] = answer.json()
        return found

    async def fire_hook(self, run: Run, args: Sequence[LuaValue]) -> LuaValue | Returns:
        """``test.fire_hook(event, table, data[, state])``; see ``worker/lua/test.lua``."""
        event, table, data, kept = _text(args, 0, "event"), _text(args, 1, "table"), _table(args, 2), _table(args, 3)
        if event not in EVENTS:
            raise LuaFault(f"test.fire_hook: there is no event '{event}'")
        registry, state, answers = self.site.lua.life.registry, dict[str, LuaValue](), list[LuaValue]()
        with registry.using(self.site.name) as generation:
            hooks = [
                one for one in generation.approved("hook")
                if one.details["event"] == event and one.details["table"] in (table, "*")
            ]  # fmt: skip
            hooks.sort(key=lambda one: (one.details.get("priority") or 100, one.details["table"] == "*"))
            for hook in hooks:
                given = {**data, **kept, "_table": table, "_event": event}
                try:
                    call = self.site.app.call(SYSTEM, "test")
                    sent = [given, kept] if event == "after_read" else [given]
                    answer = await registry.call(generation, hook.id, sent, EVENTS[event], call)
                except CallFailed as error:
                    return _failed(event, str(error))
                if not isinstance(answer, dict):
                    continue
                if event == "before_read" and (answer.get("status") is not None or answer.get("json") is not None):
                    return Returns((answer, None, None))
                state |= {name: value for name, value in answer.items() if name.startswith("_")}
                answers.append(answer)
        if event == "before_read":
            return Returns((None, state or None, None))
        if event == "after_read":
            headers = {name: value for one in answers for name, value in _mapping(one.get("headers")).items()}
            return Returns((headers, None))
        return Returns((None, answers[-1])) if event.startswith("before") and answers else None

    async def mock_request(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``test.mock_request(method, url, {status, json | body, headers})``. Scheme and query are not compared, ``*``
        in the URL stands for anything, and the latest rule goes first."""
        self.site.outside.rules.append(rule(_text(args, 0, "method"), _text(args, 1, "url"), dict(_table(args, 2))))
        return None

    async def requests(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``test.requests()``: what was sent outside in this test, ``{method, url, headers, body}`` each."""
        return [
            {
                "method": one.method,
                "url": one.url,
                "body": one.body,
                "headers": {name.lower(): value for name, value in one.headers.items()},
            }
            for one in self.site.outside.requests
        ]

    async def allow(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``test.allow(domain)``: approves a domain that the plugin does not ask for by itself, for this test."""
        with self.site.lua.life.registry.using(self.site.name) as generation:
            needs = generation.grants.needs | {f"net:{_text(args, 0, 'domain').lower()}"}
            generation.grants = evolve(generation.grants, needs=needs)
        return None

    async def settle(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``test.settle()``: returns when the after-hooks of all that happened are done."""
        await self.site.app.settle()
        return None

    async def advance(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``test.advance(seconds)``: the site's clock, which stands still otherwise."""
        seconds = args[0] if args else None
        if not isinstance(seconds, int | float) or not 0 <= seconds <= 1e9:
            raise LuaFault("test.advance: seconds must be a number from 0")
        await self.site.clock.jump(float(seconds))
        return None

    async def run_schedules(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``test.run_schedules()``: calls each function of ``schedule`` once, now."""
        registry = self.site.lua.life.registry
        with registry.using(self.site.name) as generation:
            for one in generation.approved("schedule"):
                try:
                    await registry.call(generation, one.id, [], "schedule", self.site.app.call(SYSTEM, "test"))
                except CallFailed as error:
                    raise LuaFault(str(error)) from None
        return None

    # -- screens --------------------------------------------------------------------------------------------------

    async def screen(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``test.screen(name[, params])``: opens a screen of the plugin; ``{text, over, toasts, dialog, value}``."""
        return await self._seen(self._terminal().open(self.site.name, _text(args, 0, "name"), **_table(args, 1)))

    async def interface(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``test.interface(name, value[, config])``: opens a field interface."""
        value = args[1] if len(args) > 1 else None
        return await self._seen(self._terminal().edit(self.site.name, _text(args, 0, "name"), value, **_table(args, 2)))

    async def press(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``test.press(key, ...)``: keys by their names."""
        return await self._seen(self._terminal().press(*(_text(args, index, "key") for index in range(len(args)))))

    async def accept(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``test.accept([no])``: answers a question with yes, or with ``false``."""
        return await self._seen(self._terminal().accept(not args or args[0] is not False))

    def _terminal(self) -> FakeTerminal:
        if self.site.terminal is None:
            self.site.terminal = FakeTerminal(self.site.app)
        return self.site.terminal

    async def _seen(self, acting: Any) -> LuaValue:
        try:
            terminal: FakeTerminal = await acting
        except (AssertionError, NewelError) as error:
            cause = error.__cause__
            raise LuaFault(f"{error}: {cause}" if cause else str(error)) from None
        dialog = terminal.dialog
        return {
            "text": terminal.text, "over": terminal.over, "value": terminal.value, "page": terminal.page,
            "toasts": [{"message": one.message, "level": one.level} for one in terminal.toasts],
            "dialog": None if dialog is None else {"title": dialog.title, "message": dialog.message},
        }  # fmt: skip


def _failed(event: str, text: str) -> LuaValue | Returns:
    if event == "before_read":
        return Returns((None, None, text))
    if event == "after_read":
        return Returns((None, text))
    return text if event.startswith("before") else None


def _text(args: Sequence[LuaValue], index: int, what: str) -> str:
    value = args[index] if len(args) > index else None
    if not isinstance(value, str):
        raise LuaFault(f"test: {what} must be a string")
    return value


def _table(args: Sequence[LuaValue], index: int) -> Mapping[str, Any]:
    return _mapping(args[index] if len(args) > index else None)


def _mapping(value: LuaValue) -> Mapping[str, Any]:
    if value is None or value == []:
        return {}
    if not isinstance(value, Mapping):
        raise LuaFault("test: a table with names is expected")
    return value
