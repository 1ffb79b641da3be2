"""The queue of work: kinds, jobs, and who does them."""

from __future__ import annotations
