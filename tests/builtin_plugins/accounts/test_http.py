"""Accounts through the HTTP door: what strangers can tell apart, and that no secret comes out twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from tests.builtin_plugins.accounts.site import PASSWORD, Site, opened

from newel.testing import Answer, Client

pytestmark = pytest.mark.needs_plugin("http")
PLUGINS = ("database", "migrations", "audit", "accounts", "content", "idempotency", "ratelimit", "http")
FREE = {"ratelimit": {"groups": {"login": "off"}}}


@pytest.fixture
async def served() -> AsyncIterator[tuple[Site, Client]]:
    async with opened(*PLUGINS, config=FREE, serving=True) as site, Client.of(site.app) as client:
        yield site, client.signed_in(site.told("token"))


Served = tuple[Site, Client]
VARYING = {"date", "x-request-id"}


def seen(answer: Answer) -> tuple[int, dict[str, str], Any]:
    """What a caller can tell answers apart by."""
    body = answer.json()
    body.pop("request_id", None)
    return answer.status, {name: text for name, text in answer.headers.items() if name.lower() not in VARYING}, body


async def test_a_life(served: Served) -> None:
    _, admin = served
    made = await admin.post("/api/v1/users", json={"email": "ann@example.org", "role": "editor", "password": PASSWORD})
    assert (made.status, made.json()["password"]) == (201, None)
    anonymous = admin.signed_in(None)
    login = await anonymous.post("/api/v1/auth/login", json={"email": "ann@example.org", "password": PASSWORD})
    assert (login.status, login.headers["Cache-Control"]) == (200, "no-store")
    ann = admin.signed_in(login.json()["token"])
    assert (await ann.get("/api/v1/auth/me")).json()["email"] == "ann@example.org"
    assert (await ann.get("/api/v1/users")).status == 403
    token = await ann.post("/api/v1/tokens", json={"label": "ci", "scopes": ["content.read"]})
    assert token.status == 201
    ci = admin.signed_in(token.json()["token"])
    assert (await ci.get("/api/v1/auth/me")).json()["permissions"] == ["content.read"]
    assert (await ann.delete(f"/api/v1/tokens/{token.json()['id']}")).status == 204
    assert (await ci.get("/api/v1/auth/me")).status == 401
    change = {"current": PASSWORD, "new": "another password"}
    assert (await ann.post("/api/v1/auth/password", json=change)).status == 204
    assert (await ann.post("/api/v1/auth/logout")).status == 204
    assert (await ann.get("/api/v1/auth/me")).status == 401


async def test_changes_hold_against_the_tag(served: Served) -> None:
    _, admin = served
    made = await admin.post("/api/v1/users", json={"email": "ann@example.org"})
    path = f"/api/v1/users/{made.json()['id']}"
    tag = (await admin.get(path)).headers["ETag"]
    assert (await admin.patch(path, json={"name": "A"}, headers={"If-Match": tag})).status == 200
    assert (await admin.patch(path, json={"name": "B"}, headers={"If-Match": tag})).status == 412


async def test_strangers_cannot_tell_who_has_an_account(served: Served) -> None:
    site, admin = served
    ann = await site.user()
    await site.user("bob@example.org")
    await site.run("users.update", id=ann.id, disabled=True)
    anonymous = admin.signed_in(None)
    answers = [
        seen(await anonymous.post("/api/v1/auth/login", json={"email": email, "password": password}))
        for email, password in (
            ("nobody@example.org", PASSWORD),
            ("ann@example.org", PASSWORD),
            ("ann@example.org", "wrong wrong wrong"),
            ("bob@example.org", "wrong wrong wrong"),
        )
    ]
    assert answers[0][0] == 401
    assert all(one == answers[0] for one in answers)


async def test_a_disabled_user_looks_like_an_unknown_token(served: Served) -> None:
    site, admin = served
    await site.user()
    session = await site.login()
    client = admin.signed_in(session.token.reveal())
    assert (await client.get("/api/v1/auth/me")).status == 200
    user = (await site.run("users.list", email="ann@example.org")).data[0]
    await site.run("users.update", id=user.id, disabled=True)
    disabled, unknown = await client.get("/api/v1/auth/me"), await admin.signed_in("x").get("/api/v1/auth/me")
    assert seen(disabled) == seen(unknown)
    assert disabled.status == 401


@pytest.mark.needs_plugin("ratelimit")
async def test_the_eleventh_try_of_an_address_waits() -> None:
    async with opened(*PLUGINS, serving=True) as site, Client.of(site.app) as client:
        statuses = [
            (await client.post("/api/v1/auth/login", json={"email": f"u{number}@x.org", "password": "x" * 10})).status
            for number in range(11)
        ]
        assert statuses == [401] * 10 + [429]
        again = await client.post(
            "/api/v1/auth/login", json={"email": "other@x.org", "password": "x"},
            headers={"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9"},
        )  # fmt: skip
        assert (again.status, again.headers["Retry-After"]) == (429, "6")


@pytest.mark.needs_plugin("audit")
@pytest.mark.needs_plugin("idempotency")
async def test_no_secret_comes_out_twice(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plants secrets in every way there is, and looks for them in every answer, row and log line."""
    site, admin = served
    answers: list[bytes] = []
    once: list[str] = []

    async def ask(method: str, path: str, json: Any = None, key: str | None = None, take: str = "") -> Any:
        answer = await admin.request(
            method, f"/api/v1{path}", json=json, headers={} if key is None else {"Idempotency-Key": key}
        )
        assert answer.status < 300, answer
        plain = answer.json() if answer.body else {}
        if take:
            once.append(plain.pop(take))
        answers.append(repr(plain).encode())
        return plain

    canary = "canary password 7f3a"
    ann = await ask("POST", "/users", {"email": "ann@example.org", "password": canary}, key="k1")
    bob = await ask("POST", "/users", {"email": "bob@example.org"}, key="k2", take="password")
    await ask("POST", f"/users/{bob['id']}/reset-password", {}, key="k3", take="password")
    await ask("POST", "/tokens", {"label": "ci"}, key="k4", take="token")
    await ask("POST", "/auth/login", {"email": "ann@example.org", "password": canary}, key="k5", take="token")
    for path, json, key in (
        ("/users", {"email": "bob@example.org"}, "k2"),
        (f"/users/{bob['id']}/reset-password", {}, "k3"),
        ("/tokens", {"label": "ci"}, "k4"),
        ("/auth/login", {"email": "ann@example.org", "password": canary}, "k5"),
    ):
        assert "***" in repr(await ask("POST", path, json, key=key)), "a replay shows no secret"
    for path in ("/users", f"/users/{ann['id']}", "/tokens", "/roles", "/permissions", "/auth/me", "/audit?limit=200"):
        await ask("GET", path)
    await admin.signed_in(None).post("/api/v1/auth/login", json={"email": "x@x.org", "password": canary + "!"})

    store = site.plugin._store
    hashes = [row["password"] for row in await store.db.fetch_all("SELECT password FROM accounts_users")]
    hashes += [row["hash"] for row in await store.db.fetch_all("SELECT hash FROM accounts_tokens")]
    secrets = [canary, *once, site.told("token"), site.told("admin")]
    assert len(once) == 4
    assert "***" not in once

    rows = {
        shape.name: repr([dict(one) for one in await store.db.fetch_all(f"SELECT * FROM {shape.name}")])
        for shape in await store.db.tables()
    }
    assert {"audit_log", "idempotency_keys", "accounts_users"} <= set(rows)
    everything = b"\n".join(answers).decode() + site.log.getvalue()
    for secret in secrets:
        assert secret not in everything
        assert all(secret not in text for text in rows.values())
    for digest in hashes:
        assert digest not in everything
        assert all(digest not in text for name, text in rows.items() if not name.startswith("accounts_"))


SAMPLES: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("POST", "/auth/login", lambda value: {"email": value, "password": value}),
    ("POST", "/auth/login", lambda value: {"email": "admin@localhost", "password": value}),
    ("POST", "/users", lambda value: {"email": "x@example.org", "password": value}),
    ("POST", "/users", lambda value: {"email": value}),
    ("POST", "/tokens", lambda value: {"label": value}),
    ("POST", "/tokens", lambda value: {"scopes": value}),
    ("POST", "/tokens", lambda value: {"expires_at": value}),
    ("POST", "/roles", lambda value: {"name": value}),
]


@pytest.mark.parametrize("value", [{"$ne": ""}, {}, ["x"], 1, True, "x" * 500_000], ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize(("method", "path", "order"), SAMPLES)
async def test_confused_types_are_refused_at_the_door(
    served: Served, method: str, path: str, order: Callable[[Any], Any], value: Any
) -> None:
    if path == "/tokens" and value == ["x"] and "scopes" in order(value):
        value = ["x", 1]
    answer = await served[1].request(method, f"/api/v1{path}", json=order(value))
    assert answer.status in (413, 422), answer
    assert b"x" * 300 not in answer.body
