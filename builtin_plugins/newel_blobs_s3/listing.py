"""Lists keys below the prefix, in their order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from newel.blobs import checked_key
from newel.contracts.blobs import Blob
from newel.errors import Reject
from newel.structure import rfc3339
from newel_blobs_s3.faults import spoken
from newel_blobs_s3.settings import Settings

PAGE = 1000


class Listing:
    """One bucket, below one prefix."""

    def __init__(self, client: Any, settings: Settings) -> None:
        self._client = client
        self._bucket = settings.bucket
        self._prefix = settings.prefix
        self._in_order = settings.profile.in_order

    async def blobs(self, prefix: str, after: str) -> AsyncIterator[Blob]:
        if self._in_order:
            found = self._flat(prefix, after)
        else:
            found = self._folders(prefix.rpartition("/")[0] + "/" if "/" in prefix else "", prefix, after)
        async for blob in found:
            yield blob

    async def _flat(self, prefix: str, after: str) -> AsyncIterator[Blob]:
        more = {"StartAfter": self._prefix + after} if after else {}
        async for answer in self._pages(prefix, **more):
            for one in answer.get("Contents", ()):
                blob = self._blob(one)
                if blob is not None and blob.key > after:
                    yield blob

    async def _folders(self, below: str, prefix: str, after: str) -> AsyncIterator[Blob]:
        """A folder at a time, which is held in memory to be sorted: a store that keeps folders lists ``a/b`` before
        ``a-b``."""
        entries: dict[str, Blob | None] = {}
        async for answer in self._pages(below, Delimiter="/"):
            for one in answer.get("CommonPrefixes", ()):
                inside = one["Prefix"].removeprefix(self._prefix)
                entries[inside] = None
            for one in answer.get("Contents", ()):
                if (blob := self._blob(one)) is not None:
                    entries[blob.key] = blob
        for key, blob in sorted(entries.items()):
            if blob is not None:
                if key.startswith(prefix) and key > after:
                    yield blob
            elif (key.startswith(prefix) or prefix.startswith(key)) and (after < key or after.startswith(key)):
                async for inner in self._folders(key, prefix, after):
                    yield inner

    async def _pages(self, below: str, **more: str) -> AsyncIterator[dict[str, Any]]:
        asked = {"Bucket": self._bucket, "Prefix": self._prefix + below, "MaxKeys": PAGE, **more}
        while True:
            with spoken():
                answer = await self._client.list_objects_v2(**asked)
            yield answer
            if not answer.get("IsTruncated"):
                return
            asked["ContinuationToken"] = answer["NextContinuationToken"]

    def _blob(self, one: dict[str, Any]) -> Blob | None:
        """``None`` for what is not ours, such as the marker of a folder."""
        key = one["Key"]
        if not key.startswith(self._prefix):
            return None
        try:
            key = checked_key(key[len(self._prefix) :])
        except Reject:
            return None
        return Blob(key=key, size=one["Size"], modified=rfc3339(one["LastModified"]))
