"""Tries everything that Newel does with a store, and says what to do about what fails."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from time import perf_counter
from typing import Literal

import aiohttp
from attrs import frozen

from newel.contracts.blobs import BlobDamaged, Blobs, Part, Presigned
from newel.errors import NewelError, NotFound
from newel_storage.fixes import fix_of

FOLDER = "newel-doctor"
SECONDS = 60
TYPE = "image/x-newel"
Outcome = Literal["ok", "failed", "absent", "skipped"]


@frozen
class Finding:
    """What became of one probe."""

    probe: str
    outcome: Outcome
    ms: int
    detail: str = ""
    fix: str = ""


class Wrong(Exception):
    """The store did something else than it should have."""


async def examined(store: Blobs) -> list[Finding]:
    """All probes, one after another. Once nothing can be put, the others are skipped."""
    probes = Probes(store, f"{FOLDER}/{secrets.token_hex(8)}")
    findings: list[Finding] = []
    try:
        for name, probe in probes.all().items():
            if findings and findings[0].outcome == "failed":
                findings.append(Finding(name, "skipped", 0))
            else:
                findings.append(await _tried(store, name, probe))
    finally:
        await probes.tidy()
    return findings


async def _tried(store: Blobs, name: str, probe: Callable[[], Awaitable[str]]) -> Finding:
    begun = perf_counter()
    try:
        async with asyncio.timeout(SECONDS):
            told = await probe()
    except TimeoutError:
        detail, kind = f"no answer in {SECONDS} s", "away"
    except (Wrong, BlobDamaged) as error:
        detail, kind = str(error), "wrong"
    except NewelError as error:
        detail, kind = error.detail, error.reason
    else:
        ms = round((perf_counter() - begun) * 1000)
        return Finding(name, "absent" if told else "ok", ms, told or f"{ms} ms")
    return Finding(name, "failed", round((perf_counter() - begun) * 1000), detail, fix_of(store.name, name, kind))


class Probes:
    """The probes. Each answers nothing, or why there is nothing to try; it raises where it fails."""

    def __init__(self, store: Blobs, folder: str) -> None:
        self._store = store
        self._key = f"{folder}/probe"
        self._copy = f"{folder}/copy"
        self._parts = f"{folder}/parts"
        self._direct = f"{folder}/direct"
        self._ordered = [f"{folder}/order-a", f"{folder}/order/a"]
        self._all = (self._key, self._copy, self._parts, self._direct, *self._ordered)
        self._data = secrets.token_bytes(10_000)

    def all(self) -> Mapping[str, Callable[[], Awaitable[str]]]:
        return {
            "put": self.put, "get": self.get, "range": self.range, "list": self.list, "copy": self.copy,
            "multipart": self.multipart, "presign get": self.presign_get, "presign put": self.presign_put,
            "delete": self.delete,
        }  # fmt: skip

    async def put(self) -> str:
        await self._store.put(self._key, _sent(self._data), content_type=TYPE, size=len(self._data))
        head = await self._store.head(self._key)
        _expect(head.size == len(self._data), f"{head.size} of {len(self._data)} bytes are there")
        _expect(head.content_type == TYPE, f"the type {TYPE} became {head.content_type}")
        return ""

    async def get(self) -> str:
        _expect(await self._read(self._key) == self._data, "it came back as something else")
        return ""

    async def range(self) -> str:
        _expect(await self._read(self._key, 100, 200) == self._data[100:200], "other bytes came than were asked for")
        return ""

    async def list(self) -> str:
        found = [blob.key async for blob in self._store.list(self._key)]
        _expect(found == [self._key], f"{len(found)} keys are listed where one is")
        for key in self._ordered:
            await self._store.put(key, _sent(b"x"))
        found = [blob.key async for blob in self._store.list(self._ordered[0].removesuffix("-a"))]
        _expect(sorted(found) == self._ordered, f"{len(found)} keys are listed where two are")
        _expect(found == self._ordered, "keys are not listed in the order of their bytes")
        return ""

    async def copy(self) -> str:
        blob = await self._store.copy(self._key, self._copy)
        _expect(blob.content_type == TYPE, f"the type {TYPE} became {blob.content_type}")
        _expect(await self._read(self._copy) == self._data, "the copy is something else")
        return ""

    async def multipart(self) -> str:
        upload = await self._store.multipart(self._parts, content_type=TYPE)
        try:
            first = bytes(self._store.part_size)
            parts: list[Part] = [await upload.put_part(1, _sent(first), size=len(first))]
            parts.append(await upload.put_part(2, _sent(self._data), size=len(self._data)))
            blob = await upload.finish(parts)
        finally:
            await upload.abort()
        size = len(first) + len(self._data)
        _expect(blob.size == size, f"{blob.size} of {size} bytes are there")
        _expect(await self._read(self._parts, len(first)) == self._data, "the second part is something else")
        return ""

    async def presign_get(self) -> str:
        address = await self._store.presign_get(self._key, seconds=60)
        if address is None:
            return "not offered; files go through Newel"
        status, body = await _asked(address, b"")
        _expect(status == 200, f"the address is answered with {status}")
        _expect(body == self._data, "something else came")
        return ""

    async def presign_put(self) -> str:
        size = len(self._data)
        address = await self._store.presign_put(self._direct, seconds=60, size=size, content_type=TYPE)
        if address is None:
            return "not offered; uploads go through Newel"
        status, _ = await _asked(address, self._data + b"more")
        _expect(status >= 400, "a body that is larger than was signed is accepted")
        status, _ = await _asked(address, self._data)
        _expect(status < 300, f"the address is answered with {status}")
        _expect(await self._read(self._direct) == self._data, "something else is there")
        return ""

    async def delete(self) -> str:
        await self._store.delete(*self._all)
        try:
            await self._store.head(self._key)
        except NotFound:
            return ""
        raise Wrong("it is still there")

    async def tidy(self) -> None:
        """Removes what is left."""
        try:
            async with asyncio.timeout(SECONDS):
                await self._store.delete(*self._all)
        except (NewelError, TimeoutError):  # then the probe has said so
            return

    async def _read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        async with self._store.get(key, start=start, end=end) as read:
            return b"".join([piece async for piece in read.pieces])


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


async def _sent(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _asked(address: Presigned, body: bytes) -> tuple[int, bytes]:
    """As a browser would: without any credentials, with the length of what it sends."""
    headers = {name: value for name, value in address.headers.items() if name.lower() != "content-length"}
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.request(address.method, address.url, data=body or None, headers=headers) as answer,
        ):
            return answer.status, await answer.read()
    except aiohttp.ClientError as error:
        raise Wrong(f"the address cannot be reached: {type(error).__name__}") from error
