"""XMP: what is called ``GPS...`` is overwritten with spaces, in any of XML's ways to say it."""

from __future__ import annotations

import re

_NAME = rb"[\w.-]+:GPS\w*"
_ATTRIBUTE = re.compile(rb"\s" + _NAME + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_ELEMENT = re.compile(rb"<(" + _NAME + rb")(?:\s[^<>]*)?(?:/>|>.*?</\1\s*>)", re.DOTALL)
_ANY = re.compile(rb":\0?G\0?P\0?S")


def clean(data: bytearray, start: int, end: int) -> bool:
    """Cleans the packet at ``data[start:end]``; ``True``: it told a place."""
    packet = bytes(data[start:end])
    if not _ANY.search(packet):
        return False
    made = _ELEMENT.sub(_blank, _ATTRIBUTE.sub(_blank, packet))
    if _ANY.search(made):  # said in a way of its own, such as UTF-16: better no packet than half of one
        made = b" " * len(packet)
    data[start:end] = made
    return True


def _blank(found: re.Match[bytes]) -> bytes:
    return b" " * len(found[0])
