"""The SSH door with the terminal admin, in a process of its own: sign-in to first frame, key to screen, idle sessions,
commands. The client runs beside it on the same cores.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncssh
import psutil

from tests.bench._people import Person, connect
from tests.bench.timing import row, spread
from tests.support import Site, running

KEYS, SESSIONS, LOGINS, COMMANDS = 400, 200, 120, 120
ENTRIES = 2000
HOME = b"Queue and backups"
"""What only the first screen shows, and only when all of it is there."""
WINDOWS, WINDOW_SECONDS = 6, 10
"""Home is made anew every 5 seconds: each window holds two rounds of everybody."""


def run() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    for part in (_busy, _idle):  # each with a server of its own: memory that was used before hides what comes after,
        # which is why the second one gets its entries when the sessions have been weighed
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            (place / "newel.toml").write_text(
                f"[ssh]\nsessions = {SESSIONS + 50}\nsessions_each = {SESSIONS + 50}\nconnects_each = 1000\n", "utf-8"
            )
            with running(place) as site:
                text = key.export_public_key().decode()
                assert site.api("POST", "/ssh/keys", {"label": "bench", "key": text}).status == 201
                asyncio.run(part(site, key))


def _fill(site: Site) -> None:
    fields = [{"name": "title", "type": "text", "indexed": True}, {"name": "text", "type": "markdown"}]
    site.api("POST", "/types", {"name": "post", "fields": fields})
    for start in range(0, ENTRIES, 100):
        made = [
            {"op": "create", "type": "post", "data": {"title": f"Entry {n:05}", "text": "word " * 100}}
            for n in range(start, start + 100)
        ]
        answer = site.api("POST", "/content:batch", {"operations": made})
        assert answer.status == 200, answer.body


@asynccontextmanager
async def _person(site: Site, key: Any) -> AsyncIterator[Person]:
    async with await connect(site, key) as connection:
        person = await Person.at(connection)
        try:
            yield person
        finally:
            await person.leave()


async def _busy(site: Site, key: Any) -> None:
    print(f"  {ENTRIES} entries; client and server share the cores")
    _fill(site)
    await _logins(site, key, "alone")
    await _keys(site, key, "alone")
    await _commands(site, key)


async def _logins(site: Site, key: Any, when: str) -> None:
    signed: list[float] = []
    framed: list[float] = []
    for _ in range(LOGINS):
        begun = perf_counter()
        async with await connect(site, key) as connection:
            signed.append(perf_counter() - begun)
            begun = perf_counter()
            person = await Person.at(connection)
            await person.until(HOME)
            framed.append(perf_counter() - begun)
            await person.leave()
    spread(f"sign-in (key exchange and key), {when}", signed)
    row(f"the first first screen, {when}", framed[0] * 1e3, "ms", "< 300")
    spread(f"first screen after sign-in, {when} (target < 300 ms)", framed[1:])


async def _keys(site: Site, key: Any, when: str) -> None:
    """Up and down in a list, which does not change by itself: the row that the cursor comes to is drawn, and nothing
    else would draw it."""
    async with _person(site, key) as person:
        await person.until(HOME)
        await person.press(b":", b"Commands")
        await person.press(b"content/entries", b"content/entries")
        await person.press(b"\r", b"collection")
        await person.press(b"e", b"Entry 0")
        await person.quiet()
        titles = [found[0].encode() for line in person.lines if (found := re.search(r"Entry \d{5}", line))]
        assert len(titles) > 20, person.lines
        walk = [(b"j", one) for one in titles[1:]] + [(b"k", one) for one in titles[-2::-1]]
        times = [await person.press(*walk[number % len(walk)]) for number in range(KEYS)]
    spread(f"key to screen, in a list of entries, {when}", times)


async def _commands(site: Site, key: Any) -> None:
    async with await connect(site, key) as connection:
        times = []
        for _ in range(COMMANDS):
            begun = perf_counter()
            ran = await connection.run("content list post --limit 5 --json")
            times.append(perf_counter() - begun)
            assert ran.exit_status == 0, ran.stderr
    spread("content list --limit 5, on a connection that is open", times)


async def _idle(site: Site, key: Any) -> None:
    server = psutil.Process(site.process.pid)
    connections, people, before, open_before = [], [], 0, 0
    for number in range(SESSIONS):
        if number == SESSIONS // 2:  # the first ones bring the code, and take what the start had and gave back
            before, open_before = server.memory_info().rss, server.num_fds()
        connections.append(await connect(site, key))
        people.append(await Person.at(connections[-1]))
        await people[-1].until(HOME)
        people[-1].forget()
    await asyncio.sleep(2)
    weighed = SESSIONS - SESSIONS // 2
    grown = (server.memory_info().rss - before) / weighed / 2**20
    row(f"memory of an idle session, the last {weighed} of {SESSIONS}", grown, "MiB", "< 3")
    row("file descriptors of one", (server.num_fds() - open_before) / weighed, "")
    shares = [await _share(server) for _ in range(WINDOWS)]
    came = sum(len(one.seen) for one in people)
    told = f"{sum(shares) / WINDOWS:.1%} on average, {min(shares):.1%} to {max(shares):.1%}"
    print(f"  processor of the server while all are idle, {WINDOWS} times {WINDOW_SECONDS} s: {told}")
    row("bytes a second to each of them meanwhile", came / len(people) / WINDOWS / WINDOW_SECONDS, "B")
    await asyncio.to_thread(_fill, site)
    await _keys(site, key, f"{SESSIONS} others idle")
    await _logins(site, key, f"{SESSIONS} others idle")
    for person, connection in zip(people, connections, strict=True):
        await person.leave()
        connection.close()
    await asyncio.gather(*(connection.wait_closed() for connection in connections))


async def _share(server: psutil.Process) -> float:
    busy, begun = server.cpu_times(), perf_counter()
    await asyncio.sleep(WINDOW_SECONDS)
    now = server.cpu_times()
    return (now.user + now.system - busy.user - busy.system) / (perf_counter() - begun)
