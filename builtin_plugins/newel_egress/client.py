"""The client: checks where a request goes, sends it there and nowhere else, and reads no more than it may."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager

from aiohttp import ClientConnectorCertificateError, ClientError, ClientOSError, ClientResponse, ClientSession
from attrs import define, frozen
from yarl import URL

from newel import spans
from newel.contracts.egress import EgressFailed, EgressRefused, Incoming, Outgoing
from newel.contracts.tracing import Facts
from newel_egress.config import EgressConfig
from newel_egress.connecting import session
from newel_egress.headers import elsewhere, incoming, outgoing
from newel_egress.hosts import Malformed
from newel_egress.resolving import Resolve
from newel_egress.rules import Rules, refusal
from newel_egress.target import Target
from newel_egress.unpacking import Body

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FOLLOWED = frozenset({301, 302, 303, 307, 308})


@define
class Hop:
    """The next request of a chain of redirects."""

    target: Target
    headers: Mapping[str, str]
    followed: int = 0

    def facts(self) -> Facts:
        """What traces say of it: neither path nor query."""
        return {"server.address": str(self.target.host.name), "server.port": self.target.port}


@frozen
class Reached:
    """An answer whose body was not read yet."""

    target: Target
    session: ClientSession
    response: ClientResponse


class Client:
    """Keeps the contract ``Egress``. ``resolve`` is all that it knows of names."""

    def __init__(self, config: EgressConfig, resolve: Resolve, tls: ssl.SSLContext, log: logging.Logger) -> None:
        self._config = config
        self._rules = Rules(config)
        self._resolve = resolve
        self._tls = tls
        self._log = log

    async def check(self, url: str) -> None:
        loop = asyncio.get_running_loop()
        await self._checked(self._read(url), loop.time() + self._config.seconds)

    @asynccontextmanager
    async def send(self, request: Outgoing) -> AsyncIterator[Incoming]:
        deadline = asyncio.get_running_loop().time() + min(request.seconds, self._config.seconds)
        most = min(request.max_bytes, self._config.max_bytes)
        reached = await self._reach(request, deadline)
        try:
            async with aclosing(_pieces(reached.response, most, deadline)) as pieces:
                yield Incoming(
                    status=reached.response.status,
                    url=reached.target.url,
                    headers=incoming(reached.response.headers.items()),
                    pieces=pieces,
                )
        finally:
            await _close(reached)

    async def _reach(self, request: Outgoing, deadline: float) -> Reached:
        """Follows redirects to the answer that is meant."""
        if request.method not in METHODS:
            raise refusal("method")
        follows = max(0, request.redirects) if request.method in ("GET", "HEAD") and not request.body else 0
        try:
            hop = Hop(self._read(request.url), outgoing(request.headers, self._config.user_agent))
        except Malformed as error:
            raise refusal(error.rule) from None
        while True:
            reached = await self._one(request, hop, deadline)
            location = reached.response.headers.get("Location")
            if not follows or location is None or reached.response.status not in FOLLOWED:
                return reached
            await _close(reached)
            if hop.followed == follows:
                raise EgressFailed(f"it redirects more than {follows} times")
            hop = self._next(hop, location)

    async def _one(self, request: Outgoing, hop: Hop, deadline: float) -> Reached:
        addresses = await self._checked(hop.target, deadline, redirected=hop.followed > 0)
        http = session(addresses, self._tls)
        try:
            with _failing(), spans.step(request.method, "client", hop.facts) as span:
                async with asyncio.timeout_at(deadline):
                    response = await http.request(
                        request.method,
                        URL(hop.target.url, encoded=True),
                        headers={**hop.headers, **spans.outgoing(str(hop.target.host.name))},
                        data=request.body or None,
                        allow_redirects=False,
                    )
                if span is not None:
                    span.say({"http.response.status_code": response.status})
        except EgressFailed as error:
            await http.close()
            self._log.info("a request failed", extra={"origin": hop.target.origin, "why": error.detail})
            raise
        except BaseException:
            await http.close()
            raise
        return Reached(hop.target, http, response)

    def _next(self, hop: Hop, location: str) -> Hop:
        try:
            target = hop.target.joined(location)
        except Malformed as error:
            raise self._refused(error.rule, "", redirected=True) from None
        if (hop.target.scheme, target.scheme) == ("https", "http"):
            raise self._refused("downgrade", target.origin, redirected=True)
        same = target.origin == hop.target.origin
        return Hop(target, hop.headers if same else elsewhere(hop.headers), hop.followed + 1)

    # -- checking -------------------------------------------------------------------------------------------------

    def _read(self, url: str) -> Target:
        try:
            return Target.of(url)
        except Malformed as error:
            raise self._refused(error.rule, "") from None

    async def _checked(self, target: Target, deadline: float, *, redirected: bool = False) -> Sequence[str]:
        """The addresses of its host. Each was checked: nobody asks for the name again."""
        rule, name, addresses = self._rules.before(target), target.host.name, [str(target.host.name)]
        if rule is None and isinstance(name, str):
            with _failing("its name could not be resolved"):
                async with asyncio.timeout_at(deadline):
                    addresses = list(await self._resolve(name, target.port))
            if not addresses:
                raise EgressFailed("its name could not be resolved")
            rule = self._rules.addresses(name, addresses)
        if rule is not None:
            raise self._refused(rule, target.origin, redirected=redirected)
        return addresses

    def _refused(self, rule: str, origin: str, *, redirected: bool = False) -> EgressRefused:
        self._log.warning("a request was refused", extra={"origin": origin, "rule": rule, "redirected": redirected})
        return refusal(rule, redirected=redirected)


async def _pieces(response: ClientResponse, most: int, deadline: float) -> AsyncGenerator[bytes, None]:
    body = Body(response.headers.get("Content-Encoding", ""), most)
    while True:
        with _failing():
            async with asyncio.timeout_at(deadline):
                chunk = await response.content.readany()
        if not chunk:
            body.end()
            return
        for piece in body.feed(chunk):
            yield piece


async def _close(reached: Reached) -> None:
    reached.response.close()
    await reached.session.close()


@contextmanager
def _failing(text: str = "it could not be reached") -> Iterator[None]:
    """What goes wrong on the way, in words that tell nothing of what is there."""
    try:
        yield
    except TimeoutError:
        raise EgressFailed("it took longer than it may") from None
    except ClientConnectorCertificateError:
        raise EgressFailed("its certificate is not trusted") from None
    except (ClientOSError, OSError):
        raise EgressFailed(text) from None
    except (ClientError, ValueError):
        raise EgressFailed("it did not answer in sound HTTP") from None
