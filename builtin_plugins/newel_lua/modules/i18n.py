"""``i18n``: the plugin's own texts, from ``i18n/<locale>.toml`` or ``.json``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from newel_lua.model import LuaFault, LuaValue, Run

NAME = re.compile(r"i18n/([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.(toml|json)")
PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,39})\}")
LAST = "en"
MOST_LOCALES = 100
MOST_BYTES = 262_144
MOST_TEXTS = 5000
LONGEST_ANSWER = 100_000

Catalogue = Mapping[str, Mapping[str, str]]
"""By locale: the texts by key, tables within tables as ``form.errors.required``."""


class TextsFault(Exception):
    """A file of texts that is none, and what is wrong with it."""

    line: int | None = None

    def __init__(self, file: str, message: str) -> None:
        super().__init__(f"{file}: {message}")
        self.file = file
        self.message = message


def catalogue_of(files: Mapping[str, bytes]) -> Catalogue:
    """Of the files in ``i18n/`` by their paths in the plugin's folder. Raises ``TextsFault``. Blocks: for a thread."""
    made: dict[str, dict[str, str]] = {}
    for path, content in sorted(files.items()):
        found = NAME.fullmatch(path)
        if found is None:
            raise TextsFault(path, "a file of texts is called after its locale, such as i18n/de.toml")
        if len(made) >= MOST_LOCALES or len(content) > MOST_BYTES:
            raise TextsFault(path, f"there are {MOST_LOCALES} locales at most, each of {MOST_BYTES} bytes")
        texts = made.setdefault(found[1].lower(), {})
        for key, text in _flat(path, _parsed(path, found[2], content)):
            if texts.setdefault(key, text) != text:
                raise TextsFault(path, f"'{key}' has two texts in this locale")
        if len(texts) > MOST_TEXTS:
            raise TextsFault(path, f"there are {MOST_TEXTS} texts at most")
    return made


def _parsed(path: str, form: str, content: bytes) -> Any:
    try:
        return orjson.loads(content) if form == "json" else tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise TextsFault(path, str(error)) from None


def _flat(path: str, value: Any, before: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict) or depth > 8:
        raise TextsFault(path, f"'{before.rstrip('.')}' is neither a text nor a table of texts")
    for key, one in value.items():
        if isinstance(one, str):
            yield before + key, one
        else:
            yield from _flat(path, one, f"{before}{key}.", depth + 1)


class I18nModule:
    """``catalogues`` answers the texts of a plugin that runs, by its name."""

    name = "i18n"

    def __init__(self, catalogues: Callable[[str], Catalogue]) -> None:
        self._catalogues = catalogues
        self.functions = {"t": self.t, "locale": self.locale}

    async def locale(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``i18n.locale()``: the caller's, or ``nil``."""
        return run.call.locale

    async def t(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``i18n.t(key, params, locale)``: the text in that locale (else the caller's), or a more general one (``de``
        for ``de-AT``), or English, or any; else the key. ``{name}`` in it is what ``params`` has under that name."""
        run.forbid("i18n.t", "load")
        key, params, locale = (*args, None, None, None)[:3]
        if not isinstance(key, str):
            raise LuaFault("i18n.t: a key is expected")
        texts = self._catalogues(run.plugin.name)
        wanted = locale if isinstance(locale, str) else run.call.locale
        for name in (*_general(wanted), LAST, *texts):
            if (text := texts.get(name, {}).get(key)) is not None:
                return _filled(text, params if isinstance(params, Mapping) else {})
        return key


def _general(locale: str | None) -> Iterator[str]:
    """The locale, and each that is more general."""
    parts = [] if locale is None else locale[:100].lower().replace("_", "-").split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()


def _filled(text: str, params: Mapping[str, LuaValue]) -> str:
    """In one pass: what is put in is not looked at again."""
    made = PARAMETER.sub(lambda found: _said(params[found[1]]) if found[1] in params else found[0], text)
    if len(made) > LONGEST_ANSWER:
        raise LuaFault(f"i18n.t: a text of more than {LONGEST_ANSWER} characters")
    return made


def _said(value: LuaValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.14g}"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
