"""``core``: the site's tables under the names that the Go system gives them.

Rows are made of what our operations answer, and writes are our operations: validation, audit, hooks and the rules of
the tree hold. A query looks at 10,000 rows at most; those of one id, one type or one parent are asked for, the others
are sorted out here. Each page that is read counts as one operation of the plugin's budget.
"""

from __future__ import annotations

from newel_lua.modules.core.module import Core

__all__ = ["Core"]
