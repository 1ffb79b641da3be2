"""Files over HTTP: whole, a range of them, or the word that the client has them already (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from attrs import Factory, frozen

from newel.contracts.http import HttpAnswer, HttpRequest
from newel.errors import NewelError, PreconditionFailed

ONE = re.compile(r"bytes\s*=\s*([0-9]*)-([0-9]*)\s*", re.ASCII | re.IGNORECASE)
TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')

Opener = Callable[[int, int], AsyncIterator[bytes]]
"""The bytes from the first number up to, not including, the second. Called at most once, and then read or closed."""


class RangeNotSatisfiable(NewelError):
    """The range that was asked for lies behind the end."""

    code = "range_not_satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(f"there are {size} bytes, and the range begins behind them", extra={"size": size})
        self.size = size


@frozen(kw_only=True)
class File:
    """Something that has a known length and can be read from anywhere."""

    size: int
    """Bytes."""
    etag: str
    """Strong, with its quotes: another for every other content."""
    open: Opener
    modified: datetime | None = None
    headers: Mapping[str, str] = Factory(dict)
    """``Content-Type`` and whatever else is to be sent with it."""


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The bytes that a ``Range`` asks for, from the first up to, not including, the last.

    ``None`` for the whole: there is no header, it cannot be read, it has another unit or several ranges. A server may
    answer any of these so, and several ranges are a known way to make one work hard. Raises ``RangeNotSatisfiable``.
    """
    match = ONE.fullmatch(header.strip()) if header is not None else None
    if match is None or match[0] == "" or match[1] == match[2] == "":
        return None
    first, last = (_number(text) for text in match.groups())
    if first is None:
        if last == 0:
            raise RangeNotSatisfiable(size)
        return (max(0, size - (last or 0)), size) if size else None
    if last is not None and last < first:
        return None
    if first >= size:
        raise RangeNotSatisfiable(size)
    return first, size if last is None else min(last + 1, size)


def file_answer(request: HttpRequest, file: File) -> HttpAnswer:
    """The answer to ``GET`` or ``HEAD``: 200, 206 or 304. Raises ``RangeNotSatisfiable`` and ``PreconditionFailed``.

    The file is not opened here, and for ``HEAD``, 304 and errors not at all.
    """
    asked = request.headers
    headers = {"Accept-Ranges": "bytes", "ETag": file.etag, **file.headers}
    modified = None if file.modified is None else file.modified.astimezone(UTC).replace(microsecond=0)
    if modified is not None:
        headers["Last-Modified"] = format_datetime(modified, usegmt=True)
    _check(asked, file.etag, modified)
    if _unchanged(asked, file.etag, modified):
        return HttpAnswer(status=304, headers=headers)
    status, start, end = 200, 0, file.size
    if request.method == "GET" and _same(asked.get("if-range"), file.etag, modified):
        part = byte_range(asked.get("range"), file.size)
        if part is not None:
            status, (start, end) = 206, part
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD" or start == end:
        return HttpAnswer(status=status, headers=headers, body=_nothing())
    return HttpAnswer(status=status, headers=headers, body=file.open(start, end))


async def _nothing() -> AsyncIterator[bytes]:
    none: tuple[bytes, ...] = ()
    for piece in none:
        yield piece


def _number(text: str) -> int | None:
    """Digits beyond any file are cut: such a number stays beyond any file."""
    return int(text.lstrip("0")[:19] or "0") if text else None


def _check(asked: Mapping[str, str], etag: str, modified: datetime | None) -> None:
    match = asked.get("if-match")
    if match is not None:
        failed = match.strip() != "*" and etag not in TAG.findall(match)
    else:
        since = _date(asked.get("if-unmodified-since"))
        failed = since is not None and modified is not None and modified > since
    if failed:
        raise PreconditionFailed("the file is another one by now")


def _unchanged(asked: Mapping[str, str], etag: str, modified: datetime | None) -> bool:
    seen = asked.get("if-none-match")
    if seen is not None:
        tags = (one.removeprefix("W/") for one in TAG.findall(seen))
        return seen.strip() == "*" or etag.removeprefix("W/") in tags
    since = _date(asked.get("if-modified-since"))
    return since is not None and modified is not None and modified <= since


def _same(condition: str | None, etag: str, modified: datetime | None) -> bool:
    """Whether ``If-Range`` (there is none: yes) names exactly what is here: by its strong tag, or its date."""
    if condition is None:
        return True
    condition = condition.strip()
    if condition.startswith(('"', "W/")):
        return condition == etag and not condition.startswith("W/")
    return modified is not None and _date(condition) == modified


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=UTC)
