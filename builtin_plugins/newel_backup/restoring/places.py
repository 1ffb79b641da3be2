"""Where a restored site goes: a new database beside the old one, and a new place for files."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import frozen

from newel import tomlfile
from newel.app import App
from newel.config import FILE, VARIABLE
from newel.contracts.blobs import Blobs, BlobsConfig
from newel.contracts.database import Database, DatabaseConfig
from newel.errors import BootError, Conflict, NewelError
from newel.sibling import sibling

_LAST = re.compile(r"(?P<before>[^?#]*[/:])(?P<name>[^/:?#]+)(?P<after>/?([?#].*)?)")
_PASSWORD = re.compile(
    r"//[^/@:]*:(?!\$\{\w+\}@)[^/@]+@|[?&][^=&#]*(?:pass|pwd)[^=&#]*=(?!\$\{\w+\}(?:[&#]|$))[^&#]", re.I
)
_SECRET = re.compile(r"(?<=[?&])([^=&#]*(?:pass|pwd|secret|token)[^=&#]*)=[^&#]*", re.IGNORECASE)
_EARLIER = re.compile(r"[-_][0-9a-z]{26}(?=$|\.)")


@frozen(kw_only=True)
class Setting:
    """A setting with a URL, as it stands now."""

    path: str
    text: str
    """As the configuration has it, ``${NAME}`` unfilled."""
    url: str
    elsewhere: str = ""
    """Where it comes from, if that is not the site's file: then nobody but a person can change it."""


@frozen(kw_only=True)
class Place:
    """A new URL: what the configuration will say, and what that means."""

    setting: Setting
    text: str
    url: str
    ours: bool
    """Whether it is made, and may be removed again."""

    @property
    def name(self) -> str:
        """The last part of its path."""
        found = _LAST.fullmatch(self.url)
        return found["name"] if found else ""


@frozen(kw_only=True)
class Places:
    """Both. ``store`` is ``None`` where the site keeps no files."""

    database: Place
    store: Place | None

    @property
    def settings(self) -> dict[str, str]:
        """For a sibling."""
        values = {"database.url": self.database.url}
        return values | ({"blobs.url": self.store.url} if self.store else {})

    @property
    def texts(self) -> dict[tuple[str, str], str]:
        """For the configuration."""
        changed = {("database", "url"): self.database.text}
        return changed | ({("blobs", "url"): self.store.text} if self.store else {})

    @property
    def elsewhere(self) -> list[Setting]:
        """Settings that cannot be changed in the site's file."""
        both = [self.database.setting, *([self.store.setting] if self.store else [])]
        return [one for one in both if one.elsewhere]


def present(app: App, section: str, kind: type[Any]) -> Setting:
    """A setting ``url`` as it stands. Raises ``BootError`` where the site's file cannot be read."""
    path, url = f"{section}.url", app.config(kind).url.reveal()
    origin = app.configuration.layers.origin(path)
    if origin in ("default", FILE) and not os.access(app.folder, os.W_OK):  # a container's: the file is replaced there
        return Setting(path=path, text=url, url=url, elsewhere=f"{FILE}, which cannot be written here")
    if origin == "default":
        return Setting(path=path, text=url, url=url)
    (text,) = tomlfile.texts(app.folder / FILE, (section, "url"))
    if origin != FILE or not isinstance(text, str):
        told = "a variable or a file that newel.toml names" if origin == FILE else origin
        return Setting(path=path, text=url, url=url, elsewhere=told)
    return Setting(path=path, text=text, url=url)


def places(app: App, id: str, into: str = "") -> Places:
    """The places of a restore with that id. ``into``: an empty database that somebody made for it, ``${NAME}`` filled
    in from the environment. Raises ``BootError`` where no name can be found for a new one."""
    setting = present(app, "database", DatabaseConfig)
    if into:
        database = Place(setting=setting, text=into, url=filled(into, app.configuration.environment), ours=False)
    else:
        mark = "-" if setting.url.startswith("sqlite:") else "_"
        database = _beside(setting, mark, id, "give an empty one with --into")
    if Blobs not in app.plan.providers:
        return Places(database=database, store=None)
    return Places(
        database=database, store=_beside(present(app, "blobs", BlobsConfig), "-", id, "set another blobs.url")
    )


def _beside(setting: Setting, mark: str, id: str, instead: str) -> Place:
    text, url = (_renamed(one, mark, id) for one in (setting.text, setting.url))
    if text is None or url is None:
        raise BootError(f"no place for what is restored can be told from {setting.path}: {instead}")
    return Place(setting=setting, text=text, url=url, ours=True)


