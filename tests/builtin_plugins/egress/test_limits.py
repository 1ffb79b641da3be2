"""No answer can take more time, memory or work than it may."""

from __future__ import annotations

import asyncio
import gzip
import io
import random
import zlib
from typing import Any

import pytest
from tests.builtin_plugins.egress.world import HERE, Got, Server, says, served, text, world

from newel.contracts.egress import EgressFailed, EgressRefused, Outgoing

HEAD = b"HTTP/1.1 200 OK\r\n"


async def fetched(behave: Any, **details: Any) -> bytes:
    async with served(behave) as server, world(server) as site:
        _, body = await site.fetch(server.url, **details)
        return body


async def test_packed_answers_are_unpacked() -> None:
    page = b"a page of a size that is worth packing " * 100
    two = gzip.compress(page[:1000], mtime=0) + gzip.compress(page[1000:])
    packages = (
        (gzip.compress(page, mtime=0), "gzip"),
        (two, "GZIP"),
        (zlib.compress(page), "deflate"),
        (page, "identity"),
    )
    for packed, name in packages:
        assert await fetched(says(text(packed, Content_Encoding=name)), max_bytes=len(page)) == page
    noise = bytes(range(256)) * 1000
    assert await fetched(says(text(gzip.compress(noise, mtime=0), Content_Encoding="gzip"))) == noise


