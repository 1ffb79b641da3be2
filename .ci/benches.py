"""Print the benches, each with the first sentence of what it says of itself. Imports none of them."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "bench"


def main() -> int:
    for file in sorted(FOLDER.glob("[a-z]*.py")):
        text = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
        if file.stem != "timing":
            print(f"{file.stem:12} {text.partition(chr(10))[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
