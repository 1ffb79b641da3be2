"""What the door tells of itself."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from typing import Any

import pytest
from openapi_spec_validator import validate
from tests.builtin_plugins.http.conftest import Serve, Served


@pytest.fixture
async def document(served: Served) -> Any:
    return (await served.client.get("/api/v1/openapi.json")).json()


async def test_it_is_openapi(document: Any) -> None:
    await asyncio.to_thread(validate, document)
    assert document["openapi"].startswith("3.1")


async def test_operations_are_described(document: Any) -> None:
    create = document["paths"]["/api/v1/things/{id}"]["post"]
    assert create["operationId"] == "things.create"
    assert create["tags"] == ["things"]
    assert create["x-permission"] == "shop.write"
    assert create["security"] == [{"token": []}]
    assert create["responses"]["201"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Thing"}
    assert create["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
    body = create["requestBody"]["content"]["application/json"]["schema"]
    assert "id" not in body["properties"]
    assert body["required"] == ["name"]
    assert body["properties"]["name"] == {"type": "string", "minLength": 1, "maxLength": 40, "description": "Its name."}
    assert body["properties"]["password"]["writeOnly"] is True
    assert [one["name"] for one in create["parameters"]] == ["id", "Idempotency-Key"]


async def test_parameters_are_described(document: Any) -> None:
    listing = document["paths"]["/api/v1/things"]["get"]
    named = {one["name"]: one for one in listing["parameters"]}
    assert named["limit"]["schema"] == {
        "type": "integer", "format": "int64", "minimum": 1, "maximum": 100, "default": 25
    }  # fmt: skip
    assert named["limit"]["description"] == "How many at most."
    assert (named["sort"]["style"], named["sort"]["explode"]) == ("form", False)
    assert named["filter"]["style"] == "deepObject"
    assert listing["security"] == [{}, {"token": []}]
    patch = document["paths"]["/api/v1/things/{id}"]["patch"]
    assert "If-Match" in [one["name"] for one in patch["parameters"]]
    assert set(patch["requestBody"]["content"]) == {"application/json", "application/merge-patch+json"}
    assert "204" in document["paths"]["/api/v1/things/{id}"]["delete"]["responses"]
    assert "requestBody" not in document["paths"]["/api/v1/things/{id}/publish"]["post"]


async def test_routes_are_described(document: Any) -> None:
    files = document["paths"]["/api/v1/files/{rest}"]
    assert files["get"]["operationId"] == "shop.get_files_rest"
    assert [one["name"] for one in files["get"]["parameters"]] == ["rest", "size", "filter"]
    assert files["put"]["x-permission"] == "signed_in"


async def test_every_operation_id_is_there_once(document: Any) -> None:
    ids = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids))


async def test_it_has_a_tag(served: Served) -> None:
    first = await served.client.get("/api/v1/openapi.json")
    again = await served.client.get("/api/v1/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert (await served.client.get("/api/v1/openapi.json?x=1")).status == 400


async def test_the_page_loads_nothing_from_elsewhere(served: Served) -> None:
    answer = await served.client.get("/api/docs")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    page = answer.body.decode()
    assert not re.search(r"https?://|src=|@import|url\(|innerHTML|style=", page)
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for name in ("style", "script"):
        inside = re.findall(rf"<{name}>(.*?)</{name}>", page, re.DOTALL)
        assert len(inside) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert policy[f"{name}-src"] == f"'sha256-{digest}'"


async def test_the_root_leads_to_the_page(served: Served) -> None:
    answer = await served.client.get("/")
    assert (answer.status, answer.headers["Location"]) == (303, "/api/docs")


async def test_the_pages_can_be_off(serve: Serve) -> None:
    served = await serve(docs=False)
    for path in ("/api/docs", "/api/v1/openapi.json", "/"):
        assert (await served.client.get(path)).status == 404
    assert [label for label, _ in served.app.notices] == ["site"]
