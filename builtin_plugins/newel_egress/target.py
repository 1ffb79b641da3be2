"""URLs: read strictly, and written anew, so that nobody further on can read them differently."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin

from attrs import frozen

from newel_egress.hosts import Host, Malformed, canonical

FORM = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?")
AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::(.*))?")
FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
"""What programs strip, fold or take for a slash."""
PORTS = {"http": 80, "https": 443}
LONGEST = 8000
KEPT = "%/:?@!$&'()*+,;=~[]|"


@frozen
class Target:
    """Where a request goes. ``rest`` is path and query."""

    scheme: str
    host: Host
    port: int
    rest: str

    @classmethod
    def of(cls, url: str) -> Target:
        """Raises ``Malformed``. The fragment is dropped, letters beyond ASCII are encoded."""
        if len(url) > LONGEST or FORBIDDEN.search(url):
            raise Malformed("url")
        found = FORM.fullmatch(url)
        if found is None:
            raise Malformed("url" if "://" not in url and not re.match(r"[A-Za-z][\w+.-]*:", url) else "scheme")
        scheme, authority = found[1].lower(), found[2]
        if scheme not in PORTS:
            raise Malformed("scheme")
        if "@" in authority:
            raise Malformed("userinfo")
        parts = AUTHORITY.fullmatch(authority)
        if parts is None:
            raise Malformed("host")
        host, port = canonical(parts[1]), PORTS[scheme]
        if parts[2]:
            if not re.fullmatch(r"[0-9]{1,5}", parts[2]) or not 0 < int(parts[2]) < 65_536:
                raise Malformed("port")
            port = int(parts[2])
        rest = quote((found[3] or "/") + (found[4] or ""), safe=KEPT)
        return cls(scheme, host, port, rest)

    @property
    def origin(self) -> str:
        """Scheme, host and port: all of it that may be logged, since paths and queries of webhooks are secrets."""
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def url(self) -> str:
        return self.origin + self.rest

    def joined(self, location: str) -> Target:
        """Where a redirect from here leads. Raises ``Malformed``."""
        if len(location) > LONGEST or FORBIDDEN.search(location):
            raise Malformed("url")
        try:
            return Target.of(urljoin(self.url, location))
        except Malformed:
            raise
        except ValueError:  # urljoin's, of brackets that do not match
            raise Malformed("url") from None
