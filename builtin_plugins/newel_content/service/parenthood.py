"""Which page may stand below which."""

from __future__ import annotations

from newel import Conflict, Reject
from newel.contracts.database import Transaction
from newel_content.config import ContentConfig
from newel_content.model import Catalogue, Model
from newel_content.store import Store


class Parenthood:
    """Checks a parent for a page."""

    def __init__(self, config: ContentConfig, store: Store) -> None:
        self._deepest = config.max_tree_depth
        self._store = store

    async def checked(
        self,
        tx: Transaction,
        catalogue: Catalogue,
        model: Model,
        parent: str | None,
        *,
        moving: str = "",
        height: int = 0,
    ) -> str | None:
        """The parent, which stays outside the trash until the transaction ends. Two statements where there is one.

        ``moving`` is the page that moves with ``height`` levels below it. Raises ``Reject`` for an impossible parent,
        ``Conflict`` for a cycle and for a tree that would be too deep.
        """
        if parent is None:
            if model.routable and model.type.parents:
                raise Reject.field("/parent", "parent", f"'{model.name}' stands below: {', '.join(model.type.parents)}")
            return None
        if not model.routable:
            raise Reject.field("/parent", "parent", f"'{model.name}' is no page, so it has no parent")
        found = await self._store.entries.targets(tx, [parent])
        above = catalogue.by_id.get(found.get(parent, ""))
        if above is None:
            raise Reject.field("/parent", "not_found", "there is no such entry")
        allowed = model.type.parents
        if not above.routable or (allowed and above.name not in allowed):
            names = ", ".join(allowed) if allowed else "pages"
            raise Reject.field("/parent", "parent", f"'{model.name}' stands below: {names}")
        chain = await self._store.tree.ancestors(tx, parent)
        if any(node.id == moving for node in chain):
            raise Conflict("a page cannot stand below itself", code="cycle")
        if len(chain) + 1 + height > self._deepest:
            raise Conflict(f"pages are nested at most {self._deepest} deep", code="too_deep")
        return parent
