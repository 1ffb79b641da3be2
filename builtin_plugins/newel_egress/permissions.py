"""The right to try the rules of outgoing requests."""

from __future__ import annotations

from newel import Permission

EGRESS_CHECK = Permission("egress.check", "See whether a URL may be called, and which rule refuses it.")
