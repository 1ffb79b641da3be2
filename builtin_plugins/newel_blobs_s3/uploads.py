"""Multipart uploads, driven by ourselves so that memory is what we say it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from newel.blobs import Arriving, checked_part, in_order
from newel.contracts.blobs import Blob, BlobsAway, Part
from newel.errors import NotFound
from newel_blobs_s3.ending import to_the_end
from newel_blobs_s3.faults import NO_ID, code_of, spoken

if TYPE_CHECKING:
    from newel_blobs_s3.store import S3Blobs

ABORT_SECONDS = 10.0


class S3Upload:
    """One upload of the store's."""

    def __init__(self, store: S3Blobs, client: Any, key: str, id: str) -> None:
        self._store = store
        self._client = client
        self._key = key
        self._id = id

    @property
    def id(self) -> str:
        return self._id

    @property
    def _where(self) -> dict[str, str]:
        return self._store.where(self._key) | {"UploadId": self._id}

    @classmethod
    async def begun(cls, store: S3Blobs, client: Any, key: str, content_type: str) -> S3Upload:
        async def begin() -> S3Upload:
            with spoken(key):
                answer = await client.create_multipart_upload(
                    **store.where(key), ContentType=content_type, **store.extra
                )
            return cls(store, client, key, answer["UploadId"])

        return await to_the_end(begin(), cls.dropped)

    @classmethod
    async def found(cls, store: S3Blobs, client: Any, key: str, id: str) -> S3Upload:
        """Raises ``NotFound``."""
        upload = cls(store, client, key, id)
        if not (id.isascii() and id.isprintable() and 0 < len(id) <= 1024):
            raise NotFound("there is no such upload")
        try:
            with spoken(key):
                await client.list_parts(**upload._where, MaxParts=1)
        except BlobsAway as error:
            if isinstance(error.__cause__, ClientError) and code_of(error.__cause__) in NO_ID:
                raise NotFound("there is no such upload") from error
            raise
        return upload

    async def put_part(self, number: int, pieces: AsyncIterator[bytes], *, size: int) -> Part:
        checked_part(number, size, self._store.part_size)
        arriving = Arriving(size)
        held = bytearray()
        async for piece in pieces:
            arriving.add(piece)
            held += piece
        arriving.check()
        data = bytes(held)
        held.clear()  # one copy is enough while it is under way
        return await self.send(number, data)

    async def send(self, number: int, data: bytes) -> Part:
        more = await self._store.digest(data)
        with spoken(self._key):
            answer = await self._client.upload_part(**self._where, PartNumber=number, Body=data, **more)
        return Part(number=number, size=len(data), tag=answer["ETag"])

    async def send_all(self, chunks: AsyncIterator[bytes], at_once: int) -> list[Part]:
        """Sends chunks as parts, some at once. When it ends, none is under way."""
        parts: list[Part] = []
        under_way: set[asyncio.Task[Part]] = set()
        number = 0
        try:
            async for chunk in chunks:
                if len(under_way) >= at_once:
                    done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    parts += [task.result() for task in done]
                number += 1
                under_way.add(asyncio.create_task(self.send(number, chunk)))
                del chunk
            return parts + list(await asyncio.gather(*under_way))
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def finish(self, parts: Sequence[Part]) -> Blob:
        told = [{"PartNumber": part.number, "ETag": part.tag} for part in in_order(parts)]
        with spoken(self._key):
            await self._client.complete_multipart_upload(**self._where, MultipartUpload={"Parts": told})
        return await self._store.head(self._key)

    async def abort(self) -> None:
        try:
            with spoken(self._key):
                await self._client.abort_multipart_upload(**self._where)
        except NotFound:
            return

    async def dropped(self) -> None:
        """Aborts as well as can be, after something failed: the store may be what failed."""

        async def drop() -> None:
            try:
                async with asyncio.timeout(ABORT_SECONDS):
                    await self.abort()
            except Exception as error:  # what failed first is what is told
                self._store.log.warning(
                    "an upload could not be dropped; the bucket's lifecycle rule removes it", exc_info=error
                )

        await to_the_end(drop())
