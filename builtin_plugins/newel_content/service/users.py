"""Who uses an entry: what must be known before it is taken away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from attrs import frozen

from newel import Conflict
from newel.contracts.database import Queries
from newel_content.model import Catalogue
from newel_content.store import Store
from newel_content.store.rows import Use

MAX_TOLD = 100


@frozen(kw_only=True)
class User:
    """An entry that points at another one."""

    id: str
    type: str
    field: Annotated[str, "The field; of a field inside a block its block's id stands in `block`."]
    block: str | None
    stage: str
    locale: Annotated[str | None, "Empty for a field that all locales share."]
    on_delete: str
    target: str


class Users:
    """Answers who points at entries, and refuses where that forbids something."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def told(self, catalogue: Catalogue, uses: Iterable[Use]) -> list[User]:
        """The rows with names for numbers."""
        return [
            User(
                id=use.source,
                type=_name(catalogue, use.type),
                field=_field(catalogue, use),
                block=use.place or None,
                stage=use.stage,
                locale=use.locale or None,
                on_delete=use.on_delete,
                target=use.target,
            )
            for use in uses
        ]

    async def refuse_unpublish(
        self, queries: Queries, catalogue: Catalogue, ids: Sequence[str], locales: set[str]
    ) -> None:
        """Raises ``Conflict`` when published entries elsewhere point at these with ``restrict``. One statement."""
        uses = await self._store.rows.uses(queries, ids) if locales else []
        held = [
            use
            for use in uses
            if use.stage == "published"
            and use.on_delete == "restrict"
            and use.locale in locales
            and use.source not in ids
        ]
        if held:
            raise self.in_use(catalogue, held)

    def in_use(self, catalogue: Catalogue, held: Sequence[Use]) -> Conflict:
        told = [_plain(one) for one in self.told(catalogue, held[:MAX_TOLD])]
        sources = len({use.source for use in held})
        return Conflict(
            f"used by {'one entry' if sources == 1 else f'{sources} entries'}; `force` does it all the same",
            code="in_use",
            extra={"used_by": told},
        )


def _name(catalogue: Catalogue, type: str) -> str:
    model = catalogue.by_id.get(type)
    return type if model is None else model.name


def _field(catalogue: Catalogue, use: Use) -> str:
    """The name of a field of the entry; inside a block, the number, as the block's type is not in the row."""
    model = catalogue.by_id.get(use.type)
    bound = None if model is None or use.place else model.by_key.get(str(use.field))
    return str(use.field) if bound is None else bound.name


def _plain(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in User.__annotations__}
