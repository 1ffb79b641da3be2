"""Shows a layout."""

from __future__ import annotations

from newel_tui.boxes.layout.box import LayoutBox

__all__ = ["LayoutBox"]
