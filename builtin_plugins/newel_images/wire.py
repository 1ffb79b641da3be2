"""Messages between the server and a worker: four bytes of length, then JSON. Nothing that a reader would execute."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

LARGEST = 1 << 20
"""Bytes. A worker that says more has been taken over by its input."""


class Garbled(Exception):
    """What came is no message."""


def packed(message: dict[str, Any]) -> bytes:
    text = json.dumps(message).encode()
    return len(text).to_bytes(4, "big") + text


def length(head: bytes) -> int:
    """The length that four bytes announce."""
    size = int.from_bytes(head, "big")
    if size > LARGEST:
        raise Garbled(f"a message of {size} bytes")
    return size


def unpacked(text: bytes) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        raise Garbled("not JSON") from None
    if not isinstance(message, dict):
        raise Garbled("not an object")
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
