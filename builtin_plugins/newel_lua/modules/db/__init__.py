"""The module ``db``: a plugin's own tables.

A call passes through arguments (``arguments``), the plugin's tables (``catalogue``), a *shape* and its values
(``conditions``, ``options``, ``selects``, ``writes``) and the database (``running``). The shape is all that the text of
a statement depends on, so that a text is rendered once; values are only ever bound. No name reaches a statement that
did not come out of the catalogue.
"""

from __future__ import annotations

from newel_lua.modules.db.module import Db
from newel_lua.modules.db.orphans import Drift, Orphan, drift, drop, orphaned

__all__ = ["Db", "Drift", "Orphan", "drift", "drop", "orphaned"]
