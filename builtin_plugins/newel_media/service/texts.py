"""What is written about files."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from newel import Reject
from newel.errors import Problem
from newel_media.model import TEXTS, Locale

LONGEST_ALT = 2000
MOST_LOCALES = 100
LONGEST_TAG = 64


def checked_alt(alt: Mapping[str, str]) -> dict[str, str]:
    """By locale, without empty ones. Raises ``Reject``."""
    faults = []
    if len(alt) > MOST_LOCALES:
        faults.append(Problem("/alt", "max_count", f"takes {MOST_LOCALES} locales at most"))
    for code, text in alt.items():
        pointer = f"/alt/{code.replace('~', '~0').replace('/', '~1')}"
        if not Locale.fullmatch(code):
            faults.append(Problem(pointer, "format", "is no locale, such as `en` or `pt-BR`"))
        elif len(text) > LONGEST_ALT:
            faults.append(Problem(pointer, "max_length", f"takes {LONGEST_ALT} characters at most"))
    if faults:
        raise Reject("the input is not valid", problems=faults)
    return {code: text for code, text in alt.items() if text.strip()}


def folded(text: str) -> str:
    """As it is searched: without case and without how accents are written."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())


def searchable(name: str, texts: Mapping[str, Any], tags: Iterable[str]) -> str:
    """All the words of an asset, in one text."""
    words = [name, *texts["alt"].values(), *(texts[one] for one in TEXTS), *tags]
    return folded("\n".join(word for word in words if word))


def tagged(tags: Iterable[str]) -> list[str]:
    """Tags as they are kept: each once, however its accents are written. Raises ``Reject``."""
    found = list(dict.fromkeys(unicodedata.normalize("NFC", tag) for tag in tags))
    if any(len(tag) > LONGEST_TAG for tag in found):
        raise Reject.field("/tags", "max_length", f"a tag takes {LONGEST_TAG} characters at most")
    if any(not character.isprintable() for tag in found for character in tag):
        raise Reject.field("/tags", "format", "a tag has only characters that can be seen")
    return found
