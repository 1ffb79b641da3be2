"""Jobs at set times."""

from __future__ import annotations
