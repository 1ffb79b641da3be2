"""A worker that was taken over: it loads plugins like an honest one, then answers a call with what the call names."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import msgpack

Order = dict[str, Any]


def heard() -> Order:
    """The next message; ends with the server."""
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        sys.exit()
    order: Order = msgpack.unpackb(sys.stdin.buffer.read(int.from_bytes(head, "big")))
    return order


def raw(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def frame(data: bytes) -> None:
    raw(len(data).to_bytes(4, "big") + data)


def say(**message: Any) -> None:
    frame(msgpack.packb(message))


def done(order: Order, value: Any) -> None:
    say(t="done", c=order["c"], v=[value])


def ask(order: Order, name: str, *arguments: Any) -> Order:
    """Asks the server for something; answers what it said."""
    say(t="ask", c=order["c"], n=name, a=list(arguments))
    while (answer := heard())["t"] != "answer":
        pass
    return answer


LIES: dict[str, Callable[[Order], Any]] = {
    "garbage": lambda order: raw(os.urandom(4096)),
    "text": lambda order: raw(b"Traceback (most recent call last):\n" * 10),
    "a length of 4 GB": lambda order: raw(b"\xff" * 8),
    "a length just too large": lambda order: raw(((16 << 20) + 1).to_bytes(4, "big")),
    "half a message": lambda order: (raw(b"\x00\x00\x10\x00half"), os._exit(0)),
    "an empty message": lambda order: raw(bytes(4)),
    "no map": lambda order: frame(msgpack.packb([1, 2, 3])),
    "no MessagePack": lambda order: frame(b"\xc1" * 100),
    "a list of 4 billion": lambda order: frame(b"\xdd\xff\xff\xff\xff"),
    "lists of millions in each other": lambda order: frame(b"\xdd\x00\x0f\x00\x00" * 900),
    "millions of maps": lambda order: frame(b"\xdd\x00\xff\x00\x00" + b"\x80" * 0xFF0000),
    "lists deeper than any": lambda order: frame(b"\x91" * 100_000 + b"\xc0"),
    "a message cut off": lambda order: frame(b"\x81\xa1t\xd9\xff"),
    "a type of its own": lambda order: frame(b"\x81\xa1t\xc7\x01\x05\x00"),
    "a date": lambda order: say(t="done", c=order["c"], v=[msgpack.Timestamp(1)]),
    "two keys alike": lambda order: frame(b"\x83\xa1t\xa4done\xa1c\x00\xa1c\x00"),
    "a call that nobody made": lambda order: say(t="done", c=999_999, v=[]),
    "a number that is true": lambda order: say(t="done", c=True, v=[]),
    "a fraction of a number": lambda order: say(t="done", c=float(order["c"]), v=[]),
    "no number": lambda order: say(t="done", v=[]),
    "a kind that is a list": lambda order: say(t=[], c=order["c"]),
    "a kind that is a map": lambda order: say(t={}, c=order["c"], v=[]),
    "an unknown kind": lambda order: say(t="shutdown", c=order["c"], v=[]),
    "values that are text": lambda order: say(t="done", c=order["c"], v="text"),
    "an ask for a number": lambda order: say(t="ask", c=order["c"], n=5, a=[]),
    "an ask with a map": lambda order: say(t="ask", c=order["c"], n="desk.say", a={}),
    "an error without a message": lambda order: say(t="error", c=order["c"], kind="error"),
    "notes that are text": lambda order: say(t="done", c=order["c"], v=[], notes="text"),
    "two answers": lambda order: (done(order, 1), done(order, 2)),
    "an end": lambda order: os._exit(0),
    "an abort": lambda order: os.abort(),
    "silence": lambda order: time.sleep(600),
    "a length and silence": lambda order: (raw(b"\x00\xff\x00\x00half"), time.sleep(600)),
    "a flood of words": lambda order: [os.write(2, b"x" * 65536) for _ in range(1 << 30)],
}
"""What ends the process, one way or the other."""
TALES: dict[str, Callable[[Order], Any]] = {
    "a function that is not there": lambda order: done(order, ask(order, "os.system", "true")["v"]),
    "a private function": lambda order: done(order, ask(order, "desk.__init__")["v"]),
    "an attribute": lambda order: done(order, ask(order, "desk.say.__globals__")["v"]),
    "arguments of any kind": lambda order: done(order, ask(order, "desk.two", {"a": [None] * 100}, b"\xff")["ok"]),
    "notes that act": lambda order: say(
        t="done", c=order["c"], v=["noted"],
        notes=[["desk.say", "forged"], [], [[]], 5, ["log.nothing"], ["log.info", {"a": 1}], ["log.info"], None],
    ),
    "an error of an unknown kind": lambda order: say(t="error", c=order["c"], kind="\n\x1b[2J" * 9, m="m", lost=[1]),
    "an error with odd details": lambda order: say(t="error", c=order["c"], kind="error", m="", tb=[1], v={"a": 1}),
    "a yield": lambda order: say(t="yield", c=order["c"], v=[]),
    "more than was asked for": lambda order: say(t="done", c=order["c"], v=["x"] * 1000, absent=5, extra={}),
}  # fmt: skip
"""What the host answers, and goes on with the process."""


def main() -> None:
    heard()
    say(t="ready", box="none")
    while order := heard():
        if order["t"] == "load":
            say(t="done", c=order["c"], v=[{}, []])
        elif order["t"] == "call":
            target = order["f"]
            if target == "on_init":
                say(t="done", c=order["c"], v=[], absent=True)
            elif target == "fine":
                done(order, "fine")
            else:
                {**LIES, **TALES}[target](order)


if __name__ == "__main__":
    main()
