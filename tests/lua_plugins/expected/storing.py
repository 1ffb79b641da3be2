"""Plugins that keep rows of their own."""

from __future__ import annotations

from tests.lua_plugins.expected.steps import Step, error, get, post, put

LINK = {"title": " Lua ", "url": "https://www.lua.org", "rating": 4.5, "extra": {"tags": ["a", "b"]}}

BOOKMARKS = [
    post("/collections", {"name": "Reading"}, {"id": ..., "name": "Reading"}, status=201, keep={"collection": "id"}),
    post("/collections", {"name": "Reading"}, status=409, json={"error": "there is a collection of this name"}),
    post("/collections", {}, status=400, json={"error": "invalid", "problems": ["name: is required"]}),
    post(
        "/links",
        LINK,
        {
            "id": ...,
            "title": "Lua",
            "rating": 4.5,
            "starred": False,
            "visits": 0,
            "extra": {"tags": ["a", "b"]},
            "created_at": ...,
            "updated_at": ...,
        },
        status=201,
        keep={"lua": "id"},
    ),
    post(
        "/links",
        {"title": "Newel", "url": "https://example.org/newel", "collection_id": "{collection}", "starred": True},
        {"collection_id": "{collection}", "starred": True},
        status=201,
        headers={"Location": "/api/v1/plugins/bookmarks/links/{newel}"},
        keep={"newel": "id"},
    ),
    post(
        "/links",
        {"title": "", "url": "ftp://x", "rating": 9},
        status=400,
        json={
            "problems": [
                "title: is required",
                "url: must start with http:// or https://",
                "rating: must be between 0 and 5",
            ]
        },
    ),
    post("/links", {"title": "x", "url": "https://xx", "collection_id": "nowhere"}, status=400),
    Step(
        "POST",
        "/links",
        b"not json",
        send={"Content-Type": "text/plain"},
        status=400,
        json={"problems": ["a JSON object is required"]},
    ),
    get("/links", {"count": 2, "total": 2, "links": [{"title": "Lua"}, {"title": "Newel"}]}, auth="viewer"),
    get("/links?desc=true&limit=1", {"count": 1, "total": 2, "links": [{"title": "Newel"}]}),
    get("/links?limit=1&offset=1", {"links": [{"title": "Newel"}]}),
    get("/links?starred=true", {"total": 1}),
    get("/links?collection={collection}", {"total": 1}),
    get("/links", error("UNAUTHORIZED"), auth=None, status=401),
    get("/links/{lua}", {"title": "Lua", "url": "https://www.lua.org"}),
    get("/links/unknown", {"error": "link not found"}, status=404),
    put(
        "/links/{lua}",
        {"title": "Lua 5.1", "url": "https://www.lua.org/manual/5.1/"},
        {"id": "{lua}", "title": "Lua 5.1"},
    ),
    put("/links/unknown", {"title": "x", "url": "https://xx"}, status=404),
    Step("PATCH", "/links/{lua}", {"starred": True}, json={"id": "{lua}", "starred": True}),
    Step("PATCH", "/links/{lua}", {"starred": "yes"}, status=400),
    get("/search?q=newel", {"titles": ["Newel"], "n": 1}),
    get("/search?q=manual", {"titles": ["Lua 5.1"]}),
    get("/search", status=400),
    get(
        "/starred",
        auth=None,
        text="Lua 5.1 <https://www.lua.org/manual/5.1/>\nNewel <https://example.org/newel>",
        headers={
            "Content-Type": "text/plain; charset=utf-8",
            "X-Total": "2",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cache-Control": "no-store",
        },
    ),
    get("/starred", {"error": "no bots"}, auth=None, status=403, send={"User-Agent": "BadBot/1.0"}),
    get("/starred?v=2", {"error": "unknown version 2"}, auth=None, status=400),
    post("/visit/{lua}", json={"visits": 1}, auth=None),
    post("/visit/{lua}", json={"visits": 2}, auth=None),
    post("/visit/nothing", status=404, auth=None),
    get("/collections", {"total": 1, "collections": [{"name": "Reading", "color": "grey", "links": 1}]}),
    Step("DELETE", "/collections/{collection}", status=204, text=""),
    get("/links/{newel}", status=404),
    Step("DELETE", "/links/{lua}", status=204),
    get("/links", {"total": 0, "count": 0}),
    get("/nothing", error("ROUTE_NOT_FOUND"), status=404),
    Step("PATCH", "/collections", {}, status=405),
]

