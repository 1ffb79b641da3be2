"""``newel probe``: asks the running site whether it is ready. No application is loaded: it is run every few seconds."""

from __future__ import annotations

import http.client
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from newel.cli.output import clean
from newel.config import mistakes
from newel.errors import Reject
from newel_http.config import SHOWN, HttpConfig, reached

if TYPE_CHECKING:
    from pathlib import Path
    from ssl import SSLContext

    from newel.cli.site import Site

SECONDS = 3.0
MOST = 65_536
"""Bytes of an answer that are read."""


@click.command()
@click.option("--url", metavar="URL", help="Ask there, such as http://127.0.0.1:8420; else where this site listens.")
@click.option("--live", is_flag=True, help="Ask only whether the process is alive: a site that starts is.")
@click.pass_obj
def probe(site: Site, url: str | None, live: bool) -> int:
    """Ask whether the running site is ready.

    For health checks of containers and the like. Exit code 0: it is; 1: it is not, in one line. A site that starts, and
    perhaps changes tables, listens and is not ready: it says so.
    """
    where, context = (url, None) if url else _here(site)
    good, text = asked(where, "/livez" if live else "/readyz", context)
    click.echo(clean(text), err=not good)
    return 0 if good else 1


def asked(url: str, path: str, context: SSLContext | None = None) -> tuple[bool, str]:
    """Whether the site there is well, and a line about it. Raises ``Reject`` for what is no address."""
    try:
        parts = urlsplit(url)
        host, port, scheme = parts.hostname, parts.port, parts.scheme
    except ValueError:
        host = None
    if host is None or scheme not in ("http", "https") or parts.path.strip("/") or parts.query:
        raise Reject(f"'{url}' is no address such as http://127.0.0.1:8420")
    connection = _connection(scheme, host, port, context)
    try:
        connection.request("GET", path, headers={"User-Agent": "newel-probe"})
        answer = connection.getresponse()
        told = _told(answer.read(MOST))
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        return False, f"no answer from {url}: {_why(error)}"
    finally:
        connection.close()
    if answer.status != 200:
        return False, f"not ready: {told.get('detail') or f'{url}{path} answers {answer.status}'}"
    degraded = told.get("degraded")
    named = [one for one in degraded if isinstance(one, dict)] if isinstance(degraded, list) else []
    missing = [f"{one.get('plugin')} ({one.get('stage')})" for one in named]
    return True, f"{told.get('status', 'ready')}{': without ' + ', '.join(missing) if missing else ''}"


def _connection(scheme: str, host: str, port: int | None, context: SSLContext | None) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=SECONDS)
    return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"it took longer than {SECONDS:g} s"
    text = error.strerror if isinstance(error, OSError) else ""
    return text or str(error).strip() or type(error).__name__


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _here(site: Site) -> tuple[str, SSLContext | None]:
    """Where this site listens and what it shows there, as it is written: where it starts, all of that is checked."""
    site.expected()
    layers = site.layers()
    faults = [*layers.faults, *layers.fill("http", HttpConfig, site.folder)]
    if faults:
        raise Reject(mistakes(faults))
    values, default = layers.values.get("http", {}), HttpConfig()
    port = str(values.get("port", default.port))
    if not port.isdigit() or int(port) == 0:
        raise Reject(f"http.port is {port}: say where the site listens with --url")
    certificate = str(values.get("certificate", ""))
    url = reached("https" if certificate else "http", str(values.get("host", default.host)), int(port))
    return url, _pinned(site.folder, certificate) if certificate else None


def _pinned(folder: Path, certificate: str) -> SSLContext:
    """Takes the certificate in use, and the one that may have come since; this machine asks itself, so names and dates
    do not matter."""
    from newel_http.tls.contexts import leaf_of, pinned_context

    known = []
    for file in (certificate, SHOWN):
        with suppress(OSError, ValueError):
            known.append(leaf_of((folder / file).read_text("utf-8", "replace")))
    if not known:
        raise Reject(f"http.certificate: cannot read a certificate from {folder / certificate}")
    return pinned_context(*known)
