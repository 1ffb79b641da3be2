"""What is said of a file in a form, a query or the metadata of a resumable upload: names and texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve, fields

from newel import FromText, Reject
from newel.structure import Faults, Structurer
from newel_media.model import Given
from newel_media.service.texts import checked_alt

KNOWN = tuple(field.name for field in fields(Given))
NESTED = ("alt", "focal")
_KEY = re.compile(r"(\w{1,32})\[([\w-]{1,64})\]", re.ASCII)
QUERY = {
    "name": "What the file is called.",
    "folder": "The id of its folder; empty: the root.",
    "tags": "Words to find it by, with commas between them.",
    "alt[]": "What the image shows: `alt[en]=...`.",
    "title": "Its title.",
    "caption": "What stands below it.",
    "credit": "Who made it.",
    "copyright": "Whose it is.",
    "private": "Whether only signed addresses lead to it.",
    "focal[]": "What crops keep in sight: `focal[x]`, `focal[y]`, from 0 to 1.",
    "on_duplicate": "What becomes of the same bytes once more: `keep`, `reuse`, `refuse`.",
}
"""The same as parameters of a route."""


def given_of(structurer: Structurer, said: Mapping[str, Any], name: str = "") -> Given:
    """What was said, as its class. ``name``: where none was said. Raises ``Reject`` with all faults."""
    plain = {key: value for key, value in said.items() if value != ""}
    try:
        given = structurer.structure(plain, Given)
    except Faults as faults:
        raise Reject("the input is not valid", problems=faults.problems) from None
    checked_alt(given.alt)
    return given if given.name else evolve(given, name=name[:1000])


class Fields:
    """The fields of a form up to the present file. Those that come later win; ``name`` is for the next file only."""

    def __init__(self, structurer: Structurer) -> None:
        self._structurer = structurer
        self._said: dict[str, Any] = {}

    def put(self, key: str, text: str) -> None:
        """``alt[en]`` or ``alt`` with JSON. Raises ``Reject`` for a field that nobody knows."""
        found = _KEY.fullmatch(key)
        name, inner = (found[1], found[2]) if found else (key, None)
        if name not in KNOWN or (inner is not None and name not in NESTED):
            raise Reject(f"there is no field '{key[:64]}'; known are: {', '.join(KNOWN)}", code="unknown_field")
        if inner is None:
            self._said[name] = FromText(text)
            return
        place = self._said.get(name)
        self._said[name] = {**(place if isinstance(place, dict) else {}), inner: FromText(text)}

    def given(self, name: str) -> Given:
        """What holds for a file that the client calls ``name``."""
        given = given_of(self._structurer, self._said, name)
        self._said.pop("name", None)
        return given


def named(given: Given) -> Given:
    """Raises ``Reject`` where there is no name at all."""
    if not given.name.strip():
        raise Reject.field("/name", "required", "say what the file is called, with its extension")
    return given
