"""``multipart/form-data`` as it arrives: a part is handed on before the next one has come, and none is held whole."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from attrs import define

from newel import Malformed, TooLarge

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartParser

HEADERS = 16
HEADER = 4096
"""Bytes of one header of a part."""
FIELD = 65_536
"""Bytes of a field that is no file."""
PARTS = 2000

Event = tuple[str, bytes]


class Broken(Malformed):
    """The form cannot be read any further. What came before is good."""


def boundary_of(content_type: str) -> str:
    """Raises ``Malformed`` where there is none."""
    _, options = _options(content_type)
    boundary = options.get("boundary", "")
    if not 1 <= len(boundary) <= 70:
        raise Malformed("the Content-Type names no boundary")
    return boundary


@define
class Part:
    """One part. ``pieces`` may be read once, while the form stands here; what is not read is skipped."""

    name: str
    filename: str | None
    """``None``: a field, not a file."""
    content_type: str
    pieces: AsyncIterator[bytes]

    async def text(self) -> str:
        """Raises ``TooLarge``, ``Broken``."""
        data = bytearray()
        async for piece in self.pieces:
            data += piece
            if len(data) > FIELD:
                raise TooLarge(f"the field '{self.name}' has more than {FIELD} bytes")
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise Broken(f"the field '{self.name}' is not UTF-8") from None


class Form:
    """A form that arrives."""

    def __init__(self, body: AsyncIterator[bytes], boundary: str) -> None:
        self._body = body
        self._events: deque[Event] = deque()
        self._parser = self._parsing(boundary)
        self._over = False

    async def parts(self) -> AsyncIterator[Part]:
        """Raises ``Broken``, and what the body raises."""
        count = 0
        while (event := await self._next())[0] != "end":
            if event[0] != "part":
                raise Broken("the form is not in order")
            count += 1
            if count > PARTS:
                raise Broken(f"a form may have {PARTS:,} parts at most")
            part = await self._head()
            yield part
            async for _ in part.pieces:  # what nobody wanted
                pass

    async def _head(self) -> Part:
        headers: dict[str, str] = {}
        name, value = bytearray(), bytearray()
        while True:
            kind, data = await self._next()
            if kind == "field":
                name += data
            elif kind == "value":
                value += data
            elif kind == "header":
                headers[name.decode("latin-1").lower()] = value.decode("utf-8", "replace")
                name, value = bytearray(), bytearray()
            else:
                break
        kind_of, options = _options(headers.get("content-disposition", ""))
        if kind_of != "form-data" or "name" not in options:
            raise Broken("a part of the form has no name")
        if headers.get("content-transfer-encoding", "binary").strip().lower() not in ("binary", "8bit", "7bit"):
            raise Broken("files are sent as they are, without a Content-Transfer-Encoding")
        filename = options.get("filename")
        return Part(
            name=options["name"], filename=None if filename is None else filename.replace("%22", '"'),
            content_type=headers.get("content-type", "").partition(";")[0].strip().lower(), pieces=self._data(),
        )  # fmt: skip

    async def _data(self) -> AsyncIterator[bytes]:
        while (event := await self._next())[0] == "data":
            yield event[1]

    async def _next(self) -> Event:
        from python_multipart.exceptions import FormParserError

        while not self._events:
            if self._over:
                raise Broken("the form ends in the middle")
            piece = await anext(self._body, None)
            if piece is None:
                self._over = True
                continue
            try:
                self._parser.write(piece)
            except FormParserError as error:
                raise Broken(f"the form cannot be read: {error}") from None
        return self._events.popleft()

    def _parsing(self, boundary: str) -> MultipartParser:
        from python_multipart.multipart import MultipartParser

        def plain(kind: str) -> Any:
            return lambda: self._events.append((kind, b""))

        def with_data(kind: str) -> Any:
            return lambda data, start, end: self._events.append((kind, data[start:end]))

        calls: Any = {
            "on_part_begin": plain("part"), "on_header_field": with_data("field"),
            "on_header_value": with_data("value"), "on_header_end": plain("header"),
            "on_headers_finished": plain("headers"), "on_part_data": with_data("data"),
            "on_part_end": plain("part_end"), "on_end": plain("end"),
        }  # fmt: skip
        return MultipartParser(boundary.encode(), calls, max_header_count=HEADERS, max_header_size=HEADER)


def _options(header: str) -> tuple[str, dict[str, str]]:
    """A header and its parameters. The library takes Latin-1 only; names of files are UTF-8."""
    from python_multipart.multipart import parse_options_header

    kind, options = parse_options_header(header.encode().decode("latin-1"))
    return kind.decode("latin-1"), {
        key.decode("latin-1"): value.decode("utf-8", "replace") for key, value in options.items()
    }
