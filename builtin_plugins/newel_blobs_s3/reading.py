"""One read: the bytes of one version, gone on with where the connection broke."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any

from botocore.exceptions import ClientError

from newel.contracts.blobs import Blob, BlobsAway
from newel.errors import NotFound
from newel.structure import rfc3339
from newel_blobs_s3.faults import CHANGED, PAST_THE_END, code_of, spoken

PIECE = 256 * 1024
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def blob_of(key: str, answer: dict[str, Any], size: int) -> Blob:
    return Blob(
        key=key,
        size=size,
        modified=rfc3339(answer["LastModified"]),
        content_type=answer.get("ContentType") or "application/octet-stream",
    )


class Download:
    """Bytes from ``start`` up to ``end`` of the object ``name``."""

    def __init__(self, client: Any, bucket: str, name: str, key: str, start: int, end: int | None) -> None:
        self._client = client
        self._where = {"Bucket": bucket, "Key": name}
        self._key = key
        self._start = start
        self._end = end
        self._etag = ""
        self._body: Any = None
        self.blob: Blob
        self.length = 0

    async def open(self) -> None:
        """Raises ``NotFound``."""
        if self._end is not None and self._end <= self._start:
            await self._empty()
            return
        try:
            with spoken(self._key):
                answer = await self._asked(self._start)
        except BlobsAway as error:
            if not _is(error, PAST_THE_END):
                raise
            await self._empty()
            return
        found = _RANGE.fullmatch(answer.get("ContentRange", ""))
        size = int(found[3]) if found else int(answer["ContentLength"])
        self._body, self._etag = answer["Body"], answer["ETag"]
        if found is None and (self._start or self._end is not None):
            self.close()
            raise BlobsAway("the store of files does not know ranges")
        self.length = int(answer["ContentLength"])
        self.blob = blob_of(self._key, answer, size)

    async def _empty(self) -> None:
        with spoken(self._key):
            answer = await self._client.head_object(**self._where)
        self.blob = blob_of(self._key, answer, int(answer["ContentLength"]))

    async def _asked(self, start: int) -> dict[str, Any]:
        more: dict[str, str] = {}
        if start or self._end is not None:
            more["Range"] = f"bytes={start}-{'' if self._end is None else self._end - 1}"
        if self._etag:
            more["IfMatch"] = self._etag
        answer: dict[str, Any] = await self._client.get_object(**self._where, **more)
        return answer

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        came = 0
        resumed = -1
        while came < self.length:
            try:
                with spoken():
                    data = await self._body.read(min(PIECE, self.length - came))
                if not data:
                    raise BlobsAway("the store of files sent less than it had announced")
            except BlobsAway:
                self.close()
                if resumed == came:  # twice at the same place
                    raise
                resumed = came
                await self._resume(self._start + came)
                continue
            came += len(data)
            yield data

    async def _resume(self, start: int) -> None:
        try:
            with spoken(self._key):
                self._body = (await self._asked(start))["Body"]
        except (BlobsAway, NotFound) as error:
            if isinstance(error, NotFound) or _is(error, CHANGED):
                raise BlobsAway("the file was replaced or deleted while it was read") from error
            raise

    def close(self) -> None:
        """Gives the connection back, or closes it where something was left on it."""
        if self._body is not None:
            self._body.close()
            self._body = None


def _is(error: Exception, codes: set[str]) -> bool:
    """Whether one of these answers of the store is behind it."""
    return isinstance(error.__cause__, ClientError) and code_of(error.__cause__) in codes
