"""From an image to what screens need of it."""

from __future__ import annotations
