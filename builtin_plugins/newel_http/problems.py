"""Errors as RFC 9457 problems. The mapping from error to status stands here and nowhere else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import orjson

from newel import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    Reject,
    TooLarge,
    TooMany,
    Transient,
    Unauthenticated,
)
from newel.contracts.http import BodyCut, BodyTooSlow, HttpAnswer, HttpFault
from newel.errors import NewelError, PluginError
from newel.ranges import RangeNotSatisfiable
from newel_http.faults import BadQuery, BadToken
from newel_http.query import parameter

if TYPE_CHECKING:
    from newel_http.router import Entry

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[Exception], int] = {
    Malformed: 400, BodyCut: 400, Unauthenticated: 401, BadToken: 401, Forbidden: 403, NotFound: 404, BodyTooSlow: 408,
    Conflict: 409, PreconditionFailed: 412, TooLarge: 413, RangeNotSatisfiable: 416, Reject: 422,
    PreconditionRequired: 428, TooMany: 429, Transient: 503,
}  # fmt: skip


def status_of(error: Exception) -> int:
    """The HTTP status of an error; 500 for whatever is not meant for callers."""
    if isinstance(error, HttpFault):
        return error.status
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def answer_to(error: Exception, path: str, request_id: str, entry: Entry | None = None) -> HttpAnswer:
    """The answer to an error. A failure of ours says nothing but its request id."""
    status = status_of(error)
    if status == 500 and not isinstance(error, HttpFault):
        return _failure(error, path, request_id)
    assert isinstance(error, NewelError)  # noqa: S101 - only those have another status
    code, errors = error.reason, [_told(problem, error, entry) for problem in error.problems]
    if isinstance(error, Reject) and _is_query_fault(error, entry):
        status, code = 400, "malformed" if code == Reject.code else code
    headers = {}
    if isinstance(error, HttpFault):
        headers = error.headers
    elif isinstance(error, RangeNotSatisfiable):
        headers = {"Content-Range": f"bytes */{error.size}"}
    elif isinstance(error, TooMany | Transient):
        headers = {"Retry-After": str(max(1, math.ceil(error.retry_after)))}
    elif isinstance(error, BadToken):
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    elif isinstance(error, Unauthenticated):
        headers = {"WWW-Authenticate": "Bearer"}
    return problem(status, code, error.detail, path, request_id, errors, error.extra, headers)


def problem(
    status: int,
    code: str,
    detail: str,
    path: str,
    request_id: str,
    errors: list[dict[str, str]] | None = None,
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> HttpAnswer:
    """A problem document as an answer."""
    members: dict[str, Any] = {
        "type": f"urn:newel:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": path,
        "code": code,
        "request_id": request_id,
    }
    if errors:
        members["errors"] = errors
    body = orjson.dumps({**(extra or {}), **members}, default=str, option=orjson.OPT_NON_STR_KEYS)
    sent = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"} | (headers or {})
    return HttpAnswer(status=status, headers=sent, body=body)


def _failure(error: Exception, path: str, request_id: str) -> HttpAnswer:
    if isinstance(error, PluginError):
        detail = f"the plugin '{error.plugin}' failed; the log tells more under this request id"
        return problem(500, error.reason, detail, path, request_id, extra={"plugin": error.plugin})
    detail = "something failed on our side; the log tells more under this request id"
    return problem(500, "internal_error", detail, path, request_id)


def _told(fault: Problem, error: NewelError, entry: Entry | None) -> dict[str, str]:
    place = {"pointer": fault.pointer}
    if isinstance(error, BadQuery):
        place = {"parameter": fault.pointer}
    elif entry is not None and not entry.has_body and fault.pointer.startswith("/"):
        place = {"parameter": parameter(fault.pointer)}
    return place | {"code": fault.code, "detail": fault.detail}


def _is_query_fault(error: Reject, entry: Entry | None) -> bool:
    if entry is None or entry.has_body or not error.problems:
        return False
    return all(fault.pointer.partition("/")[2].partition("/")[0] in entry.parameters for fault in error.problems)
