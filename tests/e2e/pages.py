"""Code from the pages of documentation."""

from __future__ import annotations

import re
from pathlib import Path

EXTEND = Path(__file__).parents[2] / "docs" / "extend"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"^`([\w./-]+)`\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """The blocks of code in a language, in order."""
    return [code for kind, code in _BLOCK.findall((EXTEND / page).read_text("utf-8")) if kind == language]


def recipes(page: str) -> dict[str, dict[str, str]]:
    """The files that each section (``## ...``) of a page shows, by their paths."""
    sections = re.split(r"^## (.+)\n", (EXTEND / page).read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {title: dict(_NAMED.findall(text)) for title, text in zip(sections[::2], sections[1::2], strict=True)}


def write(files: dict[str, str], folder: Path) -> None:
    for path, code in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(code, "utf-8")
