"""``python -m tests.bench [NAME ...]``: runs the named benchmarks, or all."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def names() -> list[str]:
    return sorted(
        path.stem
        for path in Path(__file__).parent.glob("*.py")
        if not path.stem.startswith("_") and path.stem != "timing"
    )


def main() -> None:
    chosen = sys.argv[1:] or names()
    unknown = set(chosen) - set(names())
    if unknown:
        sys.exit(f"no benchmark called {', '.join(sorted(unknown))}; there are: {', '.join(names())}")
    for name in chosen:
        print(f"\n== {name}")
        import_module(f"tests.bench.{name}").run()


if __name__ == "__main__":
    main()
