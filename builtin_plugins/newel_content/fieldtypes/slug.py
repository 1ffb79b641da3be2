"""Slugs: the part of an address that stands for one entry, and how one is made from a title.

Latin, Greek, Cyrillic, Armenian and Georgian letters become ASCII letters (``Über uns`` → ``uber-uns``); letters of
other scripts stay, in lower case, since a romanisation of them would be a guess (Japanese read as Chinese) and
addresses may carry them.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from anyascii import anyascii
from attrs import frozen

from newel.bounds import Fault
from newel.contracts.content import Field, FieldType
from newel_content.fieldtypes.text import string, text_schema

MAX_LENGTH = 150
"""Short enough that ``-2`` and its like fit, and that a path of several stays an address."""
ROMANISED = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN")
_BLOCKS = (0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x10, 0x1C, 0x1D, 0x1E, 0x1F, 0x2C, 0x2D, 0xA6, 0xA7, 0xAB)
"""The pages of Unicode (256 code points each) that hold these scripts."""


@frozen
class SlugOptions:
    source: Annotated[str, "The field that a missing slug is made from."] = ""


def warm() -> None:
    """Reads the tables now, so that no request waits for a file."""
    for block in _BLOCKS:
        anyascii(chr((block << 8) + 0xFF))


def slugify(text: str) -> str:
    """Lower-case letters and digits with single hyphens between them; ``""`` where the text has none."""
    letters: list[str] = []
    for letter in unicodedata.normalize("NFKC", text):
        if letter.isascii():
            letters.append(letter.lower() if letter.isalnum() else "" if letter == "'" else "-")
        elif letter in "\u2019\u02bc":  # an apostrophe inside a word
            continue
        elif unicodedata.name(letter, "").startswith(ROMANISED):
            letters.append("".join(one for one in anyascii(letter).lower() if one.isalnum()))
        else:
            letters.append(letter.casefold() if _keeps(letter) else "-")
    words = "".join(letters).split("-")
    return shortened("-".join(word for word in words if word), MAX_LENGTH)


def shortened(slug: str, length: int) -> str:
    """The slug cut to a length, after a whole word where one ends in the second half."""
    if len(slug) <= length:
        return slug
    cut = slug[:length]
    end = cut.rfind("-") if slug[length] != "-" else length
    return (cut[:end] if end > length // 2 else cut).strip("-")


def numbered(slug: str, number: int) -> str:
    """``slug-2`` and so on, within the length."""
    return with_tail(slug, str(number))


def with_tail(slug: str, tail: str) -> str:
    """``slug-tail`` within the length."""
    return f"{shortened(slug, MAX_LENGTH - len(tail) - 1)}-{tail}"


def _keeps(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LNM"


def _parse(value: Any, field: Field) -> str:
    text = string(value)
    if not 0 < len(text) <= MAX_LENGTH:
        raise Fault("slug", f"takes 1 to {MAX_LENGTH} characters")
    plain = text == unicodedata.normalize("NFC", text) and text == text.lower()
    if not plain or not all(part and all(_keeps(letter) for letter in part) for part in text.split("-")):
        raise Fault("slug", "takes lower-case letters and digits with single hyphens between them")
    return text


def _key(stored: Any, field: Field) -> str:
    return str(stored)


SLUG = FieldType(
    name="slug",
    summary="The part of an address that stands for the entry; made from another field where it is missing.",
    parse=_parse,
    schema=text_schema(maxLength=MAX_LENGTH),
    key=_key,
    literal=lambda value, field: string(value),
    textual=True,
    options=SlugOptions,
)
FIELD_TYPES = (SLUG,)
