"""``kill -9`` during writes: what was answered with 2xx is there, with its audit row, and the database is whole."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from tests.support import Site, start

TYPE = {"name": "note", "fields": [{"name": "title", "type": "text", "indexed": True}]}


def write_until_it_dies(site: Site, worker: int, kept: list[tuple[str, str]]) -> None:
    number = 0
    while True:
        title = f"{worker}-{number}"
        try:
            reply = site.api("POST", "/content/note", {"data": {"title": title}})
        except OSError:
            return
        if reply.status == 201:
            kept.append((reply.json()["id"], title))
        number += 1


@pytest.mark.slow
def test_what_was_answered_is_kept(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    kept: list[tuple[str, str]] = []
    token = ""
    for round_number in range(3):
        site = start(tmp_path, token=token)
        token = site.token
        if round_number == 0:
            assert site.api("POST", "/types", TYPE).status == 201
        workers = [
            threading.Thread(target=write_until_it_dies, args=(site, worker, kept))
            for worker in range(round_number * 4, round_number * 4 + 4)
        ]
        for worker in workers:
            worker.start()
        time.sleep(chance.uniform(0.3, 1.2))  # when it dies is the point: at a random moment, the seed is printed
        site.kill()
        for worker in workers:
            worker.join()
    assert len(kept) > 20
    site = start(tmp_path, token=token)
    try:
        for identity, title in kept:
            assert site.api("GET", f"/content/note/{identity}").json()["data"]["title"] == title
    finally:
        assert site.stop() == 0
    with sqlite3.connect(tmp_path / "data" / "newel.db") as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert database.execute("pragma foreign_key_check").fetchall() == []
        rows = database.execute("select entity_id from audit_log where operation = 'content.create'").fetchall()
    database.close()
    audited = [identity for (identity,) in rows]
    assert {identity for identity, _ in kept} <= set(audited)
    assert len(audited) == len(set(audited))
