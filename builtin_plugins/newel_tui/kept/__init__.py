"""What was typed into forms and not sent, kept for whoever typed it."""

from __future__ import annotations

from newel_tui.kept.service import KeptForms

__all__ = ["KeptForms"]
