"""Files over HTTP: what never changes, what an asset is now, and what is made when somebody asks for it."""

from __future__ import annotations
