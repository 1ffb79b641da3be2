"""Addresses of people and pages, and colours."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from newel.bounds import Fault
from newel.contracts.content import Field, FieldType
from newel_content.fieldtypes.text import folded, string, text_key, text_schema

MAX_EMAIL = 254
MAX_URL = 2000
SCHEMES = ("http", "https", "mailto", "tel")
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]+@[^\s@<>\"(),:;\\\[\]._-][^\s@<>\"(),:;\\\[\]]*\.[^\s@<>\"(),:;\\\[\]._-]+")
_COLOR = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")


def _email(value: Any, field: Field) -> str:
    text = string(value)
    if len(text) > MAX_EMAIL or ".." in text or not _EMAIL.fullmatch(text) or not text.isprintable():
        raise Fault("format", "expected an e-mail address such as name@example.org")
    return text


def _url(value: Any, field: Field) -> str:
    """An absolute address of a known scheme, or one inside the site. Nothing that a browser would run."""
    text = string(value)
    if not text or len(text) > MAX_URL:
        raise Fault("format", f"takes an address of 1 to {MAX_URL} characters")
    # Browsers drop control characters and leading space before they look at the scheme, so neither may be there.
    if not text.isprintable() or " " in text or "\\" in text:
        raise Fault("format", "an address has no spaces, backslashes or control characters: encode them")
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        raise Fault("format", "is not an address") from None
    scheme = text.partition(":")[0].lower() if ":" in re.split(r"[/?#]", text)[0] else ""
    if scheme and scheme not in SCHEMES:
        raise Fault("scheme", f"takes these schemes, or none for an address inside the site: {', '.join(SCHEMES)}")
    if scheme in ("http", "https") and not parts.hostname:
        raise Fault("format", "an absolute address needs a host")
    if scheme in ("mailto", "tel") and not parts.path:
        raise Fault("format", f"there is nothing after {scheme}:")
    return text


def _color(value: Any, field: Field) -> str:
    text = string(value)
    if not _COLOR.fullmatch(text):
        raise Fault("format", "expected a colour such as #1f6feb")
    return text


def _text(value: Any, field: Field) -> str:
    return string(value)


EMAIL = FieldType(
    name="email",
    summary="An e-mail address.",
    parse=_email,
    schema=text_schema(format="email"),
    key=text_key,
    literal=_text,
    textual=True,
)
URL = FieldType(
    name="url",
    summary="A web, mail or telephone address, or one inside the site.",
    parse=_url,
    schema=text_schema(format="uri-reference"),
    key=text_key,
    literal=_text,
    textual=True,
)
COLOR = FieldType(
    name="color",
    summary="A colour in hexadecimal notation.",
    parse=_color,
    schema=text_schema(pattern=f"^{_COLOR.pattern}$"),
    key=lambda stored, field: folded(stored),
    literal=_text,
)
FIELD_TYPES = (EMAIL, URL, COLOR)
