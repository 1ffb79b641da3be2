"""A bucket keeps the contract."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.s3 import Bucket

from newel.contracts.blobs import Blobs, Presigned
from newel.testing import make_app
from newel.testing.blobs_suite import BlobsSuite


class TestS3(BlobsSuite):
    reads_on = False  # SeaweedFS throws an overwritten object's bytes away

    @pytest.fixture(autouse=True)
    def _server(self, bucket: Bucket) -> None:
        self.bucket = bucket

    @asynccontextmanager
    async def make(self, folder: Path, prefix: str) -> AsyncIterator[Blobs]:
        async with make_app(["blobs_s3"], self.bucket.config(folder, prefix)) as app:
            yield app.need(Blobs)

    async def send(
        self, store: Blobs, presigned: Presigned, body: bytes = b"", **changed: str
    ) -> tuple[int, bytes, Mapping[str, str]]:
        headers = {**presigned.headers} | {name.replace("_", "-").title(): text for name, text in changed.items()}
        headers.pop("Content-Length", None)  # a browser sets it by what it sends
        return await asyncio.to_thread(sent, presigned, headers, body)

    async def expired(self, store: Blobs, key: str) -> tuple[Presigned, Presigned]:
        from botocore import auth

        with pytest.MonkeyPatch.context() as patch:
            now = auth.get_current_datetime
            patch.setattr(auth, "get_current_datetime", lambda *given: now(*given) - timedelta(seconds=70))
            get = await store.presign_get(key, seconds=60)
            written = await store.presign_put(key, seconds=60, size=5, content_type="image/x-test")
        assert get is not None
        assert written is not None
        return get, written


def sent(presigned: Presigned, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes, Mapping[str, str]]:
    parts = urlsplit(presigned.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(presigned.method, f"{parts.path}?{parts.query}", body or None, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()
