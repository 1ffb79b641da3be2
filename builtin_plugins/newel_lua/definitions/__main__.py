"""``python -m newel_lua.definitions ROOT``: writes what is made from the descriptions (``./just docs``)."""

from __future__ import annotations

import sys
from pathlib import Path

from newel_lua.definitions.described import described
from newel_lua.definitions.luacats import luacats
from newel_lua.definitions.page import page


def made() -> dict[str, str]:
    """The files by their place in the repository."""
    modules = described()
    return {"docs/extend/lua-reference.md": page(modules), "sdks/lua/newel.lua": luacats(modules)}


def main() -> None:
    for name, text in made().items():
        target = Path(sys.argv[1]) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
