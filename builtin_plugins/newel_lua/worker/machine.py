"""One plugin's virtual machine: LuaJIT with its compiler off, and what drives it.

Why this machine: decision 20. No Python object ever enters it: functions of the server are coroutines that yield to
the loop in ``__main__``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import lupa.luajit21 as vm

from newel_lua.worker.values import Outward, Unfit, inward, weight

_MARGIN = 8 << 20
"""Bytes beyond what the plugin may have, for what the server sends: a push that meets the wall aborts the process."""
_SPARE = 1 << 20
_SAID, _ASKED = 12 << 20, 4 << 20
"""Bytes of text in an answer of the plugin, and in what it says to the server."""


class Machine:
    """Loads a plugin's files and runs its functions. Every method that runs Lua answers a message for the server."""

    def __init__(
        self,
        name: str,
        files: Mapping[str, str | bytes],
        modules: Mapping[str, Sequence[str]],
        memory: int,
        sources: Mapping[str, bytes],
    ) -> None:
        """``modules``: the functions of each on the server's side; ``sources``: our Lua files by name."""
        self._vm = vm.LuaRuntime(
            encoding=None, unpack_returned_tuples=True, register_eval=False, register_builtins=False,
            max_memory=memory + _MARGIN, attribute_filter=_nothing,
        )  # fmt: skip
        self._most = memory + _MARGIN
        self._lefts: dict[int, int] = {}  # thousands of instructions that a call may still take
        self._budgets: dict[int, int] = {}
        texts = self._vm.table_from(
            {path.encode(): text.encode() if isinstance(text, str) else text for path, text in files.items()}
        )
        boot = self._vm.compile(sources["sandbox"], name=b"=sandbox")
        driver = boot(memory, name.encode(), texts)
        self._step, self._notes, self._left = driver[b"step"], driver[b"notes"], driver[b"left"]
        self._drop, self._collect, self._migration = driver[b"drop"], driver[b"collect"], driver[b"migration"]
        self._handler, self._global, self._globals = driver[b"handler"], driver[b"global"], driver[b"globals"]
        self._load, self._empty, self._is_array = driver[b"load"], driver[b"empty_array"], driver[b"is_array"]
        for label in sorted({*modules, *sources} - {"sandbox"}):
            functions = self._vm.table_from([one.encode() for one in modules.get(label, ())])
            driver[b"module"](label.encode(), sources.get(label), functions)

    @property
    def memory(self) -> int:
        """Bytes that the plugin takes inside."""
        used: int = self._vm.get_memory_used()
        return used

    @property
    def lost(self) -> bool:
        """Whether it is so full that nothing can be handed in any more."""
        return not self._room(0)

    def _room(self, size: int) -> bool:
        """Whether so many bytes can be handed in, garbage taken out first where that is needed."""
        if self.memory + size <= self._most - _SPARE:
            return True
        with suppress(vm.LuaMemoryError):
            self._collect()
        return self.memory + size <= self._most - _SPARE

    def load(self, call: int, budget: int) -> dict[str, Any]:
        """Runs ``init.lua``. Done with ``[plugin_info, registrations]``."""
        self._load(call)
        return self._begin(call, budget, ())

    def call(self, call: int, target: Any, arguments: Sequence[Any], budget: int) -> dict[str, Any]:
        """``target``: the number of a handler, a global's name, ``[file, global]`` or ``["migrations.lua", step]``. A
        global that is not there is done at once, ``absent``."""
        if self.lost:
            return self._full(call)
        try:
            if isinstance(target, int):
                there = self._handler(call, target)
            elif isinstance(target, str):
                there = self._global(call, target.encode())
            elif isinstance(target[1], int):
                there = self._migration(call, target[1])
            else:
                there = self._global(call, target[1].encode(), target[0].encode())
        except vm.LuaMemoryError:
            return self._full(call)
        except vm.LuaError as error:
            return {"t": "error", "c": call, "kind": "value", "m": str(error)[:500]}
        if not there:
            return {"t": "done", "c": call, "v": [], "absent": True}
        return self._begin(call, budget, arguments)

    def globals(self, pattern: str) -> list[str]:
        """Names of global functions that match a Lua pattern."""
        return [one.decode(errors="replace") for one in self._globals(pattern.encode()).values()]

    def go_on(self, call: int, ok: bool, values: Sequence[Any]) -> dict[str, Any]:
        """The server's answer to an ``ask`` (or to a ``yield``, with ``ok``)."""
        if call not in self._lefts:
            return {"t": "error", "c": call, "kind": "gone", "m": "the call has ended"}
        return self._stepped(call, ok, *values)

    def drop(self, call: int) -> None:
        """Forgets a call that nobody waits for."""
        self._budgets.pop(call, None)
        if self._lefts.pop(call, None) is not None:
            self._drop(call)

    def _begin(self, call: int, budget: int, arguments: Sequence[Any]) -> dict[str, Any]:
        self._lefts[call] = self._budgets[call] = max(1, budget // 1000)
        return self._stepped(call, *arguments)

    def _stepped(self, call: int, *values: Any) -> dict[str, Any]:
        if not self._room(weight(values)):
            self.drop(call)
            return self._full(call, "too much for the plugin's memory")
        sent = [inward(one, self._vm.table_from, self._empty) for one in values]
        try:
            outcome = self._step(call, self._lefts[call], *sent)
        except vm.LuaMemoryError:
            del self._lefts[call]
            return {**self._full(call), "lost": True}
        except vm.LuaError:  # what it returned has no room on the stack
            self.drop(call)
            return {"t": "error", "c": call, "kind": "value", "m": "more values than can be returned at once"}
        self._lefts[call] = self._left()
        message = self._message(call, outcome if isinstance(outcome, tuple) else (outcome,))
        if message["t"] in ("done", "error"):
            self.drop(call)
            if self.lost:
                message["lost"] = True
        elif message["t"] == "yield":  # what it shows is an answer: the next event has a budget of its own
            self._lefts[call] = self._budgets[call]
        return self._with_notes(message)

    def _full(self, call: int, what: str = "the plugin used up its memory") -> dict[str, Any]:
        return {"t": "error", "c": call, "kind": "memory", "m": what, "lost": self.lost}

    def _message(self, call: int, outcome: tuple[Any, ...]) -> dict[str, Any]:
        verb, rest = outcome[0], outcome[1:]
        try:
            if verb == b"ask":
                out = self._outward(dict, _ASKED)
                return {"t": "ask", "c": call, "n": rest[0].decode(), "a": [out.value(one) for one in rest[1:]]}
            if verb in (b"done", b"yield"):
                out = self._outward(list)
                return {"t": verb.decode(), "c": call, "v": [out.value(one) for one in rest]}
        except Unfit as error:
            return {"t": "error", "c": call, "kind": "value", "m": str(error)}
        if verb == b"killed":
            what = rest[0].decode()
            return {
                "t": "error", "c": call, "kind": what, "m": f"the plugin used up its {what}", "lost": what == "memory",
            }  # fmt: skip
        message, trace, value = (*rest, None, None)[:3]
        told: dict[str, Any] = {"t": "error", "c": call, "kind": "error", "m": _text(message), "tb": _text(trace)}
        try:
            told["v"] = self._outward(dict).value(value)
        except Unfit:
            told["v"] = None
        return told

    def _with_notes(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            out = self._outward(dict)
            if notes := [out.value(one) for one in self._notes().values()]:
                message["notes"] = notes
        except Unfit:
            message["notes"] = [["log.warn", "a log line that cannot be shown"]]
        return message

    def _outward(self, empty: Any, most: int = _SAID) -> Outward:
        return Outward(vm.lua_type, self._is_array, empty=empty, most=most)


def _nothing(_: object, __: object, ___: bool) -> object:
    raise AttributeError("no Python object is for plugins")


def _text(value: Any) -> str:
    return value.decode(errors="replace")[:8000] if isinstance(value, bytes) else str(value or "")
