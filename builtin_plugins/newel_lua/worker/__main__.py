"""``python -m newel_lua.worker``: a worker. What it is allowed comes as its first message, on standard input."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from newel.confine import Limits, alone
from newel_lua import wire


def main() -> None:
    orders, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    # What a library prints must not end up among the answers.
    os.dup2(2, 1)
    first = wire.receive(orders)
    if first is None:
        return
    try:
        worker = Worker(first)
        box = confined(first, answers.fileno())
    except ImportError as error:
        wire.send(answers, {"t": "broken", "m": f"Lua cannot be loaded: {error}"})
        return
    wire.send(answers, {"t": "ready", "box": box})
    worker.run(orders, answers)


def confined(limits: Mapping[str, Any], pipe: int) -> str:
    """Takes away from this process what it does not need; answers how far that went."""
    os.nice(limits["nice"])
    # Its processor time is counted by the turn, not over its life.
    return alone(Limits(memory=limits["memory"], cpu=sys.maxsize), keep=(0, 1, 2, pipe))


class Worker:
    """The machines of this process, and the loop that gives them their turns."""

    def __init__(self, limits: Mapping[str, Any]) -> None:
        # Imported and read before the process locks itself in.
        from newel_lua.worker.machine import Machine

        self._make = Machine
        self._machines: dict[int, Machine] = {}
        self._cpu = float(limits["cpu"])
        folder = Path(__file__).with_name("lua")
        self._sources = {one.stem: one.read_bytes() for one in folder.glob("*.lua")}

    def run(self, orders: BinaryIO, answers: BinaryIO) -> None:
        while (order := wire.receive(orders)) is not None:
            signal.setitimer(signal.ITIMER_PROF, self._cpu)
            answer = self._turn(order)
            signal.setitimer(signal.ITIMER_PROF, 0)
            if answer is not None:
                _send(answers, answer)

    def _turn(self, order: dict[str, Any]) -> dict[str, Any] | None:
        what, number = order["t"], order["m"]
        if what == "load":
            return self._loaded(order)
        machine = self._machines.get(number)
        if what == "unload":
            self._machines.pop(number, None)
            return None
        if machine is None:
            return None if what == "drop" else {"t": "error", "c": order["c"], "kind": "gone", "m": "not loaded"}
        if what == "call":
            return machine.call(order["c"], order["f"], order["a"], order["i"])
        if what == "answer":
            return machine.go_on(order["c"], order["ok"], order["v"])
        if what == "globals":
            return {"t": "done", "c": order["c"], "v": [machine.globals(order["p"])]}
        machine.drop(order["c"])
        return None

    def _loaded(self, order: dict[str, Any]) -> dict[str, Any]:
        try:
            machine = self._make(
                order["name"], order["files"], order["modules"], order["memory"],
                {name: text for name, text in self._sources.items() if name in order["modules"] or name == "sandbox"},
            )  # fmt: skip
        except MemoryError:
            return {"t": "error", "c": order["c"], "kind": "memory", "m": "no memory is left in this worker"}
        self._machines[order["m"]] = machine
        return machine.load(order["c"], order["i"])


def _send(answers: BinaryIO, answer: dict[str, Any]) -> None:
    try:
        frame = wire.packed(answer)
    except wire.Garbled as error:
        frame = wire.packed({"t": "error", "c": answer["c"], "kind": "value", "m": f"too much to send: {error}"})
    view = memoryview(frame)
    while view:
        view = view[os.write(answers.fileno(), view) :]


if __name__ == "__main__":
    main()
