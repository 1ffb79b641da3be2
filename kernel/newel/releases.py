"""Whether there is a newer Newel. Asked only when somebody asks; nothing is downloaded but the list."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from typing import Annotated, Any

from attrs import frozen

from newel.errors import Reject, Transient
from newel.versions import VERSION

SECONDS = 5.0
MOST = 16 * 1024 * 1024
"""Bytes of an answer."""
UPGRADE = "newel backup run, then pip install --upgrade newel, then newel doctor and newel serve"


@frozen(kw_only=True)
class ReleasesConfig:
    """The ``[releases]`` section: asked by ``newel version --check`` and by nothing else."""

    url: Annotated[str, "Where releases are listed, as PyPI does it in JSON; an own mirror of it, for example."] = (
        "https://pypi.org/pypi/newel/json"
    )


@frozen(kw_only=True)
class Standing:
    """How this version stands among the releases."""

    current: str
    latest: str
    """The newest that this Python can run; a pre-release only where the present one is a pre-release too."""
    newer: bool
    read: str
    """Where it says what has changed; empty where the list does not say it."""


def asked(url: str, current: str = VERSION) -> Standing:
    """Asks the list; blocks, each step for ``SECONDS`` at most. Raises ``Transient`` where it does not answer, or not
    with such a list, ``Reject`` where the address is none."""
    return standing(_listed(url), current, url)


def standing(found: Any, current: str, url: str = "") -> Standing:
    """Reads a list: ``releases`` by version, each with its files (``yanked``, ``requires_python``)."""
    from packaging.version import InvalidVersion, Version

    if not isinstance(found, Mapping) or not isinstance(found.get("releases"), Mapping):
        raise Transient(f"cannot tell: {url} answers, but lists no releases as PyPI does")
    here = Version(current)
    known = []
    for text, files in found["releases"].items():
        try:
            version = Version(text)
        except InvalidVersion:
            continue
        if _usable(files) and (not version.is_prerelease or here.is_prerelease):
            known.append(version)
    latest = max(known, default=here)
    return Standing(current=current, latest=str(latest), newer=latest > here, read=_page(found.get("info")))


def _usable(files: Any) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    for one in files if isinstance(files, list) else ():
        if not isinstance(one, Mapping) or one.get("yanked"):
            continue
        try:
            wanted = SpecifierSet(str(one.get("requires_python") or ""))
        except InvalidSpecifier:
            continue
        if wanted.contains(platform.python_version(), prereleases=True):
            return True
    return False


def _page(info: Any) -> str:
    pages = info.get("project_urls") if isinstance(info, Mapping) else None
    known = {str(name).casefold(): page for name, page in pages.items()} if isinstance(pages, Mapping) else {}
    wanted = next((known[name] for name in ("changelog", "changes", "release notes") if name in known), "")
    wanted = wanted or (info.get("project_url") if isinstance(info, Mapping) else "")
    return wanted if isinstance(wanted, str) and wanted.startswith("https://") else ""


def _listed(url: str) -> Any:
    import http.client  # a tenth of a second, for one command
    import urllib.error
    import urllib.request

    if not url.startswith(("https://", "http://")):
        raise Reject(f"releases.url: '{url}' is no address such as https://pypi.org/pypi/newel/json")
    request = urllib.request.Request(url, headers={"Accept": "application/json", "User-Agent": f"newel/{VERSION}"})  # noqa: S310 - looked at above
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - looked at above
            text = answer.read(MOST + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise Transient(f"cannot tell: {url} answers {error.code} {error.reason}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:  # what is no HTTP is no OSError
        cause = getattr(error, "reason", None) or str(error).strip() or type(error).__name__
        raise Transient(f"cannot tell: {url} does not answer ({cause})") from None
    if len(text) > MOST:
        raise Transient(f"cannot tell: {url} answers more than {MOST:,} bytes")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Transient(f"cannot tell: {url} answers, but no JSON") from None
