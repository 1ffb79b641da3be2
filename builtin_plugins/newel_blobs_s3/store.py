"""``Blobs`` in a bucket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from newel.blobs import MOST_PARTS, Arriving, checked_key, cut
from newel.contracts.blobs import Blob, BlobRead, BlobsAway, Presigned
from newel.errors import Reject
from newel.structure import rfc3339
from newel_blobs_s3 import presigning
from newel_blobs_s3.copying import LARGEST_COPY, copied_in_parts
from newel_blobs_s3.faults import REFUSED, spoken
from newel_blobs_s3.listing import Listing
from newel_blobs_s3.locking import md5_of, retention
from newel_blobs_s3.reading import Download, blob_of
from newel_blobs_s3.settings import Settings
from newel_blobs_s3.uploads import S3Upload

UNKNOWN = "application/octet-stream"
PAGE = 1000
FILE_ATTEMPTS = 3


class S3Blobs:
    """The files of one site, below its prefix."""

    def __init__(self, client: Any, public: Any, settings: Settings, log: logging.Logger) -> None:
        self._client = client
        self._public = public
        self._settings = settings
        self.log = log
        self.largest_copy = LARGEST_COPY

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def part_size(self) -> int:
        return self._settings.config.part_mib << 20

    def where(self, key: str) -> dict[str, str]:
        """The object of a key."""
        return {"Bucket": self._settings.bucket, "Key": self._settings.prefix + key}

    @property
    def extra(self) -> dict[str, Any]:
        """What is sent with each object that is written now."""
        return {**self._settings.extra, **retention(self._settings.config, datetime.now(UTC))}

    async def digest(self, data: bytes) -> dict[str, str]:
        """What has to be sent with bytes that are to be locked."""
        if not self._settings.config.object_lock_days:
            return {}
        return {"ContentMD5": await asyncio.to_thread(md5_of, data)}

    async def close(self) -> None:
        """The connections belong to who opened the store."""

    # -- writing ------------------------------------------------------------------------------------------------------

    async def put(
        self,
        key: str,
        pieces: AsyncIterator[bytes],
        *,
        content_type: str = UNKNOWN,
        size: int | None = None,
        sha256: str | None = None,
    ) -> Blob:
        checked_key(key)
        arriving = Arriving(size, sha256)
        chunks = self._chunks(pieces, arriving)
        try:
            first = await anext(chunks, b"")
            if len(first) < self._chunk_size(arriving):
                arriving.check()
                return await self._put_one(key, first, content_type)
            return await self._put_parts(key, first, chunks, arriving, content_type)
        finally:
            await chunks.aclose()

    def _chunk_size(self, arriving: Arriving) -> int:
        """The configured size, or more where there would be too many parts."""
        least = -(-(arriving.size or 0) // MOST_PARTS)
        return max(self.part_size, -(-least >> 20) << 20)

    async def _chunks(self, pieces: AsyncIterator[bytes], arriving: Arriving) -> AsyncGenerator[bytes, None]:
        number = 0
        async for chunk in cut(pieces, self._chunk_size(arriving)):
            await asyncio.to_thread(arriving.add, chunk)
            if (number := number + 1) > MOST_PARTS:
                raise Reject("a file of unknown size is too large for this store", code="too_large")
            yield chunk

    async def _put_one(self, key: str, data: bytes, content_type: str) -> Blob:
        more = self.extra | await self.digest(data)
        with spoken(key):
            answer = await self._client.put_object(**self.where(key), Body=data, ContentType=content_type, **more)
        return Blob(key=key, size=len(data), modified=_moment(answer), content_type=content_type)

    async def _put_parts(
        self, key: str, first: bytes, rest: AsyncIterator[bytes], arriving: Arriving, content_type: str
    ) -> Blob:
        upload = await S3Upload.begun(self, self._client, key, content_type)

        async def all_chunks() -> AsyncIterator[bytes]:
            nonlocal first
            yield first
            first = b""
            async for chunk in rest:
                yield chunk

        try:
            parts = await upload.send_all(all_chunks(), self._settings.config.parts_at_once)
            arriving.check()
            return await upload.finish(parts)
        except BaseException:
            await upload.dropped()
            raise

    async def put_file(self, key: str, path: Path, *, content_type: str = UNKNOWN) -> Blob:
        checked_key(key)
        for left in reversed(range(FILE_ATTEMPTS)):
            file = await asyncio.to_thread(open, path, "rb")
            try:

                async def pieces(file: Any = file) -> AsyncIterator[bytes]:
                    while data := await asyncio.to_thread(file.read, 1 << 20):
                        yield data

                size = (await asyncio.to_thread(path.stat)).st_size
                return await self.put(key, pieces(), content_type=content_type, size=size)
            except BlobsAway:
                if not left:
                    raise
            finally:
                await asyncio.to_thread(file.close)
        raise AssertionError("the last attempt answers or raises")

    async def copy(self, source: str, target: str) -> Blob:
        checked_key(target)
        found = await self.head(source)
        if source == target:
            return found
        if found.size > self.largest_copy:
            return await copied_in_parts(self, self._client, found, target)
        with spoken(source):
            await self._client.copy_object(**self.where(target), CopySource=self.where(source), **self.extra)
        return await self.head(target)

    async def delete(self, *keys: str) -> None:
        for key in keys:
            checked_key(key)
        if len(keys) == 1 or not self._settings.profile.deletes_many:
            for key in keys:
                with spoken(key):
                    await self._client.delete_object(**self.where(key))
            return
        for start in range(0, len(keys), PAGE):
            objects = [{"Key": self.where(key)["Key"]} for key in keys[start : start + PAGE]]
            with spoken():
                answer = await self._client.delete_objects(
                    Bucket=self._settings.bucket, Delete={"Objects": objects, "Quiet": True}
                )
            failed = [one for one in answer.get("Errors", ()) if one.get("Code") != "NoSuchKey"]
            if failed:
                code = str(failed[0].get("Code"))
                raise BlobsAway(
                    f"the store of files deleted all but {len(failed)}: {code}",
                    code="blobs_refused" if code in REFUSED else None,
                )

    async def multipart(self, key: str, *, id: str | None = None, content_type: str = UNKNOWN) -> S3Upload:
        checked_key(key)
        if id is None:
            return await S3Upload.begun(self, self._client, key, content_type)
        return await S3Upload.found(self, self._client, key, id)

    # -- reading ------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[BlobRead]:
        where = self.where(checked_key(key))
        download = Download(self._client, where["Bucket"], where["Key"], key, start, end)
        await download.open()
        pieces = download.pieces()
        try:
            yield BlobRead(blob=download.blob, start=start, length=download.length, pieces=pieces)
        finally:
            download.close()
            await pieces.aclose()

    async def head(self, key: str) -> Blob:
        with spoken(checked_key(key)):
            answer = await self._client.head_object(**self.where(key))
        return blob_of(key, answer, int(answer["ContentLength"]))

    async def list(self, prefix: str = "", *, after: str = "") -> AsyncIterator[Blob]:
        async for blob in Listing(self._client, self._settings).blobs(prefix, after):
            yield blob

    # -- addresses ----------------------------------------------------------------------------------------------------

    async def presign_get(
        self, key: str, *, seconds: int, filename: str | None = None, content_type: str | None = None
    ) -> Presigned | None:
        where = self.where(checked_key(key))
        if not self._settings.config.presign:
            return None
        return await presigning.reading(self._public, where, seconds, filename, content_type)

    async def presign_put(self, key: str, *, seconds: int, size: int, content_type: str) -> Presigned | None:
        where = self.where(checked_key(key))
        if not self._settings.config.presign:
            return None
        return await presigning.writing(self._public, where, dict(self._settings.extra), seconds, size, content_type)


def _moment(answer: dict[str, Any]) -> str:
    """When the store answered, which is when it was written."""
    said = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return rfc3339(parsedate_to_datetime(said))
    except (TypeError, ValueError):  # it did not say
        return rfc3339(datetime.now(UTC))
