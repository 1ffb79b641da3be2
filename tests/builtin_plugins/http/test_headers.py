"""What every answer carries: caching, tags, gzip, CORS, security; and the routes that plugins serve by hand."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.http.conftest import Serve, Served

from newel.errors import BootError
from newel_http.answers import accepts_gzip
from newel_http.clients import Proxies

GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


async def test_security_headers(served: Served) -> None:
    for path in ("/api/v1/things", "/nowhere", "/livez", "/api/v1/files/x"):
        headers = (await served.client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Server"] == "newel"
        assert "Strict-Transport-Security" not in headers


async def test_hsts_where_it_is_wanted(serve: Serve) -> None:
    served = await serve(hsts_seconds=300)
    headers = (await served.client.get("/livez")).headers
    assert headers["Strict-Transport-Security"] == "max-age=300; includeSubDomains"


async def test_unchanged(served: Served) -> None:
    for seen in ('"r1"', 'W/"r1"', '"r0", "r1"', "*", '"r1-gz"'):
        answer = await served.client.get("/api/v1/things/a", headers={"If-None-Match": seen})
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"].startswith('"r1')
        assert "Content-Type" not in answer.headers
    for seen in ('"r2"', "r1", "", '"r1-0a1b2c3d"'):
        answer = await served.client.get("/api/v1/things/a", headers={"If-None-Match": seen})
        assert answer.status == 200


async def test_another_representation_has_another_tag(served: Served) -> None:
    """The bytes differ, so a strong tag must: parameters and gzip make representations of one revision."""
    tags = set()
    for path, headers in (("/api/v1/big", PLAIN), ("/api/v1/big", GZIP), ("/api/v1/files/a", PLAIN)):
        answer = await served.client.get(path, headers=headers)
        tags.add(answer.headers["ETag"])
        again = await served.client.get(path, headers=headers | {"If-None-Match": answer.headers["ETag"]})
        assert (again.status, again.headers["ETag"]) == (304, answer.headers["ETag"])
    assert tags == {'"r3"', '"r3-gz"', '"abc"'}


async def test_gzip(served: Served) -> None:
    zipped = await served.client.get("/api/v1/big", headers=GZIP)
    plain = await served.client.get("/api/v1/big", headers=PLAIN)
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert int(zipped.headers["Content-Length"]) < 200
    assert "Content-Encoding" not in plain.headers
    assert zipped.json() == plain.json()
    small = await served.client.get("/api/v1/things/a", headers=GZIP)
    assert "Content-Encoding" not in small.headers
    for answer in (zipped, plain, small):
        assert "Accept-Encoding" in answer.headers["Vary"]


async def test_gzip_can_be_off(serve: Serve) -> None:
    served = await serve(compress=False)
    answer = await served.client.get("/api/v1/big", headers=GZIP)
    assert "Content-Encoding" not in answer.headers
    assert "Vary" not in answer.headers


@pytest.mark.parametrize(
    ("header", "yes"),
    [
        ("", False), ("gzip", True), ("GZIP", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False),
        ("gzip; q=0.000", False), ("gzip;q=0.001", True), ("*", True), ("*;q=0", False), ("identity", False),
        ("gzip;q=0, *", False), ("gzipped", False),
    ],
)  # fmt: skip
def test_who_accepts_gzip(header: str, yes: bool) -> None:
    assert accepts_gzip(header) is yes


async def test_no_shared_cache_keeps_what_credentials_got(served: Served) -> None:
    public = await served.client.get("/api/v1/files/x")
    assert public.headers["Cache-Control"] == "public, max-age=60"
    assert "Authorization" in public.headers["Vary"]
    for path in ("/api/v1/files/x", "/api/v1/things/a", "/api/v1/mine"):
        signed = await served.client.signed_in("admin-token").get(path)
        assert signed.headers["Cache-Control"] == "private, no-store"
    assert (await served.client.get("/api/v1/mine")).headers["Cache-Control"] == "private, no-store"
    assert (await served.client.get("/api/v1/things/a")).headers["Cache-Control"] == "no-cache"


async def test_no_cors_unless_configured(served: Served) -> None:
    answer = await served.client.get("/api/v1/things", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    assert "Origin" not in answer.headers.get("Vary", "")


async def test_cors_for_listed_origins_only(serve: Serve) -> None:
    served = await serve(cors_origins=["https://a.example", "http://localhost:3000"])
    ask = {"Access-Control-Request-Method": "POST"}
    for origin in ("https://a.example", "http://localhost:3000"):
        answer = await served.client.get("/api/v1/things", headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        preflight = await served.client.request("OPTIONS", "/api/v1/things", headers={"Origin": origin} | ask)
        assert (preflight.status, preflight.body) == (204, b"")
        assert preflight.headers["Access-Control-Allow-Origin"] == origin
        assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
    refused = await served.client.get("/api/v1/nowhere", headers={"Origin": "https://a.example"})
    assert refused.headers["Access-Control-Allow-Origin"] == "https://a.example"
    others = ("https://a.example.evil", "https://A.example", "http://a.example", "https://a.example:444", "null", "")
    for origin in others:
        for method in ("GET", "OPTIONS"):
            answer = await served.client.request(method, "/api/v1/things", headers={"Origin": origin} | ask)
            assert not [name for name in answer.headers if name.startswith("Access-Control")]
            assert "Origin" in answer.headers["Vary"]
            assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_cors_for_anybody_is_without_credentials(serve: Serve) -> None:
    served = await serve(cors_origins=["*"])
    answer = await served.client.get("/api/v1/things", headers={"Origin": "https://any.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" not in answer.headers["Vary"]


@pytest.mark.parametrize("origin", ["https://a.example/", "a.example", "null", "https://*.example", ""])
async def test_an_origin_that_is_none(serve: Serve, origin: str) -> None:
    with pytest.raises(BootError, match=r"http\.cors_origins"):
        await serve(cors_origins=[origin])


async def test_options(served: Served) -> None:
    answer = await served.client.request("OPTIONS", "/api/v1/things/a")
    assert (answer.status, answer.headers["Allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH, POST")
    assert (await served.client.request("OPTIONS", "/api/v1/nowhere")).status == 404


async def test_routes(served: Served) -> None:
    answer = await served.client.get("/api/v1/files/a/b%20c?filter[x]=1", headers={"X-A": "hello"})
    assert answer.body == b"a/b c|{'filter': {'x': 'text:1'}}|hello"
    assert (await served.client.get("/api/v1/files/a?filtr[x]=1")).status == 400
    assert (await served.client.get("/api/v1/files/a?size[x]=1")).status == 400
    assert (await served.client.get("/api/v1/files/a?size=1&size=2")).status == 400
    assert (await served.client.request("GET", "/api/v1/files/a", body=b"x")).status == 400
    assert (await served.client.get("/api/v1/stream")).body == b"one two"
    assert (await served.client.request("HEAD", "/api/v1/stream")).body == b""


async def test_uploads(served: Served) -> None:
    user = served.client.signed_in("perm:x")
    assert (await user.put("/api/v1/files/a", body=b"x" * 200_000)).body == b"200000"
    assert (await user.put("/api/v1/files/a", body=b"x" * 200_001)).status == 413
    assert (await served.client.put("/api/v1/files/a", body=b"x")).status == 401


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ([], "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        (["10.0.0.0/8"], "10.0.0.1", "9.9.9.9, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (["10.0.0.0/8"], "192.0.2.1", "1.2.3.4", "192.0.2.1"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "nonsense", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4, nonsense", "10.0.0.1"),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4"),
        (["fd00::/8"], "fd00::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_whose_address_counts(trusted: list[str], peer: str, forwarded: str, client: str) -> None:
    assert Proxies(trusted).client(peer, forwarded) == client


async def test_the_address_behind_a_trusted_proxy(serve: Serve) -> None:
    served = await serve(trusted_proxies=["127.0.0.0/8"])
    await served.client.get("/api/v1/things/a", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
    assert served.shop.calls[0].ip == "198.51.100.7"


async def test_a_network_that_is_none(serve: Serve) -> None:
    with pytest.raises(BootError, match=r"trusted_proxies.*10\.0\.0\.0/33"):
        await serve(trusted_proxies=["10.0.0.0/33"])
