"""Puts plugins into a site that runs, and asks it what the expectations say."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.lua_plugins.expected.steps import Step
from tests.support import Reply, Site, request

HERE = Path(__file__).parent
STRANGERS = HERE / "strangers"
SETTINGS = """
[lua]
local_requests = true
seconds = 2.0
watch = false

[egress]
allow = ["localhost"]
ports = [{port}]
"""
PATIENCE = 10.0
FIELDS = [
    {"name": "title", "type": "text", "localized": True},
    {"name": "slug", "type": "slug", "localized": True, "indexed": True, "options": {"source": "title"}},
]


def furnish(folder: Path, port: int) -> None:
    """Copies the plugins as they are into a site's folder. ``port``: of the machine's own that they may call."""
    shutil.copytree(STRANGERS, folder / "plugins" / "lua")
    (folder / "newel.toml").write_text(SETTINGS.replace("{port}", str(port)), "utf-8")


def people(site: Site) -> dict[str | None, str | None]:
    """Tokens of who asks, by role; and the content types that the expectations write."""
    password = "correct horse battery"
    made = site.api("POST", "/users", {"email": "viewer@example.org", "role": "viewer", "password": password})
    assert made.status == 201, made.body
    session = site.api("POST", "/auth/login", {"email": "viewer@example.org", "password": password}, anonymous=True)
    for name, kind in (("page", "page"), ("post", "collection")):
        made = site.api("POST", "/types", {"name": name, "kind": kind, "fields": FIELDS})
        assert made.status == 201, made.body
    return {"admin": site.token, "viewer": session.json()["token"], None: None}


@contextmanager
def enabled(site: Site, *names: str) -> Iterator[None]:
    """While it lasts, these plugins run with all that they ask for."""
    for name in names:
        for verb, order in (("approve", {"all": True}), ("enable", None)):
            done = site.api("POST", f"/lua/plugins/{name}/{verb}", order)
            assert done.status == 200, done.body
    for name in names:
        _until(site, name, running=True)
    yield
    for name in reversed(names):
        assert site.api("POST", f"/lua/plugins/{name}/disable").status == 200
    for name in names:
        _until(site, name, running=False)


def _until(site: Site, name: str, *, running: bool) -> None:
    """What is decided is done beside the answer to it."""
    ends = time.monotonic() + PATIENCE
    while ((state := site.api("GET", f"/lua/plugins/{name}").json())["state"] == "running") is not running:
        assert state["state"] != "failed", state["failed_reason"]
        assert time.monotonic() < ends, state
        time.sleep(0.05)


def perform(site: Site, plugin: str, steps: list[Step], tokens: Mapping[str | None, str | None]) -> None:
    """Does the steps in order. Fails at the end with all that was not as expected, so that one run tells everything."""
    kept: dict[str, str] = {}
    wrong: list[str] = []
    for step in steps:
        found = _asked(site, plugin, step, tokens, kept)
        if found:
            wrong.append(f"{step.method} {step.path} as {step.auth}: {found}")
    assert not wrong, "\n".join(wrong)


def _asked(
    site: Site, plugin: str, step: Step, tokens: Mapping[str | None, str | None], kept: dict[str, str]
) -> str:  # fmt: skip
    path = _filled(step.path, kept)
    path = path.removeprefix("site:") if path.startswith("site:") else f"/plugins/{plugin}{path}"
    body = (
        step.body
        if step.body is None or isinstance(step.body, bytes)
        else json.loads(_filled(json.dumps(step.body), kept))
    )
    ends = time.monotonic() + (PATIENCE if step.eventually else 0)
    while True:
        reply = request(step.method, f"{site.url}/api/v1{path}", body, tokens[step.auth], **step.send)
        found = _difference(step, reply, kept)
        if not found or time.monotonic() > ends:
            return found
        time.sleep(0.05)


def _difference(step: Step, reply: Reply, kept: dict[str, str]) -> str:
    if reply.status != step.status:
        return f"{reply.status} and not {step.status}: {reply.body[:300].decode(errors='replace')}"
    if step.keep or step.json is not None:
        answer = reply.json()
        kept |= {name: str(answer[key]) for name, key in step.keep.items()}
        if step.json is not None and (where := unlike(_known(step.json, kept), answer)):
            return where
    if step.text is not None:
        text = reply.body.decode()
        fine = step.text[1:] in text if step.text.startswith("~") else text == step.text
        if not fine:
            return f"{text!r} and not {step.text!r}"
    given = {name.lower(): value for name, value in reply.headers.items()}
    for name, value in step.headers.items():
        if given.get(name.lower()) != (None if value is None else _filled(value, kept)):
            return f"{name}: {given.get(name.lower())!r} and not {value!r}"
    return ""


def unlike(wanted: Any, given: Any, at: str = "") -> str:
    """Where a value differs from what is wanted of it; empty: nowhere. Keys that are not named do not matter."""
    if wanted is ...:
        return "" if given is not None else f"{at or '/'} is missing"
    if isinstance(wanted, Mapping):
        if not isinstance(given, Mapping):
            return f"{at or '/'} is {given!r} and not {dict(wanted)!r}"
        return next((found for key, one in wanted.items() if (found := unlike(one, given.get(key), f"{at}/{key}"))), "")
    if isinstance(wanted, list):
        if not isinstance(given, list) or len(given) != len(wanted):
            return f"{at or '/'} is {given!r} and not {wanted!r}"
        pairs = zip(wanted, given, strict=True)
        return next((found for n, (one, two) in enumerate(pairs) if (found := unlike(one, two, f"{at}/{n}"))), "")
    same = wanted == given and isinstance(wanted, bool) == isinstance(given, bool)
    return "" if same else f"{at or '/'} is {given!r} and not {wanted!r}"


def _filled(text: str, kept: Mapping[str, str]) -> str:
    for name, value in kept.items():
        text = text.replace("{" + name + "}", value)
    return text


def _known(wanted: Any, kept: Mapping[str, str]) -> Any:
    if isinstance(wanted, str):
        return _filled(wanted, kept)
    if isinstance(wanted, Mapping):
        return {key: _known(value, kept) for key, value in wanted.items()}
    return [_known(value, kept) for value in wanted] if isinstance(wanted, list) else wanted
