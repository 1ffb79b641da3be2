"""What goes over the wire: nothing that some provider does not understand, unless it was asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from tests.builtin_plugins.blobs_s3.stub import Answer, Stub, fault, serving

from newel.contracts.blobs import Blobs, BlobsAway
from newel.errors import Reject, Transient
from newel.testing import make_app
from newel.testing.blobs_cases.data import put, read, sent

MOMENT = "Tue, 24 Nov 2026 10:00:00 GMT"
KEYS = {"access_key_id": "id", "secret_access_key": "hush", "attempts": 2}


@asynccontextmanager
async def opened(answer: Answer | None = None, **section: Any) -> AsyncIterator[tuple[Blobs, Stub]]:
    async with serving(answer) as stub:
        config = {"blobs": {"url": "s3://bucket/site"}, "blobs_s3": KEYS | {"endpoint": stub.url} | section}
        async with make_app(["blobs_s3"], config) as app:
            stub.asked.clear()
            yield app.need(Blobs), stub


def headers_of(stub: Stub) -> dict[str, str]:
    return {name.lower(): value for name, value in stub.asked[-1][0].headers.items()}


async def test_a_plain_write_has_no_acl_no_encryption_and_no_checksum() -> None:
    async with opened() as (store, stub):
        await put(store, "a/b", b"hello", content_type="image/x-test")
        request, body = stub.asked[-1]
        assert (request.method, request.path, body) == ("PUT", "/bucket/site/a/b", b"hello")
        sent_headers = headers_of(stub)
        assert sent_headers["content-type"] == "image/x-test"
        assert not [name for name in sent_headers if "checksum" in name or "acl" in name or "encryption" in name]
        assert "trailer" not in sent_headers.get("x-amz-content-sha256", "").lower()
        assert sent_headers["x-amz-content-sha256"] != "UNSIGNED-PAYLOAD", "without TLS the signature covers it"


async def test_what_was_asked_for_is_sent_with_each_write() -> None:
    async with opened(acl="private", sse="aws:kms", sse_kms_key_id="key-1") as (store, stub):
        await put(store, "a/b")
        told = headers_of(stub)
        assert told["x-amz-acl"] == "private"
        assert told["x-amz-server-side-encryption"] == "aws:kms"
        assert told["x-amz-server-side-encryption-aws-kms-key-id"] == "key-1"
        address = await store.presign_put("a/b", seconds=60, size=5, content_type="image/x-test")
        assert address is not None
        assert address.headers == {
            "Content-Length": "5", "Content-Type": "image/x-test", "x-amz-acl": "private",
            "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
        }  # fmt: skip
        signed = parse_qs(urlsplit(address.url).query)["X-Amz-SignedHeaders"][0].split(";")
        assert {*signed} == {name.lower() for name in address.headers} | {"host"}


async def test_checksums_are_sent_where_they_are_asked_for() -> None:
    async with opened(checksums="when_supported") as (store, stub):
        await put(store, "a/b")
        assert "crc32" in headers_of(stub)["x-amz-sdk-checksum-algorithm"].lower()


@pytest.mark.parametrize(
    ("section", "host", "path"),
    [
        ({"provider": "aws", "region": "eu-west-1"}, "bucket.s3.eu-west-1.amazonaws.com", "/site/a"),
        ({"provider": "aws", "region": "eu-west-1", "addressing": "path"},
         "s3.eu-west-1.amazonaws.com", "/bucket/site/a"),
        ({"provider": "spaces", "region": "fra1"}, "bucket.fra1.digitaloceanspaces.com", "/site/a"),
        ({"endpoint": "http://127.0.0.1:9", "public_endpoint": "https://files.example:8443"},
         "files.example:8443", "/bucket/site/a"),
        ({"endpoint": "http://127.0.0.1:9", "addressing": "virtual", "public_endpoint": "https://files.example"},
         "bucket.files.example", "/site/a"),
    ],
)  # fmt: skip
@pytest.mark.may_block  # a client is made here, not while a site starts
async def test_addresses_are_made_as_the_provider_has_them(section: dict[str, Any], host: str, path: str) -> None:
    from newel_blobs_s3.config import BlobsS3Config
    from newel_blobs_s3.connecting import client_of
    from newel_blobs_s3.settings import settings_of
    from newel_blobs_s3.store import S3Blobs

    secrets = {"S3_ACCESS_KEY_ID": "id", "S3_SECRET_ACCESS_KEY": "hush"}
    settings = settings_of("s3://bucket/site", BlobsS3Config(**section), secrets)
    async with client_of(settings, public=settings.public_endpoint is not None) as client:
        address = await S3Blobs(client, client, settings, logging.getLogger()).presign_get("a", seconds=60)
    assert address is not None
    parts = urlsplit(address.url)
    assert (parts.netloc, parts.path) == (host, path)
    assert "hush" not in address.url


async def test_there_are_no_addresses_where_they_are_switched_off_and_none_for_ever() -> None:
    async with opened(presign=False) as (store, _):
        assert await store.presign_get("a", seconds=60) is None
        assert await store.presign_put("a", seconds=60, size=1, content_type="a/b") is None
    async with opened() as (store, _):
        for seconds in (0, -1, 7 * 24 * 3600 + 1):
            with pytest.raises(Reject):
                await store.presign_get("a", seconds=seconds)


async def test_a_store_that_stumbles_is_asked_again() -> None:
    answers = iter([fault(503, "SlowDown"), fault(500, "InternalError")])

    def stumble(request: web.Request, body: bytes) -> web.StreamResponse | None:
        return next(answers, None) if request.method == "PUT" else None

    async with opened(stumble, attempts=3) as (store, stub):
        await put(store, "a", b"hello")
        assert [body for _, body in stub.asked] == [b"hello"] * 3


async def test_a_store_that_says_nothing_is_given_up() -> None:
    freed = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        await freed.wait()
        return web.Response()

    async with opened(
        lambda request, body: hang(request) if request.path.endswith("/a") else None, read_seconds=0.2, attempts=1
    ) as (store, _):
        for act in (put(store, "a", b"hello"), read(store, "a"), store.head("a"), store.delete("a")):
            with pytest.raises(BlobsAway, match="cannot be reached"):
                await act
        freed.set()


@pytest.mark.parametrize(
    ("status", "code", "kind", "reason"),
    [
        (403, "AccessDenied", BlobsAway, "blobs_refused"),
        (507, "XMinioStorageFull", Transient, "storage_full"),
        (400, "EntityTooLarge", Reject, "too_large"),
        (404, "NoSuchBucket", BlobsAway, "blobs_refused"),
        (501, "NotImplemented", BlobsAway, "blobs_away"),
    ],
)
async def test_what_the_store_refuses_is_told(status: int, code: str, kind: type[Exception], reason: str) -> None:
    def refuse(request: web.Request, body: bytes) -> web.StreamResponse | None:
        return fault(status, code) if request.method == "PUT" else None

    async with opened(refuse) as (store, _):
        with pytest.raises(kind) as caught:
            await store.put("a", sent(b"hello"))
        assert type(caught.value) is kind
        assert caught.value.reason == reason  # type: ignore[attr-defined]  # of ours
        assert "hush" not in str(caught.value)


async def test_what_could_not_be_deleted_is_an_error() -> None:
    def some_fail(request: web.Request, body: bytes) -> web.StreamResponse | None:
        if "delete" not in request.query:
            return None
        rows = "".join(
            f"<Error><Key>site/{key}</Key><Code>{code}</Code></Error>"
            for key, code in (("a", "NoSuchKey"), ("b", "AccessDenied"))
        )
        return web.Response(text=f'<?xml version="1.0"?><DeleteResult>{rows}</DeleteResult>')

    async with opened(some_fail) as (store, _):
        with pytest.raises(BlobsAway, match="all but 1: AccessDenied"):
            await store.delete("a", "b", "c")


async def test_a_store_that_does_not_know_ranges_is_told_of() -> None:
    def whole(request: web.Request, body: bytes) -> web.StreamResponse | None:
        if request.path != "/bucket/site/a":
            return None
        return web.Response(body=b"hello", headers={"ETag": '"x"', "Last-Modified": MOMENT})

    async with opened(whole) as (store, _):
        with pytest.raises(BlobsAway, match="does not know ranges"):
            async with store.get("a", start=2):
                pass


async def test_a_read_that_breaks_goes_on_with_the_same_version() -> None:
    data = bytes(range(256)) * 4000
    times = 0

    async def cut_off(request: web.Request) -> web.StreamResponse:
        start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        assert request.headers.get("If-Match") == ('"v1"' if start else None)
        nonlocal times
        times += 1
        answer = web.StreamResponse(status=206 if start else 200, headers={
            "ETag": '"v1"', "Last-Modified": MOMENT, "Content-Length": str(len(data) - start),
            "Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"})  # fmt: skip
        await answer.prepare(request)
        await answer.write(data[start : start + 300_000])
        if start + 300_000 < len(data):
            assert request.transport is not None
            request.transport.close()
        return answer

    async with (
        opened(lambda request, body: cut_off(request) if request.path == "/bucket/site/a" else None) as (
            store,
            _,
        ),
        store.get("a") as reading,
    ):
        assert b"".join([piece async for piece in reading.pieces]) == data
    assert times >= 4


async def test_a_version_that_is_gone_in_the_middle_ends_the_read() -> None:
    data = bytes(1_000_000)

    async def replaced(request: web.Request) -> web.StreamResponse:
        if "If-Match" in request.headers:
            return fault(412, "PreconditionFailed")
        answer = web.StreamResponse(headers={"ETag": '"v1"', "Last-Modified": MOMENT, "Content-Length": str(len(data))})
        await answer.prepare(request)
        await answer.write(data[:300_000])
        assert request.transport is not None
        request.transport.close()
        return answer

    async with opened(lambda request, body: replaced(request) if request.path == "/bucket/site/a" else None) as (
        store,
        _,
    ):
        with pytest.raises(BlobsAway, match="was replaced or deleted while it was read"):
            await read(store, "a")
