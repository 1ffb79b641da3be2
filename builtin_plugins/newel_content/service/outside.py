"""Whether what content points at outside of it is there: asked of those who keep it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from newel import Problem
from newel.contracts.content import Outside
from newel.contracts.database import Transaction
from newel_content.documents.checking import Target


async def absent(tx: Transaction, targets: Iterable[Target], known: Collection[str] = ()) -> list[Problem]:
    """A problem for each target outside of content that is not there, but for those (``kind:id``) that are known.

    One question per kind. Whoever answers holds on to what is there until the transaction ends.
    """
    asked: dict[str, tuple[Outside, list[Target]]] = {}
    for one in targets:
        if one.outside is not None and f"{one.outside.kind}:{one.id}" not in known:
            asked.setdefault(one.outside.kind, (one.outside, []))[1].append(one)
    problems = []
    for kind, (outside, wanted) in asked.items():
        missing = frozenset(await outside.missing(tx, sorted({one.id for one in wanted})))
        told = f"there is no such {kind}"
        problems += [Problem(one.where, "not_found", told) for one in wanted if one.id in missing]
    return problems
