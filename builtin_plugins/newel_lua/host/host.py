"""Loads plugins, calls their functions, answers what they ask. The server never waits for one without a deadline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

from attrs import frozen

from newel import spans
from newel_lua import wire
from newel_lua.config import LuaConfig
from newel_lua.faults import Away, Busy, CallFailed, Exceeded, Interrupted, LuaError, TimedOut
from newel_lua.host.instance import Code, Instance, Live
from newel_lua.host.process import Lost, Message, Process
from newel_lua.host.seats import Seats
from newel_lua.host.session import Session
from newel_lua.host.slots import Slots
from newel_lua.model import Function, Kind, LuaFault, LuaRefused, LuaValue, Module, Registration, Returns, Run
from newel_lua.varargs import filled

_MB = 1 << 20
_TRIES = 3
_INSPECT_SECONDS = 2.0
_SESSIONS = 4
_ASKED = 5000
_SAID = 64 << 20
"""Functions of the server in one call of a plugin, those that cost nothing included; and bytes of their arguments."""
Target = int | str | tuple[str, str | int]
"""A handler's number, a global function's name, a file and the global function that it defines, or ``migrations.lua``
and a step of it (0: their names)."""


@frozen(kw_only=True)
class Inspected:
    """What a plugin says of itself and asks for."""

    info: Mapping[str, LuaValue]
    registrations: tuple[Registration, ...]


class Host:
    """All workers of this server. ``modules`` are the server's side of what plugins call."""

    def __init__(self, config: LuaConfig, modules: Iterable[Module], log: logging.Logger) -> None:
        self._config = config
        self._log = log
        self._functions: dict[str, Function] = {}
        self._labels: dict[str, list[str]] = {}
        self.install(modules)
        limits = {"cpu": config.cpu_seconds, "nice": 10, "memory": (config.per_worker * config.memory_mb + 512) * _MB}
        self._seats = Seats(limits, config.per_worker, log, self._heard, self._ended)
        self._trial = Seats(limits, 1, log, self._heard, self._ended)
        self._numbers = count(1)
        self._lives: dict[int, Live] = {}
        self._instances: set[Instance] = set()
        self._sessions = 0
        self.died: Callable[[str, str], None] = lambda name, why: None
        """Told when a plugin brought its process down: its name, and how."""

    def install(self, modules: Iterable[Module]) -> None:
        """What plugins that are loaded from now on may call."""
        for module in modules:
            self._labels[module.name] = sorted(module.functions)
            self._functions |= {f"{module.name}.{key}": one for key, one in module.functions.items()}

    @property
    def pids(self) -> list[int]:
        """Of the workers that are there."""
        return sorted(one.pid for one in self._seats.processes)

    async def load(
        self, code: Code, make_run: Callable[[Kind], Run], prepare: Callable[[Instance], Awaitable[None]] | None = None
    ) -> Instance:
        """Runs the module scope, ``prepare`` and ``on_init``. Raises ``CallFailed`` with what went wrong."""
        instance = Instance(code, make_run, Slots(self._config.calls, self._config.acquire_ms / 1000))
        try:
            await self._place(instance, self._seats, prepare=prepare)
        except BaseException:
            self.unload(instance)
            raise
        self._instances.add(instance)
        return instance

    async def inspect(self, code: Code, make_run: Callable[[Kind], Run]) -> Inspected:
        """What it would register, from a throw-away machine whose functions do nothing. Raises ``CallFailed``."""
        instance = Instance(code, make_run, Slots(2, 0.1))
        try:
            await self._place(instance, self._trial, inert=True)
            return Inspected(info=instance.info, registrations=instance.registrations)
        finally:
            self.unload(instance, self._trial)

    def unload(self, instance: Instance, seats: Seats | None = None) -> None:
        """Its calls that still run end as ``Away``. Call ``on_shutdown`` first."""
        instance.gone = True
        self._instances.discard(instance)
        if instance.process is not None:
            (seats or self._seats).leave(instance.process, instance.number)
            for live in [one for one in self._lives.values() if one.instance is instance]:
                live.fail(Interrupted())
            instance.process = None

    async def close(self) -> None:
        """Ends all workers."""
        await self._seats.close()
        await self._trial.close()
        for live in self._lives.values():
            live.fail(Interrupted())

    async def call(
        self,
        instance: Instance,
        target: Target,
        arguments: Sequence[LuaValue],
        run: Run,
        *,
        seconds: float | None = None,
    ) -> LuaValue:
        """What the function returns first; ``None`` for a global that is not there. Closes ``run.stack``.

        Raises ``CallFailed``. A call that lost its process through no fault of its own is made again, unless it had
        begun to ask the server for things: then it is ``Away``.
        """
        async with instance.slots.held(hook=run.kind in ("before", "read")):
            with spans.step("lua", facts=lambda: {"newel.plugin": instance.code.name, "newel.lua.call": run.kind}):
                values = await self._called(instance, target, arguments, run, seconds or self._config.seconds)
        return values[0] if values else None

    async def open(self, instance: Instance, target: Target, run: Run) -> Session:
        """A screen or a field's interface: a function that is talked to. At most four at once; raises ``Busy``."""
        if self._sessions >= _SESSIONS:
            raise Busy("plugin busy")
        process = await self._process(instance)
        self._sessions += 1
        live = self._live(instance, run, process)
        return Session(self, live, target, instance.code.instructions, self._config.seconds)

    async def names(self, instance: Instance, pattern: str, run: Run) -> list[str]:
        """Its global functions whose names match a Lua pattern, sorted."""
        live = self._live(instance, run, await self._process(instance))
        try:
            async with asyncio.timeout(self._config.seconds):
                [found] = await self.turns(live, {"t": "globals", "p": pattern})
        finally:
            self._lives.pop(live.id, None)
        return [str(one) for one in found]

    # -- one call ---------------------------------------------------------------------------------------------------

    async def _called(
        self, instance: Instance, target: Target, arguments: Sequence[LuaValue], run: Run, seconds: float
    ) -> list[LuaValue]:
        order = {"t": "call", "f": target, "a": list(arguments), "i": instance.code.instructions}
        async with run.stack:
            for _ in range(_TRIES):
                live = None
                try:
                    async with asyncio.timeout(seconds):
                        live = self._live(instance, run, await self._process(instance))
                        return await self.turns(live, order)
                except TimeoutError:
                    self._late(live)
                    if live is not None and live.process.held_up(live.id, live.instance.number):
                        raise Away("another plugin kept its process busy") from None
                    raise TimedOut(f"it took more than {seconds:g} s") from None
                except (Interrupted, Lost):
                    if instance.gone or (live is not None and live.asked):
                        break
                finally:
                    self.forget(live)
            raise Away("its process ended")

    async def turns(self, live: Live, order: Message) -> list[LuaValue]:
        """Gives a call its turns until it ends. Raises ``CallFailed``, ``Interrupted``."""
        message = await self._turn(live, order)
        while message["t"] == "ask":
            message = await self._answered(live, message)
        if message["t"] == "yield":
            raise LuaError("it yielded outside of a coroutine of its own")
        values: list[LuaValue] = message["v"]
        return values

    async def step(self, live: Live, order: Message) -> Message:
        """As ``turns``, but what it yields is answered too: ``yield`` or ``done``."""
        live.asked = live.said = 0
        message = await self._turn(live, order)
        while message["t"] == "ask":
            message = await self._answered(live, message)
        return message

    async def _answered(self, live: Live, message: Message) -> Message:
        """Gives the plugin the turn after what it asked for."""
        return await self._turn(
            live, await self._answer(live, message),
            {"t": "answer", "ok": False, "v": [f"the answer of {message['n']} is too large"]},
        )  # fmt: skip

    async def _turn(self, live: Live, order: Message, otherwise: Message | None = None) -> Message:
        """``otherwise`` is given where ``order`` is too large to be sent."""
        try:
            live.give(order)
        except wire.Garbled as error:
            if otherwise is None:
                raise Exceeded("value", f"what is handed to the plugin cannot be sent: {error}") from None
            live.give(otherwise)
        message = await live.inbox
        for note in message.get("notes", ()):
            await self._note(live, note)
        instance = live.instance
        if message.get("lost") and instance.process is live.process and not instance.gone:
            # The machine is full: a fresh one takes its place at the next call.
            self._seats.leave(live.process, instance.number)
            instance.process = None
        if message["t"] == "error":
            raise self._error(message)
        return message

    async def _note(self, live: Live, note: Any) -> None:
        """Only what logs: a worker that was taken over does nothing else by the way."""
        name = note[0] if isinstance(note, list) and note else None
        if isinstance(name, str) and name.startswith("log.") and name in self._functions and not live.inert:
            with suppress(LuaFault, LuaRefused):
                await self._functions[name](live.run, note[1:])

    @staticmethod
    def _error(message: Message) -> Exception:
        kind, text = message["kind"], message["m"]
        if kind == "gone":
            return Interrupted()
        if kind == "error":
            return LuaError(text, str(message.get("tb", "")), message.get("v"))
        return Exceeded(str(kind), text)

    async def _answer(self, live: Live, message: Message) -> Message:
        """Does what the plugin asks for."""
        name, arguments = message["n"], message["a"]
        function = self._functions.get(name)
        live.asked += 1
        live.said += message["size"]
        if live.asked > _ASKED or live.said > _SAID:
            raise Exceeded("calls", f"more than {_ASKED} calls of the server, or {_SAID} bytes said to it")
        if live.inert:
            return {"t": "answer", "ok": True, "v": []}
        if function is None:
            return {"t": "answer", "ok": False, "v": [f"there is no function {name}"]}
        try:
            value = await function(live.run, arguments)
        except LuaFault as error:
            return {"t": "answer", "ok": False, "v": [str(error)]}
        except LuaRefused as error:
            return {"t": "answer", "ok": True, "v": [None, *error.args]}
        except Exception as error:
            if isinstance(error, CallFailed):
                raise
            self._log.exception(
                "a function of the server failed", extra={"function": name, "plugin": live.run.plugin.name}
            )
            return {"t": "answer", "ok": False, "v": [f"{name} failed on the server"]}
        return {"t": "answer", "ok": True, "v": list(value.values) if isinstance(value, Returns) else [value]}

    def _live(self, instance: Instance, run: Run, process: Process, *, inert: bool = False) -> Live:
        live = Live(next(self._numbers), instance, run, process, inert)
        self._lives[live.id] = live
        return live

    def forget(self, live: Live | None) -> None:
        """The call is over: what it left in its machine goes."""
        if live is not None and self._lives.pop(live.id, None) is not None and live.process.alive:
            live.process.drop(live.id, live.instance.number)

    def _late(self, live: Live | None) -> None:
        # It computes, and nobody waits: whatever it does, the others in its process wait for it.
        if live is not None and live.process.has_turn(live.id):
            live.process.kill()

    # -- processes ----------------------------------------------------------------------------------------------------

    async def _process(self, instance: Instance) -> Process:
        async with instance.lock:
            if instance.gone:
                raise Away("it is not loaded")
            if instance.process is None or not instance.process.alive:
                instance.revivals += 1
                await self._place(instance, self._seats)
        if instance.process is None:
            raise Interrupted
        return instance.process

    async def _place(
        self,
        instance: Instance,
        seats: Seats,
        *,
        inert: bool = False,
        prepare: Callable[[Instance], Awaitable[None]] | None = None,
    ) -> None:
        """Loads it into a process. Raises ``CallFailed``."""
        number = next(self._numbers)
        try:
            process = await seats.seat(instance, number)
        except Lost as error:
            raise Away(f"no Lua worker starts: {error}") from None
        instance.number, instance.process = number, process
        code = instance.code
        files = {path: filled(text) for path, text in code.files.items()}
        order = {
            "t": "load", "name": code.name, "files": files, "modules": self._labels,
            "memory": code.memory, "i": code.instructions,
        }  # fmt: skip
        loaded = await self._starting(instance, "load", order, process, inert=inert)
        info, registered = (*loaded, None, None)[:2]
        registrations = tuple(_registrations(registered))
        if instance.revivals and registrations != instance.registrations:
            raise LuaError("it registers other things than when it was loaded first")
        instance.info, instance.registrations = (info if isinstance(info, dict) else {}), registrations
        if prepare is not None:
            await prepare(instance)
        if not inert:
            call = {"t": "call", "f": "on_init", "a": [], "i": code.instructions}
            await self._starting(instance, "init", call, process)

    async def _starting(
        self, instance: Instance, kind: Kind, order: Message, process: Process, *, inert: bool = False
    ) -> list[LuaValue]:
        run = instance.make_run(kind)
        live = self._live(instance, run, process, inert=inert)
        seconds = _INSPECT_SECONDS if inert else self._config.seconds
        try:
            async with run.stack, asyncio.timeout(seconds):
                return await self.turns(live, order)
        except TimeoutError:
            self._late(live)
            raise TimedOut(f"{'on_init' if kind == 'init' else 'loading it'} took more than {seconds:g} s") from None
        except (Interrupted, Lost):
            raise Away("its process ended") from None
        finally:
            self.forget(live)

    def end_session(self, live: Live) -> None:
        self.forget(live)
        self._sessions -= 1

    def _heard(self, call: int, message: Message) -> None:
        live = self._lives.get(call)
        if live is not None:
            live.tell(message)

    def _ended(self, process: Process, culprit: int | None) -> None:
        guilty = self._lives.get(culprit) if culprit is not None else None
        why = "processor" if process.died_of_processor else "process"
        for instance in self._instances:
            if instance.process is process:
                instance.process = None
        for live in [one for one in self._lives.values() if one.process is process]:
            live.fail(Interrupted() if live is not guilty else Exceeded(why, "the plugin's process had to be ended"))
        self._log.warning(
            "a Lua worker ended",
            extra={"plugin": guilty and guilty.instance.code.name, "why": why, "said": process.words[-300:]},
        )
        if guilty is not None:
            self._seats.offenders.add(guilty.instance.code.name)
            self.died(guilty.instance.code.name, why)


def _registrations(registered: Any) -> Iterable[Registration]:
    for one in registered if isinstance(registered, list) else ():
        details = one.get("details") if isinstance(one, dict) else None
        if isinstance(one, dict) and isinstance(one.get("what"), str) and isinstance(one.get("id"), int):
            yield Registration(what=one["what"], id=one["id"], details=details if isinstance(details, dict) else {})
