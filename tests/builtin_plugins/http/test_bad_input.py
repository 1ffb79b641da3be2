"""Input that nobody means well with: always a clean problem, never a 500."""

# ruff: noqa: E501, PT017 - tables of bad input read better in wide rows; the caught error is only looked at

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builtin_plugins.http.conftest import Serve, Served
from tests.builtin_plugins.http.shop import Listing

from newel import Malformed
from newel.structure import Faults, Structurer
from newel_http import query, strict_json
from newel_http.faults import BadQuery

JSON = {"Content-Type": "application/json"}
TOKEN = {"Authorization": "Bearer perm:shop.write"}


@pytest.mark.parametrize(
    ("text", "parameter", "code"),
    [
        ("limt=1", "limt", "unknown"), ("limit=1&limit=1", "limit", "duplicate"), ("limit=0", "limit", "min"),
        ("limit=101", "limit", "max"), ("limit=1e3", "limit", "type"), ("limit=", "limit", "type"),
        ("limit=99999999999999999999", "limit", "type"), (f"limit={'9' * 400}", "limit", "type"),
        (f"limit={'9' * 5000}", "limit", "type"), ("limit=%D9%A3", "limit", "type"), ("limit=1_0", "limit", "type"),
        ("ratio=nan", "ratio", "type"), ("ratio=inf", "ratio", "type"), ("ratio=1e999", "ratio", "type"),
        ("deep=1", "deep", "type"), ("kind=other", "kind", "one_of"), ("since=yesterday", "since", "format"),
        ("limit[]=1", "limit[]", "malformed"), ("limit[a]=1", "limit[a]", "malformed"),
        ("sort[0]=a", "sort[0]", "malformed"), ("sort=a&sort=b", "sort", "duplicate"),
        ("filter=abc", "filter", "type"), ("filter=[1]", "filter", "type"), ("filter={", "filter", "malformed"),
        ('filter={"a":1,"a":2}', "filter", "malformed"), ("filter=" + '{"a":' * 1000, "filter", "malformed"),
        ("filter[a]=1&filter[a][b]=2", "filter[a][b]", "malformed"),
        ("filter[a][b]=1&filter[a]=2", "filter[a]", "malformed"),
        ("filter={}&filter[a]=1", "filter[a]", "malformed"), ("filter[a]=1&filter%5Ba%5D=1", "filter[a]", "duplicate"),
        ("filter" + "[a]" * 50 + "=1", "filter" + "[a]" * 50, "malformed"), ("filter[a=1", "filter[a", "malformed"),
        ("filter]a[=1", "filter]a[", "malformed"), ("filter[[a]]=1", "filter[[a]]", "malformed"),
        ("filter[a]%00=1", "filter[a]\\0", "malformed"), ("sort=%00", "sort", "malformed"),
        ("sort=%ff", "sort", "malformed"), ("=1", "", "malformed"), ("limit=1&", "", "malformed"),
        ("where[updatedBy][token][$startsWith]=a", "where[updatedBy][token][$startsWith]", "unknown"),
        ("__proto__=1", "__proto__", "unknown"), ("filter.a=1", "filter.a", "unknown"),
    ],
)  # fmt: skip
async def test_queries(served: Served, text: str, parameter: str, code: str) -> None:
    answer = await served.client.get(f"/api/v1/things?{text}")
    assert answer.status == 400, answer
    problem = answer.json()
    assert (problem["code"], problem["status"]) == ("malformed", 400)
    assert (parameter, code) in [(one["parameter"], one["code"]) for one in problem["errors"]]


async def test_the_unknown_gets_a_hint(served: Served) -> None:
    answer = await served.client.get("/api/v1/things?limt=1&filtr[a]=1")
    assert [one["detail"] for one in answer.json()["errors"]] == [
        "there is no parameter 'limt'; did you mean 'limit'?",
        "there is no parameter 'filtr'; did you mean 'filter'?",
    ]


