"""Real input: country profiles, as pages in a tree, written, published and read over HTTP, across a restart."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import Reply, Site, running

DATA = Path(__file__).parent.parent / "data" / "factbook.json.gz"

TYPES: tuple[dict[str, Any], ...] = (
    {
        "name": "section",
        "kind": "block",
        "fields": [{"name": "heading", "type": "text", "required": True}, {"name": "text", "type": "markdown"}],
    },
    {
        "name": "place",
        "kind": "page",
        "fields": [
            {"name": "title", "type": "text", "required": True, "indexed": True},
            {"name": "slug", "type": "slug", "required": True, "indexed": True, "options": {"source": "title"}},
            {"name": "code", "type": "text", "indexed": True},
            {"name": "sections", "type": "blocks", "options": {"types": ["section"]}},
        ],
    },
)

pytestmark = pytest.mark.slow


def ok(reply: Reply, status: int = 200) -> Any:
    assert reply.status == status, reply.body[:500]
    return reply.json()


def write(site: Site, regions: dict[str, Any]) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """Creates and publishes every page; answers path → (id, sections)."""
    for definition in TYPES:
        ok(site.api("POST", "/types", definition), 201)
    pages: dict[str, tuple[str, list[dict[str, Any]]]] = {}
    for region, countries in regions.items():
        top = create(site, {"title": region.replace("-", " ").title(), "slug": region}, None)
        pages[region] = (top["id"], [])
        for country in countries:
            data = {
                "title": country["name"],
                "code": country["code"],
                "sections": [{"type": "section", "data": section} for section in country["sections"]],
            }
            made = create(site, data, top["id"])
            pages[f"{region}/{made['data']['slug']}"] = (made["id"], country["sections"])
    for identity, _ in pages.values():
        ok(site.api("POST", f"/content/place/{identity}/publish", {}))
    return pages


def create(site: Site, data: dict[str, Any], parent: str | None) -> Any:
    return ok(site.api("POST", "/content/place", {"data": data, "parent": parent}), 201)


def test_hundreds_of_pages_survive_a_restart_byte_for_byte(tmp_path: Path) -> None:
    regions = json.loads(gzip.decompress(DATA.read_bytes()))
    with running(tmp_path) as site:
        token = site.token
        pages = write(site, regions)
        assert len(pages) == 266
        first = {path: read(site, path, identity, sections) for path, (identity, sections) in pages.items()}
        assert site.stop() == 0
    with running(tmp_path, token=token) as site:
        for path, (body, etag) in first.items():
            again = site.api("GET", f"/delivery/pages/{path}", anonymous=True)
            assert (again.status, again.body, again.headers["ETag"]) == (200, body, etag), path
            cached = site.api("GET", f"/delivery/pages/{path}", anonymous=True, If_None_Match=etag)
            assert (cached.status, cached.body) == (304, b"")


def read(site: Site, path: str, identity: str, sections: list[dict[str, Any]]) -> tuple[bytes, str]:
    """One page over delivery; what was written is what is read."""
    reply = site.api("GET", f"/delivery/pages/{path}", anonymous=True)
    page = ok(reply)
    assert page["id"] == identity
    assert [block["data"] for block in page["data"]["sections"] or []] == sections
    return reply.body, reply.headers["ETag"]
