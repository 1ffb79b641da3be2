"""The reference pages say what the code says."""

from __future__ import annotations

from pathlib import Path

from newel.testing.reference import pages, shipped_app

FOLDER = Path(__file__).parents[2] / "docs" / "extend" / "reference"


def test_the_reference_is_current(tmp_path: Path) -> None:
    for name, text in pages(shipped_app(tmp_path)).items():
        assert (FOLDER / name).read_text("utf-8") == text, f"{name} is out of date: ./just docs"
