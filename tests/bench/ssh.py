"""The SSH door with the terminal admin, in a process of its own: sign-in to first frame, key to screen, idle sessions,
commands. The client runs beside it on the same cores.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

import asyncssh
import psutil

from tests.support import Site, running

KEYS, SESSIONS, LOGINS, COMMANDS = 300, 200, 20, 40
ENTRIES = 2000


def run() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    for part in (_busy, _idle):  # each with a server of its own: memory that was used before hides what comes after
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


async def _connect(site: Site, key: Any) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        "127.0.0.1", site.ssh_port, username="newel", client_keys=[key], known_hosts=None, config=None, agent_path=None
    )


class _Person:
    """Somebody at a terminal of 120 by 40."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        self._process = process
        self.seen = b""

    @classmethod
    async def at(cls, connection: asyncssh.SSHClientConnection) -> _Person:
        return cls(await connection.create_process(term_type="xterm-256color", term_size=(120, 40), encoding=None))

    async def until(self, text: bytes) -> None:
        while text not in self.seen:
            more = await self._process.stdout.read(65536)
            assert more, self.seen[-2000:]
            self.seen += more

    async def press(self, keys: bytes) -> float:
        """Seconds until the first byte of the answer."""
        self.seen = b""
        begun = perf_counter()
        self._process.stdin.write(keys)
        self.seen += await asyncio.wait_for(self._process.stdout.read(65536), 10)
        return perf_counter() - begun


async def _busy(site: Site, key: Any) -> None:
    print(f"  {ENTRIES} entries; client and server share the cores")
    _fill(site)
    await _logins(site, key)
    await _keys(site, key)
    await _commands(site, key)


async def _logins(site: Site, key: Any) -> None:
    signed: list[float] = []
    framed: list[float] = []
    for _ in range(LOGINS):
        begun = perf_counter()
        connection = await _connect(site, key)
        signed.append(perf_counter() - begun)
        begun = perf_counter()
        person = await _Person.at(connection)
        await person.until(b"Home")
        framed.append(perf_counter() - begun)
        connection.close()
        await connection.wait_closed()
    _told("sign-in (key exchange and key)", signed)
    print(f"  {'the first frame of all (target < 300 ms)':<58} {framed[0] * 1e3:>10.2f} ms")
    _told("first frame after sign-in (target < 300 ms)", framed[1:])


async def _keys(site: Site, key: Any) -> None:
    connection = await _connect(site, key)
    person = await _Person.at(connection)
    await person.until(b"Home")
    await person.press(b":content/entries")
    await asyncio.sleep(0.5)
    await person.press(b"\r")
    await asyncio.sleep(0.5)
    await person.press(b"\r")
    await asyncio.sleep(1)
    times = []
    for number in range(KEYS):
        times.append(await person.press(b"j" if number % 40 < 35 else b"k"))
        await asyncio.sleep(0.005)
    _told("key to first byte, in a list of entries", times)
    connection.close()
    await connection.wait_closed()


async def _commands(site: Site, key: Any) -> None:
    connection = await _connect(site, key)
    times = []
    for _ in range(COMMANDS):
        begun = perf_counter()
        ran = await connection.run("content list post --limit 5 --json")
        times.append(perf_counter() - begun)
        assert ran.exit_status == 0, ran.stderr
    _told("content list --limit 5, on a connection that is open", times)
    connection.close()
    await connection.wait_closed()


async def _idle(site: Site, key: Any) -> None:
    server = psutil.Process(site.process.pid)
    connections, people, before = [], [], 0
    for number in range(SESSIONS + 1):
        if number == 1:  # the first one brings the code
            before = server.memory_info().rss
        connections.append(await _connect(site, key))
        people.append(await _Person.at(connections[-1]))
        await people[-1].until(b"Home")
    await asyncio.sleep(2)
    each = (server.memory_info().rss - before) / SESSIONS / 2**20
    print(f"  {'memory of an idle session, of ' + str(SESSIONS):<58} {each:>10.2f} MB   target < 3")
    print(f"  {'file descriptors of one':<58} {server.num_fds() / SESSIONS:>10.2f}")
    busy = server.cpu_times()
    await asyncio.sleep(5)
    now = server.cpu_times()
    share = (now.user + now.system - busy.user - busy.system) / 5
    print(f"  {'processor while all are idle':<58} {share:>10.2%}")
    times = [await people[number].press(b"?") for number in range(100)]
    _told(f"key to first byte, with {SESSIONS} sessions", times)
    for connection in connections:
        connection.close()
    await asyncio.gather(*(connection.wait_closed() for connection in connections))


def _told(label: str, times: list[float]) -> None:
    cuts = quantiles(times, n=100)
    print(f"  {label:<58} p50 {cuts[49] * 1e3:8.1f} ms   p99 {cuts[98] * 1e3:8.1f} ms")
