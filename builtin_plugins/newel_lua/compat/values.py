"""Values of fields. There, all of them are text; here they have types."""

from __future__ import annotations

import json
from typing import Any

PLAIN = frozenset({
    "text", "textarea", "markdown", "richtext", "slug", "email", "url", "date", "datetime", "time", "select", "color",
})  # fmt: skip
KINDS = {
    "markdown": "textarea", "integer": "number", "reference": "_id", "time": "text", "color": "text", "tags": "json",
    "multiselect": "json", "geo": "json", "blocks": "json",
}  # fmt: skip
"""Field types that are called otherwise there."""


def text_of(value: Any) -> str:
    """A value as text; the empty one where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def value_of(text: Any, kind: str) -> Any:
    """A value for a field of ours, from text. What does not fit stays as it is: content says what is wrong with it."""
    if not isinstance(text, str):
        return text
    if text == "" and kind not in PLAIN:
        return None
    try:
        if kind == "boolean":
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        if kind == "integer":
            return int(text)
        if kind == "number":
            return json.loads(text, parse_constant=_refused)
        if kind == "json" or (kind not in PLAIN and text[:1] in "[{"):
            return json.loads(text)
    except (KeyError, ValueError):
        return text
    return text


def _refused(constant: str) -> Any:
    raise ValueError(constant)
