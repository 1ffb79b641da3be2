"""The site's OpenAPI 3.1 document, made of what operations and routes declare."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_type_hints

from attrs import NOTHING, fields

from newel.context import PUBLIC, Permission
from newel.contracts.http import Route
from newel.hooks.http import register_routes
from newel.jsonschema import DIALECT, PREFIX, Schema, Schemas
from newel.operations import Operation
from newel.versions import VERSION
from newel_http import query
from newel_http.operations import BASE, JSON, MERGE_PATCH, place_of
from newel_http.problems import MEDIA_TYPE
from newel_http.routes import path_of

if TYPE_CHECKING:
    from newel.app import App

TEXT: Schema = {"type": "string"}
ABOUT = """The API of this site: every operation that it offers, whichever plugin brought it.

Errors are problems (RFC 9457) with a stable `code`. A changed resource is protected with `If-Match: "r17"`, the tag
that its answer carried as `ETag`; a request that is sent again with the same `Idempotency-Key` acts once."""
PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong, and where (RFC 9457).",
    "properties": {
        "type": {"type": "string", "description": "`urn:newel:problem:` and the code."},
        "title": TEXT,
        "status": {"type": "integer", "description": "The HTTP status again."},
        "detail": {"type": "string", "description": "A sentence for people."},
        "instance": {"type": "string", "description": "The path that was asked."},
        "code": {"type": "string", "description": "Stable, for programs."},
        "request_id": {"type": "string", "description": "What the log calls this request."},
        "errors": {"type": "array", "items": {"$ref": f"{PREFIX}ProblemPart"}},
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
}
PART: Schema = {
    "type": "object",
    "description": "One fault of the input.",
    "properties": {
        "pointer": {"type": "string", "description": "Where in the body (JSON pointer)."},
        "parameter": {"type": "string", "description": "Which query parameter."},
        "code": TEXT,
        "detail": TEXT,
    },
    "required": ["code", "detail"],
}
REFUSAL = {"$ref": "#/components/responses/Problem"}


def document(app: App) -> dict[str, Any]:
    """The whole document. Costs some milliseconds: keep it."""
    return _Document(app).made()


class _Document:
    def __init__(self, app: App) -> None:
        self._app = app
        self._schemas = Schemas(components={"Problem": PROBLEM, "ProblemPart": PART})
        self._paths: dict[str, dict[str, Any]] = {}
        self._shapes: dict[str, str] = {}

    def made(self) -> dict[str, Any]:
        operations = sorted((one for one in self._app.operations if one.http is not None), key=lambda one: one.name)
        answers = {one.name: self._answer(one) for one in operations}  # before all inputs: they take the short names
        for one in operations:
            self._put(one.method, BASE + one.path, self._operation(one, answers[one.name]))
        for owner, route in self._app.collected(register_routes):
            self._put(route.method, path_of(route).replace("...}", "}"), _route(owner, route))
        tags = sorted({entry["tags"][0] for methods in self._paths.values() for entry in methods.values()})
        return {
            "openapi": "3.1.0",
            "jsonSchemaDialect": DIALECT,
            "info": {"title": "Newel", "version": VERSION, "description": ABOUT},
            "servers": [{"url": "/"}],
            "tags": [{"name": name} for name in tags],
            "paths": dict(sorted(self._paths.items())),
            "components": {
                "schemas": dict(sorted(self._schemas.components.items())),
                "responses": {"Problem": _json("A problem.", {"$ref": f"{PREFIX}Problem"}, MEDIA_TYPE)},
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer", "description": "An API token or a session's token."}
                },
            },
        }

    def _put(self, method: str, path: str, made: dict[str, Any]) -> None:
        """Paths that differ only in the names of their parts are one path to OpenAPI: the first names stay."""
        known = self._shapes.setdefault(re.sub(r"\{\w+\}", "{}", path), path)
        renamed = dict(zip(_parts(path), _parts(known), strict=True))
        for one in made["parameters"]:
            if one["in"] == "path":
                one["name"] = renamed[one["name"]]
        self._paths.setdefault(known, {})[method.lower()] = made

    def _operation(self, one: Operation, answer: dict[str, Any]) -> dict[str, Any]:
        hints = get_type_hints(one.input, include_extras=True)
        parameters = [_parameter(name, "path", self._schemas.of(hints[name])) for name in one.path_fields]
        made: dict[str, Any] = {
            "operationId": one.name,
            "summary": one.summary,
            "description": one.doc,
            "tags": [one.name.partition(".")[0]],
            "parameters": parameters,
        }
        if one.method in ("POST", "PUT", "PATCH"):
            made |= self._body(one)
        else:
            parameters += self._query(one, hints)
        if one.revision is not None:
            text = 'The revision that this is based on, as its `ETag`: `"r17"`.'
            parameters.append(_parameter("If-Match", "header", TEXT, text))
        if one.effect == "write" and not one.alone:
            text = "The same key again does nothing twice: the first answer is sent again."
            parameters.append(_parameter("Idempotency-Key", "header", TEXT | {"maxLength": 255}, text))
        if one.deprecated is not None:
            made |= {"deprecated": True, "description": f"{one.doc}\n\n{one.deprecated.told('This')}."}
        return made | {"responses": answer | {"default": REFUSAL}} | _rights(one.needs)

    def _query(self, one: Operation, hints: Mapping[str, Any]) -> list[dict[str, Any]]:
        shapes = query.shapes_of(one.input, one.path_fields)
        made = []
        for each in fields(one.input):
            if each.name in shapes:
                schema = self._schemas.of(hints[each.name])
                if isinstance(each.default, str | int | float | bool):
                    schema["default"] = each.default
                made.append(_parameter(each.name, "query", schema, shape=shapes[each.name]))
                made[-1]["required"] = each.default is NOTHING
        return made

    def _body(self, one: Operation) -> dict[str, Any]:
        schema = self._schemas.object_of(one.input, without=one.path_fields)
        if not schema["properties"]:
            return {}
        media = (JSON, MERGE_PATCH) if one.method == "PATCH" else (JSON,)
        content = {name: {"schema": schema} for name in media}
        return {"requestBody": {"required": "required" in schema, "content": content}}

    def _answer(self, one: Operation) -> dict[str, Any]:
        if one.output in (None, type(None)):
            return {"204": {"description": "Done; there is nothing to tell."}}
        made = {str(one.status): _json("The answer.", self._schemas.of(one.output, answer=True))}
        if place_of(self._app, one) is not None:
            made[str(one.status)]["headers"] = {"Location": {"description": "Where it can be read.", "schema": TEXT}}
        if one.method == "GET":
            made["304"] = {"description": "The client has it already (`If-None-Match`)."}
        return made


def _route(owner: str, route: Route) -> dict[str, Any]:
    words = re.sub(r"[^a-z0-9]+", "_", route.path.lower()).strip("_")
    words = f"root_{words}" if route.base == "root" else words
    parameters = [_parameter(name, "path", TEXT) for name in _parts(route.path.replace("...}", "}"))]
    for name, text in route.query.items():
        nested = name.endswith("[]")
        schema = {"type": "object"} if nested else TEXT
        shape: query.Shape = "nested" if nested else "one"
        parameters.append(_parameter(name.removesuffix("[]"), "query", schema, text, shape=shape))
    made: dict[str, Any] = {
        "operationId": f"{owner}.{route.method.lower()}_{words}",
        "summary": route.summary,
        "tags": [owner],
        "parameters": parameters,
        "responses": {"200": {"description": "The answer."}, "default": REFUSAL},
    }
    if route.max_body:
        text = f"At most {route.max_body} bytes."
        content: Schema = {media: {} for media in route.takes or ("application/octet-stream",)}
        made["requestBody"] = {"description": text, "content": content}
    return made | _rights(route.needs)


def _parts(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)


def _json(description: str, schema: Schema, media: str = JSON) -> dict[str, Any]:
    return {"description": description, "content": {media: {"schema": schema}}}


def _parameter(name: str, place: str, schema: Schema, text: str = "", shape: query.Shape = "one") -> dict[str, Any]:
    shown = dict(schema)
    text = text or str(shown.pop("description", ""))
    made: dict[str, Any] = {"name": name, "in": place, "required": place == "path", "schema": shown}
    if text:
        made["description"] = text
    if shape == "nested":
        made |= {"style": "deepObject", "explode": True}
    elif shape == "list":
        made |= {"style": "form", "explode": False}
    return made


def _rights(needs: Permission) -> dict[str, Any]:
    """Who may call it: nobody in particular (then a token is welcome but not needed), or who has the permission."""
    return {"x-permission": needs.name, "security": [{}, {"token": []}] if needs is PUBLIC else [{"token": []}]}
