"""``python -m tests.bench [NAME ...]``: runs the named benchmarks, or all.

``engines [sqlite postgres mysql]`` runs that one, for these engines.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from tests.bench import engines


def names() -> list[str]:
    return sorted(
        path.stem
        for path in Path(__file__).parent.glob("*.py")
        if not path.stem.startswith("_") and path.stem != "timing"
    )


def main() -> None:
    if sys.argv[1:2] == ["engines"]:
        engines.run(sys.argv[2:])
        return
    chosen = sys.argv[1:] or names()
    unknown = set(chosen) - set(names())
    if unknown:
        sys.exit(f"no benchmark called {', '.join(sorted(unknown))}; there are: {', '.join(names())}")
    for name in chosen:
        print(f"\n== {name}")
        import_module(f"tests.bench.{name}").run()


if __name__ == "__main__":
    main()
