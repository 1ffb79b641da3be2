"""Configuration: TOML file, environment and command line to one frozen attrs object a section.

Layers, later ones win: defaults, ``newel.toml``, ``NEWEL__SECTION__KEY`` in the environment (or ``..._KEY_FILE``, which
names a file that holds it), ``--set section.key=v``. A file's text may contain ``${NAME}`` or ``${NAME:-default}``.
Every value remembers where it came from. Checking reads nothing but this: no network, no other file (but those that
hold a value).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

from attrs import Factory, define, fields, frozen, has

from newel.bounds import Faults, FromText, hints_of
from newel.deprecation import Deprecated
from newel.errors import BootError
from newel.filed import SUFFIX, Unreadable, named, value_in
from newel.secrets import Secret

if TYPE_CHECKING:
    from newel.structure import Structurer

T = TypeVar("T")
FILE = "newel.toml"
PREFIX = "NEWEL__"
ENVIRONMENT = "environment "
"""How the origin of a value begins that a variable gives."""
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


@frozen(kw_only=True)
class PluginsConfig:
    """The ``[plugins]`` section: which plugins run."""

    disable: Annotated[tuple[str, ...], "Plugins to leave out; they are never imported."] = ()
    enable: Annotated[tuple[str, ...], "Optional plugins to switch on."] = ()
    required: Annotated[tuple[str, ...], "Other people's plugins whose failure stops the start."] = ()
    dir: Annotated[str, "Folder with plugins of your own, relative to the site folder."] = "plugins"


@frozen
class ConfigFault:
    """One mistake in the configuration: its place, what is wrong and where the value came from."""

    section: str
    path: str
    detail: str
    origin: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}" + (f"  ({self.origin})" if self.origin else "")


@define
class Layers:
    """The raw values of all layers, merged, with origins by dotted path."""

    values: dict[str, Any] = Factory(dict)
    origins: dict[str, str] = Factory(dict)
    faults: list[ConfigFault] = Factory(list)

    def put(self, path: tuple[str, ...], value: Any, origin: str) -> None:
        place = self.values
        for part in path[:-1]:
            inner = place.get(part)
            if not isinstance(inner, dict):
                inner = place[part] = {}
            place = inner
        place[path[-1]] = value
        self.origins[".".join(path)] = origin

    def origin(self, path: str) -> str:
        """Where a value came from: its own origin, that of what encloses it, or ``default``."""
        while path:
            if path in self.origins:
                return self.origins[path]
            path = path.rpartition(".")[0]
        return "default"

    def replace(self, section: str, other: Layers) -> None:
        """Takes one section from elsewhere, with its origins."""
        self.values[section] = other.values.get(section, {})
        kept = {path: origin for path, origin in self.origins.items() if path.partition(".")[0] != section}
        new = {path: origin for path, origin in other.origins.items() if path.partition(".")[0] == section}
        self.origins = kept | new

    def fill(self, section: str, kind: type[Any], folder: Path) -> list[ConfigFault]:
        """Puts what their files hold in place of each ``..._FILE`` of the environment; answers what is wrong."""
        found = [self._filled(path, folder) for path in list(named(self.values.get(section, {}), kind, (section,)))]
        return [fault for fault in found if fault is not None]

    def _filled(self, path: tuple[str, ...], folder: Path) -> ConfigFault | None:
        origin, target = self.origins.get(".".join(path), ""), (*path[:-1], path[-1].removesuffix(SUFFIX))
        if not origin.startswith(ENVIRONMENT):
            return None  # it stands elsewhere, where it is a mistake and told as such
        variable, other = origin.removeprefix(ENVIRONMENT), self.origins.get(".".join(target), "")
        file = self._taken(path)
        if other.startswith("--set"):
            return None
        detail = f"{other.removeprefix(ENVIRONMENT)} and {variable} are both set; keep one of them"
        if not other.startswith(ENVIRONMENT):
            try:
                self.put(target, FromText(value_in(folder, file)), f"{origin} ({file})")
                return None
            except Unreadable as error:
                detail = f"{variable} names '{file}': {error}"
        return ConfigFault(path[0], ".".join(target), detail)

    def _taken(self, path: tuple[str, ...]) -> str:
        place = self.values
        for part in path[:-1]:
            place = place[part]
        del self.origins[".".join(path)]
        return str(place.pop(path[-1]))

    def text(self, path: str, default: str = "") -> str:
        """A raw value as text, for choosing between plugins before anything is structured."""
        place: Any = self.values
        for part in path.split("."):
            place = place.get(part) if isinstance(place, dict) else None
        return str(place) if isinstance(place, str) else default


def read_layers(
    file: Path | None, environment: Mapping[str, str], sets: Iterable[str] = (), given: Mapping[str, Any] | None = None
) -> Layers:
    """Merges all layers. A missing file is no fault; broken TOML is a ``BootError`` with the line."""
    layers = Layers()
    if given is not None:
        _merge(layers, (), given, "given", environment)
    if file is not None and file.exists():
        try:
            read = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BootError(f"{file.name} is not valid TOML: {error}") from None
        except OSError as error:
            raise BootError(f"cannot read {file}: {error.strerror}") from None
        _merge(layers, (), read, file.name, environment)
    for name, text in sorted(environment.items()):
        if name.startswith(PREFIX):
            path = tuple(name[len(PREFIX) :].lower().split("__"))
            if len(path) < 2 or not all(path):
                layers.faults.append(ConfigFault("", name, f"expected {PREFIX}SECTION__KEY", "environment"))
                continue
            layers.put(path, FromText(text), f"{ENVIRONMENT}{name}")
    for item in sets:
        key, equals, text = item.partition("=")
        path = tuple(key.strip().split("."))
        if not equals or len(path) < 2 or not all(path):
            layers.faults.append(ConfigFault("", item, "expected --set section.key=value", "command line"))
            continue
        layers.put(path, FromText(text), f"--set {key}")
    return layers


def _merge(layers: Layers, path: tuple[str, ...], value: Any, origin: str, environment: Mapping[str, str]) -> None:
    if isinstance(value, Mapping) and not (path and set(value) in ({"env"}, {"file"})):
        if path and not value:
            layers.put(path, {}, origin)
        for key, inner in value.items():
            _merge(layers, (*path, key), inner, origin, environment)
        return
    if len(path) == 1:
        layers.faults.append(
            ConfigFault("", path[0], f"is not in a section: write [section] and {path[0]} below", origin)
        )
        return
    layers.put(path, _expanded(layers, path, value, origin, environment), origin)


def _expanded(layers: Layers, path: tuple[str, ...], value: Any, origin: str, environment: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_expanded(layers, path, item, origin, environment) for item in value]
    if not isinstance(value, str) or not VARIABLE.search(value):
        return value

    def lookup(match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        found = environment.get(name) or default
        if found is None:
            fault = f"${{{name}}} is not set; set it, or write ${{{name}:-default}}"
            layers.faults.append(ConfigFault(path[0], ".".join(path), fault, origin))
            return ""
        return found

    return FromText(VARIABLE.sub(lookup, value))


class Configuration:
    """The structured sections of one application, by class."""

    def __init__(self, layers: Layers, structurer: Structurer, folder: Path, environment: Mapping[str, str]) -> None:
        self.layers = layers
        self._structurer = structurer
        self._folder = folder
        self.environment = environment
        self._objects: dict[type[Any], Any] = {}
        self.sections: dict[str, type[Any]] = {}
        self.deprecated: list[tuple[str, str, Deprecated]] = []
        """Settings that are set although they will go: section, path, what is told."""

    def add(self, section: str, kind: type[T]) -> list[ConfigFault]:
        """Structures a section; answers its faults (none: ``of(kind)`` works)."""
        known = self.sections.get(section)
        if known is not None:
            if known is not kind:
                raise BootError(f"section [{section}] is claimed by both {known.__module__} and {kind.__module__}")
            return []
        self.sections[section] = kind
        faults = self.layers.fill(section, kind, self._folder)
        raw = self._with_secrets(section, self.layers.values.get(section, {}), kind, faults)
        try:
            self._objects[kind] = self._structurer.structure(raw, kind)
            self._note_deprecated(section, raw, kind)
        except Faults as found:
            faults += [self._fault(section, kind, problem.pointer, problem.detail) for problem in found.problems]
        return faults

    def _note_deprecated(self, section: str, raw: Any, kind: type[Any]) -> None:
        for name, annotation in hints_of(kind).items():
            if (found := deprecated_of(annotation)) is not None and name in raw:
                self.deprecated.append((section, f"{section}.{name}", found))

    def renew(self, section: str, kind: type[T], layers: Layers) -> list[ConfigFault]:
        """Structures a section anew, from layers that were read again: its plugin is switched on now."""
        self.layers.replace(section, layers)
        self.sections.pop(section, None)
        return self.add(section, kind)

    def of(self, kind: type[T]) -> T:
        return self._objects[kind]  # type: ignore[no-any-return]  # stored under its own class

    def unknown(self, known: Iterable[str]) -> list[ConfigFault]:
        """Sections that belong to nobody."""
        names = set(known) | set(self.sections)
        # Where its first key came from: a section by itself comes from nowhere.
        origins = {path.partition(".")[0]: origin for path, origin in reversed(self.layers.origins.items())}
        return [
            ConfigFault(
                "", section, "there is no such section" + did_you_mean(section, names), origins.get(section, "default")
            )
            for section in self.layers.values
            if section not in names
        ]

    def _fault(self, section: str, kind: type[Any], pointer: str, detail: str) -> ConfigFault:
        path = f"{section}{pointer.replace('/', '.')}"
        name = pointer.rpartition("/")[2]
        if detail.startswith("there is no"):
            detail += did_you_mean(name, [one.name for one in fields(kind)])
        return ConfigFault(section, path, detail, self.layers.origin(path))

    def _with_secrets(self, section: str, raw: Any, kind: type[Any], faults: list[ConfigFault]) -> Any:
        if not isinstance(raw, Mapping):
            return raw
        made = dict(raw)
        for name, annotation in hints_of(kind).items():
            value = made.get(name)
            bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
            if isinstance(value, Mapping):
                made[name] = self._secrets_of(f"{section}.{name}", value, bare, faults)
        return made

    def _secrets_of(self, path: str, value: Mapping[str, Any], kind: Any, faults: list[ConfigFault]) -> Any:
        """The value of a setting, with the secrets in it read from where they are."""
        if has(kind):
            return self._with_secrets(path, value, kind, faults)
        if get_origin(kind) is Mapping:
            inner = get_args(kind)[1]
            return {
                name: self._secrets_of(f"{path}.{name}", one, inner, faults) if isinstance(one, Mapping) else one
                for name, one in value.items()
            }
        if Secret not in (get_origin(one) for one in (kind, *get_args(kind))) or len(value) != 1:
            return value
        try:
            return Secret(self._secret(value))
        except (KeyError, Unreadable) as error:
            cause = "that variable is not set" if isinstance(error, KeyError) else error
            faults.append(ConfigFault(path.partition(".")[0], path, f"cannot read the secret: {cause}"))
            return Secret("")

    def _secret(self, source: Mapping[str, Any]) -> str:
        if "env" in source:
            return self.environment[str(source["env"])]
        return value_in(self._folder, str(source["file"]))


def deprecated_of(annotation: Any) -> Deprecated | None:
    """What the ``Annotated`` type of a setting says of its end."""
    extras = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return next((one for one in extras if isinstance(one, Deprecated)), None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`` ; did you mean 'x'?`` or nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def mistakes(faults: Sequence[ConfigFault]) -> str:
    """All of them in one report."""
    count = "one mistake" if len(faults) == 1 else f"{len(faults)} mistakes"
    return "\n".join([f"the configuration has {count}:", *(f"  {fault}" for fault in faults)])
