"""Whether what lies in the store and what stands in the tables agree, and what to do where they do not."""

from __future__ import annotations
