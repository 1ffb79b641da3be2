"""Messages between the server and a worker: four bytes of length, then MessagePack. Nothing in it is executed.

Whoever sends a worker ``load``, ``call`` or ``answer`` gives it a turn, and gets exactly one message back for it:
``ask`` (a function of the server is wanted), ``done``, ``yield`` (a screen shows something) or ``error``. So the first
turn that is not answered when a worker dies is what it died of.
"""

from __future__ import annotations

from typing import Any, BinaryIO

import msgpack

LARGEST = 16 << 20
"""Bytes. A worker that says more has been taken over."""
DEEPEST = 32
"""Tables within tables."""


class Garbled(Exception):
    """What came is no message."""


def packed(message: dict[str, Any]) -> bytes:
    """Raises ``Garbled`` for what is too large or cannot be sent (integers beyond 64 bits)."""
    try:
        text: bytes = msgpack.packb(message, use_bin_type=True)
    except (ValueError, TypeError, OverflowError) as error:
        raise Garbled(str(error)) from None
    if len(text) > LARGEST:
        raise Garbled(f"a message of {len(text)} bytes")
    return len(text).to_bytes(4, "big") + text


def length(head: bytes) -> int:
    """The length that four bytes announce."""
    size = int.from_bytes(head, "big")
    if size > LARGEST:
        raise Garbled(f"a message of {size} bytes")
    return size


def unpacked(text: bytes) -> dict[str, Any]:
    try:
        message = msgpack.unpackb(text, raw=False, strict_map_key=False)
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError):
        raise Garbled("no MessagePack") from None
    if not isinstance(message, dict):
        raise Garbled("no map")
    return message


def receive(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message, or ``None`` at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    size = length(head)
    text = stream.read(size)
    return unpacked(text) if len(text) == size else None


def send(stream: BinaryIO, message: dict[str, Any]) -> None:
    stream.write(packed(message))
    stream.flush()
