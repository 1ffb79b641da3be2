"""A site with languages, pages and posts, and a mirror that follows its feed of changes over HTTP."""

from __future__ import annotations

from typing import Any

from newel.testing import Client

API = "/api/v1"
FEED = f"{API}/delivery/changes"
PLUGINS = ["database", "migrations", "content", "delivery", "http"]
LOCALES = ("en", "de")
TITLE = {"name": "title", "type": "text", "localized": True, "required": True, "indexed": True}
SLUG = {"name": "slug", "type": "slug", "localized": True, "options": {"source": "title"}}
READER = "perm:delivery.read_private"

Key = tuple[str, str]
"""An entry and a locale."""


class Editor:
    """Writes over HTTP."""

    def __init__(self, client: Client) -> None:
        self._client = client.signed_in("admin-token")

    async def ask(self, method: str, path: str, body: Any = None, *, may_fail: bool = False) -> Any:
        answer = await self._client.request(method, API + path, json=body)
        if may_fail and answer.status in (400, 404, 409, 412, 422):
            return None
        assert answer.status in (200, 201, 204), (method, path, body, answer.status, answer.body)
        return answer.json() if answer.body else None

    async def type(self, name: str, kind: str = "collection", **more: Any) -> None:
        await self.ask("POST", "/types", {"name": name, "kind": kind, "fields": [TITLE, SLUG], **more})

    async def create(self, type: str, title: str, parent: str | None = None, locale: str = "en") -> str:
        body = {"data": {"title": title}, "parent": parent, "locale": locale}
        return str((await self.ask("POST", f"/content/{type}", body))["id"])

    async def publish(self, type: str, id: str, locale: str = "en", **more: Any) -> None:
        await self.ask("POST", f"/content/{type}/{id}/publish", {"locale": locale, **more})

    async def published(self, type: str, title: str, parent: str | None = None) -> str:
        id = await self.create(type, title, parent)
        await self.publish(type, id)
        return id


class Mirror:
    """Keeps what is published, by nothing but the feed and single reads of what it names."""

    def __init__(self, client: Client, limit: int = 100) -> None:
        self._client = client
        self.limit = limit
        self.token: str | None = None
        self.kept: dict[Key, Any] = {}

    async def page(self) -> Any:
        """One page of the feed, applied."""
        since = "" if self.token is None else f"&since={self.token}"
        answer = await self._client.get(f"{FEED}?limit={self.limit}{since}")
        assert answer.status == 200, answer.body
        told = answer.json()
        assert len(told["data"]) <= self.limit
        for one in told["data"]:
            await self._apply(one)
        self.token = told["meta"]["next"]
        return told

    async def follow(self) -> list[Any]:
        """All pages up to now; answers what they told."""
        told: list[Any] = []
        while True:
            page = await self.page()
            told += page["data"]
            if page["links"]["next"] is None:
                return told
            assert page["links"]["next"] == self.token

    async def _apply(self, one: Any) -> None:
        self.kept.pop((one["entry"], one["locale"]), None)
        if one["change"] == "published":
            path = f"{API}/delivery/{one['type']}/{one['entry']}?locale={one['locale']}&fallback=false"
            answer = await self._client.get(path)
            if answer.status == 200:  # else it has changed again, and stands further on
                self.kept[one["entry"], one["locale"]] = answer.json()


async def everything(client: Client, *types: str) -> dict[Key, Any]:
    """All published entries of some types as the lists have them; types that are not served have none."""
    found: dict[Key, Any] = {}
    for type in types:
        for locale in LOCALES:
            cursor = ""
            while True:
                path = f"{API}/delivery/{type}?locale={locale}&fallback=false&limit=100{cursor}"
                answer = await client.get(path)
                if answer.status in (400, 404):
                    break
                told = answer.json()
                found |= {(one["id"], locale): one for one in told["data"]}
                if told["links"]["next"] is None:
                    break
                cursor = f"&cursor={told['links']['next']}"
    return found


def brief(told: list[Any]) -> list[tuple[str, str, str | None]]:
    """Entry, change and path."""
    return [(one["entry"], one["change"], one["path"]) for one in told]
