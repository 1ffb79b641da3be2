"""Operations over HTTP: input from path, query, body and headers; answers as JSON."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.builtin_plugins.http.conftest import Serve, Served

WRITER = "perm:shop.write"


async def test_an_answer(served: Served) -> None:
    answer = await served.client.get("/api/v1/things/a")
    assert answer.status == 200
    assert answer.json()["name"] == "first"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["ETag"] == '"r1"'
    call = served.shop.calls[0]
    assert (call.door, call.actor.kind, call.ip) == ("http", "anonymous", "127.0.0.1")
    assert call.request_id == answer.headers["X-Request-Id"]


async def test_a_query_becomes_typed_input(served: Served) -> None:
    query = "limit=7&sort=-date,title&ratio=0.5&deep=true&kind=old&since=2030-01-02T03:04:05%2B01:00"
    told = (await served.client.get(f"/api/v1/things?{query}")).json()
    assert told == {
        "limit": 7, "sort": ["-date", "title"], "ratio": 0.5, "deep": True, "kind": "old", "filter": {},
        "since": "2030-01-02T02:04:05.000Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("filter[a][_eq]=1", {"a": {"_eq": "text:1"}}),
        ("filter[a]=x+y%26z", {"a": "text:x y&z"}),
        ("filter%5Ba%5D=%C3%BC", {"a": "text:ü"}),
        ("filter[_or][0][a]=1&filter[_or][1][b]=2", {"_or": [{"a": "text:1"}, {"b": "text:2"}]}),
        ("filter[_or][1][a]=1", {"_or": {"1": {"a": "text:1"}}}),
        ('filter={"a":{"_gte":10},"b":[null,true]}', {"a": {"_gte": 10}, "b": [None, True]}),
        ("filter[a]=", {"a": "text:"}),
    ],
)
async def test_nested_queries(served: Served, query: str, expected: Any) -> None:
    answer = await served.client.get(f"/api/v1/things?{query}")
    assert answer.json()["filter"] == expected


async def test_a_body_becomes_typed_input(served: Served) -> None:
    body = {"name": "n", "size": {"width": 3}, "price": 1, "data": {"any": [1, {"thing": None}]}}
    answer = await served.client.signed_in(WRITER).post("/api/v1/things/new", json=body)
    assert answer.status == 201
    assert answer.json()["size"] == {"width": 3, "unit": "mm"}
    assert answer.json()["extra"] == body["data"]
    assert answer.headers["Cache-Control"] == "private, no-store"


async def test_all_faults_of_a_body_at_once_with_pointers(served: Served) -> None:
    body = {"size": {"width": 0, "unit": "cm"}, "count": "1", "tags": ["a", 2], "nme": "x"}
    answer = await served.client.signed_in(WRITER).post("/api/v1/things/new", json=body)
    assert answer.status == 422
    problem = answer.json()
    assert problem["code"] == "invalid"
    assert {(one["pointer"], one["code"]) for one in problem["errors"]} == {
        ("/name", "required"), ("/size/width", "min"), ("/size/unit", "one_of"), ("/count", "type"),
        ("/tags/1", "type"), ("/nme", "unknown"),
    }  # fmt: skip


async def test_a_path_field_wins_and_is_not_repeated(served: Served) -> None:
    writer = served.client.signed_in(WRITER)
    answer = await writer.post("/api/v1/things/new", json={"name": "n", "id": "other"})
    assert (answer.status, answer.json()["errors"][0]["pointer"]) == (422, "/id")
    assert "other" not in served.shop.things


@pytest.mark.parametrize("path", ["A", "a_b", "x" * 21, "%20", "a%0Ab"])
async def test_a_path_part_that_cannot_be_is_not_found(served: Served, path: str) -> None:
    assert (await served.client.get(f"/api/v1/things/{path}")).status == 404


async def test_parameters_do_not_go_with_a_body(served: Served) -> None:
    answer = await served.client.post("/api/v1/things/a/publish?name=x")
    assert answer.status == 400
    assert answer.json()["errors"][0]["parameter"] == "name"


async def test_no_body_is_an_empty_object(served: Served) -> None:
    assert (await served.client.post("/api/v1/things/a/publish")).json() == {"id": "a"}
    assert (await served.client.post("/api/v1/things/a/publish", json={})).status == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_no_body_where_none_belongs(served: Served, method: str) -> None:
    answer = await served.client.request(method, "/api/v1/things/a", json={"name": "x"})
    assert (answer.status, answer.json()["code"]) == (400, "malformed")


async def test_nothing_to_tell_is_204(served: Served) -> None:
    answer = await served.client.delete("/api/v1/things/a")
    assert (answer.status, answer.body) == (204, b"")
    assert "Content-Type" not in answer.headers


async def test_a_new_secret_is_shown_once_and_others_never(served: Served) -> None:
    answer = await served.client.post("/api/v1/tokens")
    assert answer.json() == {"name": "x", "token": "shown", "kept": "***"}
    assert answer.headers["Cache-Control"] == "no-store"


async def test_head_is_get_without_its_body(served: Served) -> None:
    got = await served.client.get("/api/v1/things/a")
    head = await served.client.request("HEAD", "/api/v1/things/a")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["ETag"] == got.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(got.body))


@pytest.mark.parametrize(
    ("header", "base"),
    [('"r17"', 17), ('W/"r17"', 17), ('"r17-0a1b2c3d"', 17), ('"r17-gz"', 17), ("*", None)],
)
async def test_if_match_names_the_base_revision(served: Served, header: str, base: int | None) -> None:
    answer = await served.client.patch("/api/v1/things/a", json={"name": "n"}, headers={"If-Match": header})
    assert (answer.status, answer.json()["base"]) == (200, base)


@pytest.mark.parametrize(
    ("header", "status"), [("17", 400), ('"r1", "r2"', 400), ("", 400), ('"other"', 412), ('"r1x"', 412)]
)
async def test_an_if_match_that_is_no_revision(served: Served, header: str, status: int) -> None:
    answer = await served.client.patch("/api/v1/things/a", json={"name": "n"}, headers={"If-Match": header})
    assert answer.status == status


async def test_a_condition_that_a_write_does_not_know_is_refused(served: Served) -> None:
    client = served.client
    assert (await client.delete("/api/v1/things/a", headers={"If-Match": '"r1"'})).status == 400
    twice = await client.patch("/api/v1/things/a", json={"revision": 1}, headers={"If-Match": '"r1"'})
    assert twice.status == 400
    assert (await client.patch("/api/v1/things/a", json={}, headers={"If-None-Match": "*"})).status == 400


async def test_merge_patch_is_a_patch(served: Served) -> None:
    kind = {"Content-Type": "application/merge-patch+json"}
    body = b'{"name": "n"}'
    assert (await served.client.patch("/api/v1/things/a", body=body, headers=kind)).status == 200
    assert (await served.client.post("/api/v1/things/a/publish", body=b"{}", headers=kind)).status == 415


async def test_an_idempotency_key_replays(served: Served) -> None:
    writer = served.client.signed_in(WRITER)
    sent: dict[str, Any] = {"json": {"name": "n"}, "headers": {"Idempotency-Key": "k-1"}}
    first = await writer.post("/api/v1/things/new", **sent)
    second = await writer.post("/api/v1/things/new", **sent)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (second.status, second.json(), second.headers["ETag"]) == (201, first.json(), first.headers["ETag"])


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "ü"])
async def test_a_bad_idempotency_key(served: Served, key: str) -> None:
    answer = await served.client.post("/api/v1/things/a/publish", headers={"Idempotency-Key": key})
    assert (answer.status, answer.json()["code"]) == (400, "malformed")


async def test_many_at_once(serve: Serve) -> None:
    served = await serve(access_log=False)
    answers = await asyncio.gather(*(served.client.get(f"/api/v1/things?limit={1 + n % 100}") for n in range(200)))
    assert [answer.json()["limit"] for answer in answers] == [1 + n % 100 for n in range(200)]
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 200


@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        ("Bearer wrong", True), ("Basic YTpi", True), ("Bearer", True), ("Bearer ", True),
        ("Bearer " + "x" * 5000, True), ("", True),
    ],
)  # fmt: skip
async def test_bad_credentials_are_refused_on_public_addresses_too(
    served: Served, authorization: str, challenge: bool
) -> None:
    answer = await served.client.get("/api/v1/things/a", headers={"Authorization": authorization})
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_permission_comes_before_what_is_wrong_with_the_input(served: Served) -> None:
    """A stranger learns nothing from faults, and does not get to send a body."""
    for token, status in ((None, 401), ("perm:other", 403)):
        client = served.client.signed_in(token)
        answer = await client.post("/api/v1/things/new?x=1", body=b"{", headers={"Content-Type": "text/x"})
        assert answer.status == status
        assert "errors" not in answer.json()


async def test_who_asks(served: Served) -> None:
    assert (await served.client.signed_in("admin-token").get("/api/v1/mine")).json() == {"id": "admin"}
    anonymous = await served.client.get("/api/v1/mine")
    assert (anonymous.status, anonymous.headers["WWW-Authenticate"]) == (401, "Bearer")
