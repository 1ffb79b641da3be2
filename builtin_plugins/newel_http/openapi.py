"""OpenAPI 3.1 from operations and routes, and the page that shows it."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, get_type_hints

import orjson
from attrs import fields

from newel.context import PUBLIC, Permission
from newel.contracts.http import HttpAnswer
from newel.hooks.http import register_routes
from newel.jsonschema import PREFIX, Schemas
from newel.versions import VERSION
from newel_http import conditional, query
from newel_http.exchange import Exchange
from newel_http.router import Entry

if TYPE_CHECKING:
    from newel.app import App
    from newel.operations import Operation

API = "/api/v1"
PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "detail": {"type": "string"}, "instance": {"type": "string"}, "code": {"type": "string"},
        "request_id": {"type": "string"}, "errors": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}  # fmt: skip
REFUSAL = {
    "description": "A problem.",
    "content": {"application/problem+json": {"schema": {"$ref": PREFIX + "Problem"}}},
}


def document(app: App) -> dict[str, Any]:
    """The OpenAPI document of this site."""
    schemas = Schemas()
    schemas.components["Problem"] = PROBLEM
    paths: dict[str, dict[str, Any]] = {}
    for op in app.operations:
        if op.http is not None:
            paths.setdefault(API + op.path, {})[op.method.lower()] = _operation(op, schemas)
    for owner, route in app.collected(register_routes):
        path = API + route.path.replace("...}", "}")
        names = re.findall(r"\{(\w+)\}", path)
        parameters = [_parameter(name, "path", {"type": "string"}) for name in names]
        parameters += [
            _parameter(name.removesuffix("[]"), "query", {"type": "object" if name.endswith("[]") else "string"}, text)
            for name, text in route.query.items()
        ]
        paths.setdefault(path, {})[route.method.lower()] = {
            "operationId": f"{owner}.{route.method.lower()}{re.sub(r'[^a-z0-9]+', '_', route.path.lower())}".rstrip(
                "_"
            ),
            "summary": route.summary,
            "tags": [owner],
            "parameters": parameters,
            "responses": {
                "200": {"description": "The answer.", "content": {"application/json": {}}},
                "default": REFUSAL,
            },
            **_rights(route.needs),
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Newel", "version": VERSION, "description": "The API of this site."},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(op: Operation, schemas: Schemas) -> dict[str, Any]:
    hints = get_type_hints(op.input, include_extras=True)
    made: dict[str, Any] = {
        "operationId": op.name,
        "summary": op.summary,
        "description": op.doc,
        "tags": [op.name.partition(".")[0]],
        "parameters": [_parameter(name, "path", schemas.of(hints[name])) for name in op.path_fields],
        "responses": {"default": REFUSAL},
        **_rights(op.needs),
    }
    hidden = (*op.path_fields, *((op.revision,) if op.revision else ()))
    if op.method in ("POST", "PUT", "PATCH"):
        body = schemas.object_of(op.input, op.path_fields)
        made["requestBody"] = {
            "required": bool(body.get("required")),
            "content": {"application/json": {"schema": body}},
        }
        if op.effect == "write":
            made["parameters"].append(_parameter("Idempotency-Key", "header", {"type": "string", "maxLength": 255}))
    else:
        shapes = query.shapes_of(op.input, hidden)
        made["parameters"] += [
            _parameter(one.name, "query", schemas.of(hints[one.name]), nested=shapes[one.name] == "nested")
            for one in fields(op.input)
            if one.name in shapes
        ]
    if op.revision is not None:
        made["parameters"].append(
            _parameter("If-Match", "header", {"type": "string"}, 'The revision, such as `"r17"`.')
        )
    if op.output in (None, type(None)):
        made["responses"]["204"] = {"description": "Done."}
    else:
        answer = {"application/json": {"schema": schemas.of(op.output)}}
        made["responses"][str(op.status)] = {"description": "The answer.", "content": answer}
    return made


def _parameter(
    name: str, place: str, schema: dict[str, Any], text: str = "", *, nested: bool = False
) -> dict[str, Any]:
    shown = dict(schema)
    told = text or shown.pop("description", "")
    made = {"name": name, "in": place, "required": place == "path", "schema": shown}
    if told:
        made["description"] = told
    if nested:
        made |= {"style": "deepObject", "explode": True}
    return made


def _rights(needs: Permission) -> dict[str, Any]:
    return {"x-permission": needs.name, "security": [] if needs is PUBLIC else [{"token": []}]}


def description_entries(app: App) -> list[Entry]:
    """``/api/v1/openapi.json`` and ``/api/docs``. Made at the first request and kept: operations are frozen."""
    kept: dict[str, HttpAnswer] = {}

    async def openapi(exchange: Exchange) -> HttpAnswer:
        if "openapi" not in kept:
            body = orjson.dumps(document(app))
            headers = {"Content-Type": "application/json", "ETag": conditional.hashed(body)}
            kept["openapi"] = HttpAnswer(headers=headers, body=body)
        query.taken(exchange.query, {})
        return kept["openapi"]

    async def page(exchange: Exchange) -> HttpAnswer:
        if "page" not in kept:
            kept["page"] = _page()
        return kept["page"]

    return [
        Entry(method="GET", path=f"{API}/openapi.json", owner="http", needs=PUBLIC, handle=openapi),
        Entry(method="GET", path="/api/docs", owner="http", needs=PUBLIC, handle=page),
    ]


def _page() -> HttpAnswer:
    """The page, with a policy that lets it talk to this site only and run nothing but its own script."""
    html = (files("newel_http") / "docs.html").read_text("utf-8")
    policy = ["default-src 'none'", "connect-src 'self'", "img-src data:", "base-uri 'none'", "form-action 'none'"]
    for tag in ("script", "style"):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        marks = " ".join(
            f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in inside
        )
        policy.append(f"{tag}-src {marks}")
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "; ".join([*policy, "frame-ancestors 'none'"]),
        "ETag": conditional.hashed(html.encode()),
    }
    return HttpAnswer(headers=headers, body=html.encode())