@pytest.mark.parametrize("zeros", [20_000_000, 90_000_000])
async def test_a_gzip_bomb_is_left_before_it_has_gone_off(zeros: int) -> None:
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb", compresslevel=9) as file:
        for _ in range(zeros // 1_000_000):
            file.write(bytes(1_000_000))
    read = 0
    async with (
        served(says(text(made.getvalue(), Content_Encoding="gzip"))) as server,
        world(server) as site,
        site.egress.send(Outgoing(url=server.url, max_bytes=100_000_000)) as answer,
    ):
        with pytest.raises(EgressFailed, match="far more than it should"):  # noqa: PT012 - the loop is the reader
            async for piece in answer.pieces:
                assert len(piece) <= 65_536
                read += len(piece)
    assert read < zeros / 2


async def test_the_size_counts_after_unpacking() -> None:
    page = random.Random(1).randbytes(1_000_000).hex().encode()
    with pytest.raises(EgressFailed, match="larger than 1999999 bytes"):
        await fetched(says(text(gzip.compress(page, mtime=0), Content_Encoding="gzip")), max_bytes=1_999_999)


async def test_many_empty_packages_count_too() -> None:
    with pytest.raises(EgressFailed, match="larger than 10000"):
        await fetched(says(text(gzip.compress(b"", mtime=0) * 1000, Content_Encoding="gzip")), max_bytes=10_000)


@pytest.mark.parametrize(
    ("body", "encoding", "said"),
    [
        (gzip.compress(b"x" * 1000, mtime=0)[:-9], "gzip", "ended early"),
        (b"no gzip", "gzip", "cannot be unpacked"),
        (b"x", "br", "not asked for"),
        (b"x", "gzip, gzip", "not asked for"),
    ],
)
async def test_bodies_that_are_not_what_they_say(body: bytes, encoding: str, said: str) -> None:
    with pytest.raises(EgressFailed, match=said):
        await fetched(says(text(body, Content_Encoding=encoding)))


async def test_an_endless_answer_is_left_at_its_size() -> None:
    sent = 0

    async def behave(writer: asyncio.StreamWriter, got: Got) -> None:
        nonlocal sent
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
            sent += 65_536
            await writer.drain()

    with pytest.raises(EgressFailed, match="larger than 1000000"):
        await fetched(behave, max_bytes=1_000_000)
    assert sent < 20_000_000


async def test_the_site_has_a_size_of_its_own() -> None:
    async with served(says(text(bytes(2000)))) as server, world(server, max_bytes=1024) as site:
        with pytest.raises(EgressFailed, match="larger than 1024"):
            await site.fetch(server.url)


async def _slow_head(writer: asyncio.StreamWriter, got: Got) -> None:
    writer.write(HEAD)
    for number in range(100_000):
        writer.write(f"X-{number}".encode() if number == 0 else b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _slow_body(writer: asyncio.StreamWriter, got: Got) -> None:
    writer.write(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _silent(writer: asyncio.StreamWriter, got: Got) -> None:
    await asyncio.sleep(60)


async def _early_hints(writer: asyncio.StreamWriter, got: Got) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _round(writer: asyncio.StreamWriter, got: Got) -> None:
    await asyncio.sleep(0.01)
    writer.write(text(status=302, Location="/"))


@pytest.mark.parametrize("behave", [_slow_head, _slow_body, _silent, _early_hints, _round])
async def test_whoever_is_slow_is_left_when_the_time_is_over(behave: Any) -> None:
    async with served(behave) as server, world(server) as site:
        before = asyncio.get_running_loop().time()
        with pytest.raises(EgressFailed, match="longer than it may"):
            await site.fetch(server.url, seconds=0.2, redirects=10_000)
        assert asyncio.get_running_loop().time() - before < 5


async def test_the_site_has_a_time_of_its_own_and_names_count_in_it() -> None:
    async with world(seconds=0.1) as site:
        plugin: Any = site.app.plugins["egress"]
        plugin.resolve = lambda name, port: asyncio.sleep(60)
        with pytest.raises(EgressFailed, match="longer than it may"):
            await site.fetch("http://example.com/", seconds=50)
        with pytest.raises(EgressFailed, match="longer than it may"):
            await site.egress.check("http://example.com/")


def headers(*lines: bytes) -> bytes:
    return HEAD + b"".join(line + b"\r\n" for line in lines) + b"Content-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        headers(*(b"X-%d: x" % number for number in range(5000))),
        headers(b"X-Long: " + b"x" * 100_000),
        headers(b"x" * 100_000 + b": x"),
        HEAD[:-2] + b"x" * 100_000 + b"\r\n\r\n",
        HEAD + b"X: " + b"x" * 3_000_000,
        b"SSH-2.0-OpenSSH_9.2p1 secret banner\r\n",
        b"\x00\x01\x02\r\n\r\n",
        headers(b"Transfer-Encoding: chunked", b"Content-Length: 5"),
        b"",
    ],
    ids=["many", "long", "long-name", "long-reason", "endless", "ssh", "binary", "two-lengths", "nothing"],
)
async def test_what_is_not_sound_http_is_a_failure(answer: bytes) -> None:
    with pytest.raises(EgressFailed) as caught:
        await fetched(says(answer))
    assert "secret" not in caught.value.detail


async def test_a_body_that_ends_early_is_a_failure() -> None:
    with pytest.raises(EgressFailed):
        await fetched(says(text(b"half", length=8)))


async def test_nobody_there() -> None:
    async with world(Server(says(), port=1), names={"none.example": []}) as site:
        with pytest.raises(EgressFailed, match="could not be reached"):
            await site.fetch(f"http://{HERE}:1/")
        with pytest.raises(EgressFailed, match="could not be resolved"):
            await site.fetch("http://none.example/")


@pytest.mark.parametrize(
    ("details", "rule"),
    [
        ({"method": "CONNECT"}, "method"),
        ({"method": "GET / HTTP/1.1\r\nX: y\r\n\r\nPOST"}, "method"),
        ({"headers": {"Host": "metadata.google.internal"}}, "header"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "header"),
        ({"headers": {"Proxy-Authorization": "x"}}, "header"),
        ({"headers": {"X-A": "b\r\nX-C: d"}}, "header"),
        ({"headers": {"X A": "b"}}, "header"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "header"),
    ],
)
async def test_what_a_request_may_not_have(details: dict[str, Any], rule: str) -> None:
    async with served(says(text())) as server, world(server) as site:
        with pytest.raises(EgressRefused) as caught:
            await site.fetch(server.url, **details)
        assert caught.value.extra == {"rule": rule}
    assert server.got == []
