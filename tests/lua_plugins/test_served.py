"""What ships, on a site that serves: there from the start, silent until it is approved."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lua_plugins.driving import enabled
from tests.support import Site, running

pytestmark = [pytest.mark.slow, pytest.mark.engines("sqlite")]
SHIPPED = ["forms", "hello", "reading_time", "redirects", "sitemap_data"]


def test_shipped_plugins_serve_once_they_are_approved(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        listed = site.api("GET", "/lua/plugins").json()
        assert [(one["name"], one["enabled"]) for one in listed["data"]] == [(name, False) for name in SHIPPED]
        assert site.api("GET", "/plugins/hello/?name=Ada").status == 404
        assert site.api("PATCH", "/lua/plugins/hello/settings", {"settings": {"greeting": "Ahoy"}}).status == 200
        with enabled(site, *SHIPPED):
            used(site)
        assert site.api("GET", "/plugins/hello/?name=Ada").status == 404
        assert site.stop() == 0


def used(site: Site) -> None:
    hello = site.api("GET", "/plugins/hello/?name=Ada", anonymous=True)
    assert hello.json() == {"message": "Ahoy, Ada!"}

    assert site.api("POST", "/plugins/redirects/rules", {"source": "/old", "target": "/new"}).status == 201
    moved = site.api("GET", "/delivery/pages/old", anonymous=True)
    told = {name.lower(): value for name, value in moved.headers.items()}
    assert (moved.status, told["location"]) == (301, "/new")

    form = site.api("POST", "/plugins/forms/forms", {"name": "Contact"}).json()
    sent = site.api("POST", f"/plugins/forms/forms/{form['id']}/submit", {"_hp": "robot"}, anonymous=True)
    assert sent.status == 201
    assert site.api("GET", f"/plugins/forms/forms/{form['id']}/entries").json()["total"] == 0
