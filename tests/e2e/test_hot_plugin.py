"""contrib/example_plugin comes into a site that serves under load, and goes again; nobody else notices."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from tests.e2e.test_example_plugin import BOOK, installed, package, refusal
from tests.support import Site, running

pytestmark = pytest.mark.slow
__all__ = ["installed", "package"]  # fixtures


@contextmanager
def load(site: Site, name: str) -> Iterator[Counter[int]]:
    """Three clients that read and write as fast as they are answered; counts the answers by status."""
    seen: Counter[int] = Counter()
    over = Event()

    def work(number: int) -> None:
        while not over.is_set():
            made = site.api("POST", f"/content/{name}", {"data": {"title": f"by {number}"}})
            seen[made.status] += 1
            if made.status == 201:
                seen[site.api("POST", f"/content/{name}/{made.json()['id']}/publish").status] += 1
            seen[site.api("GET", f"/delivery/{name}", anonymous=True).status] += 1

    threads = [Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join(60)


def switch(site: Site, verb: str) -> Any:
    answer = site.api("POST", f"/site/plugins/imprint/{verb}")
    assert answer.status == 200, answer.body
    return answer.json()


def test_it_comes_and_goes_under_load(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "newel.toml").write_text('[plugins]\ndisable = ["imprint"]\n[http]\naccess_log = false\n', "utf-8")
    with running(tmp_path) as site:
        assert site.api("POST", "/types", {"name": "note", "fields": [{"name": "title", "type": "text"}]}).status == 201
        assert site.api("GET", "/imprint/published").status == 404
        with (tmp_path / "newel.toml").open("a", encoding="utf-8") as file:  # written while the site runs
            file.write('[imprint]\nbanned_words = ["synergy"]\n')
        with load(site, "note") as seen:
            for _ in range(3):
                assert switch(site, "enable") == {"name": "imprint", "on": True, "live": True, "restart": ""}
                assert site.api("GET", "/imprint/published").status == 200
                assert site.api("POST", "/content/note", {"data": {"title": "synergy"}}).status == 422
                assert switch(site, "disable")["live"]
                assert site.api("GET", "/imprint/published").status == 404
                assert site.api("POST", "/content/note", {"data": {"title": "synergy"}}).status == 201
            switch(site, "enable")
        assert set(seen) == {200, 201}, seen
        assert min(seen.values()) > 10, seen
        assert site.api("POST", "/types", BOOK).status == 201
        assert refusal(site, isbn="978-3-16-148410-1") == (422, "/data/isbn", "check_digit")
        assert site.api("GET", "/imprint/published").json()["by_type"].keys() <= {"note"}
        assert tomllib.loads((tmp_path / "newel.toml").read_text("utf-8"))["plugins"]["disable"] == []
        assert site.stop() == 0
    assert [line for line in site.said if " ERROR " in line or "Traceback" in line] == []
    with running(tmp_path, token=site.token) as again:
        assert again.api("GET", "/imprint/published").status == 200
