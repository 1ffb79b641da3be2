"""Captures docs/use/terminal.md and docs/use/terminal.cast anew; ``cast`` or ``screens`` as an argument: only that."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.e2e.captures.cast import record
from tests.e2e.captures.screens import SIZE, captured, filled
from tests.e2e.captures.site import empty, magazine
from tests.e2e.tmux import terminal

USE = Path(__file__).parents[3] / "docs" / "use"


def main(wanted: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if wanted in ("", "screens"):
            page = USE / "terminal.md"
            with magazine(folder) as way_in, terminal(way_in, width=SIZE[0], height=SIZE[1]) as one:
                page.write_text(filled(page.read_text("utf-8"), captured(one)), "utf-8")
        if wanted in ("", "cast"):
            with empty(folder) as way_in:
                (USE / "terminal.cast").write_text(record(way_in), "utf-8")


if __name__ == "__main__":
    main("".join(sys.argv[1:]))
