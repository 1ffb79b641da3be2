"""Whether the door is where it should be, and no further open than it should be. None of it needs a site that runs."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Network, ip_network
from typing import TYPE_CHECKING

from newel import ports
from newel.contracts.site import Finding, HealthCheck

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.config import HttpConfig

WIDE = {4: 8, 6: 16}
"""Fewer bits than these name no proxies, but a part of the world."""
UNIQUE_LOCAL = IPv6Network("fc00::/7")
ASKED = b"GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n"


class Looking:
    """Brings the checks."""

    def __init__(self, app: App, config: HttpConfig) -> None:
        self._app = app
        self._config = config

    def checks(self) -> Sequence[HealthCheck]:
        return (
            HealthCheck(name="http.exposed", summary="Who can listen to requests", look=self.exposed, running=False),
            HealthCheck(name="http.port", summary="The port of the HTTP door", look=self.port, running=False),
            HealthCheck(name="http.proxies", summary="Proxies that are believed", look=self.proxies, running=False),
        )

    async def exposed(self) -> Finding:
        host = self._config.host
        if ports.local(host):
            return Finding(detail=f"only this machine reaches {host}")
        if self._config.certificate:
            return Finding(detail=f"{host} speaks TLS")
        if self._config.trusted_proxies:
            return Finding(detail=f"{host} is behind a proxy, which is to speak TLS")
        return Finding(
            state="warning", detail=f"{host} answers without TLS: who is on the way reads passwords and tokens",
            remedy="Set http.certificate, or http.host = \"127.0.0.1\" behind a proxy that speaks TLS; where the proxy "
            "is elsewhere, name it in http.trusted_proxies.",
        )  # fmt: skip

    async def proxies(self) -> Finding:
        wide = [one for one in self._config.trusted_proxies if _wide(one)]
        if wide:
            return Finding(
                state="failing", detail=f"{', '.join(wide)} believes strangers: each can say to come from anywhere",
                remedy="Name the proxies alone in http.trusted_proxies, such as 10.0.0.5/32.",
            )  # fmt: skip
        return Finding(detail=", ".join(self._config.trusted_proxies) or "none: the address of the connection counts")

    async def port(self) -> Finding:
        config = self._config
        if self._app.serving:
            return Finding(detail="this process listens")
        if config.certificate:
            return await ports.look(config.host, config.port, lambda _: True)  # it would have to speak TLS
        return await ports.look(config.host, config.port, lambda said: b'"status":"alive"' in said, ASKED)


def _wide(text: str) -> bool:
    network = ip_network(text)
    own = isinstance(network, IPv6Network) and network.prefixlen and network.subnet_of(UNIQUE_LOCAL)
    return network.prefixlen < WIDE[network.version] and not own