def _renamed(url: str, mark: str, id: str) -> str | None:
    """The URL with another last name: ``newel.db`` becomes ``newel-<id>.db``."""
    parts = urlsplit(VARIABLE.sub("x", url))
    if parts.scheme == "s3" and not parts.path.strip("/"):
        return f"{url.rstrip('/')}/restored-{id.lower()}"
    found = _LAST.fullmatch(url)
    if found is None or not parts.path.strip("/") or VARIABLE.search(found["name"]):
        return None
    stem, dot, ending = _EARLIER.sub("", found["name"]).partition(".")
    return f"{found['before']}{stem[:30]}{mark}{id.lower()}{dot}{ending}{found['after']}"


def filled(text: str, environment: Mapping[str, str]) -> str:
    """A URL with ``${NAME}`` filled in. Raises ``BootError``."""

    def value(match: re.Match[str]) -> str:
        found = environment.get(match[1]) or match[2]
        if found is None:
            raise BootError(f"the URL names ${{{match[1]}}}, which is not set")
        return found

    return VARIABLE.sub(value, text)


def has_password(url: str) -> bool:
    """Whether a URL has one in it that is not a variable's."""
    return _PASSWORD.search(url) is not None


def shown(url: str) -> str:
    """A URL for people: without a password."""
    return _SECRET.sub(r"\1=...", re.sub(r"(?<=//)[^/?#]*@", "", url))


def real(app: App, url: str) -> str:
    """A URL in one spelling, without a password; for one of a file, where that really is."""
    for scheme in ("sqlite:///", "file:"):
        if url.startswith(scheme):
            path = re.sub(r"^//(?=/)", "", url.removeprefix(scheme).partition("?")[0])
            return str((app.folder / unquote(path)).resolve())
    return shown(url).rstrip("/")


# -- making and removing ----------------------------------------------------------------------------------------------


async def make_database(place: Place, beside: Database | None) -> None:
    """Makes an empty database on the server of ``beside``; a file is made by whoever opens it."""
    if not place.ours or place.url.startswith("sqlite:"):
        return
    if beside is None:
        raise Conflict("a new database cannot be made: make an empty one and name it with --into", code="no_database")
    try:
        if beside.dialect == "postgresql":
            await beside.execute(f"CREATE DATABASE {place.name} TEMPLATE template0 ENCODING 'UTF8'")
        else:
            row = await beside.fetch_one(
                "SELECT default_character_set_name AS c, default_collation_name AS o "
                "FROM information_schema.schemata WHERE schema_name = database()"
            )
            how = f" CHARACTER SET {row['c']} COLLATE {row['o']}" if row is not None else ""
            await beside.execute(f"CREATE DATABASE {place.name}{how}")
    except NewelError:
        raise
    except Exception as error:  # each engine has words of its own for it
        raise Conflict(
            f"a new database cannot be made on {beside.server}: {str(error).partition(chr(10))[0]}. Make an empty one "
            "and name it with --into",
            code="no_database",
        ) from error


async def remove_database(app: App, url: str, beside: Database | None) -> None:
    """Removes a database that a restore made, or one that is to be forgotten. No error where it is gone."""
    if url.startswith("sqlite:"):
        path = Path(await asyncio.to_thread(real, app, url))
        await asyncio.to_thread(_unlink, [path.with_name(path.name + one) for one in ("", "-wal", "-shm", "-journal")])
    elif beside is not None and (found := _LAST.fullmatch(url)) is not None:
        if not re.fullmatch(r"\w{1,63}", found["name"], re.ASCII):
            raise Conflict(f"remove the database {shown(url)} by hand: its name is an unusual one")
        mark = "`" if beside.dialect == "mysql" else '"'
        await beside.execute(f"DROP DATABASE IF EXISTS {mark}{found['name']}{mark}")


async def remove_store(app: App, url: str, keep: Iterable[str] = ()) -> None:
    """Deletes all files of a store, but for what of ``keep`` (places as ``real`` tells them) lies inside it: a bucket's
    prefix, a database beside the files."""
    place = await asyncio.to_thread(real, app, url)
    inside = tuple(one.removeprefix(f"{place}/") for one in keep if one.startswith(f"{place}/"))
    other = sibling(app, {"blobs.url": url})
    async with other.running_only(Blobs):
        store = other.need(Blobs)
        keys: list[str] = []
        async for blob in store.list():
            if not blob.key.startswith(inside):
                keys.append(blob.key)
            if len(keys) == 1000:
                await store.delete(*keys)
                keys = []
        await store.delete(*keys)
    if url.startswith("file:") and not inside:
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)  # folders without files


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
