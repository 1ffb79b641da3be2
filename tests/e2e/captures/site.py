"""The sites that are captured: the demonstration with a few files and one changed draft, and an empty one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from tests.e2e.tmux import new_key, ssh
from tests.support import Site, request, running

CHANGED = "The post that carries everything"
"""The entry whose draft says more than what readers see."""
ANEW = "A newel has no step of its own, and so all the steps can lean on it."
PICTURES = {
    "winding-stair.jpg": ((1600, 1200), "#e8dcc4", "#a9744f"),
    "third-landing.jpg": ((1200, 1600), "#f6e7a8", "#7d8790"),
    "fire-escape.jpg": ((1500, 1000), "#b9d4e8", "#c8553d"),
    "newel-post.jpg": ((1000, 1000), "#dfe4d3", "#6b4a2f"),
}
NOTES = b"# Stairs to look at\n\n- the town hall, third landing\n- the mill\n"


@contextmanager
def magazine(folder: Path) -> Iterator[list[str]]:
    """The demonstration is up until the end of the block; gives what a client says to get in."""
    with running(folder / "magazine", "--demo", settings=()) as site:
        found = asked(site, "GET", "/content/post?filter[title][_eq]=" + CHANGED.replace(" ", "%20"))["data"][0]
        more = {"type": "prose", "data": {"text": "Too late, and the treads wait in the yard."}}
        new = {"summary": ANEW, "body": [*found["data"]["body"], more]}
        asked(site, "PATCH", f"/content/post/{found['id']}", {"data": new})
        for name, (size, wall, wood) in PICTURES.items():
            uploaded(site, name, "image/jpeg", stair(size, wall, wood))
        uploaded(site, "places.md", "text/markdown", NOTES)
        yield way_in(site, folder / "magazine-keys")


@contextmanager
def empty(folder: Path) -> Iterator[list[str]]:
    """A new site is up until the end of the block; gives what a client says to get in."""
    with running(folder / "empty", settings=()) as site:
        yield way_in(site, folder / "empty-keys")


def way_in(site: Site, keys: Path) -> list[str]:
    keys.mkdir()
    key = new_key(keys)
    asked(site, "POST", "/ssh/keys", {"label": "laptop", "key": key.with_suffix(".pub").read_text("utf-8")})
    return ssh(site, key)


def asked(site: Site, method: str, path: str, data: Any = None) -> Any:
    reply = site.api(method, path, data)
    assert reply.status in (200, 201), (path, reply.status, reply.body[:500])
    return reply.json()


def uploaded(site: Site, name: str, mime: str, data: bytes) -> None:
    reply = request("POST", f"{site.url}/api/v1/media?name={name}", data, site.token, Content_Type=mime)
    assert reply.status == 201, (name, reply.body[:500])


def stair(size: tuple[int, int], wall: str, wood: str) -> bytes:
    """A JPEG of six steps before a wall with a round window."""
    width, height = size
    made = Image.new("RGB", size, wall)
    draw = ImageDraw.Draw(made)
    across, up = width / 7, height / 8
    draw.ellipse((width * 0.12, height * 0.12, width * 0.12 + up * 2, height * 0.12 + up * 2), fill="#fffdf2")
    for step in range(6):
        left, top = across * (step + 1), height - up * (step + 1)
        draw.rectangle((left, top, width, height), fill=wood)
        draw.rectangle((left - across / 8, top, width, top + up / 6), fill="#3b2c20")
    stream = io.BytesIO()
    made.save(stream, "JPEG", quality=85)
    return stream.getvalue()