async def test_too_many_parameters(served: Served) -> None:
    text = "&".join(f"p{number}=1" for number in range(201))
    answer = await served.client.get(f"/api/v1/things?{text}")
    assert (answer.status, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"name": "n"', 400), (b"null", 400), (b"[]", 400), (b'"name"', 400), (b"", 422), (b" ", 400),
        (b'{"name": "\xff"}', 400), (b'\xef\xbb\xbf{"name": "n"}', 400), ('{"name": "n"}'.encode("utf-16"), 400),
        (b'{"name": "n", "name": "m"}', 400), (b'{"name": "n", "data": {"a": {"b": 1, "b": 2}}}', 400),
        (b'{"name": "a\\u0000b"}', 400), (b'{"name": "n", "data": {"\\u0000": 1}}', 400), (b'{"name": "\\ud800"}', 400),
        (b'{"name": "a\nb"}', 400), (b'{"name": "n", "count": 9223372036854775808}', 400),
        (b'{"name": "n", "count": 9223372036854775807}', 201), (b'{"name": "n", "count": ' + b"9" * 5000 + b"}", 400),
        (b'{"name": "n", "price": 0.' + b"1" * 400 + b"}", 400), (b'{"name": "n", "price": 1e400}', 400),
        (b'{"name": "n", "price": NaN}', 400), (b'{"name": "n", "price": -Infinity}', 400),
        (b'{"name": "n", "data": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001, 400), (b"[" * 10_000, 400),
        (b'{"name": "n", "data": {"a": ' + b"[" * 70 + b"]" * 70 + b"}}", 400),
        (b'{"name": "n", "data": {"a": ' + b"[" * 60 + b"]" * 60 + b"}}", 201),
        (b'{"name": "n", "data": {"a": [' + b"[]," * 500 + b"[]]}}", 201),
        (b'{"name": "it is \\\\u0000 written out"}', 201), (b'{"name": "\\ud83d\\ude00"}', 201),
        (b'{"name": "n", "__proto__": {"admin": true}}', 422), (b'{"name": "n", "owner": "me", "revision": 9}', 422),
        (b'{"name": {"$ne": ""}}', 422), (b'{"name": true}', 422), (b'{"name": null}', 422), (b'{"name": ""}', 422),
        (b'{"name": "n", "count": 1.0}', 422), (b'{"name": "n", "count": "1"}', 422), (b'{"name": "n", "count": true}', 422),
        (b'{"name": "n", "tags": "a,b"}', 422), (b'{"name": "n", "password": {"a": 1}}', 422),
        (b'{"name": "n", "data": [1]}', 422), (b'{"name": "n", "size": []}', 422),
    ],
)  # fmt: skip
async def test_bodies(served: Served, body: bytes, status: int) -> None:
    answer = await served.client.post("/api/v1/things/new", body=body, headers=JSON | TOKEN)
    assert answer.status == status, answer
    if status != 201:
        assert answer.json()["status"] == status
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": ""},
        {"Content-Type": "application/json; charset=latin-1"}, {"Content-Type": "application/jsonp"},
        {"Content-Type": "application/merge-patch+json"},
        JSON | {"Content-Encoding": "gzip"}, JSON | {"Content-Encoding": "br"},
    ],
)  # fmt: skip
async def test_media_types(served: Served, headers: dict[str, str]) -> None:
    answer = await served.client.post("/api/v1/things/new", body=b'{"name": "n"}', headers=headers | TOKEN)
    assert (answer.status, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_a_charset_that_is_utf_8(served: Served) -> None:
    kind = {"Content-Type": 'application/JSON; charset="UTF-8"'}
    answer = await served.client.post("/api/v1/things/new", body=b'{"name": "n"}', headers=kind | TOKEN)
    assert answer.status == 201


async def test_a_body_over_the_limit_announced_and_not(serve: Serve) -> None:
    served = await serve(max_body=2000)
    body = b'{"name": "n", "data": {"a": "' + b"x" * 2000 + b'"}}'

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 500):
            yield body[start : start + 500]

    announced: Any = io.BytesIO(body)
    for sent in (announced, pieces()):
        answer = await served.client.post("/api/v1/things/new", body=sent, headers=JSON | TOKEN)
        assert (answer.status, answer.json()["code"], answer.json()["max_bytes"]) == (413, "too_large", 2000)
        assert answer.headers["Connection"] == "close"


STRUCTURER = Structurer()
SHAPES = query.shapes_of(Listing)
words = st.sampled_from(["limit", "sort", "filter", "deep", "ratio", "since", "kind", "[", "]", "[a]", "[0]", "[]", "&",
                         "=", "%", "%00", "%ff", "+", "{", "}", '"', ",", ":", "null", "1", "-1", "1e9", "x", "ü", "\x00"])  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(), st.lists(words, max_size=30).map("".join)))
def test_any_query_is_read_or_refused(text: str) -> None:
    try:
        found = query.taken(query.pairs_of(text, 200), SHAPES)
        STRUCTURER.structure(found, Listing)
    except (Malformed, Faults):
        return
    assert set(found) <= set(SHAPES)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(), st.lists(st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b"\\u0000", b"\\ud800", b"\\", b":", b",", b"1", b"-", b"e9", b"null", b"a", b"\xff", b" "]
), max_size=40).map(b"".join)))  # fmt: skip
def test_any_body_is_read_or_refused(text: bytes) -> None:
    try:
        strict_json.parse(text)
    except Malformed as error:
        assert len(error.detail) < 300


@given(st.dictionaries(st.from_regex("[a-z_]{1,8}", fullmatch=True), st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), max_size=5))  # fmt: skip
def test_a_query_round_trips(values: dict[str, str]) -> None:
    from urllib.parse import urlencode

    text = urlencode({f"filter[{key}]": value for key, value in values.items()})
    assert query.taken(query.pairs_of(text, 200), SHAPES).get("filter", {}) == values


@pytest.mark.parametrize(
    ("pointer", "name"), [("/limit", "limit"), ("/filter/a/_eq", "filter[a][_eq]"), ("/a~1b/c~0d", "a/b[c~d]")]
)
def test_pointers_as_parameters(pointer: str, name: str) -> None:
    assert query.parameter(pointer) == name


def test_all_query_faults_at_once() -> None:
    with pytest.raises(BadQuery) as caught:
        query.taken(query.pairs_of("x=1&limit[a]=1&filter=1", 200), SHAPES)
    assert [one.pointer for one in caught.value.problems] == ["x", "limit[a]", "filter"]
