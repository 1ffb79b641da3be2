"""The trail as lines of JSON or CSV, with all that is needed to verify it elsewhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from typing import Any, Literal, cast

from newel.ids import encode
from newel_audit.chain import HEAD_FIELDS, ROW_FIELDS
from newel_audit.hlc import beginning
from newel_audit.store import Store
from newel_audit.walking import LAST, Day, walk

Format = Literal["ndjson", "csv"]
ROW = (*ROW_FIELDS, "hash")
HEAD = (*HEAD_FIELDS, "mac")
COLUMNS = tuple(dict.fromkeys(("kind", *ROW, *HEAD, "format", "made_at", "since", "until", "rows", "heads")))
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'", "\\")
"""A spreadsheet would run what begins with one of the first six; the others mark what was marked."""
NOTHING = "\\N"
"""How CSV says that there is no value, which is not the empty text."""


async def lines(store: Store, format: Format, made_at: str, since: str, until: str) -> AsyncIterator[str]:
    """The export of the days ``since`` <= day < ``until`` (empty: all), a line each, from one snapshot."""
    write = _ndjson if format == "ndjson" else _csv()
    if format == "csv":
        yield ",".join(COLUMNS) + "\r\n"
    yield write("export", {"format": 1, "made_at": made_at, "since": since, "until": until})
    rows = heads = 0
    async with store.db.transaction(read_only=True) as tx:
        before = await store.heads.day_before(tx, since) if since else None
        for head in [] if before is None else await store.heads.of(tx, before):
            yield write("prior", {name: head[name] for name in HEAD})
        first, last = (encode(beginning(since), 0) if since else ""), (encode(beginning(until), 0) if until else "~")
        async with aclosing(cast(Any, store.rows.loose_rows(tx, first, last))) as loose:
            async for row in loose:
                rows += 1
                yield write("unchained", {name: row[name] for name in ROW})
        async with aclosing(cast(Any, walk(store, tx, since, until or LAST))) as found:
            async for one in found:
                if isinstance(one, Day):
                    for head in one.heads:
                        heads += 1
                        yield write("head", {name: head[name] for name in HEAD})
                else:
                    rows += 1
                    yield write("row", {name: one[name] for name in ROW})
    yield write("end", {"rows": rows, "heads": heads})


def _ndjson(kind: str, fields: Mapping[str, Any]) -> str:
    return json.dumps({"kind": kind, **fields}) + "\n"


def _csv() -> Callable[[str, Mapping[str, Any]], str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def write(kind: str, fields: Mapping[str, Any]) -> str:
        writer.writerow([kind, *(_cell(fields.get(name)) for name in COLUMNS[1:])])
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    return write


def _cell(value: str | int | None) -> str | int:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return NOTHING if value is None else value
