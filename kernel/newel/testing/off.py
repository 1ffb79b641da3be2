"""Which plugins a run of tests goes without. Beside ``without.py``, which needs pytest: `newel lua test` has none."""

from __future__ import annotations

import os

VARIABLE = "NEWEL_TEST_WITHOUT"


def plugins_off() -> frozenset[str]:
    """The names of the plugins that this run goes without."""
    return frozenset(name for name in os.environ.get(VARIABLE, "").split(",") if name)
