"""Messages between the server and a worker: frames of JSON. Nothing that a reader would execute."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from newel import frames
from newel.frames import Garbled

__all__ = ["LARGEST", "Garbled", "length", "packed", "receive", "send", "unpacked"]

LARGEST = 1 << 20
"""Bytes. A worker that says more has been taken over by its input."""


def packed(message: dict[str, Any]) -> bytes:
    """Raises ``Garbled`` for what is too large."""
    return frames.framed(json.dumps(message).encode(), LARGEST)


def length(head: bytes) -> int:
    """The length that four bytes announce."""
    return frames.length(head, LARGEST)


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
    text = frames.received(stream, LARGEST)
    return None if text is None else unpacked(text)


def send(stream: BinaryIO, message: dict[str, Any]) -> None:
    stream.write(packed(message))
    stream.flush()
