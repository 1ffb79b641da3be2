"""Messages between the server and a worker: four bytes of length, then MessagePack. Nothing in it is executed.

Whoever sends a worker ``load``, ``call`` or ``answer`` gives it a turn, and gets exactly one message back for it:
``ask`` (a function of the server is wanted), ``done``, ``yield`` (a screen shows something) or ``error``. So the first
turn that is not answered when a worker dies is what it died of.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO

from newel import frames
from newel.frames import Garbled, framed

__all__ = [
    "DEEPEST", "LARGEST", "Garbled", "length", "measured", "missing", "packed", "receive", "send", "unpacked",
    "unpacking",
]  # fmt: skip

if TYPE_CHECKING or find_spec("msgpack") is not None:  # an extra; `missing` says so when it is needed
    import msgpack

LARGEST = 16 << 20
"""Bytes. A worker that says more has been taken over."""
DEEPEST = 64
"""Tables within tables."""
_MOST = 1_000_000
_PIECE, _STRETCH = 16_384, 1000
"""Bytes, and values, that are looked at in one go: some tenths of a millisecond."""


def missing() -> str:
    """What has to be installed before a worker can start; empty: nothing."""
    absent = [name for name in ("lupa", "msgpack") if find_spec(name) is None]
    return f"plugins in Lua need {' and '.join(absent)}: pip install 'newel[lua]'" if absent else ""


def packed(message: dict[str, Any]) -> bytes:
    """Raises ``Garbled`` for what is too large or cannot be sent (integers beyond 64 bits)."""
    try:
        text: bytes = msgpack.packb(message, use_bin_type=True)
    except (ValueError, TypeError, OverflowError) as error:
        raise Garbled(str(error)) from None
    return framed(text, LARGEST)


def length(head: bytes) -> int:
    """The length that four bytes announce."""
    return frames.length(head, LARGEST)


def measured(text: bytes) -> Iterator[int]:
    """Raises ``Garbled`` for what unpacks to far more than its bytes: three of them can announce a list of 65,535. For
    what comes from a worker, which may have been taken over. Stops after each thousand values, for others to have their
    turn."""
    at, waiting, seen = 0, 1, 0
    try:
        while waiting:
            seen += 1
            if seen % _STRETCH == 0:
                yield seen
            kind = _KINDS[text[at]]
            if kind is None:
                raise Garbled("a value of a kind that is never sent")
            size, wide, each = kind
            at += 1
            if wide:
                size, at = int.from_bytes(text[at : at + wide], "big"), at + wide
            if each:
                waiting += size * each
            else:
                at += size
            waiting -= 1
            if waiting > _MOST:
                raise Garbled(f"more than {_MOST} values")
    except IndexError:
        raise Garbled("it ends too early") from None


def _kind(first: int) -> tuple[int, int, int] | None:
    """What the first byte of a value says: bytes (or items) that follow, how wide a length comes before them (0: it
    is known), and how many values an item is (0: bytes follow). Extensions are not spoken."""
    if first == 0xC1 or 0xC7 <= first <= 0xC9 or 0xD4 <= first <= 0xD8:
        return None
    for start, end, mask, each in ((0x80, 0x90, 15, 2), (0x90, 0xA0, 15, 1), (0xA0, 0xC0, 31, 0)):
        if start <= first < end:
            return first & mask, 0, each
    lengths = {0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0), 0xD9: (1, 0), 0xDA: (2, 0), 0xDB: (4, 0),
               0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}  # fmt: skip
    numbers = {0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
    return (0, *lengths[first]) if first in lengths else (numbers.get(first, 0), 0, 0)


_KINDS = tuple(_kind(first) for first in range(256))


def unpacked(text: bytes) -> dict[str, Any]:
    try:
        message = msgpack.unpackb(text, raw=False, strict_map_key=False)
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError):
        raise Garbled("no MessagePack") from None
    return _map(message)


def unpacking(text: bytes) -> Iterator[dict[str, Any]]:
    """As ``unpacked``: the message comes last, empty ones before it, for others to have their turn."""
    unpacker = msgpack.Unpacker(raw=False, strict_map_key=False, max_buffer_size=LARGEST, read_size=_PIECE)
    message: Any = None
    for start in range(0, len(text), _PIECE):
        unpacker.feed(text[start : start + _PIECE])
        try:
            message = unpacker.unpack()
        except msgpack.OutOfData:
            yield {}
        except (ValueError, TypeError, msgpack.UnpackException, RecursionError):
            raise Garbled("no MessagePack") from None
    if unpacker.tell() != len(text):
        raise Garbled("more than a message")
    yield _map(message)


def _map(message: Any) -> dict[str, Any]:
    if not isinstance(message, dict):
        raise Garbled("no map")
    return message


def receive(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message, or ``None`` at the end."""
    text = frames.received(stream, LARGEST)
    return None if text is None else unpacked(text)


def send(stream: BinaryIO, message: dict[str, Any]) -> None:
    stream.write(packed(message))
    stream.flush()
