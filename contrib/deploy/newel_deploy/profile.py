"""Where to and how: from the environment (``NEWEL_DEPLOY_HOST``), then from a profile of ``deploy.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

PREFIX = "NEWEL_DEPLOY_"
HOST = re.compile(
    r"(?:[A-Za-z_][A-Za-z0-9_.-]{0,31}@)?(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,39})"
)
PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9_.][A-Za-z0-9._+-]*)+")
"""Ends in shebangs and units, where spaces and signs mean something else."""
UNIT = re.compile(r"run|commands|systemd:[A-Za-z0-9_][A-Za-z0-9_.@-]*")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Wrong(ValueError):
    """A setting that cannot be meant. Says which, and what it may be."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One server. Folders and files are of this machine where they say so, else of the server."""

    host: str
    port: int = 22
    key: str = ""  # file here
    known_hosts: str = ""  # file here; empty: ssh's own
    path: str = "/opt/newel"
    site: str = ""  # empty: PATH/site
    service: str = "run"
    start: str = ""
    stop: str = ""
    python: str = "python3"
    uv: str = ""
    wheels: str = ""  # folder here
    health: str = "http://127.0.0.1:8420/readyz"
    attempts: int = 5
    every: float = 5.0
    keep: int = 5
    target: str = "local"

    def __post_init__(self) -> None:
        if not HOST.fullmatch(self.host):
            raise Wrong(f"host {self.host!r}: [user@]name or address")
        for name in ("path", "site"):
            value = getattr(self, name)
            if (value or name == "path") and not PATH.fullmatch(value):
                raise Wrong(f"{name} {value!r}: an absolute path of letters, digits and ._+-")
        for name in ("python", "uv"):
            value = getattr(self, name)
            if value and not (PATH.fullmatch(value) or NAME.fullmatch(value)):
                raise Wrong(f"{name} {value!r}: the name of a program, or its absolute path")
        if not UNIT.fullmatch(self.service):
            raise Wrong(f"service {self.service!r}: run, commands or systemd:UNIT")
        if self.service == "commands" and not (self.start and self.stop):
            raise Wrong("service 'commands' wants start and stop, the commands")
        if not NAME.fullmatch(self.target):
            raise Wrong(f"target {self.target!r}: a name in [backup.targets]")
        if urlsplit(self.health).scheme not in ("http", "https"):
            raise Wrong(f"health {self.health!r}: http://... or https://...")
        for name, least, most in (("port", 1, 65535), ("attempts", 1, 1000), ("every", 0, 3600), ("keep", 1, 1000)):
            if not least <= getattr(self, name) <= most:
                raise Wrong(f"{name} {getattr(self, name)}: {least} to {most}")


def read(named: str, environment: Mapping[str, str], file: Path) -> Profile:
    """``named``: a profile of the file, or a host. The environment is above the file. Raises ``Wrong``."""
    profiles = _file(file)
    if not named:
        named = environment.get(f"{PREFIX}PROFILE", "") or environment.get(f"{PREFIX}HOST", "")
    if not named:
        raise Wrong(f"where to? Name a host, a profile of {file.name}, or set {PREFIX}HOST")
    given = dict(profiles.get(named, {}))
    types = get_type_hints(Profile)
    if unknown := sorted(set(given) - set(types)):
        raise Wrong(f"{file.name}: [{named}] has no setting {unknown[0]}")
    for one in fields(Profile):
        text = environment.get(PREFIX + one.name.upper())
        if text:
            given[one.name] = _read_as(types[one.name], one.name, text)
    if named not in profiles:
        given["host"] = named  # what was typed stands above the environment
    for name, value in given.items():
        wanted = types[name]
        if not isinstance(value, (int, float) if wanted is float else wanted) or isinstance(value, bool):
            raise Wrong(f"{name} {value!r}: should be {wanted.__name__}")
    if "host" not in given:
        raise Wrong(f"{file.name}: [{named}] names no host")
    return Profile(**given)


def _file(file: Path) -> dict[str, dict[str, Any]]:
    try:
        profiles = tomllib.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise Wrong(f"{file}: {error}") from None
    if wrong := [name for name, one in profiles.items() if not isinstance(one, dict)]:
        raise Wrong(f"{file}: {wrong[0]} stands in no profile: put it below [staging] or [production]")
    return profiles


def _read_as(wanted: type, name: str, text: str) -> Any:
    try:
        return wanted(text)
    except ValueError:
        raise Wrong(f"{PREFIX}{name.upper()}={text!r}: should be {wanted.__name__}") from None
