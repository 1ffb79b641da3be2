"""Messages between a process and its workers: four bytes of length, then the message in a form of their own."""

from __future__ import annotations

from typing import BinaryIO

HEAD = 4


class Garbled(Exception):
    """What came is no message, or what is to be sent cannot be one."""


def framed(text: bytes, most: int) -> bytes:
    """Raises ``Garbled`` for more than so many bytes."""
    return _within(len(text), most).to_bytes(HEAD, "big") + text


def length(head: bytes, most: int) -> int:
    """The length that the first four bytes announce. Raises ``Garbled``."""
    return _within(int.from_bytes(head, "big"), most)


def received(stream: BinaryIO, most: int) -> bytes | None:
    """The next message, or ``None`` at the end. Raises ``Garbled``."""
    head = stream.read(HEAD)
    if len(head) < HEAD:
        return None
    size = length(head, most)
    text = stream.read(size)
    return text if len(text) == size else None


def _within(size: int, most: int) -> int:
    if size > most:
        raise Garbled(f"a message of {size} bytes")
    return size
