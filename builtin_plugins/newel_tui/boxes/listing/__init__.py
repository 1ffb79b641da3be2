"""Shows a listing."""

from __future__ import annotations

from newel_tui.boxes.listing.box import ListingBox

__all__ = ["ListingBox"]
