"""A load of readers and writers over HTTPS through a proxy, and what it meets while nodes come and go."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import Factory, define

from tests.nodes import Node, Proxy, caddy

ANSWER_SECONDS = 30
READERS, WRITERS = 3, 3
TYPE = {"name": "note", "fields": [{"name": "title", "type": "text", "indexed": True}]}


@define
class Tally:
    """What a load met."""

    asked: int = 0
    refused: list[str] = Factory(list)
    """Requests whose first try failed, and how."""
    lost: list[str] = Factory(list)
    """Those that failed after all tries."""
    kept: dict[str, str] = Factory(dict)
    """Titles by id, of what was answered with 201."""
    slowest: float = 0.0
    """Seconds from a request to its good answer, tries included."""
    gap: float = 0.0
    """The longest time in which nobody got a good answer."""
    _good: float = Factory(time.monotonic)
    _lock: threading.Lock = Factory(threading.Lock)

    def good(self, begun: float) -> None:
        with self._lock:
            now = time.monotonic()
            self.asked += 1
            self.slowest = max(self.slowest, now - begun)
            self.gap, self._good = max(self.gap, now - self._good), now

    def __str__(self) -> str:
        return (
            f"{self.asked} requests, {len(self.refused)} failed at the first try, {len(self.lost)} after retries, "
            f"{len(self.kept)} writes kept, longest gap {self.gap:.2f} s, slowest answer {self.slowest:.2f} s"
        )


class Load:
    """Readers, and writers whose acts have an ``Idempotency-Key``, over HTTPS through the proxy until ``stop``.

    A request that fails is tried again with the same key, ``TRIES`` times.
    """

    TRIES = 5
    PAUSE = 0.2

    def __init__(self, proxy: Proxy, token: str, pace: float = 0.0) -> None:
        """``pace`` is how many seconds each worker rests after a request."""
        self.tally = Tally()
        self._pace = pace
        self._proxy = proxy
        self._trust = proxy.trust()
        self._token = token
        self._ended = threading.Event()
        self._threads = [
            *(threading.Thread(target=self._work, args=(self._read,), daemon=True) for _ in range(READERS)),
            *(threading.Thread(target=self._work, args=(self._write,), daemon=True) for _ in range(WRITERS)),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> Tally:
        self._ended.set()
        for thread in self._threads:
            thread.join(60)
        return self.tally

    def until(self, requests: int) -> None:
        """Returns when so many more have been answered."""
        enough = self.tally.asked + requests
        until = time.monotonic() + 60
        while self.tally.asked < enough:
            if time.monotonic() > until:
                raise AssertionError(f"the load does not get on: {self.tally}\n{self.tally.lost[-3:]}")
            time.sleep(0.01)  # the threads answer to nobody

    def _work(self, act: Callable[[Client, int], None]) -> None:
        client = Client(self._proxy.port, self._trust, self._token)
        number = 0
        while not self._ended.is_set():
            act(client, number)
            number += 1
            self._ended.wait(self._pace)
        client.close()

    def _read(self, client: Client, number: int) -> None:
        self._tried(client, "GET", "/api/v1/content/note?limit=5&sort=-created_at", None, {}, 200)

    def _write(self, client: Client, number: int) -> None:
        title = f"{threading.get_ident()}-{number}"
        body = json.dumps({"data": {"title": title}}).encode()
        answer = self._tried(client, "POST", "/api/v1/content/note", body, {"Idempotency-Key": title}, 201)
        if answer is not None:
            self.tally.kept[json.loads(answer)["id"]] = title

    def _tried(
        self, client: Client, method: str, path: str, body: bytes | None, headers: dict[str, str], wanted: int
    ) -> bytes | None:
        begun = time.monotonic()
        told = ""
        for number in range(self.TRIES):
            try:
                status, answer = client.ask(method, path, body, headers)
            except (OSError, http.client.HTTPException) as error:
                client.close()
                told = f"{method} {type(error).__name__}: {error}"
            else:
                if status == wanted:
                    self.tally.good(begun)
                    return answer
                told = f"{method} {status} {answer[:300].decode(errors='replace')}"
            if number == 0:
                self.tally.refused.append(told)
            self._ended.wait(self.PAUSE)
        self.tally.lost.append(told)
        return None


class Client:
    """A connection that is kept. Nothing is tried again here."""

    def __init__(self, port: int, trust: ssl.SSLContext, token: str) -> None:
        self._connection = http.client.HTTPSConnection("localhost", port, timeout=ANSWER_SECONDS, context=trust)
        self._token = token

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        sent = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", **(headers or {})}
        self._connection.request(method, path, body, sent)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        self._connection.close()


def tried(folder: Path, nodes: Sequence[Node], rounds: int, between: int, pace: float = 0.0) -> tuple[Tally, float]:
    """The load, while in each round the first node dies (``kill -9``) and comes back, then the second restarts.

    ``between`` answers come between two events. Afterwards each write that was answered is looked for: one that is gone
    counts as lost. Answers the tally and the seconds.
    """
    first, second = nodes
    token = first.start().token
    second.start(token)
    try:
        assert first.api("POST", "/types", TYPE).status == 201
        with caddy(folder, [one.port for one in nodes]) as proxy:
            begun = time.monotonic()
            load = Load(proxy, token, pace)
            load.until(between)
            for number in range(rounds):
                if number:
                    second.start(token)
                    load.until(between)
                first.kill()
                load.until(between)
                first.start(token)
                load.until(between)
                assert second.stop() == 0
                load.until(between)
            tally = load.stop()
            seconds = time.monotonic() - begun
        for identity, title in tally.kept.items():
            answer = first.api("GET", f"/content/note/{identity}")
            if answer.status != 200 or answer.json()["data"]["title"] != title:
                tally.lost.append(f"{identity} ({title}) is gone: {answer.status}")
        return tally, seconds
    finally:
        for one in nodes:
            one.end()
