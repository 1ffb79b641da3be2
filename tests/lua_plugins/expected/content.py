"""Plugins about the content: it is written through the site's own API, and the plugins see it."""

from __future__ import annotations

from typing import Any

from tests.lua_plugins.expected.steps import Step, get, post, put

PAGE = "site:/content/page"
POST = "site:/content/post"


def create(title: str, **more: Any) -> Step:
    return post(PAGE, {"data": {"title": title}}, status=201, keep={"page": "id"}, **more)


def refused(title: str, why: str) -> Step:
    return Step("POST", PAGE, {"data": {"title": title}}, status=422, text=f"~{why}")


GUARD = [
    create("A spring day"),
    refused("Lorem ipsum", 'the word \\"lorem\\" is not allowed here'),
    refused("   ", "title cannot be empty"),
    create("Loremipsum"),
    refused("In order", "title,words,content_data,before_create"),
    refused("Tell me", "a table, not a text"),
    refused("Use the database", "db"),
    create("Draft of a page"),
    post(PAGE + "/{page}/publish", {}, status=422),
    Step("PATCH", PAGE + "/{page}", {"data": {"title": "viagra"}}, status=422, text="~viagra"),
    Step("PATCH", PAGE + "/{page}", {"data": {"title": "A page"}}),
    post(PAGE + "/{page}/publish", {}),
    create("Home"),
    Step("DELETE", PAGE + "/{page}", status=422, text="~The home page stays."),
    create("Away"),
    Step("DELETE", PAGE + "/{page}"),
    get("/words", {"n": 3}, auth="viewer"),
    Step(
        "POST",
        "/check",
        b"at the CASINO",
        send={"Content-Type": "text/plain"},
        auth=None,
        status=422,
        json={"ok": False, "word": "casino"},
    ),
    Step("POST", "/check", b"at the sea", send={"Content-Type": "text/plain"}, auth=None, json={"ok": True}),
]

NOTIFIER = [
    create("News"),
    get(
        "/messages?event=after_create",
        {"n": 1, "messages": [{"event": "after_create", "title": "News", "sent": False, "problem": ...}]},
        eventually=True,
    ),
    Step("PATCH", PAGE + "/{page}", {"data": {"title": "Better news"}}),
    get("/messages?event=after_update", {"n": 1, "messages": [{"title": "Better news"}]}, eventually=True),
    post(PAGE + "/{page}/publish", {}),
    get("/messages?event=after_publish", {"n": 1}, eventually=True),
    Step("DELETE", PAGE + "/{page}"),
    get(
        "/messages?event=after_delete",
        {"n": 1, "messages": [{"problem": "deletions are not announced"}]},
        eventually=True,
    ),
    post("/test", {}, {"reached": False, "error": ...}, status=502),
    get("/status", {"state": "unknown"}, status=502),
    post("/elsewhere", {}, {"answers": [False, False, False, False]}),
]

DELIVERED = "site:/delivery/pages/secret"

PAYWALL = [
    create("Secret"),
    post(PAGE + "/{page}/publish", {}),
    get(DELIVERED, auth=None),
    put("/gates", {"slug": "/secret", "price": 2.5}, {"slug": "/secret", "gates": 1}),
    get(
        DELIVERED,
        {"error": "payment required", "slug": ..., "price": 2.5},
        auth=None,
        status=402,
        headers={"X-Price": "2.5"},
    ),
    post("/tickets", {"code": "GOLD", "reads": 2}, {"code": "GOLD", "left": 2, "id_given": True}, status=201),
    get(DELIVERED, {"error": "this ticket is not valid"}, auth=None, status=403, send={"X-Ticket": "FAKE"}),
    get(DELIVERED, auth=None, send={"X-Ticket": "GOLD"}, headers={"X-Ticket-Left": "1"}),
    get("/tickets/GOLD", {"left": 1}, auth=None),
    get(DELIVERED, auth=None, send={"X-Ticket": "GOLD"}, headers={"X-Ticket-Left": "0"}),
    get(DELIVERED, {"error": "this ticket is used up"}, auth=None, status=403, send={"X-Ticket": "GOLD"}),
    put("/gates", {"slug": "/secret", "price": 9}, {"gates": 1}),
    get(DELIVERED, {"price": 9}, auth=None, status=402),
    Step("DELETE", "/gates?slug=/secret", json={"gates": 0}),
    get(DELIVERED, auth=None, headers={"X-Ticket-Left": None}),
]

RELATED = [
    get("/types", {"names": ["page", "post"], "n": 2}),
    post(POST, {"data": {"title": "Spring garden flowers"}}, status=201, keep={"page": "id"}),
    post(POST, {"data": {"title": "Garden flowers in spring"}}, status=201),
    post(POST, {"data": {"title": "Winter sports"}}, status=201),
    get("/posts/post", {"n": 3}),
    get("/like/{page}", {"like": ["Garden flowers in spring"]}, auth=None),
    get("/like/01ARZ3NDEKTSV4RRFFQ69G5FAV", {"error": "no such post"}, auth=None, status=404),
    get("/titles", {"n": 2, "label": ..., "fields": ...}),
    get("/drafts", {"n": ..., "some": True}),
    put("/posts/{page}/title", {"value": "Winter sports again"}, {"value": "Winter sports again"}),
    get(POST + "/{page}", {"data": {"title": "Winter sports again"}}),
    get("/like/{page}", {"like": ["Winter sports"]}, auth=None),
    put("/posts/{page}/nothing", {"value": "x"}, {"error": "no such field"}, status=404),
    put("/posts/unknown/title", {"value": "x"}, status=404),
    post("/posts/post", {}, {"there": True}, status=201),
    Step("DELETE", "/posts/{page}", json={"there": False}),
    get(POST + "/{page}", status=404),
    get(
        "/limits",
        {
            "users": 1,
            "hash": "hidden",
            "hash_column": True,
            "write_user": True,
            "roles": True,
            "sessions": True,
            "media_write": True,
        },
    ),
]


def importer(shop: str) -> list[Step]:
    """With the address of a shop that answers on this machine."""
    return [
        post("/run", {}, {"error": "set base first"}, status=409),
        put("/settings", {"base": shop, "key": "K1"}, {"settings": 2}),
        post("/run", {}, {"stored": 250, "pages": 2, "products": 250}),
        post("/run", {}, {"stored": 250, "products": 250}),
        get(
            "/products?to=1.5&sort=-price",
            {"n": 2, "products": [{"sku": "p001", "name": "Product 1", "price": 1.5}, {"sku": "p000", "price": 0.5}]},
            auth=None,
        ),
        get("/products/p003", {"sku": "p003", "sizes": ["S", "M"], "first": "S"}, auth=None),
        get("/products/none", status=404, auth=None),
        post("/shop/put", {}, {"status": 200, "body": 'PUT {"n":1}'}),
        post("/shop/patch", {}, {"body": 'PATCH {"n":2}'}),
        post("/shop/delete", {}, {"body": "DELETE "}),
        post("/shop/post", {}, {"body": "POST text", "kind": "text/plain"}),
        post("/shop/send", {}, {"body": "PUT sent"}),
        post("/shop/both", {}, status=502),
        post("/shop/moved", {}, {"status": 302, "body": ""}),
        post("/shop/large", {}, status=502),
        post("/shop/nothing", {}, status=404),
    ]