HITS = [
    {"page": "/a", "source": "mail", "seconds": 5},
    {"page": "/a", "source": "search", "seconds": 15},
    {"page": "/b", "seconds": 10},
]
COUNTS = {
    "eq": 2, "neq": 1, "gt": 1, "gte": 2, "lt": 1, "lte": 2, "like": 2, "notlike": 1, "inlist": 3, "invararg": 3,
    "notin": 0, "between": 3, "null": 1, "notnull": 2, "both": 1, "sequence": 1, "nested": 2, "negated": 1, "since": 3,
    "list": 1, "unequal": 1, "like2": 1, "notlike2": 2, "in2": 2, "notin2": 1, "between2": 2, "null2": 1, "notnull2": 2,
}  # fmt: skip

ANALYTICS = [
    *(post("/hit", hit, {"page": hit["page"]}, status=202, auth=None) for hit in HITS),
    post("/hit", {"page": 1}, status=400, auth=None),
    get(
        "/pages",
        {
            "pages": [
                {"page": "/a", "hits": 2, "total": 20, "average": 10, "shortest": 5, "longest": 15},
                {"page": "/b", "hits": 1, "total": 10, "average": 10, "shortest": 10, "longest": 10},
            ]
        },
    ),
    *(get(f"/count/{what}", {"n": n, "any": n > 0}) for what, n in COUNTS.items()),
    get("/count/else", status=404),
    get("/totals", {"columns": 5}),
    get("/popular", {"pages": [{"page": "/a", "n": 2}], "same": True}),
    get("/popular?min=1", {"pages": [{"page": "/a", "n": 2}, {"page": "/b", "n": 1}], "same": True}),
    get("/sources", {"sources": ["mail", "search"], "unknown": 1}),
    get("/filter", {"n": 1, "first": "/a"}),
    get("/older", {"most": 15, "kind": "page"}),
    post(
        "/batch",
        {"hits": [{"page": "/c", "source": "bot", "seconds": 1}, {"page": "/c", "source": "news", "seconds": 40}]},
        {"stored": 2},
        status=201,
    ),
    post("/batch-rows", {"hits": [{"page": "/d", "source": "old crawler", "seconds": 1}]}, {"total": 6}, status=201),
    post(
        "/batch",
        {"hits": [{"page": f"/{n}", "source": "x", "seconds": 1} for n in range(1001)]},
        status=400,
        json={"error": ...},
    ),
    get("/kinds", {"kinds": [{"kind": "page", "n": 3}], "without": 3, "all": 6}),
    put("/pages", {"path": "/new", "kind": "post"}, {"path": "/new", "kind": "post", "views": 0}),
    put("/pages", {"path": "/new", "kind": "story"}, {"kind": "story"}),
    post("/pages/ensure", {"path": "/new"}, {"kind": "story", "views": 0}),
    post("/pages/ensure", {"path": "/newer"}, {"kind": "never", "views": 99}),
    post("/rollback", json={"ok": False, "failed": True, "same": True}),
    Step("DELETE", "/everything", json={"deleted": False, "left": 6}),
    post("/cleanup", json={"left": 5}),
    post("/greedy", status=500, json=error("HANDLER_ERROR")),
]

TAG_STORE = [
    put("/tags/Lua", {"weight": 3}, {"tag": "lua", "tags": 1}),
    put("/tags/lua", {"weight": 5}, {"tag": "lua", "tags": 1}),
    put("/tags/cms", None, {"tags": 2}),
    get("/tags", {"tags": [{"tag": "lua", "weight": 5}, {"tag": "cms", "weight": 1}]}, auth=None),
]

TAG_CLOUD = [
    post(
        "/cloud",
        {"tags": [{"tag": "a<b", "weight": 9}]},
        auth=None,
        text='<span style="font-size:300%">a&lt;b</span>',
        headers={"Content-Type": "text/html; charset=utf-8"},
    ),
    get("/spy", {"open": 0}),
]

DASHBOARD = [get("/numbers", {"tasks": 2, "open": 1}, auth="viewer")]
