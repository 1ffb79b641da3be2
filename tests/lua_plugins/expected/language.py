"""The language as these plugins know it: Lua 5.1, with the libraries the Go system leaves in."""

from __future__ import annotations

from tests.lua_plugins.expected.steps import Step, error, get, post

NUMBERS = {
    "division": 3.5,
    "whole": "5",
    "concat": "12",
    "float": "1.5",
    "big": "9.007199254741e+15",
    "modulo": 1,
    "length": 3,
    "getn": 3,
    "fmod": 1,
    "tonumber": 16,
    "base": 255,
    "coerced": 15,
    "floor": -4,
    "huge": True,
    "pi": 314,
    "format": ' 3.14|42|x|"a\\\nb"|ff',
    "compare": True,
    "integer": 3,
}
TABLES = {
    "sum": 6, "list": "9,8,5,2", "removed": 1, "keys": ["one", "two"], "selected": 3, "second": "b",
    "words": ["the", "quick", "brown"], "reversed": "cba", "bytes": [65, 90], "char": "Lua", "replaced": "hell0 w0rld",
    "captured": ["2005", "04", "13"], "found": 2, "balance": "(a(b)c)", "frontier": "the (quick) fox", "rep": "ababab",
}  # fmt: skip
OBJECTS = {
    "sum": "Account(35)", "equal": True, "less": True, "at_most": True, "both": "Account(10)Account(25)", "called": 30,
    "negative": -10, "proxy": "hello!", "guarded": False, "message": "no new keys: x", "caught": False, "code": 42,
    "level": "plain", "handled": "handled string", "protected": "protected", "frozen": True,
}  # fmt: skip

LEGACY = [
    get("/numbers", {key: value for key, value in NUMBERS.items() if key != "big"}, auth=None),
    get("/tables", TABLES, auth=None),
    get("/objects", OBJECTS, auth=None),
    get(
        "/iterate",
        {
            "words": ["alpha", "beta", "gamma"],
            "first": 2,
            "second": 20,
            "fine": False,
            "stopped": True,
            "status": "dead",
        },
        auth=None,
    ),
    get("/counter", {"positive": True, "same": True}, auth=None),
    get("/counter", {"positive": True, "same": True}, auth=None),
    get(
        "/absent",
        {
            "absent": ["io", "os", "debug", "package", "dofile", "loadfile", "load", "rawget", "rawset", "rawequal"],
            "compiled": 42,
            "refused": 5,
        },
        auth=None,
    ),
    get("/deep", {"fine": False, "overflow": True}, auth=None),
    get("/fails", error("HANDLER_ERROR"), auth=None, status=500),
    get(
        "/headers?a=1&a=2",
        auth=None,
        status=203,
        text="<p>GET here 1</p>",
        send={"X-Old": "here"},
        headers={
            "Content-Type": "text/html",
            "X-Old": "yes",
            "Set-Cookie": None,
            "Access-Control-Allow-Origin": None,
            "Cache-Control": "no-store",
        },
    ),
    get("/empty", auth=None, status=204, text=""),
    post(
        "/echo",
        {"a": 1},
        {
            "body": '{"a": 1}',
            "parsed": True,
            "kind": "application/json",
            "path": "/api/v1/plugins/legacy/echo",
            "ip": "string",
        },
        auth=None,
    ),
    Step(
        "POST",
        "/echo",
        "grüße".encode(),
        send={"Content-Type": "text/plain"},
        auth=None,
        json={"body": "grüße", "parsed": False, "kind": "text/plain"},
    ),
    Step(
        "POST",
        "/echo",
        b"{broken",
        send={"Content-Type": "application/json"},
        auth=None,
        json={"body": "{broken", "parsed": False},
    ),
    get("/json", {"third": 3, "deep": False, "text": 'ä"\\\n', "half": 0.5, "bad": False, "first": 1}, auth=None),
    get("/echo", auth=None, status=405),
]

VARARGS = [get("/varargs", {"joined": "a-b-c", "count": 3}, auth=None)]
"""``arg``, which Lua 5.1 still filled (LUA_COMPAT_VARARG) and later versions do not."""

RUNAWAY = [
    get("/slow", error("HANDLER_TIMEOUT"), auth=None, status=504),
    get("/memory", error("HANDLER_ERROR"), auth=None, status=500),
    get("/numbers", {"division": 3.5}, auth=None),
]
"""What must not hurt anybody else."""
