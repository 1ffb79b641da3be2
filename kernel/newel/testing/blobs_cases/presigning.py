"""Presigned addresses, where a store has them: they do one thing, and a server that checks refuses any other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from attrs import evolve

from newel.contracts.blobs import Blobs, Presigned
from newel.testing.blobs_cases.data import keys, put, read


class Presigning:
    """What holds for an address that needs no credentials."""

    async def send(
        self, store: Blobs, presigned: Presigned, body: bytes = b"", **changed: str
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Sends what an address is for, with its headers but for those ``changed``. Status, body, headers (of lower
        case)."""
        raise NotImplementedError("a store with presigned addresses gives its suite a send()")

    async def expired(self, store: Blobs, key: str) -> tuple[Presigned, Presigned]:
        """A GET and a PUT of 5 bytes that were made long ago and have expired."""
        raise NotImplementedError("a store with presigned addresses gives its suite an expired()")

    @pytest_asyncio.fixture
    async def signing(self, store: Blobs, tmp_path: Path) -> Blobs:
        """The store, where it has presigned addresses."""
        if await store.presign_get("a", seconds=60) is None:
            assert await store.presign_put("a", seconds=60, size=1, content_type="a/b") is None
            pytest.skip("this store has no presigned addresses")
        return store

    async def test_an_address_to_read_from(self, signing: Blobs) -> None:
        await put(signing, "a/b", b"hello", content_type="text/x-test")
        address = await signing.presign_get("a/b", seconds=60)
        assert address is not None
        assert address.method == "GET"
        assert len(address.expires_at) == 24
        status, body, _ = await self.send(signing, address)
        assert (status, body) == (200, b"hello")

    async def test_it_is_saved_under_its_name(self, signing: Blobs) -> None:
        await put(signing, "a/b", b"hello")
        name = 'Grüße "1"; x=\r\n.pdf'
        address = await signing.presign_get("a/b", seconds=60, filename=name, content_type="application/pdf")
        assert address is not None
        status, body, headers = await self.send(signing, address)
        assert (status, body) == (200, b"hello")
        if "content-disposition" in headers:
            assert headers["content-disposition"].startswith("attachment;")
            assert "filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22%3B%20x%3D.pdf" in headers["content-disposition"]
            assert headers["content-type"] == "application/pdf"

    async def test_an_address_to_write_to(self, signing: Blobs) -> None:
        address = await signing.presign_put("a/b", seconds=60, size=5, content_type="image/x-test")
        assert address is not None
        assert address.method == "PUT"
        status, _, _ = await self.send(signing, address, b"12345")
        assert status == 200
        assert await read(signing, "a/b") == b"12345"
        assert (await signing.head("a/b")).content_type == "image/x-test"

    async def test_another_size_or_type_is_refused(self, signing: Blobs) -> None:
        address = await signing.presign_put("a/b", seconds=60, size=5, content_type="image/x-test")
        assert address is not None
        for body, changed in ((b"1234", {}), (b"123456", {}), (b"", {}), (b"12345", {"content_type": "text/html"})):
            status, _, _ = await self.send(signing, address, body, **changed)
            assert 400 <= status < 500, (body, changed)
        assert await keys(signing) == []

    async def test_an_address_that_was_changed_is_refused(self, signing: Blobs) -> None:
        await put(signing, "a/b", b"hello")
        await put(signing, "a/c", b"secret")
        get = await signing.presign_get("a/b", seconds=60)
        written = await signing.presign_put("a/b", seconds=60, size=5, content_type="image/x-test")
        assert get is not None
        assert written is not None
        for changed in (
            evolve(get, url=get.url.replace("a/b", "a/c")),
            evolve(get, url=get.url[:-1] + ("0" if get.url[-1] != "0" else "1")),
            evolve(get, url=get.url.partition("?")[0]),
            evolve(get, method="PUT"),
            evolve(written, url=written.url.replace("a/b", "a/c")),
        ):
            status, body, _ = await self.send(signing, changed, b"12345" if changed.method == "PUT" else b"")
            assert 400 <= status < 500, changed.url
            assert b"secret" not in body
        assert await read(signing, "a/c") == b"secret"
        assert await read(signing, "a/b") == b"hello"

    async def test_an_address_expires(self, signing: Blobs) -> None:
        await put(signing, "a/b", b"hello")
        get, written = await self.expired(signing, "a/b")
        assert (await self.send(signing, get))[0] == 403
        assert (await self.send(signing, written, b"12345"))[0] == 403
        assert await read(signing, "a/b") == b"hello"
