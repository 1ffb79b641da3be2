"""Fail if the definitions for editors differ from those of the code, or if Lua cannot read them."""

from __future__ import annotations

import sys
from pathlib import Path

from lupa.luajit21 import LuaError, LuaRuntime

from newel_lua.definitions.__main__ import made

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    for name, text in made().items():
        if (ROOT / name).read_text("utf-8") != text:
            print(f"{name} is not what the code says: ./just sdk-lua", file=sys.stderr)
            return 1
        if name.endswith(".lua"):
            try:
                LuaRuntime().compile(text)
            except LuaError as error:
                print(f"{name}: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
